package audio

import (
	"encoding/binary"
	"time"
)

// Ogg: RFC 3533; Opus in it: RFC 7845.
const (
	pageHeader = 27
	opusHead   = 19
	opusRate   = 48000 // of granule positions, whatever the audio's rate
)

type ogg struct {
	serial  uint32
	begun   bool
	preSkip int64
	granule int64 // samples up to the end of the last page
	left    int64 // payload of the page that is passing
	end     int64 // where the last page ends
}

// header takes the first part of a page's header.
func (o *ogg) header(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	if string(b[:4]) != "OggS" || b[4] != 0 {
		return 0, 0, 0, fault("has no page where the next must be, at byte %d", o.end)
	}
	granule, serial := int64(binary.LittleEndian.Uint64(b[6:])), binary.LittleEndian.Uint32(b[14:])
	segments := int(b[26])
	if o.begun && serial != o.serial {
		return 0, 0, 0, fault("has more than one stream")
	}
	o.serial = serial
	if granule > o.granule {
		o.granule = granule
	}
	o.end += pageHeader + int64(segments)
	if segments == 0 {
		if !o.begun {
			return 0, 0, 0, fault("begins with an empty page")
		}
		return pageHeader, 0, pageHeader, nil
	}
	p.step = o.segments
	return pageHeader, 0, segments, nil
}

// segments takes the lengths of a page's segments.
func (o *ogg) segments(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	payload := int64(0)
	for _, length := range b {
		payload += int64(length)
	}
	o.end += payload
	if o.begun {
		p.step = o.header
		return len(b), payload, pageHeader, nil
	}
	if payload < opusHead {
		return 0, 0, 0, fault("does not begin with an Opus header")
	}
	o.left, p.step = payload, o.identify
	return len(b), 0, opusHead, nil
}

// identify takes the Opus header (RFC 7845, section 5.1).
func (o *ogg) identify(p *Probe, b []byte) (used int, skip int64, need int, err error) {
	if string(b[:8]) != "OpusHead" || b[8]>>4 != 0 || b[9] == 0 || b[9] > 8 {
		return 0, 0, 0, fault("does not begin with an Opus header")
	}
	o.begun, o.preSkip = true, int64(binary.LittleEndian.Uint16(b[10:]))
	p.found.Channels, p.found.SampleRate = int64(b[9]), opusRate
	p.length = func() (time.Duration, error) { return o.length(p) }
	p.step = o.header
	return opusHead, o.left - opusHead, pageHeader, nil
}

func (o *ogg) length(p *Probe) (time.Duration, error) {
	if p.total != o.end {
		return 0, fault("ends within a page")
	}
	const longest = 1 << 40 // samples: more than 200 days
	if o.granule > longest {
		return 0, fault("says it has %d samples", o.granule)
	}
	return seconds(max(0, o.granule-o.preSkip), opusRate), nil
}
