package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tollkeeper"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// CreateCustomer stores a new record. Its id, times and author are set here; its
// credit is posted as the opening entry of the ledger.
func (s *Store) CreateCustomer(ctx context.Context, w tollkeeper.Write, draft tollkeeper.Customer) (tollkeeper.Account, error) {
	var a tollkeeper.Account
	err := s.write(ctx, w, func(t tx) (_ any, err error) {
		if a, err = s.insertCustomer(t, w, draft); err != nil {
			return nil, err
		}
		changes := noted(tollkeeper.CustomerChanges(nil, &a.Customer), nil, &a.Customer)
		if err := s.tellChange(t, tollkeeper.EventCustomerCreated, a.ID, changes); err != nil {
			return nil, err
		}
		return a, s.audited(t, w, tollkeeper.AuditEntry{Customer: a.ID, Subject: a.ID.String(), Action: "customer.create", Changes: changes})
	})
	return a, err
}

// insertCustomer makes the account of a new record.
func (s *Store) insertCustomer(t tx, w tollkeeper.Write, draft tollkeeper.Customer) (tollkeeper.Account, error) {
	a := tollkeeper.Account{Customer: draft, Revision: 1, Status: tollkeeper.StatusActive}
	a.ID, a.CreatedAt = s.NewID(), s.now()
	a.UpdatedAt, a.CreatedByUserID, a.UpdatedByUserID = a.CreatedAt, w.User, w.User
	if a.CreatedByIP == "" {
		a.CreatedByIP = tollkeeper.WrittenAddress(w.Address)
	}
	if err := checkContacts(t, nil, &a.Customer); err != nil {
		return a, err
	}
	opening := adjustment{kind: tollkeeper.TransferOpening, to: draft.Credit, actor: w.Actor()}
	if err := s.postAdjustment(t, &a, opening); err != nil {
		return a, err
	}
	a.Acquaint(s.now(), s.limits)
	if err := t.insertAccount(a.ID, accountColumns, accountValues(&a)); err != nil {
		return a, err
	}
	created := a.Customer
	t.indexLater(nil, &created)
	if a.RefillDue(s.limits.RefillBelow) {
		return a, s.assign(t, a.ID, taskRefill)
	}
	return a, nil
}

// Account returns a customer's record and the state of the account.
func (s *Store) Account(ctx context.Context, id tollkeeper.ID) (a tollkeeper.Account, err error) {
	err = s.engine.look(ctx, func(t tx) error { return mustLoad(t, id, &a) })
	return a, err
}

func mustLoad(t tx, id tollkeeper.ID, a *tollkeeper.Account) error {
	*a = tollkeeper.Account{}
	found, err := loadAccount(t, id, a)
	if err == nil && !found {
		err = notFound("customer", id.String())
	}
	return err
}

// PatchCustomer changes a record, if expect finds it as it should be; a nil expect
// asks for nothing. A change of credit posts an adjustment of the difference to the
// balance at that moment.
func (s *Store) PatchCustomer(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, fields []tollkeeper.Field, expect func(*tollkeeper.Account) error) (tollkeeper.Account, error) {
	var a tollkeeper.Account
	err := s.write(ctx, w, func(t tx) (any, error) {
		if err := mustLoad(t, id, &a); err != nil {
			return nil, err
		}
		if expect != nil {
			if err := expect(&a); err != nil {
				return nil, err
			}
		}
		patched, err := a.Patched(fields)
		if err != nil {
			return nil, err
		}
		return a, s.patchRecord(t, w, &a, patched)
	})
	return a, err
}

// patchRecord writes a record as it shall be, with all that follows from it.
func (s *Store) patchRecord(t tx, w tollkeeper.Write, a *tollkeeper.Account, patched tollkeeper.Customer) error {
	changes := tollkeeper.CustomerChanges(&a.Customer, &patched)
	if len(changes) == 0 {
		return nil
	}
	if err := checkContacts(t, &a.Customer, &patched); err != nil {
		return err
	}
	before := a.Customer
	a.Customer = patched
	if patched.Credit != before.Credit {
		if err := s.postAdjustment(t, a, adjustment{kind: tollkeeper.TransferAdjustment, to: patched.Credit, reason: "credit written", actor: w.Actor()}); err != nil {
			return err
		}
	}
	if err := s.watched(t, a); err != nil {
		return err
	}
	if err := s.saveRecord(t, w, a, changes); err != nil {
		return err
	}
	if err := s.changeRetention(t, a.ID, before.CDRRetention, patched.CDRRetention); err != nil {
		return err
	}
	changes = noted(changes, &before, &patched)
	if err := s.tellPatch(t, a, changes); err != nil {
		return err
	}
	t.indexLater(&before, &patched)
	return s.audited(t, w, tollkeeper.AuditEntry{Customer: a.ID, Subject: a.ID.String(), Action: "customer.patch", Changes: changes})
}

