package media_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/audio"
	"tollkeeper/internal/media"
	"tollkeeper/internal/store/storetest"
)

// dialogue is a WAV file of two speakers: a tone in the left channel for a second, and
// then one in the right.
func dialogue() []byte {
	const rate, seconds = 8000, 2
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1F\x00\x00\x00\x7D\x00\x00\x04\x00\x10\x00data")
	b = binary.LittleEndian.AppendUint32(b, rate*seconds*4)
	for i := range rate * seconds {
		tone := uint16(int16(12000 * math.Sin(2*math.Pi*440*float64(i)/rate)))
		left, right := tone, uint16(0)
		if i >= rate {
			left, right = 0, tone
		}
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, left), right)
	}
	return b
}

// converting is a world with a recording that came in full, and a converter.
type converting struct {
	*world
	*media.Converter
	rec tollkeeper.Recording
	now time.Time
}

func newConverting(t *testing.T, to tollkeeper.AudioFormat, whole []byte) *converting {
	t.Helper()
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("needs ffmpeg (Debian: ffmpeg)")
	}
	c := &converting{now: time.Now()}
	config := storetest.Config(t)
	config.Now = func() time.Time { return c.now }
	c.world = newWorldIn(t, config, t.TempDir())
	m := media.New(c.store, c.vault, 16<<20)
	m.Converter = program
	c.Converter = &media.Converter{Media: m, Conversions: c.store, To: to, Now: config.Now}
	part := tollkeeper.Part{Customer: c.customer, ID: storetest.Call(t, c.store, c.customer), Size: int64(len(whole)), Total: int64(len(whole))}
	c.rec, err = m.Receive(t.Context(), part, nil, bytes.NewReader(whole))
	must(t, err)
	return c
}

// convert runs the converter after a while, and returns the recording and what it sounds.
func (c *converting) convert(t *testing.T, want int) (tollkeeper.Recording, []byte) {
	t.Helper()
	c.now = c.now.Add(2 * time.Hour)
	if n, err := c.RunOnce(t.Context()); n != want || err != nil {
		t.Errorf("converted %d, %v; want %d", n, err, want)
	}
	_, err := c.Sweep(t.Context())
	must(t, err)
	if n := c.stored(t); n != 1 {
		t.Errorf("there are %d blobs", n)
	}
	c.agrees(t)
	rec, err := c.store.Recording(t.Context(), c.rec.ID)
	must(t, err)
	played, err := c.Play(t.Context(), rec)
	must(t, err)
	defer played.Close()
	content, err := io.ReadAll(played)
	must(t, err)
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], rec.SHA256) || int64(len(content)) != rec.Size {
		t.Errorf("it plays %d bytes with another SHA-256 than is known", len(content))
	}
	return rec, content
}

// decodedBy has ffmpeg decode audio to samples of 16 bits.
func decodedBy(t *testing.T, program string, content []byte) []byte {
	t.Helper()
	run := exec.Command(program, "-v", "error", "-i", "pipe:0", "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1")
	run.Stdin, run.Stderr = bytes.NewReader(content), os.Stderr
	samples, err := run.Output()
	must(t, err)
	return samples
}

// loudness is the mean square of the two halves of one channel of a recording.
func (c *converting) loudness(t *testing.T, rec tollkeeper.Recording, channel int64) (halves [2]float64) {
	t.Helper()
	heard, format, err := c.Speaker(t.Context(), rec, channel)
	must(t, err)
	defer heard.Close()
	content, err := io.ReadAll(heard)
	must(t, err)
	found, err := audio.Of(bytes.NewReader(content))
	if err != nil || format != tollkeeper.AudioWAV || found.Channels != 1 || (found.Duration-rec.Duration).Abs() > time.Millisecond {
		t.Fatalf("channel %d is %s: %+v, %v", channel, format, found, err)
	}
	samples := content[44:]
	for i := 0; i+1 < len(samples); i += 2 {
		v := float64(int16(binary.LittleEndian.Uint16(samples[i:])))
		halves[2*i/len(samples)] += v * v / float64(len(samples)/4)
	}
	return halves
}

// TestConvertToOpus makes a recording smaller, and keeps who speaks apart.
func TestConvertToOpus(t *testing.T) {
	t.Parallel()
	whole := dialogue()
	c := newConverting(t, tollkeeper.AudioOgg, whole)
	if n := c.Speakers(c.rec); n != 2 {
		t.Errorf("%d speakers before", n)
	}
	rec, content := c.convert(t, 1)
	found, err := audio.Of(bytes.NewReader(content))
	if err != nil || found.Format != tollkeeper.AudioOgg || found.Channels != 2 || (found.Duration-2*time.Second).Abs() > 100*time.Millisecond {
		t.Errorf("it is %+v, %v", found, err)
	}
	sum := sha256.Sum256(whole)
	if rec.Format != tollkeeper.AudioOgg || rec.Size >= c.rec.Size/2 || (rec.Duration-found.Duration).Abs() > 10*time.Millisecond || rec.State != tollkeeper.RecordingReady ||
		rec.Original.Format != tollkeeper.AudioWAV || rec.Original.Size != c.rec.Size || !bytes.Equal(rec.Original.SHA256, sum[:]) {
		t.Errorf("known of it: %+v", rec)
	}
	for channel := range c.Speakers(rec) {
		halves := c.loudness(t, rec, channel)
		if speaks, silent := halves[channel], halves[1-channel]; speaks < 1e6 || silent > speaks/1000 {
			t.Errorf("channel %d has %g while it speaks and %g while the other does", channel, speaks, silent)
		}
	}
	c.Media.Converter = ""
	if n := c.Speakers(rec); n != 1 {
		t.Errorf("%d speakers can be heard without the converter", n)
	}
	part := tollkeeper.Part{Customer: c.customer, ID: rec.ID, Size: int64(len(whole)), Total: int64(len(whole))}
	if _, err := c.Receive(t.Context(), part, sum[:], bytes.NewReader(whole)); err != nil {
		t.Errorf("the switch brings the original again: %v", err)
	}
	if again, _ := c.convert(t, 0); !bytes.Equal(again.SHA256, rec.SHA256) {
		t.Error("it was converted again")
	}
}

