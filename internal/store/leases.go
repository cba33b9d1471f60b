package store

import (
	"context"
	"time"
)

// Lease gives a job to a holder until a time, unless another holds it. Who holds it
// already, for more than half of the time that is asked for, causes no write.
func (s *Store) Lease(ctx context.Context, job, holder string, life time.Duration) (held bool, err error) {
	due := true
	err = s.engine.look(ctx, func(t tx) (err error) {
		held, due, err = s.lease(t, job, holder, life/2)
		return err
	})
	if err != nil || !due {
		return held, err
	}
	err = s.engine.write(ctx, func(t tx) (err error) {
		if held, due, err = s.lease(t, job, holder, life/2); err != nil || !due {
			return err
		}
		held = true
		_, err = t.exec(`INSERT INTO leases (job, holder, until) VALUES (?,?,?)
 ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, until = excluded.until`, job, holder, millis(s.now().Add(life)))
		return err
	})
	return held && err == nil, err
}

// lease reports whether a holder has a job, and whether it is time to write that it
// has.
func (s *Store) lease(t tx, job, holder string, left time.Duration) (held, due bool, err error) {
	now := s.now()
	due = true
	err = t.query(func(r row) error {
		until := fromMillis(r.int(1))
		switch {
		case r.text(0) == holder:
			held = until.After(now)
			due = !until.After(now.Add(left))
		case until.After(now):
			due = false
		}
		return nil
	}, "SELECT holder, until FROM leases WHERE job = ?", job)
	return held, due, err
}

// Release gives a holder's jobs to whoever asks next.
func (s *Store) Release(ctx context.Context, holder string) error {
	return s.engine.write(ctx, func(t tx) error {
		_, err := t.exec("DELETE FROM leases WHERE holder = ?", holder)
		return err
	})
}

// LeaseHolder names whoever has a job at the moment; "" for nobody.
func (s *Store) LeaseHolder(ctx context.Context, job string) (holder string, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { holder = r.text(0); return nil },
			"SELECT holder FROM leases WHERE job = ? AND until > ?", job, millis(s.now()))
	})
	return holder, err
}

// NewHolder makes the name of a node that takes jobs.
func (s *Store) NewHolder() string { return s.NewID().String() }
