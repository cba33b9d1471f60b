package audio

import "time"

// MP3: ISO/IEC 11172-3 and 13818-3, layer III; tags: id3.org, ID3v2.4.0.
const (
	tagHeader   = 10
	frameHeader = 4
	maxTag      = 16 << 20 // bytes before the audio
	maxTail     = 1 << 20  // bytes behind it: other tags
)

// Kilobits per second by the index in the frame's header; 0 is not allowed.
var bitRates = [2][16]int64{
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},     // MPEG 2 and 2.5
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}, // MPEG 1
}

// Samples per second of MPEG 1; the others have a half and a quarter.
var sampleRates = [4]int64{44100, 48000, 32000, 0}

type mp3 struct {
	samples int64
	tail    int64 // where the audio ended
}

// tag skips the tag at the beginning.
func (m *mp3) tag(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	size := int64(0)
	for _, digit := range b[6:10] {
		if digit > 127 {
			return 0, 0, 0, fault("has a tag of no length")
		}
		size = size<<7 | int64(digit)
	}
	if size > maxTag {
		return 0, 0, 0, fault("has a tag of %d bytes; at most %d are taken", size, maxTag)
	}
	p.step = m.frame
	return tagHeader, size, frameHeader, nil
}

// frame takes the header of a frame.
func (m *mp3) frame(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	length, samples, ok := m.read(p, b)
	switch {
	case ok:
		m.samples += samples
		p.length = func() (time.Duration, error) { return m.length(p) }
		return frameHeader, length - frameHeader, frameHeader, nil
	case m.samples == 0:
		return 0, 0, 0, fault("has no frame where the first must be")
	}
	m.tail = p.total
	return 0, rest, frameHeader, nil
}

// read understands a frame's header.
func (m *mp3) read(p *Probe, b []byte) (length, samples int64, ok bool) {
	version, layer := b[1]>>3&3, b[1]>>1&3 // 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5; 1 is layer III
	if b[0] != 0xFF || b[1]&0xE0 != 0xE0 || version == 1 || layer != 1 {
		return 0, 0, false
	}
	first := 0
	if version == 3 {
		first = 1
	}
	bitRate, rate := bitRates[first][b[2]>>4], sampleRates[b[2]>>2&3]
	if bitRate == 0 || rate == 0 {
		return 0, 0, false
	}
	samples = 1152
	if version != 3 {
		samples, rate = 576, rate>>(2-version/2)
	}
	if p.found.SampleRate != 0 && p.found.SampleRate != rate {
		return 0, 0, false
	}
	channels := int64(2)
	if b[3]>>6 == 3 {
		channels = 1
	}
	p.found.SampleRate, p.found.Channels = rate, max(channels, p.found.Channels)
	return samples/8*bitRate*1000/rate + int64(b[2]>>1&1), samples, true
}

func (m *mp3) length(p *Probe) (time.Duration, error) {
	if m.tail > 0 && p.total-m.tail > maxTail {
		return 0, fault("is no audio any more after %s", seconds(m.samples, p.found.SampleRate))
	}
	return seconds(m.samples, p.found.SampleRate), nil
}
