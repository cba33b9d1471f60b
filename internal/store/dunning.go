package store

import (
	"context"
	"strings"
	"time"

	"tollkeeper"
)

// unpaidReason begins the reason of a suspension that the payment of an invoice ends.
const unpaidReason = "unpaid invoice "

// DueInvoices lists invoices for which something is to be tried, at most limit.
func (s *Store) DueInvoices(ctx context.Context, limit int) (due []tollkeeper.ID, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { due = append(due, r.id(0)); return nil },
			"SELECT id FROM invoices WHERE next_at > 0 AND next_at <= ? ORDER BY next_at LIMIT ?", millis(s.now()), limit)
	})
	return due, err
}

// ChargeInvoice stores the intent to charge an invoice to the customer's payment
// method. Without one that can be charged, the invoice waits for its due date, and is
// then demanded like one whose charge failed.
func (s *Store) ChargeInvoice(ctx context.Context, id tollkeeper.ID) error {
	return s.engine.write(ctx, func(t tx) error {
		i, err := mustInvoice(t, id)
		if err != nil {
			return err
		}
		pending, err := exists(t, "SELECT 1 FROM payments WHERE customer = ? AND invoice = ? AND state = 'pending'", i.Customer, id)
		if err != nil {
			return err
		}
		if pending || i.Status == tollkeeper.InvoiceClosed || i.Status == tollkeeper.InvoiceOnHold || i.Due() <= 0 {
			i.NextAt = time.Time{}
			return saveInvoice(t, &i)
		}
		method, found, err := defaultMethod(t, i.Customer)
		switch {
		case err != nil:
			return err
		case found && method.Provider != tollkeeper.ProviderManual:
			i.NextAt = time.Time{}
			if err := saveInvoice(t, &i); err != nil {
				return err
			}
			return s.addPayment(t, &tollkeeper.Payment{
				Customer: i.Customer, Purpose: tollkeeper.PaymentInvoice, Invoice: i.ID, Method: method.ID, Provider: method.Provider,
				Amount: i.Due(), Automatic: true,
			})
		case s.now().Before(i.DueAt):
			i.NextAt = i.DueAt
			return saveInvoice(t, &i)
		case !found:
			return s.demand(t, &i, noMethod)
		default:
			return s.demand(t, &i, "it was not paid when it was due")
		}
	})
}

// chargeFailed notes an invoice's failed payment.
func (s *Store) chargeFailed(t tx, p *tollkeeper.Payment) error {
	i, err := mustInvoice(t, p.Invoice)
	if err != nil || i.Status == tollkeeper.InvoiceClosed || i.Status == tollkeeper.InvoiceOnHold {
		return err
	}
	return s.demand(t, &i, p.Failure)
}

// demand tells a customer that an invoice could not be charged, and plans the next
// attempt. After the last one the invoice goes to collection.
func (s *Store) demand(t tx, i *tollkeeper.Invoice, reason string) error {
	now := s.now()
	i.Attempts++
	i.Reason = reason
	kind := tollkeeper.EventInvoiceFailed
	if days := s.rules.DunningDays; i.Attempts <= int64(len(days)) {
		i.NextAt = now.AddDate(0, 0, days[i.Attempts-1])
	} else {
		i.Status, i.NextAt, kind = tollkeeper.InvoiceCollection, time.Time{}, tollkeeper.EventInvoiceOverdue
	}
	if err := saveInvoice(t, i); err != nil {
		return err
	}
	data := append(invoiceData(i), "reason", reason, "attempts", i.Attempts)
	if err := s.tell(t, []tollkeeper.Event{tollkeeper.NewEvent(kind, i.Customer, now, data...)}); err != nil {
		return err
	}
	if i.Status != tollkeeper.InvoiceCollection || !s.rules.SuspendOverdue {
		return nil
	}
	var a tollkeeper.Account
	found, err := loadAccount(t, i.Customer, &a)
	if err != nil || !found || a.Status != tollkeeper.StatusActive {
		return err
	}
	return s.turnStatus(t, &a, tollkeeper.StatusSuspended, unpaidReason+i.Number)
}

// liftSuspension lets a customer call again who was suspended because of unpaid
// invoices and has none in collection any more.
func (s *Store) liftSuspension(t tx, a *tollkeeper.Account) error {
	if a.Status != tollkeeper.StatusSuspended || !strings.HasPrefix(a.StatusReason, unpaidReason) {
		return nil
	}
	others, err := exists(t, "SELECT 1 FROM invoices WHERE customer = ? AND status = 'collection' LIMIT 1", a.ID)
	if err != nil || others {
		return err
	}
	return s.turnStatus(t, a, tollkeeper.StatusActive, "")
}

// turnStatus changes an account's status on the server's own account.
func (s *Store) turnStatus(t tx, a *tollkeeper.Account, status tollkeeper.Status, reason string) error {
	changes, err := s.setStatus(t, a, status, reason)
	if err != nil {
		return err
	}
	return s.audited(t, tollkeeper.Write{}, tollkeeper.AuditEntry{Customer: a.ID, Subject: a.ID.String(), Action: "status.patch", Changes: changes})
}
