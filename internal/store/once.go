package store

import (
	"bytes"
	"context"
	"time"

	"tollkeeper"
)

// keyLife is how long an Idempotency-Key counts.
const keyLife = 24 * time.Hour

// write runs a client's write in one transaction. Work returns what the write
// results in.
func (s *Store) write(ctx context.Context, w tollkeeper.Write, work func(t tx) (any, error)) error {
	return s.engine.write(ctx, func(t tx) error {
		if w.Once != nil {
			if replayed, err := s.replay(t, w.Once); replayed || err != nil {
				return err
			}
		}
		result, err := work(t)
		if err != nil || w.Once == nil {
			return err
		}
		answer := w.Once.Render(result)
		return t.later(nil, `INSERT INTO idempotency (principal, key, request_hash, status, etag, body, created_at) VALUES (?,?,?,?,?,?,?)
 ON CONFLICT (principal, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status,
 etag = excluded.etag, body = excluded.body, created_at = excluded.created_at`,
			w.Once.Principal, w.Once.Key, w.Once.Hash, answer.Status, answer.ETag, answer.Body, millis(s.now()))
	})
}

// replay looks for an earlier use of the key that still counts.
func (s *Store) replay(t tx, once *tollkeeper.Once) (bool, error) {
	once.Replayed = nil
	var hash []byte
	err := t.query(func(r row) error {
		hash = r.blob(0)
		once.Replayed = &tollkeeper.Answer{Status: int(r.int(1)), ETag: r.text(2), Body: r.blob(3)}
		return nil
	}, "SELECT request_hash, status, etag, body FROM idempotency WHERE principal = ? AND key = ? AND created_at > ?",
		once.Principal, once.Key, millis(s.now().Add(-keyLife)))
	if err != nil || once.Replayed == nil {
		return false, err
	}
	if !bytes.Equal(hash, once.Hash) {
		return true, tollkeeper.Errorf(tollkeeper.CodeConflict, "this Idempotency-Key was used for another request")
	}
	return true, nil
}
