package store

import (
	"context"
	"time"

	"tollkeeper"
)

// batchRest is how many times as long as a transaction took a job rests after it, so that
// it never has more than a fifth of the database's time.
const batchRest = 4

// inBatches runs the transactions of a job until there is nothing left to do, and rests
// after each. It returns how much was done.
func inBatches(ctx context.Context, batch func() (some int, more bool, err error)) (done int, err error) {
	for more := true; more; {
		begun := time.Now()
		var some int
		if some, more, err = batch(); err != nil {
			return done, err
		}
		done += some
		if more && !rest(ctx, batchRest*time.Since(begun)) {
			return done, ctx.Err()
		}
	}
	return done, nil
}

// deleteInBatches deletes what is older than a time by a statement whose parameters are that
// and how many rows to delete at once. It returns how many there were.
func (s *Store) deleteInBatches(ctx context.Context, statement string, before time.Time, atOnce int64) (removed int, err error) {
	return inBatches(ctx, func() (int, bool, error) {
		var some int64
		err := s.engine.write(ctx, func(t tx) (err error) {
			some, err = t.exec(statement, tollkeeper.IDAt(before), atOnce)
			return err
		})
		return int(some), some == atOnce, err
	})
}

// rest waits; it returns false when the context ends first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
