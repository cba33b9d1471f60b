package audio

import (
	"encoding/binary"
	"slices"
	"time"
)

// WAV: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), and RFC
// 2361 for the codes of its encodings.
const (
	chunkHeader = 8
	maxFormat   = 256     // bytes of a format chunk; the extensible one has 40
	maxPreamble = 1 << 20 // bytes of chunks before the audio
	// Whoever writes to a pipe cannot know the length and writes one like this.
	unknownLength = 0x7FFF0000
)

// wavEncodings are those that telephony writes: PCM, float, A-law, mu-law, and
// "extensible", which is one of these with more to say.
var wavEncodings = []uint16{1, 3, 6, 7, 0xFFFE}

type wav struct {
	preamble   int64
	blockAlign int64 // bytes of one sample of all channels
	declared   int64 // bytes of audio by the header
	before     int64 // bytes before the audio
}

// chunk takes the header of a chunk.
func (w *wav) chunk(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	size := int64(binary.LittleEndian.Uint32(b[4:]))
	padded := size + size%2
	switch string(b[:4]) {
	case "fmt ":
		if size < 16 || size > maxFormat {
			return 0, 0, 0, fault("has a format chunk of %d bytes", size)
		}
		p.step = w.format
		return chunkHeader, 0, int(padded), nil
	case "data":
		if w.blockAlign == 0 {
			return 0, 0, 0, fault("has its audio before its format")
		}
		p.length = func() (time.Duration, error) { return w.length(p) }
		w.declared, w.before = size, w.preamble+sniffed+chunkHeader
		return chunkHeader, rest, chunkHeader, nil
	}
	if w.preamble += chunkHeader + padded; w.preamble > maxPreamble {
		return 0, 0, 0, fault("has more than %d bytes before its audio", maxPreamble)
	}
	return chunkHeader, padded, chunkHeader, nil
}

// format takes the body of the format chunk.
func (w *wav) format(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	u16 := func(at int) int64 { return int64(binary.LittleEndian.Uint16(b[at:])) }
	encoding, channels, align, bits := uint16(u16(0)), u16(2), u16(12), u16(14)
	rate := int64(binary.LittleEndian.Uint32(b[4:]))
	switch {
	case !slices.Contains(wavEncodings, encoding):
		return 0, 0, 0, fault("is encoded in a way that is not taken (%d)", encoding)
	case channels < 1 || channels > 8 || rate < 4000 || rate > 192000:
		return 0, 0, 0, fault("has %d channels at %d Hz; 1 to 8 at 4000 to 192000 are taken", channels, rate)
	case bits < 8 || bits > 64 || bits%8 != 0 || align != channels*bits/8:
		return 0, 0, 0, fault("has %d bits in blocks of %d bytes, which do not agree", bits, align)
	case w.blockAlign != 0:
		return 0, 0, 0, fault("has two format chunks")
	}
	w.blockAlign = align
	w.preamble += chunkHeader + int64(len(b))
	p.found.Channels, p.found.SampleRate = channels, rate
	p.step = w.chunk
	return len(b), 0, chunkHeader, nil
}

func (w *wav) length(p *Probe) (time.Duration, error) {
	there := p.total - w.before
	if w.declared > 0 && w.declared < unknownLength {
		if w.declared > there {
			return 0, fault("says it has %d bytes of audio; there are %d", w.declared, there)
		}
		there = w.declared
	}
	return seconds(there/w.blockAlign, p.found.SampleRate), nil
}
