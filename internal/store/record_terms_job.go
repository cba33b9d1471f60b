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

// TermCDRs gives call records the terms that they are found by, those of earlier releases
// too, and returns how many. It can be stopped at any time and goes on where it was.
func (s *Store) TermCDRs(ctx context.Context) (done int, err error) {
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

// termsEnd is the mark, and an id below which no record comes without terms any more. A
// clock that is wrong may tell of a future, but not beyond the newest record.
func (s *Store) termsEnd(ctx context.Context) (m termsMark, end tollkeeper.ID, err error) {
	err = s.engine.read(ctx, func(t tx) (err error) {
		if m, err = loadTermsMark(t); err != nil {
			return err
		}
		end = m.through
		err = t.query(func(r row) error { end = tollkeeper.IDAt(earlier(s.now(), r.id(0).Time()).Add(-termsLag)); return nil },
			"SELECT id FROM cdrs ORDER BY id DESC LIMIT 1")
		if err == nil && !m.endsAt.Equal(noNodes) { // an earlier release leaves the records of long calls without terms
			end, err = belowCalls(t, end)
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
