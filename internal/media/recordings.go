package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"tollkeeper"
	"tollkeeper/internal/audio"
)

// Store keeps what is known of recordings and blobs.
type Store interface {
	BeginUpload(context.Context, tollkeeper.Part) (tollkeeper.Recording, tollkeeper.Blob, error)
	FinishPart(context.Context, tollkeeper.Blob, *tollkeeper.Audio) (tollkeeper.Recording, error)
	FinishRecording(context.Context, tollkeeper.Recording, tollkeeper.Audio) (tollkeeper.Recording, error)
	DropRecording(context.Context, tollkeeper.Recording) error
	BlobStore
}

// BlobStore keeps what is known of blobs.
type BlobStore interface {
	BeginBlob(context.Context, tollkeeper.Blob) (tollkeeper.Blob, error)
	DropBlob(context.Context, tollkeeper.Blob) error
	LooseBlobs(ctx context.Context, limit int) ([]tollkeeper.Blob, error)
	ForgetBlob(context.Context, tollkeeper.Blob) error
	Blobs(ctx context.Context, customer, object tollkeeper.ID, purpose tollkeeper.BlobPurpose) ([]tollkeeper.Blob, error)
	EachBlob(ctx context.Context, each func(b tollkeeper.Blob, kept bool) error) error
}

// Media receives and plays recordings.
type Media struct {
	Store    Store
	Vault    *Vault
	MaxBytes int64 // of one recording
	// Converter is the path of ffmpeg, which converts hold music; "" for none.
	Converter string

	slots chan struct{} // uploads under way
}

// maxUploads bounds the uploads under way at once. Each holds about 200 KiB, and with
// S3 three times partBytes more.
const maxUploads = 500

// New makes a Media.
func New(store Store, vault *Vault, maxBytes int64) *Media {
	return &Media{Store: store, Vault: vault, MaxBytes: maxBytes, slots: make(chan struct{}, maxUploads)}
}

// Receive takes a part of a recording, or all of it. The digest is what its SHA-256
// must be; nil says nothing. The recording is ready when all of it has come. To send
// again what is there already is harmless.
func (m *Media) Receive(ctx context.Context, part tollkeeper.Part, digest []byte, body io.Reader) (rec tollkeeper.Recording, err error) {
	if max(part.Total, part.Start+part.Size) > m.MaxBytes {
		return rec, m.tooLarge()
	}
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	default:
		return rec, tollkeeper.Errorf(tollkeeper.CodeUnavailable, "too many uploads at once; try again")
	}
	rec, b, err := m.Store.BeginUpload(ctx, part)
	switch {
	case err != nil:
		return rec, err
	case rec.State == tollkeeper.RecordingReady:
		return rec, complete(&rec, &part, digest)
	case b.ID.IsZero() && (rec.Size == 0 || rec.Received < rec.Size):
		return rec, nil
	case b.ID.IsZero():
		return m.finish(ctx, rec)
	}
	rec, err = m.take(ctx, &rec, &part, &b, digest, body)
	if err != nil {
		m.drop(context.WithoutCancel(ctx), b)
		return rec, err
	}
	if rec.State != tollkeeper.RecordingReady && rec.Size > 0 && rec.Received == rec.Size {
		return m.finish(ctx, rec)
	}
	return rec, nil
}

// complete answers an upload of a recording that is there: the same once more is
// harmless, another is refused.
func complete(rec *tollkeeper.Recording, part *tollkeeper.Part, digest []byte) error {
	whole := part.Start == 0 && (part.Total == 0 || part.Total == part.Size)
	size, sum := rec.Arrived()
	if part.Asks || whole && digest != nil && bytes.Equal(digest, sum) ||
		!whole && part.Total == size && part.Start+part.Size <= size {
		return nil
	}
	return tollkeeper.Errorf(tollkeeper.CodeConflict, "the recording is complete and cannot be replaced; its SHA-256 is %x", sum)
}

