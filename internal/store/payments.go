package store

import (
	"context"
	"encoding/json"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const paymentColumns = `customer, id, purpose, invoice, method, provider, amount, tax, taxes, state, reference, failure, automatic,
 attempts, next_at, refunded, disputed, created_at, settled_at`

func scanPayment(r row) (p tollkeeper.Payment, err error) {
	p = tollkeeper.Payment{
		Customer: r.id(0), ID: r.id(1), Purpose: tollkeeper.PaymentPurpose(r.text(2)), Invoice: r.id(3), Method: r.id(4), Provider: r.text(5),
		Amount: r.int(6), Tax: r.int(7), State: tollkeeper.PaymentState(r.text(9)), Reference: r.text(10), Failure: r.text(11),
		Automatic: r.int(12) == 1, Attempts: r.int(13), NextAt: fromMillis(r.int(14)), Refunded: r.int(15), Disputed: r.int(16),
		CreatedAt: fromMillis(r.int(17)), SettledAt: fromMillis(r.int(18)),
	}
	return p, json.Unmarshal([]byte(r.text(8)), &p.Taxes)
}

var paymentSource = &source{
	table: "payments", columns: paymentColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "purpose": {expr: "purpose"}, "invoice": {expr: "invoice"},
		"method": {expr: "method"}, "provider": {expr: "provider"}, "amount": {expr: "amount"}, "tax": {expr: "tax"},
		"state": {expr: "state"}, "reference": {expr: "reference", absent: ""}, "failure": {expr: "failure", absent: ""},
		"refunded": {expr: "refunded"}, "disputed": {expr: "disputed"}, "createdAt": {expr: "created_at"},
		"settledAt": {expr: "settled_at", absent: int64(0)},
	},
}

// FindPayments returns a page of payments.
func (s *Store) FindPayments(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Payment], error) {
	return find(ctx, s, paymentSource, f, "", nil, scanPayment)
}

// Payment returns one payment.
func (s *Store) Payment(ctx context.Context, id tollkeeper.ID) (p tollkeeper.Payment, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		p, err = mustPayment(t, id)
		return err
	})
	return p, err
}

func mustPayment(t tx, id tollkeeper.ID) (p tollkeeper.Payment, err error) {
	found := false
	err = t.query(func(r row) (err error) { found = true; p, err = scanPayment(r); return err },
		"SELECT "+paymentColumns+" FROM payments WHERE id = ?"+t.locked(), id)
	if err == nil && !found {
		err = notFound("payment", id.String())
	}
	return p, err
}

// addPayment stores a payment that nobody has heard of yet. Who pays by other ways
// than a provider's is waited for.
func (s *Store) addPayment(t tx, p *tollkeeper.Payment) error {
	p.ID, p.CreatedAt, p.State = s.NewID(), s.now(), tollkeeper.PaymentPending
	if p.Provider != tollkeeper.ProviderManual {
		p.NextAt = p.CreatedAt
	}
	return insertPayment(t, p)
}

func insertPayment(t tx, p *tollkeeper.Payment) error {
	taxes, err := json.Marshal(p.Taxes)
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO payments ("+paymentColumns+") VALUES ("+marks(19)+")",
		p.Customer, p.ID, string(p.Purpose), idOrNull(p.Invoice), idOrNull(p.Method), p.Provider, p.Amount, p.Tax, string(taxes), string(p.State),
		p.Reference, p.Failure, p.Automatic, p.Attempts, millis(p.NextAt), p.Refunded, p.Disputed, millis(p.CreatedAt), millis(p.SettledAt))
	return err
}

// savePayment writes back what can change of a payment.
func savePayment(t tx, p *tollkeeper.Payment) error {
	_, err := t.exec(`UPDATE payments SET invoice = ?, state = ?, reference = ?, failure = ?, attempts = ?, next_at = ?, refunded = ?,
 disputed = ?, settled_at = ? WHERE customer = ? AND id = ?`,
		idOrNull(p.Invoice), string(p.State), p.Reference, p.Failure, p.Attempts, millis(p.NextAt), p.Refunded, p.Disputed, millis(p.SettledAt),
		p.Customer, p.ID)
	return err
}

// DuePayments lists payments that a provider is to be asked for, at most limit.
func (s *Store) DuePayments(ctx context.Context, limit int) (due []tollkeeper.Payment, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error {
			p, err := scanPayment(r)
			due = append(due, p)
			return err
		}, "SELECT "+paymentColumns+" FROM payments WHERE next_at > 0 AND next_at <= ? ORDER BY next_at LIMIT ?", millis(s.now()), limit)
	})
	return due, err
}

