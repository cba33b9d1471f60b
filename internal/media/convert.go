package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
)

// ConvertStore keeps what is to be converted.
type ConvertStore interface {
	ClaimConversion(context.Context) (rec tollkeeper.Recording, found bool, err error)
	FinishConversion(ctx context.Context, rec tollkeeper.Recording, b tollkeeper.Blob, audio tollkeeper.Audio) error
	FailConversion(ctx context.Context, rec tollkeeper.Recording, why string, next time.Time) error
}

// Converter makes Opus or FLAC of WAV recordings, with the media's converter. All audio
// goes through pipes, so that none of it is ever on disk unencrypted.
type Converter struct {
	*Media
	Conversions ConvertStore
	To          tollkeeper.AudioFormat // AudioOgg for Opus, or AudioFLAC
	Now         func() time.Time
}

// Limits of a conversion.
const (
	conversionTime = time.Hour
	convertAgain   = time.Hour              // until it is tried again
	alike          = 100 * time.Millisecond // by which lengths may differ
	opusBits       = 24_000                 // a second, of each channel: speech in full band (RFC 6716, section 2.1.1)
	opusRate       = 48_000                 // that Opus is decoded to
	lastWords      = 2 * time.Minute        // for what it said last to be written, after its end
)

// errNoGain is why a recording stays as it came for good.
var errNoGain = errors.New("it would be no smaller")

