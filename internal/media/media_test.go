package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"gocloud.dev/blob"

	"tollkeeper"
	"tollkeeper/internal/media"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// world is a vault in a folder beside a database with one customer.
type world struct {
	store    *store.Store
	vault    *media.Vault
	folder   string
	customer tollkeeper.ID
}

func newWorld(t *testing.T) *world { return newWorldIn(t, storetest.Config(t), t.TempDir()) }

func newWorldIn(t *testing.T, config store.Config, folder string) *world {
	t.Helper()
	w := &world{folder: folder}
	var err error
	w.store, err = store.Open(t.Context(), config)
	must(t, err)
	t.Cleanup(func() { must(t, w.store.Close()) })
	address, err := media.FolderURL(w.folder)
	must(t, err)
	bucket, err := media.OpenBucket(t.Context(), address)
	must(t, err)
	t.Cleanup(func() { must(t, bucket.Close()) })
	w.vault = &media.Vault{Bucket: bucket, Keys: w.store, Master: media.Master{Shared: bytes.Repeat([]byte{7}, 32)}}
	draft, on := tollkeeper.NewCustomer(), tollkeeper.Flag(true)
	draft.Name, draft.DefaultBillMethod, draft.CallRecording, draft.TranscribeCalls = "Acme", tollkeeper.BillCredit, true, &on
	a, err := w.store.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	must(t, err)
	w.customer = a.ID
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// blob writes a blob without a row of its own.
func (w *world) blob(t *testing.T, start int64, content []byte) tollkeeper.Blob {
	t.Helper()
	b := tollkeeper.Blob{ID: w.store.NewID(), Customer: w.customer, Start: start}
	must(t, w.vault.Write(t.Context(), &b, bytes.NewReader(content)))
	return b
}

// TestVault reads from everywhere what was written in several blobs.
func TestVault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	random := rand.New(rand.NewPCG(1, 2))
	var whole []byte
	var blobs []tollkeeper.Blob
	for _, size := range []int{1, 64 << 10, 64<<10 + 1, 70_000, 10, 5} {
		part := make([]byte, size)
		for i := range part {
			part[i] = byte(random.Uint32())
		}
		blobs = append(blobs, w.blob(t, int64(len(whole)), part))
		whole = append(whole, part...)
	}
	r, err := w.vault.Open(t.Context(), blobs)
	must(t, err)
	defer r.Close()
	must(t, iotest.TestReader(r.Content(), whole))
	for range 50 {
		from := random.IntN(len(whole))
		to := from + random.IntN(len(whole)-from+1)
		part := make([]byte, to-from)
		if n, err := r.ReadAt(part, int64(from)); n != len(part) || err != nil || !bytes.Equal(part, whole[from:to]) {
			t.Fatalf("bytes %d to %d: %d read, %v", from, to, n, err)
		}
	}
	must(t, filepath.WalkDir(w.folder, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			stored, err := os.ReadFile(name)
			must(t, err)
			if bytes.Contains(stored, whole[:32]) || bytes.Contains(stored, []byte("age-encryption")) {
				t.Errorf("%s can be read", name)
			}
		}
		return err
	}))
}

// TestTampering changes what is stored; nothing of it may be read.
func TestTampering(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	content := bytes.Repeat([]byte("what was said "), 20_000)
	read := func(v *media.Vault, b tollkeeper.Blob) error {
		r, err := v.Open(t.Context(), []tollkeeper.Blob{b})
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.Copy(io.Discard, r.Content())
		return err
	}
	one, other := w.blob(t, 0, content), w.blob(t, 0, content)
	must(t, read(w.vault, one))
	file := filepath.Join(w.folder, one.Customer.String(), one.ID.String())
	stored, err := os.ReadFile(file)
	must(t, err)
	exchanged, err := os.ReadFile(filepath.Join(w.folder, other.Customer.String(), other.ID.String()))
	must(t, err)
	flipped := bytes.Clone(stored)
	flipped[100_000] ^= 1
	for name, changed := range map[string][]byte{
		"a bit": flipped, "cut off": stored[:200_000], "that of another": exchanged, "emptied": {},
	} {
		must(t, os.WriteFile(file, changed, 0o600))
		if read(w.vault, one) == nil {
			t.Errorf("%s: it can be read", name)
		}
	}
	must(t, os.WriteFile(file, stored, 0o600))
	stranger := *w.vault
	stranger.Master = media.Master{Shared: bytes.Repeat([]byte{8}, 32)}
	if read(&stranger, one) == nil {
		t.Error("another server's key opens it")
	}
	another := one
	another.Header = other.Header
	if read(w.vault, another) == nil {
		t.Error("the header of another opens it")
	}
	must(t, read(w.vault, one))
}