// askDelay is how long a provider that gave no clear answer is left alone; it doubles
// with each attempt up to longestAsk.
const (
	askDelay   = 10 * time.Second
	longestAsk = time.Hour
)

func (s *Store) askAgain(attempts int64) time.Time {
	return s.now().Add(min(askDelay<<min(attempts-1, 16), longestAsk))
}

// Settle writes down what has become of a payment, once, whoever says so and however
// often: money that has come in is credited in the same transaction. A success counts
// even after a failure was recorded, as the money is there; nothing else changes
// what is settled.
func (s *Store) Settle(ctx context.Context, id tollkeeper.ID, outcome tollkeeper.Outcome) (p tollkeeper.Payment, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		if p, err = mustPayment(t, id); err != nil {
			return err
		}
		return s.settlePayment(t, &p, outcome)
	})
	return p, err
}

func (s *Store) settlePayment(t tx, p *tollkeeper.Payment, outcome tollkeeper.Outcome) error {
	pending := p.State == tollkeeper.PaymentPending
	if outcome.Reference != "" {
		p.Reference = outcome.Reference
	}
	switch {
	case outcome.State == tollkeeper.PaymentSucceeded && p.State != tollkeeper.PaymentSucceeded:
		return s.paid(t, p)
	case !pending:
		return nil
	case outcome.State == tollkeeper.PaymentPending:
		p.Attempts++
		p.Failure, p.NextAt = outcome.Failure, s.askAgain(p.Attempts)
		return savePayment(t, p)
	}
	p.State, p.Failure, p.SettledAt, p.NextAt = outcome.State, outcome.Failure, s.now(), time.Time{}
	if err := savePayment(t, p); err != nil {
		return err
	}
	if p.Purpose == tollkeeper.PaymentRefill {
		return s.refillFailed(t, p)
	}
	return s.chargeFailed(t, p)
}

// paid books money that has come in.
func (s *Store) paid(t tx, p *tollkeeper.Payment) error {
	var a tollkeeper.Account
	if err := mustLoad(t, p.Customer, &a); err != nil {
		return err
	}
	b, err := s.loadBilling(t, &a)
	if err != nil {
		return err
	}
	p.State, p.Failure, p.SettledAt, p.NextAt = tollkeeper.PaymentSucceeded, "", s.now(), time.Time{}
	if p.Purpose == tollkeeper.PaymentRefill {
		err = s.refillPaid(t, &a, &b, p)
	} else {
		err = s.invoicePaid(t, &a, &b, p)
	}
	if err != nil {
		return err
	}
	err = s.enter(t, &a, &b, tollkeeper.Transfer{Kind: tollkeeper.TransferPayment, Debit: tollkeeper.BookPayments, Credit: tollkeeper.BookReceivable,
		Amount: cents(p.Amount), Key: "payment:" + p.ID.String(), Reason: p.Provider})
	if err != nil {
		return err
	}
	if err := savePayment(t, p); err != nil {
		return err
	}
	return s.settleBooks(t, &a, &b)
}

// paymentData is what events tell of a payment.
func paymentData(p *tollkeeper.Payment) []any {
	return []any{"payment", p.ID, "invoice", p.Invoice, "amount", p.Amount}
}

// RecordPayment settles a payment that is waited for: the money has come, or the
// payment is called off. Only those of the provider manual can be recorded.
func (s *Store) RecordPayment(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, outcome tollkeeper.Outcome) (p tollkeeper.Payment, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if p, err = mustPayment(t, id); err != nil {
			return nil, err
		}
		if p.Provider != tollkeeper.ProviderManual {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "%s decides what becomes of this payment", p.Provider)
		}
		if p.State != tollkeeper.PaymentPending {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "the payment has %s already", p.State)
		}
		if err := s.settlePayment(t, &p, outcome); err != nil {
			return nil, err
		}
		return p, s.audited(t, w, tollkeeper.AuditEntry{Customer: p.Customer, Subject: p.ID.String(), Action: "payment.record",
			Changes: []tollkeeper.Change{{Field: "state", From: `"pending"`, To: tollkeeper.JSONText(string(p.State))},
				{Field: "reference", To: tollkeeper.JSONText(outcome.Reference)}}})
	})
	return p, err
}
