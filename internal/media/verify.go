package media

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gocloud.dev/blob"

	"tollkeeper"
)

// Verify compares the blob store with what the database knows of it, and tells fault
// what does not agree. It returns how many blobs there are. What is uploaded or deleted
// meanwhile is no fault.
func Verify(ctx context.Context, known BlobStore, bucket *blob.Bucket, fault func(string)) (blobs int64, err error) {
	c := &comparison{list: bucket.List(nil), strangers: map[string]bool{}, faults: map[string]string{}}
	if err := c.advance(ctx); err != nil {
		return 0, err
	}
	if err := known.EachBlob(ctx, func(b tollkeeper.Blob, kept bool) error { return c.row(ctx, &b, kept) }); err != nil {
		return c.blobs, err
	}
	if err := c.passStrangers(ctx, ""); err != nil {
		return c.blobs, err
	}
	if len(c.strangers)+len(c.faults) > 0 {
		if err := c.lookAgain(ctx, known); err != nil {
			return c.blobs, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.strangers)) {
		fault(fmt.Sprintf("the blob store has %s, of which the database knows nothing", name))
	}
	for _, name := range slices.Sorted(maps.Keys(c.faults)) {
		fault(c.faults[name])
	}
	return c.blobs, nil
}

// comparison goes through the blob store and the rows of the database side by side:
// both are in the order of the names.
type comparison struct {
	list  *blob.ListIterator
	there *blob.ListObject // the next that is stored; nil at the end
	blobs int64

	strangers map[string]bool   // stored without a row
	faults    map[string]string // of rows, by their blobs' names
}

// maxSuspects bounds what is remembered; whoever has more of them has lost a database.
const maxSuspects = 100_000

func (c *comparison) advance(ctx context.Context) (err error) {
	c.there, err = c.list.Next(ctx)
	switch {
	case err == io.EOF:
		return nil
	case err == nil:
		c.blobs++
	}
	return storeFailed("list", err)
}

func (c *comparison) passStrangers(ctx context.Context, before string) error {
	for c.there != nil && (before == "" || c.there.Key < before) {
		if len(c.strangers) < maxSuspects {
			c.strangers[c.there.Key] = true
		}
		if err := c.advance(ctx); err != nil {
			return err
		}
	}
	return nil
}

// row compares one row of the database.
func (c *comparison) row(ctx context.Context, b *tollkeeper.Blob, kept bool) error {
	name := b.Name()
	if err := c.passStrangers(ctx, name); err != nil {
		return err
	}
	isThere := c.there != nil && c.there.Key == name
	switch {
	case !kept || len(c.faults) >= maxSuspects:
	case !isThere:
		c.faults[name] = fmt.Sprintf("the blob store lacks %s, of %s %s", name, purposes[b.Purpose], b.Object)
	case c.there.Size != b.Stored:
		c.faults[name] = fmt.Sprintf("the blob %s, of %s %s, has %d bytes; %d were written", name, purposes[b.Purpose], b.Object, c.there.Size, b.Stored)
	}
	for c.there != nil && (c.there.Key == name || !kept && strings.HasPrefix(c.there.Key, name)) {
		if err := c.advance(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lookAgain forgets what was only uploaded or deleted while the lists were read.
func (c *comparison) lookAgain(ctx context.Context, known BlobStore) error {
	still := map[string]bool{}
	err := known.EachBlob(ctx, func(b tollkeeper.Blob, kept bool) error {
		delete(c.strangers, b.Name())
		if _, faulty := c.faults[b.Name()]; faulty && kept {
			still[b.Name()] = true
		}
		return nil
	})
	maps.DeleteFunc(c.faults, func(name string, _ string) bool { return !still[name] })
	return err
}

// purposes names what blobs belong to.
var purposes = map[tollkeeper.BlobPurpose]string{
	tollkeeper.BlobRecording: "recording", tollkeeper.BlobMusic: "the hold music of customer", tollkeeper.BlobLogo: "the logo of customer",
}
