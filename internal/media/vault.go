// Package media keeps what calls leave behind beside their records: recordings and
// their transcripts, and customers' hold music and logos. The bytes go to a blob
// store, encrypted; the store of the database knows of each of them before it is
// there and until it is gone.
package media

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file://
	_ "gocloud.dev/blob/s3blob"   // s3://

	"tollkeeper"
)

// Keys keeps the keys of customers.
type Keys interface {
	MediaKey(ctx context.Context, customer tollkeeper.ID, fresh *tollkeeper.MediaKey) (key tollkeeper.MediaKey, found bool, err error)
}

// Vault encrypts blobs and keeps them in a bucket. Every customer has an age identity
// (C2SP age v1), every blob a key of its own that is wrapped for it in the header of
// the age file. The header stays in the database and only the payload goes into the
// bucket: a blob whose row is deleted can be read by nobody, whatever backups and
// versions the bucket has.
type Vault struct {
	Bucket *blob.Bucket
	Keys   Keys
	Master Master
}

// OpenBucket opens the blob store at a URL: file:///folder or s3://bucket?region=...
// A folder is made when it is not there.
func OpenBucket(ctx context.Context, url string) (*blob.Bucket, error) {
	b, err := blob.OpenBucket(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("media-url: %w", err)
	}
	return b, nil
}

// FolderURL is the URL of a blob store in a folder.
func FolderURL(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	return "file://" + filepath.ToSlash(folder) + "?create_dir=true&dir_file_mode=0700&metadata=skip&no_tmp_dir=true", err
}

// Master encrypts the keys of customers.
type Master struct {
	Shared []byte // 32 bytes, kept in the database
	File   []byte // 32 bytes, kept elsewhere; nil: Shared is used for new keys too
}

// The first byte of a wrapped key says what it is wrapped with.
const (
	byShared = iota
	byFile
)

func (m Master) wrap(identity string, customer tollkeeper.ID) ([]byte, error) {
	kind, key := byte(byShared), m.Shared
	if m.File != nil {
		kind, key = byFile, m.File
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte{kind}, nil, []byte(identity), customer[:]), nil
}

func (m Master) unwrap(wrapped []byte, customer tollkeeper.ID) (*age.X25519Identity, error) {
	if len(wrapped) == 0 || wrapped[0] > byFile {
		return nil, fmt.Errorf("the key of customer %s is damaged", customer)
	}
	key := m.Shared
	if wrapped[0] == byFile {
		if key = m.File; key == nil {
			return nil, fmt.Errorf("the key of customer %s needs the setting media-key-file", customer)
		}
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	identity, err := aead.Open(nil, nil, wrapped[1:], customer[:])
	if err != nil {
		return nil, fmt.Errorf("the key of customer %s is not opened by this server's key: %w", customer, err)
	}
	return age.ParseX25519Identity(string(identity))
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// recipient is what a customer's media are encrypted to.
func (v *Vault) recipient(ctx context.Context, customer tollkeeper.ID) (age.Recipient, error) {
	key, found, err := v.Keys.MediaKey(ctx, customer, nil)
	if err == nil && !found {
		var fresh tollkeeper.MediaKey
		if fresh, err = v.newKey(customer); err == nil {
			key, _, err = v.Keys.MediaKey(ctx, customer, &fresh)
		}
	}
	if err != nil {
		return nil, err
	}
	return age.ParseX25519Recipient(key.Recipient)
}

func (v *Vault) newKey(customer tollkeeper.ID) (key tollkeeper.MediaKey, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return key, err
	}
	key.Recipient = identity.Recipient().String()
	key.Identity, err = v.Master.wrap(identity.String(), customer)
	return key, err
}

// Write encrypts what it reads into the bucket, and completes the blob's facts. When
// it returns nil, the bytes are as durable as the bucket makes them; a folder's are
// on disk. When it fails, nothing is left but perhaps a part that Delete removes.
func (v *Vault) Write(ctx context.Context, b *tollkeeper.Blob, from io.Reader) (err error) {
	to, err := v.recipient(ctx, b.Customer)
	if err != nil {
		return err
	}
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	file := &openFile{}
	w, err := v.Bucket.NewWriter(ctx, b.Name(), &blob.WriterOptions{
		ContentType: "application/octet-stream", DisableContentTypeDetection: true,
		BeforeWrite: func(as func(any) bool) error { v.tuneS3(as); return file.note(as) },
	})
	if err != nil {
		return storeFailed("write", err)
	}
	if err := encrypt(b, w, from, to); err != nil {
		abandon()
		w.Close()
		return err
	}
	if err := file.sync(); err != nil {
		abandon()
		w.Close()
		return storeFailed("write", err)
	}
	if err := w.Close(); err != nil {
		return storeFailed("write", err)
	}
	return storeFailed("write", file.syncFolder())
}

// partBytes is how much S3 is sent at a time; it takes no less. An upload holds up to
// three such pieces in memory.
const partBytes = 5 << 20

// giveUpTimeout bounds how long S3 is told that an upload is given up.
const giveUpTimeout = 10 * time.Second

// tuneS3 exchanges the client that sends a blob to S3, whose settings the bucket does
// not hand through. Left alone it holds 16 MiB before it sends the first piece, and
// leaves the pieces of an upload whose context has ended in S3, where they are paid for.
func (v *Vault) tuneS3(as func(any) bool) {
	var client *s3.Client
	var uploads *transfermanager.Client
	if !v.Bucket.As(&client) || !as(&uploads) {
		return
	}
	*uploads = *transfermanager.New(client, func(o *transfermanager.Options) {
		o.RequestChecksumCalculation = client.Options().RequestChecksumCalculation
		o.PartSizeBytes, o.MultipartUploadThreshold, o.Concurrency = partBytes, partBytes, 1
		o.FailTimeout = giveUpTimeout
	})
}

func encrypt(b *tollkeeper.Blob, to io.Writer, from io.Reader, recipient age.Recipient) error {
	var header bytes.Buffer
	split := &turnout{Writer: &header}
	w, err := age.Encrypt(split, recipient)
	if err != nil {
		return storeFailed("encrypt", err)
	}
	payload := &counter{Writer: to}
	split.Writer = payload
	if b.Size, err = io.Copy(w, from); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	b.Header, b.Stored = header.Bytes(), payload.written
	return nil
}

// turnout is a writer whose end can be changed.
type turnout struct{ io.Writer }

type counter struct {
	io.Writer
	written int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.written += int64(n)
	if err != nil {
		err = storeFailed("write", err)
	}
	return n, err
}

// Delete removes a blob, and what a writing of it that was cut off has left.
func (v *Vault) Delete(ctx context.Context, b *tollkeeper.Blob) error {
	list := v.Bucket.List(&blob.ListOptions{Prefix: b.Name()})
	for {
		object, err := list.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = v.Bucket.Delete(ctx, object.Key)
		}
		if err != nil {
			return storeFailed("delete", err)
		}
	}
}

func storeFailed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the blob store cannot be reached or written; try again", Err: fmt.Errorf("%s: %w", doing, err)}
}

// openFile is the file behind a writer, where the bucket is a folder. The folder's
// driver does not wait for the disk.
type openFile struct{ *os.File }

func (f *openFile) note(as func(any) bool) error {
	as(&f.File)
	return nil
}

func (f *openFile) sync() error {
	if f.File == nil {
		return nil
	}
	return f.File.Sync()
}

func (f *openFile) syncFolder() error {
	if f.File == nil {
		return nil
	}
	folder, err := os.Open(filepath.Dir(f.File.Name()))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
