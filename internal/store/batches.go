package store

import (
	"context"
	"time"
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
