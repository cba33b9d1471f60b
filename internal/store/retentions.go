package store

import (
	"context"
	"time"

	"tollkeeper"
)

const retentionColumns = `former_months, former_end, legal_hold, hold_reason, departed_months, purged`

// Retention returns how long a customer's call records are kept.
func (s *Store) Retention(ctx context.Context, customer tollkeeper.ID) (r tollkeeper.Retention, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		r, err = loadRetention(t, customer)
		return err
	})
	return r, err
}

// loadRetention reads that of a customer there is, or was when the records are still
// kept.
func loadRetention(t tx, customer tollkeeper.ID) (tollkeeper.Retention, error) {
	r, found := tollkeeper.Retention{Customer: customer}, false
	err := t.query(func(row row) error {
		found = true
		r.Former, r.FormerEnd = int32(row.int(0)), fromMillis(row.int(1))
		r.LegalHold, r.HoldReason, r.Purged = row.int(2) == 1, row.text(3), row.id(5)
		r.Departed, r.Months = !row.null(4), int32(row.int(4))
		return nil
	}, "SELECT "+retentionColumns+" FROM retentions WHERE customer = ?"+t.locked(), customer)
	if err != nil || r.Departed {
		return r, err
	}
	err = t.query(func(row row) error { found = true; r.Months = int32(row.int(0)); return nil },
		"SELECT cdr_retention FROM customers WHERE id = ?", customer)
	if err == nil && !found {
		err = notFound("customer", customer.String())
	}
	return r, err
}

func saveRetention(t tx, r *tollkeeper.Retention) error {
	var departed any
	if r.Departed {
		departed = r.Months
	}
	return t.later(nil, `INSERT INTO retentions (customer, `+retentionColumns+`, records, recordings) VALUES (?,?,?,?,?,?,?,0,0)
 ON CONFLICT (customer) DO UPDATE SET former_months = excluded.former_months, former_end = excluded.former_end,
 legal_hold = excluded.legal_hold, hold_reason = excluded.hold_reason, departed_months = excluded.departed_months`,
		r.Customer, r.Former, millis(r.FormerEnd), r.LegalHold, r.HoldReason, departed, r.Purged)
}

// changeRetention notes that a record names other months, so that fewer take effect
// after the grace.
func (s *Store) changeRetention(t tx, customer tollkeeper.ID, before, after int32) error {
	if before == after {
		return nil
	}
	r, err := loadRetention(t, customer)
	if err != nil {
		return err
	}
	r.Months = before
	r.Change(after, s.now(), s.retention.Grace)
	return saveRetention(t, &r)
}

// leaveRecords keeps the retention of a customer who is being deleted, and whose call
// records stay until it is over.
func (s *Store) leaveRecords(t tx, customer tollkeeper.ID) error {
	r, err := loadRetention(t, customer)
	if err != nil {
		return err
	}
	r.Months, r.Former, r.FormerEnd, r.Departed = r.Own(s.now()), 0, time.Time{}, true
	return saveRetention(t, &r)
}

// SetLegalHold lets nothing of a customer's be deleted, or allows it again.
func (s *Store) SetLegalHold(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, hold bool, reason string) (r tollkeeper.Retention, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if r, err = loadRetention(t, customer); err != nil {
			return nil, err
		}
		changes := changed(nil, "legalHold", barredText(&r.LegalHold), barredText(&hold))
		changes = changed(changes, "holdReason", tollkeeper.JSONText(r.HoldReason), tollkeeper.JSONText(reason))
		r.LegalHold, r.HoldReason = hold, reason
		if len(changes) == 0 {
			return r, nil
		}
		if err := saveRetention(t, &r); err != nil {
			return nil, err
		}
		// The entry is the carrier's own: the customer's users read the customer's.
		return r, s.audited(t, w, tollkeeper.AuditEntry{Subject: customer.String(), Action: "retention.patch", Changes: changes})
	})
	return r, err
}

