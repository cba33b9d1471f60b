package media

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tollkeeper"
	"tollkeeper/internal/audio"
)

// maxMusic bounds hold music, in bytes: half an hour at 16 kHz.
const maxMusic = 64 << 20

// Limits of a conversion.
const (
	convertTime    = time.Minute
	convertSeconds = "1800"
)

// Music keeps what it reads as a customer's hold music. Where Converter is set, it
// becomes WAV with one channel at 8 or 16 kHz, which every switch plays.
func (m *Media) Music(ctx context.Context, customer tollkeeper.ID, body io.Reader, keep func(tollkeeper.Blob) error) (found tollkeeper.Audio, err error) {
	folder, err := os.MkdirTemp("", "tollkeeper-music-")
	if err != nil {
		return found, tollkeeper.Internal("keep hold music", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "upload")
	if found, err = saved(file, body); err != nil {
		return found, err
	}
	if m.Converter != "" {
		if file, err = m.convert(ctx, folder, found); err != nil {
			return found, err
		}
	}
	content, err := os.Open(file)
	if err != nil {
		return found, tollkeeper.Internal("keep hold music", err)
	}
	defer content.Close()
	probe := audio.NewProbe()
	if err := m.keep(ctx, customer, tollkeeper.BlobMusic, io.TeeReader(content, probe), keep); err != nil {
		return found, err
	}
	return probe.Audio()
}

// saved writes audio to a file and says what it is.
func saved(name string, body io.Reader) (tollkeeper.Audio, error) {
	file, err := os.Create(name)
	if err != nil {
		return tollkeeper.Audio{}, tollkeeper.Internal("keep hold music", err)
	}
	defer file.Close()
	tooLarge := tollkeeper.Invalid(fmt.Sprintf("body: must have at most %d MiB", maxMusic>>20))
	return audio.Of(io.TeeReader(&limited{from: body, left: maxMusic, tooLarge: tooLarge}, file))
}

// convert runs the converter on the file that was uploaded. Its format is given, so that
// nothing else is looked for in it.
func (m *Media) convert(ctx context.Context, folder string, found tollkeeper.Audio) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, convertTime)
	defer cancel()
	rate := "16000"
	if found.SampleRate < 16000 {
		rate = "8000"
	}
	run := exec.CommandContext(ctx, m.Converter, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", string(found.Format), "-i", "upload",
		"-map", "0:a:0", "-t", convertSeconds, "-ac", "1", "-ar", rate, "-c:a", "pcm_s16le", "-map_metadata", "-1", "-bitexact", "-f", "wav", "music.wav")
	run.Dir = folder
	if said, err := run.CombinedOutput(); err != nil {
		return "", &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "body: cannot be converted to WAV", Err: fmt.Errorf("%w: %s", err, said)}
	}
	return filepath.Join(folder, "music.wav"), nil
}

// keep writes a blob of a customer and lets finish make it the one in use.
func (m *Media) keep(ctx context.Context, customer tollkeeper.ID, purpose tollkeeper.BlobPurpose, from io.Reader, finish func(tollkeeper.Blob) error) error {
	b, err := m.Store.BeginBlob(ctx, tollkeeper.Blob{Customer: customer, Object: customer, Purpose: purpose})
	if err != nil {
		return err
	}
	if err = m.Vault.Write(ctx, &b, from); err == nil {
		err = finish(b)
	}
	if err != nil {
		m.drop(context.WithoutCancel(ctx), b)
	}
	return err
}

// One reads the blob of a customer that is in use for a purpose, where it has an id.
func (m *Media) One(ctx context.Context, customer, id tollkeeper.ID, purpose tollkeeper.BlobPurpose) (io.ReadSeekCloser, int64, error) {
	blobs, err := m.Store.Blobs(ctx, customer, customer, purpose)
	if err != nil {
		return nil, 0, err
	}
	if len(blobs) == 0 || blobs[0].ID != id {
		return nil, 0, tollkeeper.Errorf(tollkeeper.CodeNotFound, "there is no such path")
	}
	r, err := m.Vault.Open(ctx, blobs[:1])
	if err != nil {
		return nil, 0, err
	}
	return struct {
		io.ReadSeeker
		io.Closer
	}{r.Content(), r}, r.Size(), nil
}
