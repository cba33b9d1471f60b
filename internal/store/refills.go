package store

import (
	"context"
	"time"

	"tollkeeper"
)

// Why a refill is not asked for. They are told once.
const (
	noMethod     = "there is no payment method"
	tooManyToday = "the number of refills allowed in a day is reached"
	tooMuchToday = "the amount of refills allowed in a day is reached"
	notInUse     = "the account is not active"
)

// inactiveRecheck is when the refill of an account that may not call is looked at again.
const inactiveRecheck = time.Hour

// OfferRefill looks whether a customer's automatic refill is due and what it would
// be. When it is due and cannot be, the reason is told, once, and the task waits.
func (s *Store) OfferRefill(ctx context.Context, customer tollkeeper.ID) (offer tollkeeper.Offer, due bool, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		offer, due, err = s.offerRefill(t, customer)
		return err
	})
	return offer, due, err
}

func (s *Store) offerRefill(t tx, customer tollkeeper.ID) (offer tollkeeper.Offer, due bool, err error) {
	var a tollkeeper.Account
	found, err := loadAccount(t, customer, &a)
	if err != nil {
		return offer, false, err
	}
	if !found || !a.RefillDue(s.limits.RefillBelow) {
		return offer, false, dropTask(t, customer, taskRefill)
	}
	if a.Status != tollkeeper.StatusActive {
		_, err := s.postpone(t, customer, taskRefill, s.now().Add(inactiveRecheck), notInUse)
		return offer, false, err
	}
	open, err := exists(t, "SELECT 1 FROM payments WHERE customer = ? AND state = 'pending' AND purpose = 'refill'", customer)
	if err != nil {
		return offer, false, err
	}
	if open { // how it ends decides what is next
		_, err := s.postpone(t, customer, taskRefill, time.Time{}, "")
		return offer, false, err
	}
	left, reason, err := s.refillsLeft(t, customer)
	if err != nil {
		return offer, false, err
	}
	net := a.RefillAmount(s.limits.RefillBelow, left)
	if net == 0 && reason == "" {
		reason = tooMuchToday
	}
	if reason != "" {
		return offer, false, s.holdRefill(t, &a, s.tomorrow(), reason)
	}
	method, found, err := defaultMethod(t, customer)
	if err != nil {
		return offer, false, err
	}
	if !found {
		return offer, false, s.holdRefill(t, &a, time.Time{}, noMethod)
	}
	billing, err := s.loadBilling(t, &a)
	return tollkeeper.Offer{Sale: tollkeeper.Sale{Billing: billing, Subtotal: net, Refill: true}, Method: method}, err == nil, err
}

// refillsLeft is how much credit may be bought today, and why it is none.
func (s *Store) refillsLeft(t tx, customer tollkeeper.ID) (left tollkeeper.Micros, reason string, err error) {
	var number, amount int64
	err = t.query(func(r row) error { number, amount = r.int(0), r.int(1); return nil },
		`SELECT COUNT(*), CAST(COALESCE(SUM(amount - tax), 0) AS BIGINT) FROM payments WHERE customer = ? AND created_at >= ?
 AND purpose = 'refill' AND state IN ('pending', 'succeeded')`, customer, millis(s.today()))
	if err != nil {
		return 0, "", err
	}
	rules := s.rules.Refill
	if rules.MaxCount > 0 && number >= rules.MaxCount {
		return 0, tooManyToday, nil
	}
	if rules.MaxAmount == 0 {
		return maxBalance, "", nil
	}
	if left = rules.MaxAmount - cents(amount); left <= 0 {
		return 0, tooMuchToday, nil
	}
	return left, "", nil
}

func (s *Store) today() time.Time { return s.now().UTC().Truncate(24 * time.Hour) }

func (s *Store) tomorrow() time.Time { return s.today().Add(24 * time.Hour) }

// holdRefill lets a refill wait, and tells why.
func (s *Store) holdRefill(t tx, a *tollkeeper.Account, until time.Time, reason string) error {
	news, err := s.postpone(t, a.ID, taskRefill, until, reason)
	if err != nil || !news {
		return err
	}
	return s.tell(t, []tollkeeper.Event{tollkeeper.NewEvent(tollkeeper.EventRefillFailed, a.ID, s.now(), "reason", reason)})
}

// BeginRefill stores the intent of an automatic refill, with the taxes on what was
// offered. Begun is false when things have changed since; it is then looked at again.
func (s *Store) BeginRefill(ctx context.Context, customer tollkeeper.ID, net int64, taxes []tollkeeper.Tax) (p tollkeeper.Payment, begun bool, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		begun = false
		offer, due, err := s.offerRefill(t, customer)
		if err != nil || !due || offer.Sale.Subtotal < net {
			return err
		}
		begun = true
		p = refillPayment(offer.Method, net, taxes)
		p.Automatic = true
		if _, err := s.postpone(t, customer, taskRefill, time.Time{}, ""); err != nil {
			return err
		}
		return s.addPayment(t, &p)
	})
	return p, begun, err
}