// TestKeyFile wraps the keys of new customers with a key from elsewhere.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	withFile := *w.vault
	withFile.Master.File = bytes.Repeat([]byte{9}, 32)
	b := tollkeeper.Blob{ID: w.store.NewID(), Customer: w.customer}
	must(t, withFile.Write(t.Context(), &b, strings.NewReader("secret")))
	if _, err := w.vault.Open(t.Context(), []tollkeeper.Blob{b}); err == nil {
		t.Error("it is opened without the key file")
	}
	r, err := withFile.Open(t.Context(), []tollkeeper.Blob{b})
	must(t, err)
	defer r.Close()
	if got, err := io.ReadAll(r.Content()); err != nil || string(got) != "secret" {
		t.Errorf("read %q, %v", got, err)
	}
}

// TestCutOff ends a body in the middle; nothing is left in the blob store.
func TestCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := tollkeeper.Blob{ID: w.store.NewID(), Customer: w.customer}
	lost := errors.New("connection lost")
	if err := w.vault.Write(t.Context(), &b, io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), iotest.ErrReader(lost))); !errors.Is(err, lost) {
		t.Errorf("got %v, want %v", err, lost)
	}
	if n := w.stored(t); n != 0 {
		t.Errorf("%d blobs are left", n)
	}
}

// agrees checks that the database agrees with itself, and with the blob store.
func (w *world) agrees(t *testing.T) {
	t.Helper()
	v, err := w.store.Verify(t.Context())
	must(t, err)
	_, err = media.Verify(t.Context(), w.store, w.vault.Bucket, v.Fault)
	must(t, err)
	for _, fault := range v.Faults {
		t.Error(fault)
	}
}

func (w *world) stored(t *testing.T) (n int) {
	t.Helper()
	list := w.vault.Bucket.List(nil)
	for {
		if _, err := list.Next(t.Context()); err != nil {
			return n
		}
		n++
	}
}

// TestVerifyAndSweep finds what does not agree, and deletes what is to be deleted.
func TestVerifyAndSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	m := media.New(w.store, w.vault, 1<<20)
	faults := func() (all []string) {
		_, err := media.Verify(ctx, w.store, w.vault.Bucket, func(f string) { all = append(all, f) })
		must(t, err)
		return all
	}
	b, err := w.store.BeginBlob(ctx, tollkeeper.Blob{Customer: w.customer, Object: w.customer, Purpose: tollkeeper.BlobLogo})
	must(t, err)
	must(t, w.vault.Write(ctx, &b, strings.NewReader("picture")))
	// A server that was killed leaves this.
	must(t, os.WriteFile(filepath.Join(w.folder, b.Name()+".18f.tmp"), []byte("half"), 0o600))
	if found := faults(); len(found) > 0 {
		t.Errorf("while it is written: %v", found)
	}
	must(t, w.store.DropBlob(ctx, b))
	if n, err := m.Sweep(ctx); n != 1 || err != nil || w.stored(t) != 0 {
		t.Errorf("swept %d, %v; %d are left", n, err, w.stored(t))
	}
	must(t, w.vault.Bucket.WriteAll(ctx, "stranger", []byte("x"), &blob.WriterOptions{}))
	if found := faults(); len(found) != 1 || !strings.Contains(found[0], "the blob store has stranger") {
		t.Errorf("a stranger: %v", found)
	}
	must(t, w.vault.Bucket.Delete(context.WithoutCancel(ctx), "stranger"))
	if found := faults(); len(found) > 0 {
		t.Errorf("at the end: %v", found)
	}
}

// TestLeftBehind uploads a recording whose first upload a killed server has left behind,
// with another size.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := media.New(w.store, w.vault, 1<<20)
	call := storetest.Call(t, w.store, w.customer)
	_, left, err := w.store.BeginUpload(t.Context(), tollkeeper.Part{Customer: w.customer, ID: call, Size: 1000, Total: 1000})
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(w.folder, w.customer.String()), 0o700))
	must(t, os.WriteFile(filepath.Join(w.folder, left.Name()+".18f.tmp"), []byte("half"), 0o600))
	whole := "RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1F\x00\x00\x80\x3E\x00\x00\x02\x00\x10\x00data\x04\x00\x00\x00abcd"
	size := int64(len(whole))
	rec, err := m.Receive(t.Context(), tollkeeper.Part{Customer: w.customer, ID: call, Size: size, Total: size}, nil, strings.NewReader(whole))
	if err != nil || rec.State != tollkeeper.RecordingReady || rec.Size != size {
		t.Errorf("got %+v %v", rec, err)
	}
	if _, err := media.Verify(t.Context(), w.store, w.vault.Bucket, func(f string) { t.Error(f) }); err != nil {
		t.Error(err)
	}
}
