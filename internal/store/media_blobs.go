package store

import (
	"context"
	"time"

	"tollkeeper"
)

// States of a blob. Its row says what there may be in the blob store.
const (
	blobWriting = iota
	blobKept
	blobDoomed
)

// writingLife is longer than an upload may take: what is still being written after
// it was left behind.
const writingLife = 3 * time.Hour

const blobColumns = "customer, id, object, purpose, start, size, stored, header, created_at"

func scanBlob(r row) tollkeeper.Blob {
	return tollkeeper.Blob{
		Customer: r.id(0), ID: r.id(1), Object: r.id(2), Purpose: tollkeeper.BlobPurpose(r.int(3)), Start: r.int(4), Size: r.int(5),
		Stored: r.int(6), Header: r.blob(7), CreatedAt: fromMillis(r.int(8)),
	}
}

// BeginBlob makes the row of a blob that is about to be written.
func (s *Store) BeginBlob(ctx context.Context, b tollkeeper.Blob) (tollkeeper.Blob, error) {
	err := s.engine.write(ctx, func(t tx) error {
		if err := mustBeCustomer(t, b.Customer); err != nil {
			return err
		}
		return s.beginBlob(t, &b)
	})
	return b, err
}

func (s *Store) beginBlob(t tx, b *tollkeeper.Blob) error {
	b.ID, b.CreatedAt = s.NewID(), s.now()
	_, err := t.exec("INSERT INTO media_blobs ("+blobColumns+", state) VALUES ("+marks(10)+")",
		b.Customer, b.ID, b.Object, int(b.Purpose), b.Start, 0, 0, nil, millis(b.CreatedAt), blobWriting)
	return err
}

// keepBlob says that a blob is whole.
func keepBlob(t tx, b *tollkeeper.Blob) error {
	kept, err := t.exec("UPDATE media_blobs SET state = ?, size = ?, stored = ?, header = ? WHERE customer = ? AND id = ? AND state = ?",
		blobKept, b.Size, b.Stored, b.Header, b.Customer, b.ID, blobWriting)
	if err == nil && kept == 0 {
		err = tollkeeper.Errorf(tollkeeper.CodeConflict, "the upload took too long; begin again")
	}
	return err
}

// DropBlob gives up a blob that was being written.
func (s *Store) DropBlob(ctx context.Context, b tollkeeper.Blob) error {
	return s.engine.write(ctx, func(t tx) error {
		if _, err := t.exec("UPDATE media_blobs SET state = ? WHERE customer = ? AND id = ? AND state = ?", blobDoomed, b.Customer, b.ID, blobWriting); err != nil {
			return err
		}
		// A recording of which nothing has come, and nothing is fetched, is none.
		_, err := t.exec(`DELETE FROM recordings WHERE customer = ? AND id = ? AND state = ? AND received = 0 AND fetch_state = 0 AND NOT EXISTS (
 SELECT 1 FROM media_blobs WHERE customer = ? AND object = ? AND state = ?)`,
			b.Customer, b.Object, recordingReceiving, b.Customer, b.Object, blobWriting)
		return err
	})
}

// doomBlobs lets all blobs of an object be deleted; their keys are gone at once.
func doomBlobs(t tx, customer, object tollkeeper.ID, purpose tollkeeper.BlobPurpose) error {
	return t.later(nil, "UPDATE media_blobs SET state = ?, header = NULL WHERE customer = ? AND object = ? AND purpose = ? AND state <> ?",
		blobDoomed, customer, object, int(purpose), blobDoomed)
}

// LooseBlobs returns blobs that are to be deleted, or were never finished.
func (s *Store) LooseBlobs(ctx context.Context, limit int) (blobs []tollkeeper.Blob, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		blobs = blobs[:0]
		return t.query(func(r row) error { blobs = append(blobs, scanBlob(r)); return nil },
			"SELECT "+blobColumns+" FROM media_blobs WHERE state <> 1 AND (state = ? OR created_at <= ?) ORDER BY created_at LIMIT ?",
			blobDoomed, millis(s.now().Add(-writingLife)), limit)
	})
	return blobs, err
}

// ForgetBlob removes the row of a blob that is gone.
func (s *Store) ForgetBlob(ctx context.Context, b tollkeeper.Blob) error {
	return s.engine.write(ctx, func(t tx) error {
		_, err := t.exec("DELETE FROM media_blobs WHERE customer = ? AND id = ? AND state <> ?", b.Customer, b.ID, blobKept)
		return err
	})
}

// Blobs returns the kept blobs of an object, in their order.
func (s *Store) Blobs(ctx context.Context, customer, object tollkeeper.ID, purpose tollkeeper.BlobPurpose) (blobs []tollkeeper.Blob, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		blobs = nil
		return t.query(func(r row) error { blobs = append(blobs, scanBlob(r)); return nil },
			"SELECT "+blobColumns+" FROM media_blobs WHERE customer = ? AND object = ? AND purpose = ? AND state = ? ORDER BY start",
			customer, object, int(purpose), blobKept)
	})
	return blobs, err
}

// EachBlob calls each for every blob that has a row, by its name, in the order of
// the names.
func (s *Store) EachBlob(ctx context.Context, each func(b tollkeeper.Blob, kept bool) error) error {
	return s.engine.readLong(ctx, func(t tx) error {
		return t.query(func(r row) error { return each(scanBlob(r), r.int(9) == blobKept) },
			"SELECT "+blobColumns+", state FROM media_blobs ORDER BY customer, id")
	})
}
