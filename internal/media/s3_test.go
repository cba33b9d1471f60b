package media_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"tollkeeper"
	"tollkeeper/internal/media"
	"tollkeeper/internal/store/storetest"
)

// bucketServer speaks S3, and counts the uploads in pieces that have not ended. Those
// are paid for, and are not among the objects that S3 lists.
type bucketServer struct {
	http.Handler
	begun, ended atomic.Int64
}

func (s *bucketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Handler.ServeHTTP(w, r)
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && query.Has("uploads"):
		s.begun.Add(1)
	case r.Method != http.MethodPut && query.Has("uploadId"): // completed or given up
		s.ended.Add(1)
	}
}

// onS3 moves the vault into a bucket of a server that speaks S3.
func (w *world) onS3(t *testing.T) *bucketServer {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("media"))
	server := &bucketServer{Handler: gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()}
	listener := httptest.NewUnstartedServer(server)
	listener.Config.ErrorLog = log.New(io.Discard, "", 0) // gofakes3 answers some requests twice
	listener.Start()
	t.Cleanup(listener.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	bucket, err := media.OpenBucket(t.Context(), "s3://media?region=eu-west-1&use_path_style=true&endpoint="+listener.URL)
	must(t, err)
	t.Cleanup(func() { must(t, bucket.Close()) })
	w.vault.Bucket = bucket
	return server
}

// wave is a WAV file with noise of so many bytes.
func wave(size int) []byte {
	whole := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1F\x00\x00\x80\x3E\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00")
	random := rand.New(rand.NewPCG(3, 4))
	for range size {
		whole = append(whole, byte(random.Uint32()))
	}
	return whole
}

// TestS3 keeps a recording in S3: uploaded in pieces, heard from any place, compared
// with the database, and deleted.
func TestS3(t *testing.T) {
	w := newWorld(t)
	server := w.onS3(t)
	ctx := t.Context()
	m := media.New(w.store, w.vault, 64<<20)
	call := storetest.Call(t, w.store, w.customer)
	whole := wave(12 << 20) // three pieces of S3
	size := int64(len(whole))
	rec, err := m.Receive(ctx, tollkeeper.Part{Customer: w.customer, ID: call, Size: size, Total: size}, nil, bytes.NewReader(whole))
	must(t, err)
	if rec.State != tollkeeper.RecordingReady || rec.Size != size || w.stored(t) != 1 || server.begun.Load() != 1 || server.ended.Load() != 1 {
		t.Fatalf("uploaded: %+v; %d blobs; %d uploads begun, %d ended", rec, w.stored(t), server.begun.Load(), server.ended.Load())
	}
	played, err := m.Play(ctx, rec)
	must(t, err)
	for _, at := range []int64{0, 5<<20 - 3, size - 100_000, 1} {
		_, err := played.Seek(at, io.SeekStart)
		must(t, err)
		part := make([]byte, 100_000)
		if _, err := io.ReadFull(played, part); err != nil || !bytes.Equal(part, whole[at:at+100_000]) {
			t.Errorf("from %d: %v, or other bytes", at, err)
		}
	}
	must(t, played.Close())
	faults := func() (all []string) {
		_, err := media.Verify(ctx, w.store, w.vault.Bucket, func(f string) { all = append(all, f) })
		must(t, err)
		return all
	}
	if found := faults(); len(found) > 0 {
		t.Errorf("verify: %v", found)
	}
	must(t, w.vault.Bucket.Delete(ctx, blobsOf(t, w, rec)[0].Name()))
	if found := faults(); len(found) != 1 || !strings.Contains(found[0], "the blob store lacks") {
		t.Errorf("verify without the blob: %v", found)
	}
}

// TestS3Deletes deletes a recording; its bytes follow.
func TestS3Deletes(t *testing.T) {
	w := newWorld(t)
	w.onS3(t)
	m := media.New(w.store, w.vault, 64<<20)
	call := storetest.Call(t, w.store, w.customer)
	whole := wave(1000)
	size := int64(len(whole))
	rec, err := m.Receive(t.Context(), tollkeeper.Part{Customer: w.customer, ID: call, Size: size, Total: size}, nil, bytes.NewReader(whole))
	must(t, err)
	_, err = w.store.DeleteRecording(t.Context(), tollkeeper.Write{}, rec.ID)
	must(t, err)
	if n, err := m.Sweep(t.Context()); n != 1 || err != nil || w.stored(t) != 0 {
		t.Errorf("swept %d, %v; %d are left", n, err, w.stored(t))
	}
}

// TestS3CutOff loses the connection of an upload whose first pieces S3 has already.
func TestS3CutOff(t *testing.T) {
	w := newWorld(t)
	server := w.onS3(t)
	m := media.New(w.store, w.vault, 64<<20)
	call := storetest.Call(t, w.store, w.customer)
	size, whole := int64(20<<20), wave(12<<20)
	lost := errors.New("connection lost")
	body := io.MultiReader(bytes.NewReader(whole), iotest.ErrReader(lost))
	if _, err := m.Receive(t.Context(), tollkeeper.Part{Customer: w.customer, ID: call, Size: size, Total: size}, nil, body); !errors.Is(err, lost) {
		t.Errorf("got %v, want %v", err, lost)
	}
	if w.stored(t) != 0 || server.begun.Load() != 1 || server.ended.Load() != 1 {
		t.Errorf("%d blobs are left; %d uploads begun, %d ended", w.stored(t), server.begun.Load(), server.ended.Load())
	}
}

func blobsOf(t *testing.T, w *world, rec tollkeeper.Recording) []tollkeeper.Blob {
	t.Helper()
	blobs, err := w.store.Blobs(t.Context(), rec.Customer, rec.ID, tollkeeper.BlobRecording)
	must(t, err)
	return blobs
}
