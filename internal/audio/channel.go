package audio

import (
	"bufio"
	"encoding/binary"
	"io"
)

// Channel reads one channel, from 0, of a WAV file of size bytes, as a WAV file with
// one. It holds a few KiB in memory.
func Channel(r io.Reader, size int64, channel int) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	header := make([]byte, sniffed)
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, err
	}
	before := int64(sniffed)
	var format []byte
	for {
		chunk := make([]byte, chunkHeader)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		before += chunkHeader
		if string(chunk[:4]) == "data" {
			if there := size - before; length == 0 || length >= unknownLength || length > there {
				length = there
			}
			return single(in, format, length, channel)
		}
		padded := length + length%2
		before += padded
		switch {
		case padded > maxPreamble:
			return nil, fault("has more than %d bytes before its audio", maxPreamble)
		case string(chunk[:4]) == "fmt ":
			format = make([]byte, padded)
			if _, err := io.ReadFull(in, format); err != nil {
				return nil, err
			}
		default:
			if _, err := io.CopyN(io.Discard, in, padded); err != nil {
				return nil, err
			}
		}
	}
}

// single reads length bytes of audio, and gives those of one channel.
func single(in io.Reader, format []byte, length int64, channel int) (io.Reader, error) {
	if len(format) < 16 {
		return nil, fault("has its audio before its format")
	}
	channels, align := int(binary.LittleEndian.Uint16(format[2:])), int(binary.LittleEndian.Uint16(format[12:]))
	if channels == 0 || align == 0 || channel >= channels || align%channels != 0 {
		return nil, fault("has no channel %d", channel)
	}
	sample := align / channels
	blocks := length / int64(align)
	out := append([]byte{}, format[:16]...)
	binary.LittleEndian.PutUint16(out[2:], 1)
	binary.LittleEndian.PutUint32(out[8:], binary.LittleEndian.Uint32(format[4:])*uint32(sample))
	binary.LittleEndian.PutUint16(out[12:], uint16(sample))
	audio := uint32(blocks * int64(sample))
	header := binary.LittleEndian.AppendUint32([]byte("RIFF"), 36+audio)
	header = append(append(header, "WAVEfmt \x10\x00\x00\x00"...), out...)
	header = binary.LittleEndian.AppendUint32(append(header, "data"...), audio)
	return &oneOf{in: in, held: header, left: blocks, align: align, from: channel * sample, to: channel*sample + sample}, nil
}

// oneOf picks one channel's samples.
type oneOf struct {
	in       io.Reader
	held     []byte // ready to be read
	left     int64  // blocks
	align    int
	from, to int // of a channel's sample within a block
}

func (o *oneOf) Read(p []byte) (int, error) {
	if len(o.held) == 0 {
		if o.left == 0 {
			return 0, io.EOF
		}
		blocks := int(min(o.left, 4096))
		o.left -= int64(blocks)
		all := make([]byte, blocks*o.align)
		if _, err := io.ReadFull(o.in, all); err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		for at := 0; at < len(all); at += o.align {
			o.held = append(o.held, all[at+o.from:at+o.to]...)
		}
	}
	n := copy(p, o.held)
	o.held = o.held[n:]
	return n, nil
}
