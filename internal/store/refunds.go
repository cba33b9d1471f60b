package store

import (
	"context"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const refundColumns = "customer, id, payment, amount, reason, state, reference, failure, attempts, created_at, settled_at"

func scanRefund(r row) (tollkeeper.Refund, error) {
	return tollkeeper.Refund{
		Customer: r.id(0), ID: r.id(1), Payment: r.id(2), Amount: r.int(3), Reason: r.text(4), State: tollkeeper.PaymentState(r.text(5)),
		Reference: r.text(6), Failure: r.text(7), Attempts: r.int(8), CreatedAt: fromMillis(r.int(9)), SettledAt: fromMillis(r.int(10)),
	}, nil
}

var refundSource = &source{
	table: "refunds", columns: refundColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "payment": {expr: "payment"}, "amount": {expr: "amount"}, "reason": {expr: "reason"},
		"state": {expr: "state"}, "reference": {expr: "reference", absent: ""}, "failure": {expr: "failure", absent: ""},
		"createdAt": {expr: "created_at"}, "settledAt": {expr: "settled_at", absent: int64(0)},
	},
}

// FindRefunds returns a page of refunds.
func (s *Store) FindRefunds(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Refund], error) {
	return find(ctx, s, refundSource, f, "", nil, scanRefund)
}

// AddRefund gives a payment back, or a part of it. It leaves the books at once, so
// that it cannot be spent meanwhile, and comes back should the provider refuse.
func (s *Store) AddRefund(ctx context.Context, w tollkeeper.Write, payment tollkeeper.ID, amount int64, reason string) (r tollkeeper.Refund, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		p, err := mustPayment(t, payment)
		if err != nil {
			return nil, err
		}
		if p.State != tollkeeper.PaymentSucceeded {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "only a payment that succeeded can be refunded; this one is %s", p.State)
		}
		if left := p.Amount - p.Returned(); amount > left {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "only %d cents of this payment are left", max(left, 0))
		}
		r = tollkeeper.Refund{Customer: p.Customer, Payment: p.ID, Amount: amount, Reason: reason, State: tollkeeper.PaymentPending}
		if err := s.takeBack(t, &p, tollkeeper.TransferRefund, amount, true); err != nil {
			return nil, err
		}
		if p.Provider == tollkeeper.ProviderManual {
			r.State, r.SettledAt = tollkeeper.PaymentSucceeded, s.now()
		}
		if err := s.insertRefund(t, &r); err != nil {
			return nil, err
		}
		return r, s.audited(t, w, tollkeeper.AuditEntry{Customer: p.Customer, Subject: p.ID.String(), Action: "refund.create",
			Changes: []tollkeeper.Change{{Field: "amount", To: itoa(amount)}, {Field: "reason", To: tollkeeper.JSONText(reason)}}})
	})
	return r, err
}

func (s *Store) insertRefund(t tx, r *tollkeeper.Refund) error {
	r.ID, r.CreatedAt = s.NewID(), s.now()
	next := millis(r.CreatedAt)
	if r.State != tollkeeper.PaymentPending {
		next = 0
	}
	_, err := t.exec("INSERT INTO refunds ("+refundColumns+", next_at) VALUES ("+marks(12)+")", r.Customer, r.ID, r.Payment, r.Amount, r.Reason,
		string(r.State), r.Reference, r.Failure, r.Attempts, millis(r.CreatedAt), millis(r.SettledAt), next)
	return err
}

// takeBack books cents of a payment that are given back or were taken back by a bank;
// a negative amount returns them. Credit that was bought must still be there if
// it is asked for.
func (s *Store) takeBack(t tx, p *tollkeeper.Payment, kind tollkeeper.TransferKind, amount int64, mustBeThere bool) error {
	var a tollkeeper.Account
	if err := mustLoad(t, p.Customer, &a); err != nil {
		return err
	}
	b, err := s.loadBilling(t, &a)
	if err != nil {
		return err
	}
	net := p.NetOf(p.Returned()+amount) - p.NetOf(p.Returned())
	if kind == tollkeeper.TransferDispute {
		p.Disputed += amount
	} else {
		p.Refunded += amount
	}
	if err := savePayment(t, p); err != nil {
		return err
	}
	moves := []tollkeeper.Transfer{{Debit: tollkeeper.BookReceivable, Credit: tollkeeper.BookPayments, Amount: cents(amount)}}
	switch {
	case p.Purpose == tollkeeper.PaymentRefill:
		if mustBeThere && a.Available() < cents(net) {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "only %s of the credit is left", a.Available())
		}
		moves = append(moves, givenBack(tollkeeper.BookCredit, net, amount)...)
	case kind == tollkeeper.TransferRefund:
		var i tollkeeper.Invoice
		i, err = mustInvoice(t, p.Invoice)
		net = i.NetOf(p.Refunded) - i.NetOf(p.Refunded-amount)
		moves = append(moves, givenBack(tollkeeper.BookAdjustments, net, amount)...)
	default:
		err = s.reopen(t, &a, p.Invoice, amount)
	}
	if err != nil {
		return err
	}
	for _, x := range moves {
		x.Kind, x.Reason = kind, "payment "+p.ID.String()
		if x.Amount < 0 {
			x.Debit, x.Credit, x.Amount = x.Credit, x.Debit, -x.Amount
		}
		if err := s.enter(t, &a, &b, x); err != nil {
			return err
		}
	}
	return s.settleBooks(t, &a, &b)
}