// PreviewPurge counts what of a customer's would be too old under a retention, now.
// It changes nothing.
func (s *Store) PreviewPurge(ctx context.Context, customer tollkeeper.ID, months int32) (p tollkeeper.Purge, err error) {
	err = s.engine.readLong(ctx, func(t tx) error {
		r, err := loadRetention(t, customer)
		if err != nil {
			return err
		}
		p = s.bounds(customer, months)
		if r.LegalHold {
			return nil
		}
		return countTooOld(t, &p)
	})
	return p, err
}

func countTooOld(t tx, p *tollkeeper.Purge) (err error) {
	if p.Records, err = count(t, "SELECT COUNT(*) FROM cdrs WHERE customer = ? AND id < ?", p.Customer, idBefore(p.Before)); err != nil {
		return err
	}
	p.Recordings, err = count(t, "SELECT COUNT(*) FROM recordings WHERE customer = ? AND id < ?", p.Customer, idBefore(p.Until))
	return err
}

// wholeDays bounds how often a customer's records are deleted, and told of, to once a
// day.
const wholeDays = 24 * time.Hour

// bounds are the times before which a customer's records and recordings are too old:
// begins of days in UTC, and zero where nothing ever is.
func (s *Store) bounds(customer tollkeeper.ID, own int32) tollkeeper.Purge {
	p, now := tollkeeper.Purge{Customer: customer, RecordMonths: s.retention.Records(own), RecordingMonths: s.retention.Recordings(own)}, s.now()
	if p.RecordMonths > 0 {
		p.Before = tollkeeper.MonthsBefore(now, p.RecordMonths).Truncate(wholeDays)
	}
	if p.RecordingMonths > 0 {
		p.Until = tollkeeper.MonthsBefore(now, p.RecordingMonths).Truncate(wholeDays)
	}
	return p
}

// RemoveCDR deletes a call record by hand, with its recording and transcript. Only
// records that no retention deletes, and nothing asks to be kept, can be deleted so.
func (s *Store) RemoveCDR(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID) (record *tollkeeper.CDR, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if record, err = cdrByID(t, id); err != nil {
			return nil, err
		}
		r, err := loadRetention(t, record.Customer)
		if err != nil {
			return nil, err
		}
		if err := mustNotBeHeld(t, w.Principal, record.Customer); err != nil {
			return nil, err
		}
		if err := s.mayRemove(&r, record); err != nil {
			return nil, err
		}
		if err := mustBeSummed(t, id); err != nil {
			return nil, err
		}
		if err := s.deleteMedia(t, record.Customer, []tollkeeper.ID{id}); err != nil {
			return nil, err
		}
		if err := deleteRecords(t, record.Customer, "=", id); err != nil {
			return nil, err
		}
		if err := t.later(nil, "INSERT INTO removed_cdrs (customer, id) VALUES (?,?)", record.Customer, id); err != nil {
			return nil, err
		}
		return record, s.audited(t, w, tollkeeper.AuditEntry{Customer: record.Customer, Subject: id.String(), Action: "cdr.remove"})
	})
	return record, err
}

// mustNotBeHeld refuses to delete what is under a legal hold, of which customers are not
// told.
func mustNotBeHeld(t tx, by tollkeeper.Principal, customer tollkeeper.ID) error {
	held, err := isHeld(t, customer)
	switch {
	case err != nil || !held:
		return err
	case !by.IsStaff():
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the carrier has to keep this for now")
	}
	return tollkeeper.Errorf(tollkeeper.CodeConflict, "the customer is under a legal hold, and nothing is deleted")
}

// isHeld reports whether a customer is under a legal hold.
func isHeld(t tx, customer tollkeeper.ID) (bool, error) {
	return exists(t, "SELECT 1 FROM retentions WHERE customer = ? AND legal_hold = 1", customer)
}

func (s *Store) mayRemove(r *tollkeeper.Retention, record *tollkeeper.CDR) error {
	floor := s.retention.Floor
	switch {
	case r.Own(s.now()) != 0:
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the customer's records are deleted after %d months; only with cdrRetention 0 are they deleted by hand", r.Own(s.now()))
	case floor > 0 && !record.StartedAt.Before(tollkeeper.MonthsBefore(s.now(), floor)):
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the carrier has to keep records for %d months", floor)
	}
	return nil
}
