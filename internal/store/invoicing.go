package store

import (
	"context"
	"fmt"
	"time"

	"tollkeeper"
)

// missingBillings bounds how many customers get their first row in one transaction.
const missingBillings = 1000

// FillBilling gives customers who have none the row by which they are billed, and
// returns how many.
func (s *Store) FillBilling(ctx context.Context) (filled int, err error) {
	for {
		var missing []tollkeeper.Billing
		err := s.engine.readLong(ctx, func(t tx) error {
			missing = missing[:0]
			return t.query(func(r row) error {
				missing = append(missing, s.firstBilling(r.id(0), fromMillis(r.int(1))))
				return nil
			}, "SELECT id, created_at FROM customers c WHERE NOT EXISTS (SELECT 1 FROM billing b WHERE b.customer = c.id) LIMIT ?", missingBillings)
		})
		if err != nil || len(missing) == 0 {
			return filled, err
		}
		err = s.engine.write(ctx, func(t tx) error {
			for i := range missing {
				there, err := exists(t, "SELECT 1 FROM billing WHERE customer = ?", missing[i].Customer)
				if err != nil {
					return err
				}
				if there {
					continue
				}
				if err := saveBilling(t, &missing[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return filled, err
		}
		filled += len(missing)
	}
}

// monthGrace is how long after a month's end its invoices are made: entries that a
// node with a clock behind writes meanwhile still belong to it.
const monthGrace = 10 * time.Minute

// DueMonths lists customers whose month is over and not invoiced, at most limit.
func (s *Store) DueMonths(ctx context.Context, limit int) (customers []tollkeeper.ID, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { customers = append(customers, r.id(0)); return nil },
			"SELECT customer FROM billing WHERE next_at <= ? ORDER BY next_at LIMIT ?", millis(s.now().Add(-monthGrace)), limit)
	})
	return customers, err
}

// DueUsage lists customers whose unbilled usage is near its limit, at most limit.
func (s *Store) DueUsage(ctx context.Context, limit int) ([]tollkeeper.ID, error) {
	return s.dueTasks(ctx, taskInvoice, limit)
}

// MakeBill gathers what a customer is to be invoiced: the month that is over, or
// else what has accrued until now. It reads one snapshot and changes nothing; found is
// false when the customer is gone.
func (s *Store) MakeBill(ctx context.Context, customer tollkeeper.ID, month bool) (bill tollkeeper.Bill, found bool, err error) {
	err = s.engine.readLong(ctx, func(t tx) error {
		bill = tollkeeper.Bill{Month: month, Until: s.now()}
		if found, err = loadAccount(t, customer, &bill.Account); err != nil || !found {
			return err
		}
		if bill.Billing, err = s.loadBilling(t, &bill.Account); err != nil {
			return err
		}
		end := lastID
		if month {
			bill.Until = bill.Billing.NextAt
			end = tollkeeper.IDAt(bill.Until)
		}
		if err := gatherUsage(t, &bill, end); err != nil || !month {
			return err
		}
		return gatherStatement(t, &bill)
	})
	return bill, found, err
}

// lastID is above every id.
var lastID = tollkeeper.ID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// maxItems bounds the lines of an invoice; the least of them are put together.
const maxItems = 500

// usageQuery adds up what entries of the ledger charged, by destination and service,
// for a range of ids. It wants an account of the books.
var usageQuery = fmt.Sprintf(`SELECT x.kind, COALESCE(c.destination, ''), CASE WHEN x.kind = %[1]d THEN COALESCE(x.reason, '') ELSE '' END,
 CAST(SUM(CASE WHEN x.kind = %[2]d THEN 0 ELSE 1 END) AS BIGINT), CAST(COALESCE(SUM(c.billed_seconds), 0) AS BIGINT), CAST(SUM(x.amount) AS BIGINT)
 FROM transfers x LEFT JOIN cdrs c ON c.customer = x.customer AND c.id = x.call
 WHERE x.customer = ? AND x.id > ? AND x.id < ? AND x.debit = ? AND x.amount > 0 AND x.kind IN (%[3]d, %[4]d, %[2]d, %[1]d)
 GROUP BY x.kind, COALESCE(c.destination, ''), CASE WHEN x.kind = %[1]d THEN COALESCE(x.reason, '') ELSE '' END`,
	kindNumber(tollkeeper.TransferService), kindNumber(tollkeeper.TransferCorrection), kindNumber(tollkeeper.TransferCharge),
	kindNumber(tollkeeper.TransferExpire))

// usage returns the lines of what was used, the dearest first.
func usage(t tx, customer tollkeeper.ID, after, before tollkeeper.ID, account tollkeeper.BookAccount) ([]tollkeeper.InvoiceItem, error) {
	lines := itemSum{}
	err := t.query(func(r row) error {
		item := tollkeeper.InvoiceItem{Kind: tollkeeper.ItemCalls, Description: r.text(1), Quantity: r.int(3), Seconds: r.int(4), Exact: tollkeeper.Micros(r.int(5))}
		switch {
		case int(r.int(0)) == kindNumber(tollkeeper.TransferService):
			item.Kind, item.Description = tollkeeper.ItemService, r.text(2)
		case item.Description == "":
			item.Description = "Calls" // whose records are gone
		}
		lines.add(item)
		return nil
	}, usageQuery, customer, after, before, bookNumber(account))
	return lines.items(), err
}

// gatherUsage fills in what accrued after the last invoice.
func gatherUsage(t tx, bill *tollkeeper.Bill, end tollkeeper.ID) (err error) {
	customer, from := bill.Account.ID, bill.Billing.Through
	if bill.Items, err = usage(t, customer, from, end, tollkeeper.BookUnbilled); err != nil {
		return err
	}
	bill.Subtotal, bill.Carry = tollkeeper.RoundItems(bill.Items, bill.Billing.Carry)
	bill.Through = from
	return t.query(func(r row) error { bill.Through = r.id(0); return nil },
		"SELECT id FROM transfers WHERE customer = ? AND id > ? AND id < ? ORDER BY id DESC LIMIT 1", customer, from, end)
}

// gatherStatement fills in the month of a customer's prepaid credit. The lines are
// rounded so that they lead from one balance in cents to the other.
func gatherStatement(t tx, bill *tollkeeper.Bill) error {
	customer := bill.Account.ID
	from, end := tollkeeper.IDAt(bill.Billing.PeriodFrom), tollkeeper.IDAt(bill.Until)
	opening, err := creditAt(t, customer, from)
	if err != nil {
		return err
	}
	moves, err := creditMoves(t, customer, from, end)
	if err != nil {
		return err
	}
	used, err := usage(t, customer, from, end, tollkeeper.BookCredit)
	if err != nil || len(moves)+len(used) == 0 {
		return err
	}
	state := tollkeeper.Invoice{Kind: tollkeeper.InvoiceStatement, OpeningBalance: opening.Cents()}
	balance := opening
	for i := range moves {
		before := balance.Cents()
		balance += moves[i].Exact
		moves[i].Amount = balance.Cents() - before
	}
	for i := range used {
		before := balance.Cents()
		balance -= used[i].Exact
		used[i].Amount = before - balance.Cents()
		state.Subtotal += used[i].Amount
	}
	state.ClosingBalance, state.Total = balance.Cents(), state.Subtotal
	bill.State, bill.Moves = state, append(moves, used...)
	return nil
}

// creditAt is the prepaid credit before the entries from an id on.
func creditAt(t tx, customer, before tollkeeper.ID) (balance tollkeeper.Micros, err error) {
	credit := bookNumber(tollkeeper.BookCredit)
	err = t.query(func(r row) error { balance = tollkeeper.Micros(r.int(0)); return nil },
		"SELECT posted_after FROM transfers WHERE customer = ? AND id < ? AND (debit = ? OR credit = ?) ORDER BY id DESC LIMIT 1",
		customer, before, credit, credit)
	return balance, err
}

// moveNames say what moved credit beside usage.
var moveNames = map[tollkeeper.TransferKind]string{
	tollkeeper.TransferRefill: "Credit bought", tollkeeper.TransferOpening: "Opening credit", tollkeeper.TransferAdjustment: "Adjustments",
	tollkeeper.TransferRefund: "Refunds", tollkeeper.TransferDispute: "Disputed payments", tollkeeper.TransferClosing: "Closing",
}

// creditMoves returns the lines of what moved credit beside usage.
func creditMoves(t tx, customer, after, before tollkeeper.ID) (items []tollkeeper.InvoiceItem, err error) {
	credit := bookNumber(tollkeeper.BookCredit)
	err = t.query(func(r row) error {
		if name := moveNames[tollkeeper.TransferKinds[r.int(0)]]; name != "" {
			items = append(items, tollkeeper.InvoiceItem{Kind: tollkeeper.ItemCredit, Description: name, Quantity: r.int(1), Exact: tollkeeper.Micros(r.int(2))})
		}
		return nil
	}, `SELECT kind, COUNT(*), CAST(SUM(CASE WHEN credit = ? THEN amount ELSE -amount END) AS BIGINT) FROM transfers
 WHERE customer = ? AND id > ? AND id < ? AND (debit = ? OR credit = ?) GROUP BY kind ORDER BY kind`, credit, customer, after, before, credit, credit)
	return items, err
}

// Issue makes the invoice of a bill, and the statement, and begins the next month when
// this one is over. Issued is false when another has invoiced the customer meanwhile.
func (s *Store) Issue(ctx context.Context, bill tollkeeper.Bill, taxes []tollkeeper.Tax) (issued bool, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		issued = false
		var a tollkeeper.Account
		found, err := loadAccount(t, bill.Account.ID, &a)
		if err != nil || !found {
			return err
		}
		b, err := s.loadBilling(t, &a)
		if err != nil {
			return err
		}
		if b.Through != bill.Billing.Through || b.NextAt != bill.Billing.NextAt {
			return nil
		}
		issued = true
		if err := s.issueStatement(t, &a, &b, &bill); err != nil {
			return err
		}
		if err := s.issueUsage(t, &a, &b, &bill, taxes); err != nil {
			return err
		}
		b.Through, b.Carry = bill.Through, bill.Carry
		if bill.Month {
			b.PeriodFrom = bill.Until
			b.NextAt = tollkeeper.MonthAfter(bill.Until, b.Zone(s.rules.Zone))
		}
		if err := dropTask(t, a.ID, taskInvoice); err != nil {
			return err
		}
		return s.settleBooks(t, &a, &b)
	})
	return issued, err
}

