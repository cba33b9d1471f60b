package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"tollkeeper"
)

const (
	// purgeAtOnce bounds how many call records one transaction deletes: calls wait for
	// it, and shall not notice.
	purgeAtOnce = 50
	// purgeMediaAtOnce is fewer, because a recording is many rows.
	purgeMediaAtOnce = 20
	// purgeCustomers bounds how many customers are looked at with one query.
	purgeCustomers = 500
)

// Purge deletes every customer's call records, recordings and transcripts that are
// past their retention, and returns how many. It can be stopped at any time and goes
// on where it was.
func (s *Store) Purge(ctx context.Context) (done int, err error) {
	err = s.eachPurge(ctx, func(p tollkeeper.Purge) error {
		some, err := s.purgeCustomer(ctx, p)
		done += some
		return err
	})
	if done > 0 {
		err = errors.Join(err, s.engine.scrub(ctx))
	}
	return done, err
}

// PurgeDue counts what the next run of Purge would delete, customer by customer. It
// changes nothing.
func (s *Store) PurgeDue(ctx context.Context, each func(tollkeeper.Purge) error) error {
	return s.eachPurge(ctx, func(p tollkeeper.Purge) error {
		err := s.engine.readLong(ctx, func(t tx) error { return countTooOld(t, &p) })
		if err != nil || p.Records+p.Recordings == 0 {
			return err
		}
		return each(p)
	})
}

// eachPurge finds the customers who have something that is too old, those there are
// and those there were.
func (s *Store) eachPurge(ctx context.Context, each func(tollkeeper.Purge) error) error {
	for _, query := range []string{presentRetentions, departedRetentions} {
		var after tollkeeper.ID
		for more := true; more; more = !after.IsZero() {
			var due []tollkeeper.Purge
			var last tollkeeper.ID
			err := s.engine.readLong(ctx, func(t tx) (err error) {
				due, last, err = s.duePurges(t, query, after)
				return err
			})
			if err != nil {
				return err
			}
			for _, p := range due {
				if err := errors.Join(ctx.Err(), each(p)); err != nil {
					return err
				}
			}
			after = last
		}
	}
	return nil
}

// duePurges looks at the next customers after one. The last of them is zero when there
// are no more.
func (s *Store) duePurges(t tx, query string, after tollkeeper.ID) (due []tollkeeper.Purge, last tollkeeper.ID, err error) {
	summed, err := summedUntil(t, s.now())
	if err != nil {
		return nil, last, err
	}
	looked := 0
	err = t.query(func(r row) error {
		last = r.id(0)
		looked++
		if p, found := s.purgeOf(r, summed); found {
			due = append(due, p)
		}
		return nil
	}, query, after, purgeCustomers)
	if looked < purgeCustomers {
		last = tollkeeper.ID{}
	}
	return due, last, err
}

// What a purge has to know of each customer. A month that is not invoiced yet needs
// its records, for the destinations on the invoice. A purge that was interrupted has
// something to write to the audit trail.
const (
	oldestOf = `, (SELECT d.id FROM cdrs d WHERE d.customer = c.id ORDER BY d.id LIMIT 1),
 (SELECT g.id FROM recordings g WHERE g.customer = c.id ORDER BY g.id LIMIT 1), COALESCE(r.records + r.recordings, 0)`
	presentRetentions = `SELECT c.id, c.cdr_retention, COALESCE(r.former_months, 0), COALESCE(r.former_end, 0), COALESCE(r.legal_hold, 0),
 COALESCE(b.period_from, c.created_at)` + oldestOf + ` FROM customers c LEFT JOIN retentions r ON r.customer = c.id
 LEFT JOIN billing b ON b.customer = c.id WHERE c.id > ? ORDER BY c.id LIMIT ?`
	departedRetentions = `SELECT c.id, c.months, 0, 0, c.legal_hold, CAST(NULL AS BIGINT)` + oldestOf + ` FROM
 (SELECT customer AS id, departed_months AS months, legal_hold FROM retentions WHERE departed_months IS NOT NULL) c
 JOIN retentions r ON r.customer = c.id WHERE c.id > ? ORDER BY c.id LIMIT ?`
)