// RunOnce converts all that are due, one after the other, and returns how many.
func (c *Converter) RunOnce(ctx context.Context) (done int, err error) {
	for ctx.Err() == nil {
		rec, found, err := c.Conversions.ClaimConversion(ctx)
		if err != nil || !found {
			return done, err
		}
		next := c.Now().Add(convertAgain)
		switch failure := c.convertOne(ctx, rec); {
		case failure == nil:
			done++
			continue
		case ctx.Err() != nil: // the server stops; whoever comes next begins anew
			next, failure = c.Now(), nil
			fallthrough
		default:
			if errors.Is(failure, errNoGain) {
				next = time.Time{}
			}
			if err := c.Conversions.FailConversion(context.WithoutCancel(ctx), rec, shownError(failure), next); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// sound is what there is in audio when it is decoded.
type sound struct {
	samples int64 // of each channel
	sum     []byte
}

// convertOne replaces a recording by what was made of it, once that was decoded and
// compared with it.
func (c *Converter) convertOne(ctx context.Context, rec tollkeeper.Recording) error {
	ctx, cancel := context.WithTimeout(ctx, conversionTime)
	defer cancel()
	blobs, err := c.Store.Blobs(ctx, rec.Customer, rec.ID, tollkeeper.BlobRecording)
	if err != nil {
		return err
	}
	before, err := c.listen(ctx, blobs, rec.Format, rec.Channels)
	if err != nil {
		return err
	}
	b, err := c.Store.BeginBlob(ctx, tollkeeper.Blob{Customer: rec.Customer, Object: rec.ID, Purpose: tollkeeper.BlobRecording})
	if err != nil {
		return err
	}
	made, err := c.encode(ctx, rec, before.samples, &b)
	if err == nil {
		made, err = c.compare(ctx, rec, made, before, b)
	}
	if err == nil {
		err = c.Conversions.FinishConversion(ctx, rec, b, made)
	}
	if err != nil {
		c.drop(context.WithoutCancel(ctx), b)
	}
	return err
}

// encode writes the converted recording into the vault.
func (c *Converter) encode(ctx context.Context, rec tollkeeper.Recording, samples int64, b *tollkeeper.Blob) (made tollkeeper.Audio, err error) {
	from, err := c.Play(ctx, rec)
	if err != nil {
		return made, err
	}
	made = tollkeeper.Audio{Format: c.To, Channels: rec.Channels, SampleRate: opusRate}
	codec := []string{"-c:a", "libopus", "-application", "voip", "-b:a", strconv.FormatInt(opusBits*rec.Channels, 10), "-f", "ogg"}
	if c.To == tollkeeper.AudioFLAC {
		made.SampleRate, codec = rec.SampleRate, []string{"-c:a", "flac", "-f", "flac"}
	}
	encoded := c.pipe(ctx, from, rec.Format, codec...)
	defer encoded.Close()
	hash := sha256.New()
	var content io.Reader = encoded
	if c.To == tollkeeper.AudioFLAC {
		content = &flacHeader{from: encoded, samples: samples}
	}
	err = c.Vault.Write(ctx, b, io.TeeReader(content, hash))
	made.Size, made.SHA256 = b.Size, hash.Sum(nil)
	return made, err
}

// compare decodes what was made and holds it against the original: FLAC must be the same
// to the last bit, Opus as long.
func (c *Converter) compare(ctx context.Context, rec tollkeeper.Recording, made tollkeeper.Audio, before sound, b tollkeeper.Blob) (tollkeeper.Audio, error) {
	if made.Size >= rec.Size {
		return made, errNoGain
	}
	after, err := c.listen(ctx, []tollkeeper.Blob{b}, made.Format, made.Channels)
	if err != nil {
		return made, err
	}
	made.Duration = lasting(after.samples, made.SampleRate)
	if was := lasting(before.samples, rec.SampleRate); (made.Duration - was).Abs() > alike {
		return made, fmt.Errorf("it would be %s long, and was %s", made.Duration, was)
	}
	if made.Format == tollkeeper.AudioFLAC && (after.samples != before.samples || !bytes.Equal(after.sum, before.sum)) {
		return made, errors.New("it would sound otherwise")
	}
	return made, nil
}

// lasting is how long so many samples are.
func lasting(samples, rate int64) time.Duration {
	return time.Duration(samples/rate)*time.Second + time.Duration(samples%rate)*time.Second/time.Duration(rate)
}

// listen decodes audio to its end.
func (c *Converter) listen(ctx context.Context, blobs []tollkeeper.Blob, format tollkeeper.AudioFormat, channels int64) (s sound, err error) {
	from, err := c.Vault.Open(ctx, blobs)
	if err != nil {
		return s, err
	}
	defer from.Close()
	hash := sha256.New()
	decoded := &counter{Writer: hash}
	err = c.run(ctx, from.Content(), decoded, format, "-c:a", "pcm_s32le", "-f", "s32le")
	const sampleBytes = 4
	s.samples, s.sum = decoded.written/(sampleBytes*channels), hash.Sum(nil)
	if err == nil && s.samples == 0 {
		err = errors.New("there is no sound in it")
	}
	return s, err
}

// converted is what the converter writes, as it does so.
type converted struct {
	io.Reader
	end func()
}

// Close ends the converter, waits for it, and closes what it reads.
func (c *converted) Close() error {
	c.end()
	return nil
}

// pipe has the converter read audio of a format, and reads what it writes.
func (m *Media) pipe(ctx context.Context, content io.ReadCloser, format tollkeeper.AudioFormat, arguments ...string) *converted {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer content.Close()
		writer.CloseWithError(m.run(ctx, content, writer, format, arguments...))
	}()
	return &converted{Reader: reader, end: func() {
		cancel()
		reader.Close()
		<-ended
	}}
}

// run has the converter read audio of a format and write what the arguments say. What it
// complains of is an error, whether it goes on or not.
func (m *Media) run(ctx context.Context, from io.Reader, to io.Writer, format tollkeeper.AudioFormat, arguments ...string) error {
	before := []string{"-nostdin", "-v", "error", "-protocol_whitelist", "pipe", "-threads", "1", "-f", string(format), "-i", "pipe:0", "-map", "0:a:0", "-map_metadata", "-1"}
	run := exec.CommandContext(ctx, m.Converter, append(append(before, arguments...), "pipe:1")...)
	said := &firstWords{}
	run.Stdin, run.Stdout, run.Stderr, run.WaitDelay = from, to, said, lastWords
	err := run.Run()
	if text := strings.TrimSpace(string(said.text)); text != "" {
		err = errors.Join(errors.New("ffmpeg says "+text), err)
	}
	return err
}

// firstWords keeps the beginning of what is written.
type firstWords struct{ text []byte }

func (f *firstWords) Write(b []byte) (int, error) {
	f.text = append(f.text, b[:min(len(b), maxFault-len(f.text))]...)
	return len(b), nil
}

// flacHeader writes the number of samples into the header of a FLAC stream (RFC 9639,
// section 8.2), which an encoder that writes to a pipe does not know yet. Without it
// players do not know how long it is.
type flacHeader struct {
	from    io.Reader
	samples int64
	held    []byte
	begun   bool
}

// streamInfo is where the header ends, and sampleCount where the 64 bits are of which the
// last 36 are the number of samples.
const (
	streamInfo  = 42
	sampleCount = 18
)

func (f *flacHeader) Read(b []byte) (int, error) {
	if !f.begun {
		f.begun, f.held = true, make([]byte, streamInfo)
		if _, err := io.ReadFull(f.from, f.held); err != nil {
			return 0, err
		}
		if string(f.held[:4]) != "fLaC" || f.held[4]&0x7F != 0 || f.samples >= 1<<36 {
			return 0, errors.New("ffmpeg writes no FLAC, or too much of it")
		}
		bits := f.held[sampleCount : sampleCount+8]
		binary.BigEndian.PutUint64(bits, binary.BigEndian.Uint64(bits)&^(1<<36-1)|uint64(f.samples))
	}
	if len(f.held) > 0 {
		n := copy(b, f.held)
		f.held = f.held[n:]
		return n, nil
	}
	return f.from.Read(b)
}