func refillPayment(m tollkeeper.PaymentMethod, net int64, taxes []tollkeeper.Tax) tollkeeper.Payment {
	tax := tollkeeper.TaxSum(taxes)
	return tollkeeper.Payment{
		Customer: m.Customer, Purpose: tollkeeper.PaymentRefill, Method: m.ID, Provider: m.Provider,
		Amount: net + tax, Tax: tax, Taxes: taxes,
	}
}

// OrderRefill stores the intent of a refill that somebody asks for. The brakes of
// automatic refills hold for it too.
func (s *Store) OrderRefill(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, net int64, taxes []tollkeeper.Tax) (p tollkeeper.Payment, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		var a tollkeeper.Account
		if err := mustLoad(t, customer, &a); err != nil {
			return nil, err
		}
		method, err := s.mayRefill(t, &a, net)
		if err != nil {
			return nil, err
		}
		p = refillPayment(method, net, taxes)
		if err := s.addPayment(t, &p); err != nil {
			return nil, err
		}
		return p, s.audited(t, w, tollkeeper.AuditEntry{Customer: customer, Subject: p.ID.String(), Action: "refill.create",
			Changes: []tollkeeper.Change{{Field: "amount", To: itoa(net)}}})
	})
	return p, err
}

func (s *Store) mayRefill(t tx, a *tollkeeper.Account, net int64) (m tollkeeper.PaymentMethod, err error) {
	open, err := exists(t, "SELECT 1 FROM payments WHERE customer = ? AND state = 'pending' AND purpose = 'refill'", a.ID)
	if err != nil {
		return m, err
	}
	if open {
		return m, tollkeeper.Errorf(tollkeeper.CodeConflict, "a refill is under way; wait for its end")
	}
	left, reason, err := s.refillsLeft(t, a.ID)
	if err != nil {
		return m, err
	}
	if reason == "" && cents(net) > left {
		reason = "it is more than what is left of the amount of refills allowed in a day: " + left.String()
	}
	if reason != "" {
		return m, tollkeeper.Errorf(tollkeeper.CodeConflict, "%s", reason)
	}
	m, found, err := defaultMethod(t, a.ID)
	if err == nil && !found {
		err = tollkeeper.Errorf(tollkeeper.CodeConflict, "%s", noMethod)
	}
	return m, err
}

// refillPaid gives the credit that a payment bought, with its paid invoice.
func (s *Store) refillPaid(t tx, a *tollkeeper.Account, b *tollkeeper.Billing, p *tollkeeper.Payment) error {
	now := s.now()
	invoice := tollkeeper.Invoice{
		Customer: a.ID, Kind: tollkeeper.InvoiceRefill, Status: tollkeeper.InvoiceClosed, PeriodStart: p.CreatedAt, PeriodEnd: now,
		Subtotal: p.Net(), Tax: p.Tax, Total: p.Amount, Paid: p.Amount, DueAt: now, ClosedAt: now,
	}
	items := []tollkeeper.InvoiceItem{{Kind: tollkeeper.ItemCredit, Description: "Prepaid credit", Quantity: 1, Amount: p.Net(), Exact: cents(p.Net())}}
	if err := s.addInvoice(t, a, b, &invoice, append(items, taxItems(p.Taxes)...)); err != nil {
		return err
	}
	p.Invoice = invoice.ID
	err := s.enter(t, a, b, tollkeeper.Transfer{Kind: tollkeeper.TransferRefill, Debit: tollkeeper.BookReceivable, Credit: tollkeeper.BookCredit,
		Amount: cents(p.Net()), Key: "refill:" + p.ID.String(), Reason: invoice.Number})
	if err != nil {
		return err
	}
	if err := s.assignAgain(t, a.ID, taskRefill); err != nil {
		return err
	}
	return s.tell(t, []tollkeeper.Event{
		tollkeeper.NewEvent(tollkeeper.EventRefillSucceeded, a.ID, now, append(paymentData(p), "credit", p.Net())...),
		tollkeeper.NewEvent(tollkeeper.EventInvoicePaid, a.ID, now, invoiceData(&invoice)...),
	})
}

// refillFailed pauses automatic refills for longer with each decline, and in the end
// stops them.
func (s *Store) refillFailed(t tx, p *tollkeeper.Payment) error {
	now := s.now()
	events := []tollkeeper.Event{tollkeeper.NewEvent(tollkeeper.EventRefillFailed, p.Customer, now, append(paymentData(p), "reason", p.Failure)...)}
	if !p.Automatic {
		return s.tell(t, events)
	}
	var declines int64
	err := t.query(func(r row) error { declines = r.int(0); return nil },
		"SELECT declines FROM billing_tasks WHERE customer = ? AND task = ?", p.Customer, taskRefill)
	if err != nil {
		return err
	}
	declines++
	next := millis(now.Add(tollkeeper.RefillBackoff(declines)))
	if declines >= s.rules.Refill.MaxDeclines {
		next = 0
		events = append(events, tollkeeper.NewEvent(tollkeeper.EventRefillDisabled, p.Customer, now, "declines", declines, "reason", p.Failure))
	}
	_, err = t.exec("UPDATE billing_tasks SET next_at = ?, declines = ?, failure = ? WHERE customer = ? AND task = ?",
		next, declines, p.Failure, p.Customer, taskRefill)
	if err != nil {
		return err
	}
	return s.tell(t, events)
}