// purgeOf reads a customer; found is false when nothing is too old. Records from a time
// on are not in the usage of their days yet.
func (s *Store) purgeOf(r row, summed time.Time) (p tollkeeper.Purge, found bool) {
	kept := tollkeeper.Retention{Customer: r.id(0), Months: int32(r.int(1)), Former: int32(r.int(2)), FormerEnd: fromMillis(r.int(3))}
	if r.int(4) == 1 {
		return p, false
	}
	p = s.bounds(kept.Customer, kept.Own(s.now()))
	p.Before = earlier(p.Before, summed)
	if !r.null(5) {
		p.Before = earlier(p.Before, fromMillis(r.int(5)))
	}
	return p, older(r, 6, p.Before) || older(r, 7, p.Until) || r.int(8) > 0
}

// earlier is the earlier of two bounds, of which the first may be none.
func earlier(bound, other time.Time) time.Time {
	if bound.After(other) {
		return other
	}
	return bound
}

// older reports whether a column has an id from before a time.
func older(r row, column int, bound time.Time) bool {
	if r.null(column) {
		return false
	}
	id, end := r.id(column), idBefore(bound)
	return string(id[:]) < string(end[:])
}

// idBefore is the lowest id that is not older than a time; without a time nothing is.
func idBefore(bound time.Time) tollkeeper.ID {
	if bound.IsZero() {
		return tollkeeper.ID{}
	}
	return tollkeeper.IDAt(bound)
}

// purgeCustomer deletes what is too old of one customer, batch by batch, and rests
// after each. The last one writes down how much it was in all.
func (s *Store) purgeCustomer(ctx context.Context, p tollkeeper.Purge) (done int, err error) {
	return inBatches(ctx, func() (some int, more bool, err error) {
		err = s.engine.write(ctx, func(t tx) (err error) {
			some, more, err = s.purgeBatch(t, p)
			return err
		})
		return some, more, err
	})
}

// purgeBatch deletes some of what is too old and counts it with the customer. A legal
// hold or a longer retention that came meanwhile stops it. When nothing is left, it
// tells what was deleted.
func (s *Store) purgeBatch(t tx, p tollkeeper.Purge) (done int, more bool, err error) {
	kept, err := loadRetention(t, p.Customer)
	if err != nil || kept.LegalHold {
		return 0, false, err
	}
	now := s.bounds(p.Customer, kept.Own(s.now()))
	p.Before, p.Until = earlier(p.Before, now.Before), earlier(p.Until, now.Until)
	recordings, err := idsBefore(t, "recordings", p.Customer, idBefore(p.Until), purgeMediaAtOnce)
	if err != nil {
		return 0, false, err
	}
	if err := s.deleteMedia(t, p.Customer, recordings); err != nil {
		return 0, false, err
	}
	records, err := idsBefore(t, "cdrs", p.Customer, idBefore(p.Before), purgeAtOnce)
	if err != nil {
		return 0, false, err
	}
	if len(records) > 0 {
		kept.Purged = records[len(records)-1]
		if err := deleteRecords(t, p.Customer, "<=", kept.Purged); err != nil {
			return 0, false, err
		}
	}
	if err := countPurged(t, &kept, len(records), len(recordings)); err != nil {
		return 0, false, err
	}
	more = len(records) == purgeAtOnce || len(recordings) == purgeMediaAtOnce
	if !more {
		more, err = s.forgetTold(t, p.Customer)
	}
	if !more && err == nil {
		err = s.tellPurge(t, now)
	}
	return len(records) + len(recordings), more, err
}