func (s *Store) issueStatement(t tx, a *tollkeeper.Account, b *tollkeeper.Billing, bill *tollkeeper.Bill) error {
	if bill.State.Kind == "" {
		return nil
	}
	i := bill.State
	i.Customer, i.Status, i.ClosedAt = a.ID, tollkeeper.InvoiceClosed, s.now()
	i.PeriodStart, i.PeriodEnd = b.PeriodFrom, bill.Until
	return s.addInvoice(t, a, b, &i, bill.Moves)
}

func (s *Store) issueUsage(t tx, a *tollkeeper.Account, b *tollkeeper.Billing, bill *tollkeeper.Bill, taxes []tollkeeper.Tax) error {
	if bill.Subtotal <= 0 {
		return nil
	}
	tax, now := tollkeeper.TaxSum(taxes), s.now()
	i := tollkeeper.Invoice{
		Customer: a.ID, Kind: tollkeeper.InvoiceUsage, Status: tollkeeper.InvoiceOpen, PeriodStart: b.UsageFrom, PeriodEnd: bill.Until,
		Subtotal: bill.Subtotal, Tax: tax, Total: bill.Subtotal + tax, DueAt: now.AddDate(0, 0, s.rules.DueDays), NextAt: now,
	}
	if err := s.addInvoice(t, a, b, &i, append(bill.Items, taxItems(taxes)...)); err != nil {
		return err
	}
	b.UsageFrom = bill.Until
	return s.enter(t, a, b, tollkeeper.Transfer{Kind: tollkeeper.TransferInvoice, Debit: tollkeeper.BookReceivable, Credit: tollkeeper.BookUnbilled,
		Amount: cents(i.Subtotal), Key: "invoice:" + i.ID.String(), Reason: i.Number})
}

// WaitForPayment lets usage that is near its limit wait while an earlier invoice is
// unpaid: who does not pay is not given more. It reports whether it has to wait.
func (s *Store) WaitForPayment(ctx context.Context, customer tollkeeper.ID) (wait bool, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		if wait, err = exists(t, "SELECT 1 FROM invoices WHERE customer = ? AND kind = 'usage' AND status <> 'closed' LIMIT 1", customer); err != nil || !wait {
			return err
		}
		_, err := s.postpone(t, customer, taskInvoice, time.Time{}, "an invoice is unpaid")
		return err
	})
	return wait, err
}
