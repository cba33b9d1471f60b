package store

import (
	"context"
	"time"
)

// keyLife is how long an Idempotency-Key counts.
const keyLife = 24 * time.Hour

// DeleteOldAnswers forgets keys that have outlived keyLife.
func (s *Store) DeleteOldAnswers(ctx context.Context) error {
	return s.engine.write(ctx, func(t tx) error {
		_, err := t.exec("DELETE FROM idempotency WHERE created_at <= ?", millis(s.now().Add(-keyLife)))
		return err
	})
}
