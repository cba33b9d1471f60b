package store

import (
	"context"
	"errors"
	"time"

	"tollkeeper"
)

// messageLife is how long a message's id is remembered. Providers repeat messages for
// days; what they tell of is settled once in any case.
const messageLife = 60 * 24 * time.Hour

// Heed acts on a provider's message, once. A message about what this server knows
// nothing of is left alone: the provider's account may serve others too. One about a
// customer who was deleted stands in the audit trail, for staff to look at.
func (s *Store) Heed(ctx context.Context, provider string, m tollkeeper.Message) error {
	return s.engine.write(ctx, func(t tx) error {
		fresh, err := t.exec("INSERT INTO provider_messages (provider, id, received_at) VALUES (?,?,?) ON CONFLICT (provider, id) DO NOTHING",
			provider, m.ID, millis(s.now()))
		if err != nil || fresh == 0 {
			return err
		}
		p, found, err := paymentNamed(t, provider, m)
		if err != nil {
			return err
		}
		if !found {
			return mayBeOurs(t, provider, m)
		}
		if known, err := exists(t, "SELECT 1 FROM customers WHERE id = ?", p.Customer); err != nil || !known {
			return errors.Join(err, s.audited(t, tollkeeper.Write{}, tollkeeper.AuditEntry{Customer: p.Customer, Subject: p.ID.String(),
				Action: "payment.orphan", Changes: []tollkeeper.Change{{Field: string(m.Kind), To: tollkeeper.JSONText(string(m.Outcome.State))}}}))
		}
		switch m.Kind {
		case tollkeeper.MessagePayment:
			return s.settlePayment(t, &p, m.Outcome)
		case tollkeeper.MessageRefund:
			return s.heedRefund(t, &p, m)
		case tollkeeper.MessageDispute:
			return s.heedDispute(t, &p, m)
		}
		return nil
	})
}

// paymentNamed finds the payment that a message is about.
func paymentNamed(t tx, provider string, m tollkeeper.Message) (p tollkeeper.Payment, found bool, err error) {
	if m.Payment.IsZero() && m.Reference == "" {
		return p, false, nil
	}
	condition, args := "id = ?", []any{m.Payment}
	if m.Payment.IsZero() {
		condition, args = "reference = ?", []any{m.Reference}
	}
	err = t.query(func(r row) (err error) { found = true; p, err = scanPayment(r); return err },
		"SELECT "+paymentColumns+" FROM payments WHERE "+condition+" AND provider = ?"+t.locked(), append(args, provider)...)
	return p, found, err
}

// mayBeOurs has a message repeated that may be about a payment whose name at the provider
// is not known yet, because its answer was lost.
func mayBeOurs(t tx, provider string, m tollkeeper.Message) error {
	if !m.Payment.IsZero() || m.Reference == "" {
		return nil
	}
	nameless, err := exists(t, "SELECT 1 FROM payments WHERE next_at > 0 AND provider = ? AND reference = '' LIMIT 1", provider)
	if err == nil && nameless {
		err = errTooEarly
	}
	return err
}

// heedRefund settles a refund of ours, or books one that was made at the provider's. One
// that failed before its success was heard of is noted, so that the success, which
// comes late, moves nothing.
func (s *Store) heedRefund(t tx, p *tollkeeper.Payment, m tollkeeper.Message) error {
	if !m.Refund.IsZero() {
		return s.settleRefund(t, m.Refund, m.Outcome)
	}
	var known tollkeeper.ID
	err := t.query(func(r row) error { known = r.id(0); return nil }, "SELECT id FROM refunds WHERE customer = ? AND payment = ? AND reference = ?", p.Customer, p.ID, m.Outcome.Reference)
	switch {
	case err != nil:
		return err
	case !known.IsZero():
		return s.settleRefund(t, known, m.Outcome)
	case m.Outcome.State == tollkeeper.PaymentPending || m.Amount <= 0:
		return nil
	case p.State != tollkeeper.PaymentSucceeded:
		return errTooEarly
	}
	r := tollkeeper.Refund{Customer: p.Customer, Payment: p.ID, Amount: m.Amount, Reason: "refunded at the payment provider",
		State: m.Outcome.State, Reference: m.Outcome.Reference, Failure: m.Outcome.Failure, SettledAt: s.now()}
	if err := s.insertRefund(t, &r); err != nil || r.State != tollkeeper.PaymentSucceeded {
		return err
	}
	if err := s.takeBack(t, p, tollkeeper.TransferRefund, r.Amount, false); err != nil {
		return err
	}
	return s.tellRefund(t, &r, r.Amount)
}

// errTooEarly makes the provider repeat a message that came before the one it follows.
var errTooEarly = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "what this follows is not known yet; send it again")

// heedDispute books what a bank took back or returned: all of it, even where a part was
// given back already, as the customer then has that part twice. Automatic refills stop: the
// card's owner denies the charges.
func (s *Store) heedDispute(t tx, p *tollkeeper.Payment, m tollkeeper.Message) error {
	if p.State != tollkeeper.PaymentSucceeded || m.Returned && p.Disputed < m.Amount {
		return errTooEarly
	}
	amount := m.Amount
	if m.Returned {
		amount = -m.Amount
	}
	if err := s.takeBack(t, p, tollkeeper.TransferDispute, amount, false); err != nil {
		return err
	}
	events := []tollkeeper.Event{tollkeeper.NewEvent(tollkeeper.EventPaymentDisputed, p.Customer, s.now(), "payment", p.ID, "amount", amount)}
	if !m.Returned {
		const reason = "a payment is disputed"
		_, err := t.exec(`INSERT INTO billing_tasks (customer, task, next_at, declines, failure) VALUES (?,?,0,?,?)
 ON CONFLICT (customer, task) DO UPDATE SET next_at = 0, declines = excluded.declines, failure = excluded.failure`,
			p.Customer, taskRefill, s.rules.Refill.MaxDeclines, reason)
		if err != nil {
			return err
		}
		events = append(events, tollkeeper.NewEvent(tollkeeper.EventRefillDisabled, p.Customer, s.now(), "reason", reason))
	}
	return s.tell(t, events)
}

// deleteOldMessages forgets messages that are too old to be repeated.
func deleteOldMessages(t tx, now time.Time) error {
	_, err := t.exec("DELETE FROM provider_messages WHERE received_at < ?", millis(now.Add(-messageLife)))
	return err
}
