package store

import (
	"context"
	"time"

	"tollkeeper"
)

const billingColumns = `customer, company, line1, line2, city, state, postal_code, country, tax_id, tax_exempt, timezone, receivable,
 through, carry, usage_from, period_from, next_at`

func scanBilling(r row) tollkeeper.Billing {
	return tollkeeper.Billing{
		Customer: r.id(0), Company: r.text(1), Line1: r.text(2), Line2: r.text(3), City: r.text(4), State: r.text(5), PostalCode: r.text(6),
		Country: r.text(7), TaxID: r.text(8), TaxExempt: r.int(9) == 1, Timezone: r.text(10), Receivable: tollkeeper.Micros(r.int(11)),
		Through: r.id(12), Carry: tollkeeper.Micros(r.int(13)), UsageFrom: fromMillis(r.int(14)), PeriodFrom: fromMillis(r.int(15)),
		NextAt: fromMillis(r.int(16)),
	}
}

// loadBilling reads how a customer is billed. Who has no row yet is billed from the
// month in which the record was made.
func (s *Store) loadBilling(t tx, a *tollkeeper.Account) (b tollkeeper.Billing, err error) {
	b = s.firstBilling(a.ID, a.CreatedAt)
	err = t.query(func(r row) error { b = scanBilling(r); return nil },
		"SELECT "+billingColumns+" FROM billing WHERE customer = ?"+t.locked(), a.ID)
	return b, err
}

// firstBilling is that of a customer who was never billed. Months that are over
// already are billed as one, with the newest of them.
func (s *Store) firstBilling(customer tollkeeper.ID, created time.Time) tollkeeper.Billing {
	b := tollkeeper.Billing{Customer: customer, UsageFrom: created, PeriodFrom: created}
	b.NextAt = tollkeeper.MonthAfter(created, s.rules.Zone)
	if now := s.now(); b.NextAt.Before(now) {
		b.NextAt = thisMonth(now, s.rules.Zone)
	}
	return b
}

func thisMonth(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	return time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, zone).UTC()
}

func saveBilling(t tx, b *tollkeeper.Billing) error {
	return t.later(nil, "INSERT INTO billing ("+billingColumns+") VALUES ("+marks(17)+`) ON CONFLICT (customer) DO UPDATE SET
 company = excluded.company, line1 = excluded.line1, line2 = excluded.line2, city = excluded.city, state = excluded.state,
 postal_code = excluded.postal_code, country = excluded.country, tax_id = excluded.tax_id, tax_exempt = excluded.tax_exempt,
 timezone = excluded.timezone, receivable = excluded.receivable, through = excluded.through, carry = excluded.carry,
 usage_from = excluded.usage_from, period_from = excluded.period_from, next_at = excluded.next_at`,
		b.Customer, b.Company, b.Line1, b.Line2, b.City, b.State, b.PostalCode, b.Country, b.TaxID, b.TaxExempt, b.Timezone, b.Receivable,
		b.Through, b.Carry, millis(b.UsageFrom), millis(b.PeriodFrom), millis(b.NextAt))
}

// Billing returns how a customer is billed.
func (s *Store) Billing(ctx context.Context, customer tollkeeper.ID) (b tollkeeper.Billing, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		var a tollkeeper.Account
		if err := mustLoad(t, customer, &a); err != nil {
			return err
		}
		b, err = s.loadBilling(t, &a)
		return err
	})
	return b, err
}

// SetBilling lets change alter how a customer is billed. Another time zone counts
// from the month that has not been invoiced yet.
func (s *Store) SetBilling(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, change func(*tollkeeper.Billing) error) (b tollkeeper.Billing, err error) {
	_, err = s.changeState(ctx, w, customer, "billing.patch", func(t tx, a *tollkeeper.Account) ([]tollkeeper.Change, error) {
		was, err := s.loadBilling(t, a)
		if err != nil {
			return nil, err
		}
		b = was
		if err := change(&b); err != nil {
			return nil, err
		}
		if b.Timezone != was.Timezone {
			b.NextAt = tollkeeper.MonthAfter(b.PeriodFrom, b.Zone(s.rules.Zone))
		}
		return b.Changes(was), saveBilling(t, &b)
	})
	return b, err
}

// enter appends a transfer between a customer's accounts and the carrier's, and moves
// the balances with it. An amount of 0 is no transfer.
func (s *Store) enter(t tx, a *tollkeeper.Account, b *tollkeeper.Billing, x tollkeeper.Transfer) error {
	if x.Amount == 0 {
		return nil
	}
	balance := &b.Receivable
	switch {
	case x.OnUnbilled():
		balance, x.HeldAfter = &a.Accrued, a.AccruedHeld
	case x.OnCredit():
		balance, x.HeldAfter = &a.Posted, a.Held
	}
	after, err := balance.Add(x.PostedDelta())
	if err != nil || after > maxBalance || after < -maxBalance {
		return outOfRange(tollkeeper.ErrOverflow)
	}
	owed, err := b.Receivable.Add(x.ReceivableDelta())
	if err != nil {
		return outOfRange(err)
	}
	b.Receivable, *balance = owed, after
	x.ID, x.Customer, x.CreatedAt, x.PostedAfter = s.NewIDAfter(a.LastEntry), a.ID, s.now(), after
	a.LastEntry = x.ID
	a.SyncCredit()
	if x.Credit == tollkeeper.BookCredit || x.Credit == tollkeeper.BookUnbilled {
		a.Replenished()
	}
	return appendTransfer(t, &x)
}

// settleBooks writes back what entries have changed, and tells what they crossed.
func (s *Store) settleBooks(t tx, a *tollkeeper.Account, b *tollkeeper.Billing) error {
	if err := s.watched(t, a); err != nil {
		return err
	}
	if err := t.saveStates([]*tollkeeper.Account{a}); err != nil {
		return err
	}
	return saveBilling(t, b)
}

// cents is a number of cents as the ledger counts.
func cents(n int64) tollkeeper.Micros { return tollkeeper.Micros(n) * tollkeeper.Cent }

// endBilling forgets how a customer was billed who is deleted. What is owed, and money
// under way, must be settled first; payments and invoices stay.
func (s *Store) endBilling(t tx, customer tollkeeper.ID) error {
	pending, err := exists(t, "SELECT 1 FROM payments WHERE customer = ? AND state = 'pending' LIMIT 1", customer)
	if err != nil {
		return err
	}
	if pending {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "a payment of the customer is under way; wait for its end, or call it off")
	}
	owes, err := exists(t, "SELECT 1 FROM billing WHERE customer = ? AND receivable <> 0", customer)
	if err != nil {
		return err
	}
	if owes {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the customer has unpaid invoices; record their payment or close them first")
	}
	for _, table := range []string{"billing", "billing_tasks", "payment_methods", "payment_accounts"} {
		if _, err := t.exec("DELETE FROM "+table+" WHERE customer = ?", customer); err != nil {
			return err
		}
	}
	return nil
}