// deleteRecords deletes call records of a customer with all that is kept of them: the one
// with an id for "=", all up to it for "<=".
func deleteRecords(t tx, customer tollkeeper.ID, which string, id tollkeeper.ID) error {
	if err := deleteTerms(t, "d.customer = ? AND d.id "+which+" ?", customer, id); err != nil {
		return err
	}
	for _, of := range []string{"cdrs WHERE customer = ? AND id ", "removed_cdrs WHERE customer = ? AND id ",
		"late_cdrs WHERE customer = ? AND id ", "call_names WHERE customer = ? AND call "} {
		if err := t.later(nil, "DELETE FROM "+of+which+" ?", customer, id); err != nil {
			return err
		}
	}
	return nil
}

// toldAfter is how long after a call's begin somebody may still be told of it, when no
// record is left that says which calls are gone.
const toldAfter = 24 * time.Hour

// forgetTold deletes some of the events and letters with numbers of calls whose records
// are gone: those that are older than the oldest record there is.
func (s *Store) forgetTold(t tx, customer tollkeeper.ID) (more bool, err error) {
	end := idBefore(s.now().Add(-toldAfter))
	err = t.query(func(r row) error { end = r.id(0); return nil }, "SELECT id FROM cdrs WHERE customer = ? ORDER BY id LIMIT 1", customer)
	if err != nil {
		return false, err
	}
	for _, of := range []struct{ table, which string }{
		{"events", "type IN (" + quoted(tollkeeper.CallEvents) + ")"},
		{"mails", "kind IN (" + quoted(tollkeeper.CallLetters) + ") AND state <> 'queued'"},
	} {
		some, err := t.exec("DELETE FROM "+of.table+" WHERE id IN (SELECT id FROM "+of.table+" WHERE customer = ? AND id < ? AND "+of.which+" LIMIT ?)",
			customer, end, purgeAtOnce)
		if err != nil {
			return false, err
		}
		more = more || some == purgeAtOnce
	}
	return more, nil
}

// quoted are constants as SQL has them.
func quoted[T ~string](constants []T) string {
	var b strings.Builder
	for i, c := range constants {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("'" + string(c) + "'")
	}
	return b.String()
}

func idsBefore(t tx, table string, customer, end tollkeeper.ID, limit int) (ids []tollkeeper.ID, err error) {
	err = t.query(func(r row) error { ids = append(ids, r.id(0)); return nil },
		"SELECT id FROM "+table+" WHERE customer = ? AND id < ? ORDER BY id LIMIT ?", customer, end, limit)
	return ids, err
}

// countPurged adds to what was deleted and not told of yet.
func countPurged(t tx, kept *tollkeeper.Retention, records, recordings int) error {
	if err := saveRetention(t, kept); err != nil {
		return err
	}
	_, err := t.exec("UPDATE retentions SET purged = ?, records = records + ?, recordings = recordings + ? WHERE customer = ?",
		kept.Purged, records, recordings, kept.Customer)
	return err
}

// tellPurge writes down what was deleted of a customer since that was done last, and by
// which bounds.
func (s *Store) tellPurge(t tx, p tollkeeper.Purge) error {
	err := t.query(func(r row) error { p.Records, p.Recordings = r.int(0), r.int(1); return nil },
		"SELECT records, recordings FROM retentions WHERE customer = ?", p.Customer)
	if err != nil || p.Records+p.Recordings == 0 {
		return err
	}
	if _, err := t.exec("UPDATE retentions SET records = 0, recordings = 0 WHERE customer = ?", p.Customer); err != nil {
		return err
	}
	if err := s.tell(t, []tollkeeper.Event{p.Event(s.now())}); err != nil {
		return err
	}
	return s.audited(t, tollkeeper.Write{}, tollkeeper.AuditEntry{
		Customer: p.Customer, Subject: p.Customer.String(), Action: "cdrs.purge", Changes: p.Changes(),
	})
}
