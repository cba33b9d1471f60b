package store

import (
	"context"

	"tollkeeper"
)

// adjustment moves a customer's prepaid credit by hand.
type adjustment struct {
	kind   tollkeeper.TransferKind
	to     int32 // the credit to reach, in cents
	reason string
	actor  string
}

// postAdjustment brings the posted balance to a number of whole cents. A balance
// whose cents are that number already stays as it is, fraction of a cent and all.
func (s *Store) postAdjustment(t tx, a *tollkeeper.Account, j adjustment) error {
	if a.Posted.Cents() == int64(j.to) {
		a.SyncCredit()
		return nil
	}
	amount, err := tollkeeper.FromCents(j.to).Sub(a.Posted)
	if err != nil {
		return outOfRange(err)
	}
	_, err = s.post(t, a, tollkeeper.Transfer{Kind: j.kind, Reason: j.reason, Actor: j.actor}, amount)
	return err
}

// maxBalance bounds what adjustments may make of a balance, so that there is always
// room for what calls cost.
const maxBalance = tollkeeper.MaxMicros / 2

// post appends a single-phase transfer of a signed amount between the customer's
// credit and the adjustments account, and moves the balance with it.
func (s *Store) post(t tx, a *tollkeeper.Account, x tollkeeper.Transfer, amount tollkeeper.Micros) (tollkeeper.Transfer, error) {
	posted, err := a.Posted.Add(amount)
	if err != nil || amount == tollkeeper.MinMicros || posted > maxBalance || posted < -maxBalance {
		return x, outOfRange(tollkeeper.ErrOverflow)
	}
	x.Debit, x.Credit, x.Amount = tollkeeper.BookAdjustments, tollkeeper.BookCredit, amount
	if amount < 0 {
		x.Debit, x.Credit, x.Amount = tollkeeper.BookCredit, tollkeeper.BookAdjustments, -amount
	}
	x.ID, x.Customer, x.CreatedAt, x.PostedAfter, x.HeldAfter = s.NewIDAfter(a.LastEntry), a.ID, s.now(), posted, a.Held
	if err := appendTransfer(t, &x); err != nil {
		return x, err
	}
	a.Posted, a.LastEntry = posted, x.ID
	a.SyncCredit()
	if amount > 0 {
		a.Replenished()
	}
	return x, nil
}

func outOfRange(err error) error {
	return &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "the amount is out of range", Err: err}
}

// closeOut posts the entries that bring a customer's balances to zero.
func (s *Store) closeOut(t tx, w tollkeeper.Write, a *tollkeeper.Account) error {
	if a.Posted != 0 {
		closing := tollkeeper.Transfer{Kind: tollkeeper.TransferClosing, Reason: "customer deleted", Actor: w.Actor()}
		if _, err := s.post(t, a, closing, -a.Posted); err != nil {
			return err
		}
	}
	if a.Accrued == 0 {
		return nil
	}
	return appendTransfer(t, &tollkeeper.Transfer{
		ID: s.NewIDAfter(a.LastEntry), Customer: a.ID, Kind: tollkeeper.TransferClosing, Amount: a.Accrued,
		Debit: tollkeeper.BookAdjustments, Credit: tollkeeper.BookUnbilled, HeldAfter: a.AccruedHeld,
		Reason: "customer deleted", Actor: w.Actor(), CreatedAt: s.now(),
	})
}

// Adjust posts a credit or a debit. The same key with the same input returns the
// entry already written; with another input it is a conflict.
func (s *Store) Adjust(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, j tollkeeper.Adjustment) (entry tollkeeper.Transfer, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		var a tollkeeper.Account
		if err := mustLoad(t, id, &a); err != nil {
			return err
		}
		known, err := transferByKey(t, id, j.Key)
		if err != nil {
			return err
		}
		if known != nil {
			entry = *known
			return sameAdjustment(known, j)
		}
		if j.Amount < 0 && !j.AllowNegative && a.Available() < -j.Amount {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "only %s is available; set allowNegative to debit more", a.Available())
		}
		entry, err = s.post(t, &a, tollkeeper.Transfer{
			Kind: tollkeeper.TransferAdjustment, Key: j.Key, Reason: j.Reason, Actor: w.Actor(),
		}, j.Amount)
		if err != nil {
			return err
		}
		if err := s.watched(t, &a); err != nil {
			return err
		}
		if err := t.saveStates([]*tollkeeper.Account{&a}); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: id, Subject: id.String(), Action: "ledger.create",
			Changes: []tollkeeper.Change{{Field: "postedMicros", From: itoa(int64(a.Posted - j.Amount)), To: itoa(int64(a.Posted))}}})
	})
	return entry, err
}

func transferByKey(t tx, customer tollkeeper.ID, key string) (found *tollkeeper.Transfer, err error) {
	if key == "" {
		return nil, nil
	}
	err = t.query(func(r row) error {
		x := scanTransfer(r)
		found = &x
		return nil
	}, "SELECT "+transferColumns+" FROM transfers WHERE customer = ? AND key = ?", customer, key)
	return found, err
}

func sameAdjustment(known *tollkeeper.Transfer, j tollkeeper.Adjustment) error {
	if known.PostedDelta() != j.Amount || known.Reason != j.Reason {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "key %q was used before with another amount or reason", j.Key)
	}
	return nil
}
