package audio_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"tollkeeper"
	"tollkeeper/internal/audio"
)

// wav writes a header, with the length it claims to have, and so much audio.
func wav(encoding, channels uint16, rate uint32, bits uint16, claimed uint32, there int) []byte {
	b := append([]byte("RIFF"), 0, 0, 0, 0)
	b = append(b, "WAVEfmt \x10\x00\x00\x00"...)
	align := channels * (bits / 8)
	for _, v := range []any{encoding, channels, rate, rate * uint32(align), align, bits} {
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, claimed)
	return append(b, make([]byte, there)...)
}

func TestWAV(t *testing.T) {
	t.Parallel()
	second := wav(1, 2, 8000, 16, 32000, 32000)
	withList := append(append(bytes.Clone(second[:36]), "LIST\x05\x00\x00\x00INFOx\x00"...), second[36:]...)
	for name, row := range map[string]struct {
		body    []byte
		refused string
	}{
		"a second":                   {body: second},
		"a chunk before the audio":   {body: withList},
		"written to a pipe":          {body: wav(1, 2, 8000, 16, math.MaxUint32, 32000)},
		"length never filled in":     {body: wav(1, 2, 8000, 16, 0, 32000)},
		"chunks behind":              {body: append(bytes.Clone(second), "LIST\x04\x00\x00\x00INFO"...)},
		"mu-law":                     {body: wav(7, 2, 8000, 8, 16000, 16000)},
		"cut off":                    {body: second[:20000], refused: "says it has 32000 bytes of audio"},
		"claims gigabytes":           {body: wav(1, 2, 8000, 16, 0x7FFEFFFF, 100), refused: "says it has"},
		"no audio":                   {body: second[:30], refused: "within its headers"},
		"no channels":                {body: wav(1, 0, 8000, 16, 0, 10), refused: "0 channels"},
		"thousands of channels":      {body: wav(1, 9999, 8000, 16, 0, 10), refused: "9999 channels"},
		"a rate of gigahertz":        {body: wav(1, 2, 1<<31, 16, 0, 10), refused: "channels at"},
		"bits that do not agree":     {body: wav(1, 2, 8000, 12, 0, 10), refused: "do not agree"},
		"an encoding of its own":     {body: wav(0x1234, 2, 8000, 16, 0, 10), refused: "not taken"},
		"endless chunks":             {body: append(bytes.Clone(second[:36]), bytes.Repeat([]byte("junk\x00\x00\x00\x00"), 200_000)...), refused: "before its audio"},
		"a chunk of four gigabytes":  {body: append(bytes.Clone(second[:36]), "junk\xFF\xFF\xFF\xFF"...), refused: "before its audio"},
		"a format of four gigabytes": {body: []byte("RIFF\x00\x00\x00\x00WAVEfmt \xFF\xFF\xFF\xFF...."), refused: "format chunk"},
		"no format":                  {body: append([]byte("RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00"), 1, 2), refused: "before its format"},
		"a program":                  {body: []byte("\x7FELF and so on and on"), refused: "none of them"},
		"nothing":                    {refused: "within its headers"},
	} {
		got, err := audio.Of(bytes.NewReader(row.body))
		slow, slowErr := audio.Of(iotest.OneByteReader(bytes.NewReader(row.body)))
		if (err == nil) != (slowErr == nil) || err == nil && (got.Duration != slow.Duration || got.Size != slow.Size) {
			t.Errorf("%s: byte by byte it is %+v %v, else %+v %v", name, slow, slowErr, got, err)
		}
		switch {
		case row.refused != "" && (err == nil || !strings.Contains(err.Error(), row.refused)):
			t.Errorf("%s: got %v, want an error with %q", name, err, row.refused)
		case row.refused == "" && (err != nil || got.Duration != time.Second || got.Channels != 2 || got.SampleRate != 8000 || got.Size != int64(len(row.body))):
			t.Errorf("%s: got %+v %v", name, got, err)
		}
	}
}

// TestRealFiles probes what other programs write.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("needs ffmpeg (Debian: ffmpeg)")
	}
	for _, row := range []struct {
		format   tollkeeper.AudioFormat
		options  string
		channels int64
		rate     int64
		within   time.Duration // of 7 s
	}{
		{tollkeeper.AudioWAV, "-ac 2 -ar 8000 -f wav", 2, 8000, 0},
		{tollkeeper.AudioWAV, "-ac 1 -ar 16000 -c:a pcm_mulaw -f wav", 1, 16000, 0},
		{tollkeeper.AudioMP3, "-ac 2 -ar 44100 -f mp3", 2, 44100, 100 * time.Millisecond},
		{tollkeeper.AudioMP3, "-ac 1 -ar 8000 -b:a 16k -f mp3", 1, 8000, 300 * time.Millisecond},
		{tollkeeper.AudioMP3, "-ac 1 -ar 22050 -q:a 4 -f mp3", 1, 22050, 150 * time.Millisecond},
		{tollkeeper.AudioOgg, "-ac 2 -c:a libopus -f ogg", 2, 48000, 20 * time.Millisecond},
	} {
		args := append(strings.Fields("-v error -f lavfi -i sine=frequency=440:duration=7"), strings.Fields(row.options)...)
		made, err := exec.Command("ffmpeg", append(args, "-")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		got, err := audio.Of(bytes.NewReader(made))
		if err != nil || got.Format != row.format || got.Channels != row.channels || got.SampleRate != row.rate ||
			(got.Duration-7*time.Second).Abs() > row.within {
			t.Errorf("%s: got %+v %v", row.options, got, err)
		}
		if row.format == tollkeeper.AudioOgg {
			if _, err := audio.Of(bytes.NewReader(made[:len(made)-10])); err == nil {
				t.Errorf("%s: what is cut off is taken", row.options)
			}
		}
	}
}

func FuzzProbe(f *testing.F) {
	f.Add(wav(1, 2, 8000, 16, 64, 64))
	f.Add([]byte("ID3\x04\x00\x00\x00\x00\x00\x0A__________\xFF\xFB\x90\x00" + strings.Repeat("x", 500)))
	f.Add([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00aaaa\x00\x00\x00\x00cccc\x01\x13OpusHead\x01\x02\x38\x01\x80\xBB\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		whole, err := audio.Of(bytes.NewReader(body))
		slow, slowErr := audio.Of(iotest.OneByteReader(bytes.NewReader(body)))
		if (err == nil) != (slowErr == nil) || err == nil && (whole.Duration != slow.Duration || whole.Channels != slow.Channels) {
			t.Errorf("%+v %v, byte by byte %+v %v", whole, err, slow, slowErr)
		}
		if err == nil && (whole.Duration < 0 || whole.Channels < 1 || whole.SampleRate < 1) {
			t.Errorf("%+v", whole)
		}
	})
}