// noted adds to what a write changed what it makes have no effect.
func noted(changes []tollkeeper.Change, before, after *tollkeeper.Customer) []tollkeeper.Change {
	var old []string
	if before != nil {
		old = before.Ineffective()
	}
	for _, note := range after.Ineffective() {
		if !slices.Contains(old, note) {
			changes = append(changes, tollkeeper.Change{Field: "note", To: tollkeeper.JSONText(note)})
		}
	}
	return changes
}

// saveRecord writes what a patch changed, as a new revision. Columns that did not
// change are left alone, and with them their indexes.
func (s *Store) saveRecord(t tx, w tollkeeper.Write, a *tollkeeper.Account, changes []tollkeeper.Change) error {
	a.Revision++
	a.UpdatedAt, a.UpdatedByUserID = s.now(), w.User
	values := accountValues(a)
	sql := "UPDATE customers SET revision = ?, updated_at = ?, updated_by_user_id = ?, alerts = ?, last_entry = ?"
	args := []any{a.Revision, millis(a.UpdatedAt), idOrNull(a.UpdatedByUserID), int(a.Alerts), a.LastEntry}
	for _, change := range changes {
		column := customerFields[change.Field].expr
		if change.Field == "credit" {
			column = "posted"
		}
		sql += ", " + column + " = ?"
		args = append(args, values[accountPosition[column]])
	}
	condition, key := t.customerKey(a.ID)
	return t.later(nil, sql+" WHERE "+condition, append(args, key...)...)
}

// accountPosition is the place of each of accountColumns.
var accountPosition = func() map[string]int {
	positions := map[string]int{}
	for i, column := range strings.Split(accountColumns, ",") {
		positions[strings.TrimSpace(column)] = i
	}
	return positions
}()

// DeleteCustomer removes a record, if expect finds it as it should be, and returns it as
// it was. Credit that is left is closed out in the ledger; ledger and audit trail stay,
// and call records until their retention is over.
func (s *Store) DeleteCustomer(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(*tollkeeper.Account) error) (tollkeeper.Account, error) {
	var a tollkeeper.Account
	err := s.write(ctx, w, func(t tx) (any, error) {
		if err := mustLoad(t, id, &a); err != nil {
			return nil, err
		}
		if expect != nil {
			if err := expect(&a); err != nil {
				return nil, err
			}
		}
		calls, err := count(t, "SELECT COUNT(*) FROM calls WHERE customer = ?", id)
		if err != nil {
			return nil, err
		}
		if calls > 0 {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "calls of the customer are in progress (%d); suspend the account and wait for them to end", calls)
		}
		if err := s.releaseNumbers(t, w, id); err != nil {
			return nil, err
		}
		if err := s.removeTrunks(t, w, id); err != nil {
			return nil, err
		}
		if err := removeBarrings(t, id); err != nil {
			return nil, err
		}
		if err := s.endBilling(t, id); err != nil {
			return nil, err
		}
		closed := a
		if err := s.closeOut(t, w, &closed); err != nil {
			return nil, err
		}
		if _, err := t.exec("DELETE FROM porting WHERE customer = ?", id); err != nil {
			return nil, err
		}
		if err := s.leaveRecords(t, id); err != nil {
			return nil, err
		}
		if _, err := t.exec("DELETE FROM customers WHERE id = ?", id); err != nil {
			return nil, err
		}
		if err := s.leaveMedia(t, id); err != nil {
			return nil, err
		}
		t.indexLater(&a.Customer, nil)
		changes := tollkeeper.CustomerChanges(&a.Customer, nil)
		if err := s.tellChange(t, tollkeeper.EventCustomerDeleted, id, changes); err != nil {
			return nil, err
		}
		return a, s.audited(t, w, tollkeeper.AuditEntry{Customer: id, Subject: id.String(), Action: "customer.remove", Changes: changes})
	})
	return a, err
}

// checkContacts makes sure that every contact user a write newly names exists.
func checkContacts(t tx, before, after *tollkeeper.Customer) error {
	if before == nil {
		before = &tollkeeper.Customer{}
	}
	var faults []string
	for _, contact := range []struct {
		field   string
		was, is tollkeeper.ID
	}{
		{"adminUserId", before.AdminUserID, after.AdminUserID},
		{"billingUserId", before.BillingUserID, after.BillingUserID},
		{"callRecordingUserId", before.CallRecordingUserID, after.CallRecordingUserID},
		{"supportUserId", before.SupportUserID, after.SupportUserID},
	} {
		if contact.is.IsZero() || contact.is == contact.was {
			continue
		}
		found, err := exists(t, "SELECT 1 FROM users WHERE id = ?", contact.is)
		if err != nil {
			return err
		}
		if !found {
			faults = append(faults, contact.field+": must be the id of an existing user")
		}
	}
	if len(faults) > 0 {
		return tollkeeper.Invalid(faults...)
	}
	return nil
}