// givenBack splits what was given back into what was sold and its taxes, which are not
// owed any more.
func givenBack(sold tollkeeper.BookAccount, net, amount int64) []tollkeeper.Transfer {
	return []tollkeeper.Transfer{{Debit: sold, Credit: tollkeeper.BookReceivable, Amount: cents(net)},
		{Debit: tollkeeper.BookTax, Credit: tollkeeper.BookReceivable, Amount: cents(amount - net)}}
}

// reopen makes an invoice due again whose payment a bank took back, or closes it when
// the money is returned. Staff have to look at it meanwhile.
func (s *Store) reopen(t tx, a *tollkeeper.Account, invoice tollkeeper.ID, amount int64) error {
	i, err := mustInvoice(t, invoice)
	if err != nil {
		return err
	}
	i.Paid -= amount
	if i.Due() <= 0 {
		if i.Status == tollkeeper.InvoiceClosed {
			return saveInvoice(t, &i)
		}
		i.Reason = ""
		return s.closeInvoice(t, a, &i)
	}
	i.Status, i.Reason, i.NextAt, i.ClosedAt = tollkeeper.InvoiceCollection, "the payment is disputed", time.Time{}, time.Time{}
	return saveInvoice(t, &i)
}

// DueRefunds lists refunds that a provider is to be asked for, with their payments,
// at most limit.
func (s *Store) DueRefunds(ctx context.Context, limit int) (due []tollkeeper.Refund, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error {
			one, err := scanRefund(r)
			due = append(due, one)
			return err
		}, "SELECT "+refundColumns+" FROM refunds WHERE next_at > 0 AND next_at <= ? ORDER BY next_at LIMIT ?", millis(s.now()), limit)
	})
	return due, err
}

// SettleRefund writes down what has become of a refund, once.
func (s *Store) SettleRefund(ctx context.Context, id tollkeeper.ID, outcome tollkeeper.Outcome) error {
	return s.engine.write(ctx, func(t tx) error { return s.settleRefund(t, id, outcome) })
}

// settleRefund takes what a provider says of a refund. One that succeeded fails when the
// customer's bank sends it back, days later; what has failed stays so.
func (s *Store) settleRefund(t tx, id tollkeeper.ID, outcome tollkeeper.Outcome) error {
	var refund tollkeeper.Refund
	found := false
	err := t.query(func(r row) (err error) { found = true; refund, err = scanRefund(r); return err },
		"SELECT "+refundColumns+" FROM refunds WHERE id = ?"+t.locked(), id)
	if err == nil && !found {
		err = notFound("refund", id.String())
	}
	told := refund.State == tollkeeper.PaymentSucceeded
	sentBack := told && outcome.State == tollkeeper.PaymentFailed && outcome.Reference != "" && outcome.Reference == refund.Reference
	if err != nil || refund.State != tollkeeper.PaymentPending && !sentBack {
		return err
	}
	next := time.Time{}
	refund.State, refund.Failure = outcome.State, outcome.Failure
	if outcome.Reference != "" {
		refund.Reference = outcome.Reference
	}
	p, err := mustPayment(t, refund.Payment)
	if err != nil {
		return err
	}
	switch outcome.State {
	case tollkeeper.PaymentPending:
		refund.Attempts++
		next = s.askAgain(refund.Attempts)
	case tollkeeper.PaymentSucceeded:
		refund.SettledAt = s.now()
		err = s.tellRefund(t, &refund, refund.Amount)
	default:
		refund.SettledAt = s.now()
		err = s.takeBack(t, &p, tollkeeper.TransferRefund, -refund.Amount, false)
		if err == nil && told {
			err = s.tellRefund(t, &refund, -refund.Amount)
		}
	}
	if err != nil {
		return err
	}
	_, err = t.exec("UPDATE refunds SET state = ?, reference = ?, failure = ?, attempts = ?, next_at = ?, settled_at = ? WHERE customer = ? AND id = ?",
		string(refund.State), refund.Reference, refund.Failure, refund.Attempts, millis(next), millis(refund.SettledAt), refund.Customer, refund.ID)
	return err
}

// tellRefund tells that cents were given back or, with a negative amount, came back.
func (s *Store) tellRefund(t tx, r *tollkeeper.Refund, amount int64) error {
	return s.tell(t, []tollkeeper.Event{tollkeeper.NewEvent(tollkeeper.EventPaymentRefunded, r.Customer, s.now(),
		"payment", r.Payment, "refund", r.ID, "amount", amount)})
}
