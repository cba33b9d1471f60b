package store

import (
	"context"
	"time"

	"tollkeeper"
)

const (
	// termAtOnce bounds the records that one transaction gives terms: calls wait for it,
	// and shall not notice.
	termAtOnce = 50
	// sweepAtOnce bounds the terms that are looked at with one query.
	sweepAtOnce = 2000
)

// termsMark is how far call records have terms.
type termsMark struct {
	through tollkeeper.ID // every record with a lower id has
	endsAt  time.Time     // until when nodes of the release before may run; zero: not known yet
}

// noNodes is the end of a database that no release without terms has written to.
var noNodes = time.UnixMilli(1)

func loadTermsMark(t tx) (m termsMark, err error) {
	err = t.query(func(r row) error { m.through, m.endsAt = r.id(0), fromMillis(r.int(1)); return nil }, "SELECT through, ends_at FROM cdr_terms_mark"+t.locked())
	return m, err
}

func (m termsMark) save(t tx) error {
	_, err := t.exec("UPDATE cdr_terms_mark SET through = ?, ends_at = ?", m.through, millis(m.endsAt))
	return err
}

// termsLag is how old records are that the job gives their terms, by their ids. Calls that
// last longer bring theirs with them, which costs them; younger records are looked through.
const termsLag = 10 * time.Minute

// horizonSettles is how long after a horizon was raised no transaction is left that knew an
// earlier one: idleTransaction, with time to spare.
const horizonSettles = 45 * time.Second

// horizon is one that this node knows to be in the database, and since when, by its own
// clock: clocks of nodes are never compared.
type horizon struct {
	id tollkeeper.ID
	at time.Time
}

// TermCDRs gives call records the terms that they are found by, those of earlier releases
// too, and returns how many. It comes to records below the horizon that it raised when it
// ran before, and can be stopped at any time.
func (s *Store) TermCDRs(ctx context.Context) (done int, err error) {
	s.terming.Lock()
	defer s.terming.Unlock()
	if !s.horizon.at.IsZero() {
		if s.now().Sub(s.horizon.at) < horizonSettles {
			return 0, nil
		}
		if done, err = s.termCDRs(ctx); err != nil {
			return done, err
		}
	}
	return done, s.raiseHorizon(ctx)
}

func (s *Store) termCDRs(ctx context.Context) (done int, err error) {
	m, end, err := s.termsEnd(ctx)
	if err != nil {
		return 0, err
	}
	if m.endsAt.After(noNodes) && s.now().After(m.endsAt) {
		if err := s.sweepTerms(ctx); err != nil {
			return 0, err
		}
	}
	if string(end[:]) <= string(m.through[:]) {
		return 0, nil
	}
	return inBatches(ctx, func() (some int, more bool, err error) {
		err = s.engine.write(ctx, func(t tx) (err error) {
			some, err = termBatch(t, end)
			return err
		})
		return some, some == termAtOnce, err
	})
}

// raiseHorizon moves the horizon on, never back. A clock that is wrong may tell of a future,
// but not beyond the newest record.
func (s *Store) raiseHorizon(ctx context.Context) error {
	var known, next tollkeeper.ID
	err := s.engine.read(ctx, func(t tx) (err error) {
		if next, err = s.lagging(t); err != nil {
			return err
		}
		return t.query(func(r row) error { known = r.id(0); return nil }, "SELECT terms_horizon FROM deck_generation WHERE id = 1")
	})
	if err == nil && string(next[:]) > string(known[:]) {
		known = next
		err = s.engine.write(ctx, func(t tx) error {
			return t.later(nil, "UPDATE deck_generation SET terms_horizon = ? WHERE id = 1 AND terms_horizon < ?", next, next)
		})
	}
	if err == nil {
		s.horizon = horizon{known, s.now()}
	}
	return err
}

// lagging is the id of records that are old enough for the job.
func (s *Store) lagging(t tx) (id tollkeeper.ID, err error) {
	err = t.query(func(r row) error { id = tollkeeper.IDAt(earlier(s.now(), r.id(0).Time()).Add(-termsLag)); return nil },
		"SELECT id FROM cdrs ORDER BY id DESC LIMIT 1")
	return id, err
}

// termsEnd is the mark, and an id below which no record comes without terms any more: the
// horizon, and while nodes of an earlier release may run, which leave records of long calls
// without, none of a call in progress.
func (s *Store) termsEnd(ctx context.Context) (m termsMark, end tollkeeper.ID, err error) {
	end = s.horizon.id
	err = s.engine.read(ctx, func(t tx) (err error) {
		if m, err = loadTermsMark(t); err != nil || m.endsAt.Equal(noNodes) {
			return err
		}
		old, err := s.lagging(t)
		if err == nil {
			old, err = belowCalls(t, old)
		}
		if string(old[:]) < string(end[:]) {
			end = old
		}
		return err
	})
	if err == nil && m.endsAt.IsZero() {
		m.endsAt = s.now().Add(rollout)
		err = s.engine.write(ctx, func(t tx) error { return m.save(t) })
	}
	return m, end, err
}

// termBatch gives the next records terms. A purge takes turns with it, so that what it
// has deleted gets none.
func termBatch(t tx, end tollkeeper.ID) (done int, err error) {
	m, err := loadTermsMark(t)
	if err != nil || string(end[:]) <= string(m.through[:]) {
		return 0, err
	}
	from := m.through
	err = t.query(func(r row) error { done++; m.through = idAfter(r.id(0)); return nil },
		"SELECT id FROM cdrs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", from, end, termAtOnce)
	if err != nil {
		return 0, err
	}
	if done < termAtOnce {
		m.through = end
	}
	if err := insertTerms(t, "d.id >= ? AND d.id < ?", from, m.through); err != nil {
		return 0, err
	}
	return done, m.save(t)
}

// sweepTerms removes what nodes of the release before have left of records that they
// deleted, when there are none any more.
func (s *Store) sweepTerms(ctx context.Context) error {
	var last termKey
	_, err := inBatches(ctx, func() (int, bool, error) {
		left, next, err := s.termsLeft(ctx, last)
		if err == nil && len(left) > 0 {
			err = s.engine.write(ctx, func(t tx) error { return removeTerms(t, left) })
		}
		more := next != last
		last = next
		return len(left), more, err
	})
	if err != nil {
		return err
	}
	return s.engine.write(ctx, func(t tx) error {
		m, err := loadTermsMark(t)
		if err != nil {
			return err
		}
		m.endsAt = noNodes
		return m.save(t)
	})
}

// termsLeft looks at the terms that follow one, and returns those without a record, and
// how far it has looked.
func (s *Store) termsLeft(ctx context.Context, after termKey) (left []termKey, last termKey, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		left, last = nil, after
		return t.query(func(r row) error {
			last = termKey{r.text(0), r.id(1)}
			if r.null(2) {
				left = append(left, last)
			}
			return nil
		}, `SELECT t.term, t.id, d.id FROM (SELECT term, id, customer FROM cdr_terms WHERE (term, id) > (?,?) ORDER BY term, id LIMIT ?) t
 LEFT JOIN cdrs d ON d.customer = t.customer AND d.id = t.id ORDER BY t.term, t.id`, after.term, after.id, sweepAtOnce)
	})
	return left, last, err
}
