// Package audio looks at audio as it passes by: which format it is, how long, and
// whether it is what its headers say. It never holds more than a header in memory,
// and believes no length that it has not counted.
package audio

import (
	"fmt"
	"io"
	"time"

	"tollkeeper"
)

// Probe is a writer that learns what the audio written to it is. The first error
// ends it.
type Probe struct {
	step   step
	need   int    // bytes that the step needs at once
	held   []byte // gathered for it
	skip   int64  // bytes that pass unseen before it
	total  int64
	found  tollkeeper.Audio
	length func() (time.Duration, error) // what the format says at the end; nil while its headers have not all come
	err    error
}

// step looks at the bytes it needed, and says how many of them are done with, how
// many behind those may be skipped, and how many the next step needs.
type step func(p *Probe, b []byte) (used int, skip int64, need int, err error)

// sniffed are as many bytes as tell the formats apart.
const sniffed = 12

// NewProbe makes a probe.
func NewProbe() *Probe { return &Probe{step: sniff, need: sniffed} }

// Write takes the next bytes.
func (p *Probe) Write(b []byte) (int, error) {
	n := len(b)
	p.total += int64(n)
	for len(b) > 0 && p.err == nil {
		if p.skip > 0 {
			passed := min(p.skip, int64(len(b)))
			p.skip, b = p.skip-passed, b[passed:]
			continue
		}
		taken := min(p.need-len(p.held), len(b))
		p.held, b = append(p.held, b[:taken]...), b[taken:]
		p.run()
	}
	return n, p.err
}

// run takes all the steps there is enough for.
func (p *Probe) run() {
	for p.err == nil && p.skip == 0 && len(p.held) >= p.need {
		var used int
		used, p.skip, p.need, p.err = p.step(p, p.held)
		passed := min(p.skip, int64(len(p.held)-used))
		p.skip -= passed
		p.held = append(p.held[:0], p.held[used+int(passed):]...)
	}
}

// Audio says what all that was written is.
func (p *Probe) Audio() (tollkeeper.Audio, error) {
	if p.err != nil {
		return p.found, p.err
	}
	if p.length == nil {
		return p.found, fault("ends within its headers")
	}
	duration, err := p.length()
	if err != nil {
		return p.found, err
	}
	p.found.Duration, p.found.Size = duration, p.total
	return p.found, nil
}

func fault(format string, args ...any) error {
	return tollkeeper.Invalid("body: must be WAV, MP3 or Ogg with Opus; it " + fmt.Sprintf(format, args...))
}

func sniff(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	switch {
	case string(b[:4]) == "RIFF" && string(b[8:12]) == "WAVE":
		p.found.Format, p.step = tollkeeper.AudioWAV, (&wav{}).chunk
		return sniffed, 0, chunkHeader, nil
	case string(b[:4]) == "OggS":
		p.found.Format, p.step = tollkeeper.AudioOgg, (&ogg{}).header
		return 0, 0, pageHeader, nil
	case string(b[:3]) == "ID3":
		p.found.Format, p.step = tollkeeper.AudioMP3, (&mp3{}).tag
		return 0, 0, tagHeader, nil
	case b[0] == 0xFF && b[1]&0xE0 == 0xE0:
		p.found.Format, p.step = tollkeeper.AudioMP3, (&mp3{}).frame
		return 0, 0, frameHeader, nil
	}
	return 0, 0, 0, fault("is none of them")
}

// Of reads audio to its end.
func Of(r io.Reader) (tollkeeper.Audio, error) {
	p := NewProbe()
	if _, err := io.Copy(p, r); err != nil {
		return tollkeeper.Audio{}, err
	}
	return p.Audio()
}

// rest skips all that follows.
const rest = 1 << 62

// seconds is how long so many samples are.
func seconds(samples, rate int64) time.Duration {
	return time.Duration(samples/rate)*time.Second + time.Duration(samples%rate)*time.Second/time.Duration(rate)
}
