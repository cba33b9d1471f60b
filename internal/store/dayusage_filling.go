package store

import (
	"context"
	"time"

	"tollkeeper"
)

const (
	// fillAtOnce bounds how many records one transaction adds up.
	fillAtOnce = 500
	// fillLag is how old a record's id is at least when it is looked at: younger ones may
	// belong to transactions that are not visible yet.
	fillLag = time.Hour
	// rollout is how long nodes of a release without usage may still run beside this one.
	rollout = 7 * 24 * time.Hour
)

// FillDayUsage adds up the records of releases that did not, once each, and returns how
// many. It can be stopped at any time and goes on where it was.
func (s *Store) FillDayUsage(ctx context.Context) (done int, err error) {
	return inBatches(ctx, func() (int, bool, error) { return s.fillDayUsage(ctx) })
}

// filling is how far the records of earlier releases are added up.
type filling struct {
	through tollkeeper.ID // every record with a lower id is
	endsAt  time.Time     // records that began later are none of theirs
}

// fillDayUsage adds up the next records. They are read beside the transaction that
// stores their sums and moves the mark, unless somebody else has moved it.
func (s *Store) fillDayUsage(ctx context.Context) (done int, more bool, err error) {
	var batch recordBatch
	var from, next filling
	found := false
	err = s.engine.readLong(ctx, func(t tx) (err error) {
		if from, found, err = loadFilling(t); err != nil || !found {
			return err
		}
		if next = from; next.endsAt.IsZero() {
			next.endsAt = s.now().Add(rollout)
		}
		var end tollkeeper.ID
		if end, err = belowCalls(t, tollkeeper.IDAt(s.now().Add(-fillLag))); err != nil {
			return err
		}
		batch, next.through, err = recordsToFill(t, from.through, end)
		done = batch.records
		more = done == fillAtOnce
		return err
	})
	if err != nil || !found || next == from {
		return 0, false, err
	}
	return done, more, s.engine.write(ctx, func(t tx) error {
		now, _, err := loadFilling(t)
		if err != nil || now != from {
			return err
		}
		if err := batch.save(t); err != nil {
			return err
		}
		return next.save(t)
	})
}

func loadFilling(t tx) (f filling, found bool, err error) {
	err = t.query(func(r row) error { found = true; f.through, f.endsAt = r.id(0), fromMillis(r.int(1)); return nil },
		"SELECT through, ends_at FROM day_usage_filling"+t.locked())
	return f, found, err
}

// save stores the mark, or ends the filling.
func (f *filling) save(t tx) (err error) {
	if f.through.Time().After(f.endsAt) {
		_, err = t.exec("DELETE FROM day_usage_filling")
	} else {
		_, err = t.exec("UPDATE day_usage_filling SET through = ?, ends_at = ?", f.through, millis(f.endsAt))
	}
	return err
}

// summedUntil is the time, now at the latest, before which the usage of days has all
// records. Older ones may be deleted.
func summedUntil(t tx, now time.Time) (time.Time, error) {
	f, filling, err := loadFilling(t)
	if err != nil || !filling {
		return now, err
	}
	return f.through.Time().Truncate(wholeDays), nil
}

// mustBeSummed refuses to delete a record that is not in the usage of its day yet.
func mustBeSummed(t tx, id tollkeeper.ID) error {
	f, filling, err := loadFilling(t)
	if err != nil || !filling || string(id[:]) < string(f.through[:]) {
		return err
	}
	missing, err := exists(t, "SELECT 1 FROM cdrs d WHERE d.id = ? AND "+unsummed, id)
	if err == nil && missing {
		err = tollkeeper.Errorf(tollkeeper.CodeConflict, "the record is of an earlier release and not in the usage of its day yet; try again later")
	}
	return err
}

// belowCalls lowers an id to that of the oldest call in progress: calls leave their
// records later, under the ids that they have.
func belowCalls(t tx, end tollkeeper.ID) (tollkeeper.ID, error) {
	err := t.query(func(r row) error {
		if oldest := r.id(0); string(oldest[:]) < string(end[:]) {
			end = oldest
		}
		return nil
	}, "SELECT id FROM calls ORDER BY id LIMIT 1")
	return end, err
}

// unsummed are the records of releases that did not add up.
var unsummed = "(d.flags / " + itoa(flagSummed) + ") % 2 = 0"

// recordBatch is what records of an earlier release lack.
type recordBatch struct {
	records int
	sums    usageSum
	late    []any
}

func (b *recordBatch) save(t tx) error {
	if err := lateRows.insert(t, b.late); err != nil {
		return err
	}
	return b.sums.save(t)
}

// recordsToFill reads the first records of a range of ids that are in no usage yet, and
// returns the id up to which that is all.
func recordsToFill(t tx, from, end tollkeeper.ID) (b recordBatch, through tollkeeper.ID, err error) {
	b.sums, through = usageSum{}, end
	if string(end[:]) < string(from[:]) {
		return b, from, nil
	}
	err = t.query(func(r row) error {
		b.records++
		id, customer := r.id(0), r.id(1)
		if through = end; b.records == fillAtOnce {
			through = idAfter(id)
		}
		b.late = lateValues(b.late, id, customer, fromMillis(r.int(2)))
		if !customer.IsZero() {
			b.sums.add(scanRecordUsage(r))
		}
		return nil
	}, "SELECT "+recordUsageColumns+" FROM cdrs d WHERE d.id >= ? AND d.id < ? AND "+unsummed+" ORDER BY d.id LIMIT ?",
		from, end, fillAtOnce)
	return b, through, err
}

// recordUsageColumns are what a record adds to its day. A correction of a call that was
// not known to have been answered says that it was.
const recordUsageColumns = `d.id, d.customer, d.started_at, d.direction, d.destination, d.billed_seconds AS billed, d.charge,
 CASE WHEN d.corrects IS NULL THEN 1 ELSE 0 END AS calls, CASE WHEN d.answered_at = 0 THEN 0 WHEN d.corrects IS NULL THEN 1
 WHEN EXISTS (SELECT 1 FROM cdrs o WHERE o.id = d.corrects AND o.answered_at = 0) THEN 1 ELSE 0 END AS answered`

func scanRecordUsage(r row) tollkeeper.DayUsage {
	record := tollkeeper.CDR{Customer: r.id(1), StartedAt: fromMillis(r.int(2)), Direction: directions[r.int(3)],
		Billed: r.int(5), Charge: tollkeeper.Micros(r.int(6))}
	record.Tariff.Destination = r.text(4)
	u := record.DayUsage()
	u.Calls, u.Answered = r.int(7), r.int(8)
	return u
}

// idAfter is the id that follows another.
func idAfter(id tollkeeper.ID) tollkeeper.ID {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i]++; id[i] != 0 {
			break
		}
	}
	return id
}
