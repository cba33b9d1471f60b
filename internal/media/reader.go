package media

import (
	"context"
	"errors"
	"io"
	"slices"

	"filippo.io/age"
	"gocloud.dev/blob"

	"tollkeeper"
)

// Open reads blobs, one after the other, from any place. It decrypts no more than 64
// KiB at a time, and begins where it is told to. It is not safe for concurrent use.
func (v *Vault) Open(ctx context.Context, blobs []tollkeeper.Blob) (*Reader, error) {
	if len(blobs) == 0 {
		return nil, tollkeeper.Errorf(tollkeeper.CodeNotFound, "the audio is not there")
	}
	key, found, err := v.Keys.MediaKey(ctx, blobs[0].Customer, nil)
	if err == nil && !found {
		err = tollkeeper.Errorf(tollkeeper.CodeNotFound, "the audio is not there any more")
	}
	if err != nil {
		return nil, err
	}
	identity, err := v.Master.unwrap(key.Identity, blobs[0].Customer)
	if err != nil {
		return nil, tollkeeper.Internal("open a key", err)
	}
	r := &Reader{ctx: ctx, bucket: v.Bucket, identity: identity, blobs: blobs}
	for i := range blobs {
		r.size += blobs[i].Size
	}
	return r, nil
}

// Reader reads what is in blobs.
type Reader struct {
	ctx      context.Context
	bucket   *blob.Bucket
	identity age.Identity
	blobs    []tollkeeper.Blob
	size     int64

	at    int // the blob that is open
	open  *payload
	plain io.ReaderAt
}

// Size is how many bytes there are.
func (r *Reader) Size() int64 { return r.size }

// Content reads from the beginning, and can be moved.
func (r *Reader) Content() io.ReadSeeker { return io.NewSectionReader(r, 0, r.size) }

// ReadAt reads at a place of the whole.
func (r *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off+int64(n) < r.size {
		at := off + int64(n)
		i, _ := slices.BinarySearchFunc(r.blobs, at, func(b tollkeeper.Blob, at int64) int {
			if b.Start+b.Size <= at {
				return -1
			}
			return 1
		})
		if err := r.turnTo(i); err != nil {
			return n, err
		}
		b := &r.blobs[i]
		part := p[n:min(len(p), n+int(min(int64(len(p)), b.Start+b.Size-at)))]
		read, err := r.plain.ReadAt(part, at-b.Start)
		n += read
		if err != nil && !errors.Is(err, io.EOF) {
			return n, storeFailed("read", err)
		}
		if read == 0 {
			return n, storeFailed("read", io.ErrUnexpectedEOF)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// turnTo opens one of the blobs.
func (r *Reader) turnTo(i int) error {
	if r.open != nil && r.at == i {
		return nil
	}
	r.Close()
	b := &r.blobs[i]
	r.at, r.open = i, &payload{ctx: r.ctx, bucket: r.bucket, name: b.Name(), header: b.Header}
	plain, size, err := age.DecryptReaderAt(r.open, int64(len(b.Header))+b.Stored, r.identity)
	if err == nil && size != b.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		r.Close()
		return storeFailed("open "+b.Name(), err)
	}
	r.plain = plain
	return nil
}

// Close ends the reading. It may be called more than once.
func (r *Reader) Close() error {
	if r.open == nil {
		return nil
	}
	err := r.open.close()
	r.open = nil
	return err
}

// payload is an age file whose header is in the database. Reads that follow each
// other share a request to the bucket.
type payload struct {
	ctx    context.Context
	bucket *blob.Bucket
	name   string
	header []byte
	stream *blob.Reader
	at     int64 // where the stream stands
}

// ReadAt reads at a place of the age file.
func (f *payload) ReadAt(p []byte, off int64) (n int, err error) {
	if off < int64(len(f.header)) {
		if n = copy(p, f.header[off:]); n == len(p) {
			return n, nil
		}
		p, off = p[n:], off+int64(n)
	}
	if at := off - int64(len(f.header)); f.stream == nil || f.at != at {
		f.close()
		if f.stream, err = f.bucket.NewRangeReader(f.ctx, f.name, at, -1, nil); err != nil {
			f.stream = nil
			return n, err
		}
		f.at = at
	}
	read, err := io.ReadFull(f.stream, p)
	f.at += int64(read)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n + read, err
}

func (f *payload) close() error {
	if f.stream == nil {
		return nil
	}
	err := f.stream.Close()
	f.stream = nil
	return err
}
