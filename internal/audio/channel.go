package audio

import (
	"bufio"
	"bytes"
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
	return &oneOf{in: in, held: waveHeader(out, blocks*int64(sample)), left: blocks, align: align, from: channel * sample, to: channel*sample + sample}, nil
}

// waveHeader is what stands before so many bytes of audio of a format.
func waveHeader(format []byte, audio int64) []byte {
	header := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+audio))
	header = append(append(header, "WAVEfmt \x10\x00\x00\x00"...), format...)
	return binary.LittleEndian.AppendUint32(append(header, "data"...), uint32(audio))
}

// Mono makes a WAV file with one channel of samples of 16 bits. It has as many as it says
// at its beginning: what is too much is left out, and what is missing is silence.
func Mono(samples io.Reader, rate uint32, count int64) io.Reader {
	const sampleBytes = 2
	count = min(count, (1<<32-1-36)/sampleBytes)
	format := binary.LittleEndian.AppendUint32([]byte{1, 0, 1, 0}, rate)
	format = append(binary.LittleEndian.AppendUint32(format, rate*sampleBytes), sampleBytes, 0, 8*sampleBytes, 0)
	return io.MultiReader(bytes.NewReader(waveHeader(format, count*sampleBytes)), io.LimitReader(io.MultiReader(samples, silence{}), count*sampleBytes))
}

// silence has no end.
type silence struct{}

func (silence) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
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