// TestConvertToFLAC keeps every bit of the sound.
func TestConvertToFLAC(t *testing.T) {
	t.Parallel()
	whole := dialogue()
	c := newConverting(t, tollkeeper.AudioFLAC, whole)
	rec, content := c.convert(t, 1)
	if rec.Format != tollkeeper.AudioFLAC || rec.Duration != 2*time.Second || rec.SampleRate != 8000 || rec.Size >= c.rec.Size {
		t.Errorf("known of it: %+v", rec)
	}
	if got := decodedBy(t, c.Media.Converter, content); !bytes.Equal(got, whole[44:]) {
		t.Errorf("it sounds otherwise: %d bytes of %d", len(got), len(whole)-44)
	}
	if count := binary.BigEndian.Uint64(content[18:]) & (1<<36 - 1); count != 16000 {
		t.Errorf("its header says %d samples", count)
	}
	if halves := c.loudness(t, rec, 1); halves[0] > halves[1]/1000 || halves[1] < 1e6 {
		t.Errorf("the right channel has %v", halves)
	}
}

// TestConversionFails keeps the original, whatever becomes of the conversion.
func TestConversionFails(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts ffmpeg dozens of times")
	}
	for name, row := range map[string]struct{ script, fault string }{
		"cut off":     {`case "$*" in *libopus*) ffmpeg "$@" | head -c 3000;; *) exec ffmpeg "$@";; esac`, ""},
		"dies":        {`case "$*" in *libopus*) exit 3;; *) exec ffmpeg "$@";; esac`, "exit status 3"},
		"complains":   {`case "$*" in *libopus*) ffmpeg "$@"; echo "a bad file" >&2;; *) exec ffmpeg "$@";; esac`, "a bad file"},
		"shorter":     {`case "$*" in *libopus*) ffmpeg -t 1 "$@";; *) exec ffmpeg "$@";; esac`, "long"},
		"other sound": {`case "$*" in *libopus*) echo no audio at all;; *) exec ffmpeg "$@";; esac`, "ffmpeg says"},
		"no decoder":  {`exit 1`, "exit status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := dialogue()
			c := newConverting(t, tollkeeper.AudioOgg, whole)
			real := filepath.Dir(c.Media.Converter)
			c.Media.Converter = filepath.Join(t.TempDir(), "ffmpeg")
			must(t, os.WriteFile(c.Media.Converter, []byte("#!/bin/sh\nPATH="+real+":/usr/bin:/bin\n"+row.script+"\n"), 0o700))
			for range 4 {
				rec, content := c.convert(t, 0)
				if !bytes.Equal(content, whole) || rec.Format != tollkeeper.AudioWAV || rec.Original.Format != "" || rec.Fault == "" || !strings.Contains(rec.Fault, row.fault) {
					t.Errorf("it has %d bytes: %+v", len(content), rec)
				}
			}
			if _, found, err := c.store.ClaimConversion(t.Context()); found || err != nil {
				t.Errorf("it is still tried: %v", err)
			}
		})
	}
}

// TestConversionIsOfNoUse keeps noise, which does not become smaller without a loss.
func TestConversionIsOfNoUse(t *testing.T) {
	t.Parallel()
	whole := wave(100_000)
	c := newConverting(t, tollkeeper.AudioFLAC, whole)
	if rec, content := c.convert(t, 0); !bytes.Equal(content, whole) || !strings.Contains(rec.Fault, "no smaller") {
		t.Errorf("it has %d bytes: %+v", len(content), rec)
	}
	if _, found, err := c.store.ClaimConversion(t.Context()); found || err != nil {
		t.Errorf("it is tried again: %v", err)
	}
}

// TestHeldIsNotConverted leaves what is under a legal hold as it is.
func TestHeldIsNotConverted(t *testing.T) {
	t.Parallel()
	whole := dialogue()
	c := newConverting(t, tollkeeper.AudioOgg, whole)
	_, err := c.store.SetLegalHold(t.Context(), tollkeeper.Write{}, c.customer, true, "case 7")
	must(t, err)
	if _, content := c.convert(t, 0); !bytes.Equal(content, whole) {
		t.Error("it was converted under a hold")
	}
	_, err = c.store.SetLegalHold(t.Context(), tollkeeper.Write{}, c.customer, false, "")
	must(t, err)
	c.now = c.now.Add(24 * time.Hour)
	if rec, _ := c.convert(t, 1); rec.Format != tollkeeper.AudioOgg {
		t.Errorf("after the hold: %+v", rec)
	}
}
