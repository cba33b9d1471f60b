package store

import (
	"context"
	"fmt"

	"tollkeeper"
)

// ChargeService posts what a customer used beside calls, to prepaid credit or to the
// unbilled usage, as the customer's bill method says. The same key is charged once;
// with another amount or service it is a conflict.
func (s *Store) ChargeService(ctx context.Context, u tollkeeper.Usage) (entry tollkeeper.Transfer, err error) {
	if u.Amount <= 0 || u.Key == "" || u.Service == "" {
		return entry, tollkeeper.Internal("charge a service", fmt.Errorf("usage %+v has no amount, key or service", u))
	}
	err = s.engine.write(ctx, func(t tx) (err error) {
		entry, err = s.chargeService(t, u)
		return err
	})
	return entry, err
}

// chargeService is ChargeService within a transaction.
func (s *Store) chargeService(t tx, u tollkeeper.Usage) (entry tollkeeper.Transfer, err error) {
	var a tollkeeper.Account
	if err := mustLoad(t, u.Customer, &a); err != nil {
		return entry, err
	}
	known, err := transferByKey(t, u.Customer, u.Key)
	if err != nil {
		return entry, err
	}
	if known != nil {
		return *known, sameUsage(known, u)
	}
	if entry, err = s.postUsage(t, &a, u); err != nil {
		return entry, err
	}
	if err := s.watched(t, &a); err != nil {
		return entry, err
	}
	return entry, t.saveStates([]*tollkeeper.Account{&a})
}

func (s *Store) postUsage(t tx, a *tollkeeper.Account, u tollkeeper.Usage) (tollkeeper.Transfer, error) {
	now := s.now()
	x := tollkeeper.Transfer{
		ID: s.NewIDAfter(a.LastEntry), Customer: a.ID, Kind: tollkeeper.TransferService, Debit: tollkeeper.BookCredit, Credit: tollkeeper.BookRevenue,
		Amount: u.Amount, HeldAfter: a.Held, Key: u.Key, Reason: u.Service, CreatedAt: now,
	}
	balance := &a.Posted
	if a.DefaultBillMethod == tollkeeper.BillPaymentMethod {
		x.Debit, x.HeldAfter, balance = tollkeeper.BookUnbilled, a.AccruedHeld, &a.Accrued
	}
	after, err := balance.Add(x.PostedDelta())
	if err != nil || after > maxBalance || after < -maxBalance {
		return x, outOfRange(tollkeeper.ErrOverflow)
	}
	if err := a.Spend(now, u.Amount); err != nil {
		return x, outOfRange(err)
	}
	*balance, x.PostedAfter, a.LastEntry = after, after, x.ID
	a.SyncCredit()
	return x, appendTransfer(t, &x)
}

func sameUsage(known *tollkeeper.Transfer, u tollkeeper.Usage) error {
	if known.Kind != tollkeeper.TransferService || known.Amount != u.Amount || known.Reason != u.Service {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "key %q was used before with another amount or service", u.Key)
	}
	return nil
}