// take writes a part into the vault.
func (m *Media) take(ctx context.Context, rec *tollkeeper.Recording, part *tollkeeper.Part, b *tollkeeper.Blob, digest []byte, body io.Reader) (tollkeeper.Recording, error) {
	hash, probe := sha256.New(), audio.NewProbe()
	whole := part.Start == 0 && (part.Total == 0 || part.Total == part.Size)
	var seen io.Writer = hash
	if part.Start == 0 {
		seen = io.MultiWriter(hash, probe)
	}
	from := &limited{from: body, left: m.MaxBytes - part.Start, tooLarge: m.tooLarge()}
	if err := m.Vault.Write(ctx, b, io.TeeReader(from, seen)); err != nil {
		return *rec, err
	}
	if part.Size > 0 && b.Size != part.Size {
		return *rec, tollkeeper.Invalid(fmt.Sprintf("body: has %d bytes; %d were announced", b.Size, part.Size))
	}
	sum := hash.Sum(nil)
	if digest != nil && !bytes.Equal(digest, sum) {
		return *rec, tollkeeper.Invalid(fmt.Sprintf("Content-Digest: does not agree with the body, whose SHA-256 is %x", sum))
	}
	if !whole {
		return m.Store.FinishPart(ctx, *b, nil)
	}
	found, err := probe.Audio()
	if err != nil {
		return *rec, err
	}
	found.SHA256 = sum
	return m.Store.FinishPart(ctx, *b, &found)
}

// finish looks at a recording whose parts have all come. One that is no audio is
// dropped.
func (m *Media) finish(ctx context.Context, rec tollkeeper.Recording) (tollkeeper.Recording, error) {
	found, err := m.inspect(ctx, rec)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeInvalid {
		return rec, errors.Join(err, m.Store.DropRecording(context.WithoutCancel(ctx), rec))
	}
	if err != nil {
		return rec, err
	}
	return m.Store.FinishRecording(ctx, rec, found)
}

// inspect reads all of a recording and says what it is.
func (m *Media) inspect(ctx context.Context, rec tollkeeper.Recording) (tollkeeper.Audio, error) {
	r, err := m.Open(ctx, rec)
	if err != nil {
		return tollkeeper.Audio{}, err
	}
	defer r.Close()
	hash := sha256.New()
	found, err := audio.Of(io.TeeReader(r.Content(), hash))
	found.SHA256 = hash.Sum(nil)
	return found, err
}

// Open reads a recording.
func (m *Media) Open(ctx context.Context, rec tollkeeper.Recording) (*Reader, error) {
	blobs, err := m.Store.Blobs(ctx, rec.Customer, rec.ID, tollkeeper.BlobRecording)
	if err != nil {
		return nil, err
	}
	return m.Vault.Open(ctx, blobs)
}

// Play reads a recording from any place.
func (m *Media) Play(ctx context.Context, rec tollkeeper.Recording) (io.ReadSeekCloser, error) {
	r, err := m.Open(ctx, rec)
	if err != nil {
		return nil, err
	}
	return struct {
		io.ReadSeeker
		io.Closer
	}{r.Content(), r}, nil
}

// drop gives up a blob. What cannot be removed now is removed by Sweep.
func (m *Media) drop(ctx context.Context, b tollkeeper.Blob) {
	if m.Store.DropBlob(ctx, b) == nil && m.Vault.Delete(ctx, &b) == nil {
		m.Store.ForgetBlob(ctx, b)
	}
}

// sweepAtOnce bounds how many blobs one run deletes.
const sweepAtOnce = 1000

// Sweep deletes the blobs of what was deleted, and those of uploads that were cut
// off. It returns how many.
func (m *Media) Sweep(ctx context.Context) (done int, err error) {
	blobs, err := m.Store.LooseBlobs(ctx, sweepAtOnce)
	if err != nil {
		return 0, err
	}
	for _, b := range blobs {
		if err := m.Vault.Delete(ctx, &b); err != nil {
			return done, err
		}
		if err := m.Store.ForgetBlob(ctx, b); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

func (m *Media) tooLarge() error {
	return tollkeeper.Invalid(fmt.Sprintf("body: must have at most %d bytes in all", m.MaxBytes))
}

// limited ends a body that is too long.
type limited struct {
	from     io.Reader
	left     int64
	tooLarge error
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, l.tooLarge
	}
	if err != nil && err != io.EOF {
		err = &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "the body could not be read to its end", Err: err}
	}
	return n, err
}
