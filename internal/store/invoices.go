package store

import (
	"context"
	"fmt"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const invoiceColumns = `customer, id, number, kind, status, reason, currency, period_start, period_end, subtotal, tax, total, paid,
 written_off, opening, closing, seller, buyer, attempts, next_at, created_at, due_at, closed_at`

func scanInvoice(r row) (tollkeeper.Invoice, error) {
	return tollkeeper.Invoice{
		Customer: r.id(0), ID: r.id(1), Number: r.text(2), Kind: tollkeeper.InvoiceKind(r.text(3)), Status: tollkeeper.InvoiceStatus(r.text(4)),
		Reason: r.text(5), Currency: r.text(6), PeriodStart: fromMillis(r.int(7)), PeriodEnd: fromMillis(r.int(8)), Subtotal: r.int(9),
		Tax: r.int(10), Total: r.int(11), Paid: r.int(12), WrittenOff: r.int(13), OpeningBalance: r.int(14), ClosingBalance: r.int(15),
		Seller: r.text(16), Buyer: r.text(17), Attempts: r.int(18), NextAt: fromMillis(r.int(19)), CreatedAt: fromMillis(r.int(20)),
		DueAt: fromMillis(r.int(21)), ClosedAt: fromMillis(r.int(22)),
	}, nil
}

var invoiceSource = &source{
	table: "invoices", columns: invoiceColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "number": {expr: "number"}, "kind": {expr: "kind"}, "status": {expr: "status"},
		"reason": {expr: "reason", absent: ""}, "currency": {expr: "currency"}, "periodStart": {expr: "period_start"}, "periodEnd": {expr: "period_end"},
		"subtotal": {expr: "subtotal"}, "tax": {expr: "tax"}, "total": {expr: "total"}, "paid": {expr: "paid"}, "writtenOff": {expr: "written_off"},
		"due":       {expr: "(CASE WHEN kind = 'statement' THEN 0 ELSE total - paid - written_off END)"},
		"createdAt": {expr: "created_at"}, "dueAt": {expr: "due_at", absent: int64(0)}, "closedAt": {expr: "closed_at", absent: int64(0)},
	},
}

// FindInvoices returns a page of invoices.
func (s *Store) FindInvoices(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Invoice], error) {
	return find(ctx, s, invoiceSource, f, "", nil, scanInvoice)
}

// Invoice returns one invoice.
func (s *Store) Invoice(ctx context.Context, id tollkeeper.ID) (i tollkeeper.Invoice, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		i, err = mustInvoice(t, id)
		return err
	})
	return i, err
}

func mustInvoice(t tx, id tollkeeper.ID) (i tollkeeper.Invoice, err error) {
	found := false
	err = t.query(func(r row) (err error) { found = true; i, err = scanInvoice(r); return err },
		"SELECT "+invoiceColumns+" FROM invoices WHERE id = ?"+t.locked(), id)
	if err == nil && !found {
		err = notFound("invoice", id.String())
	}
	return i, err
}

const itemColumns = "customer, id, invoice, kind, description, quantity, seconds, rate, amount, exact"

var itemRows = newMultiRow("invoice_items", itemColumns)

func scanItem(r row) (tollkeeper.InvoiceItem, error) {
	return tollkeeper.InvoiceItem{
		Customer: r.id(0), ID: r.id(1), Invoice: r.id(2), Kind: tollkeeper.ItemKind(r.text(3)), Description: r.text(4), Quantity: r.int(5),
		Seconds: r.int(6), Rate: tollkeeper.Micros(r.int(7)), Amount: r.int(8), Exact: tollkeeper.Micros(r.int(9)),
	}, nil
}

var itemSource = &source{
	table: "invoice_items", columns: itemColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "invoice": {expr: "invoice"}, "kind": {expr: "kind"},
		"description": {expr: "description"}, "quantity": {expr: "quantity"}, "seconds": {expr: "seconds"},
		"rateMicros": {expr: "rate", absent: int64(0)}, "amount": {expr: "amount"}, "amountMicros": {expr: "exact"},
	},
}

// FindInvoiceItems returns a page of lines of invoices.
func (s *Store) FindInvoiceItems(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.InvoiceItem], error) {
	return find(ctx, s, itemSource, f, "", nil, scanItem)
}

// InvoiceItems returns all lines of an invoice, in their order.
func (s *Store) InvoiceItems(ctx context.Context, i *tollkeeper.Invoice) (items []tollkeeper.InvoiceItem, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		items = nil
		return t.query(func(r row) error {
			item, err := scanItem(r)
			items = append(items, item)
			return err
		}, "SELECT "+itemColumns+" FROM invoice_items WHERE customer = ? AND invoice = ? ORDER BY id", i.Customer, i.ID)
	})
	return items, err
}

// The series of numbers. That of statements, which are no invoices, is its own.
const (
	seriesInvoices   = "invoices"
	seriesStatements = "statements"
	statementPrefix  = "STM-"
)

// nextNumber takes the next number of a series. It is taken in the transaction of the
// invoice, so that one which fails leaves no gap.
func (s *Store) nextNumber(t tx, kind tollkeeper.InvoiceKind) (string, error) {
	series, prefix := seriesInvoices, s.rules.Prefix
	if kind == tollkeeper.InvoiceStatement {
		series, prefix = seriesStatements, statementPrefix
	}
	_, err := t.exec(`INSERT INTO invoice_numbers (series, last) VALUES (?, 1)
 ON CONFLICT (series) DO UPDATE SET last = invoice_numbers.last + 1`, series)
	if err != nil {
		return "", err
	}
	number, err := count(t, "SELECT last FROM invoice_numbers WHERE series = ?", series)
	return fmt.Sprintf("%s%06d", prefix, number), err
}

// addInvoice stores an invoice and its lines, books what it asks for, and tells of it.
func (s *Store) addInvoice(t tx, a *tollkeeper.Account, b *tollkeeper.Billing, i *tollkeeper.Invoice, items []tollkeeper.InvoiceItem) (err error) {
	if i.Number, err = s.nextNumber(t, i.Kind); err != nil {
		return err
	}
	i.ID, i.CreatedAt, i.Currency, i.Seller, i.Buyer = s.NewID(), s.now(), s.rules.Currency, s.rules.Seller, b.Address(&a.Customer)
	_, err = t.exec("INSERT INTO invoices ("+invoiceColumns+") VALUES ("+marks(23)+")",
		i.Customer, i.ID, i.Number, string(i.Kind), string(i.Status), i.Reason, i.Currency, millis(i.PeriodStart), millis(i.PeriodEnd), i.Subtotal,
		i.Tax, i.Total, i.Paid, i.WrittenOff, i.OpeningBalance, i.ClosingBalance, i.Seller, i.Buyer, i.Attempts, millis(i.NextAt),
		millis(i.CreatedAt), millis(i.DueAt), millis(i.ClosedAt))
	if err != nil {
		return err
	}
	values := make([]any, 0, len(items)*itemRows.columns)
	for _, item := range items {
		values = append(values, i.Customer, s.NewID(), i.ID, string(item.Kind), item.Description, item.Quantity, item.Seconds, item.Rate,
			item.Amount, item.Exact)
	}
	if err := itemRows.insert(t, values); err != nil {
		return err
	}
	if i.Kind != tollkeeper.InvoiceStatement {
		tax := tollkeeper.Transfer{Kind: tollkeeper.TransferTax, Debit: tollkeeper.BookReceivable, Credit: tollkeeper.BookTax, Amount: cents(i.Tax), Reason: i.Number}
		if err := s.enter(t, a, b, tax); err != nil {
			return err
		}
	}
	return s.tell(t, []tollkeeper.Event{tollkeeper.NewEvent(tollkeeper.EventInvoiceCreated, i.Customer, i.CreatedAt, invoiceData(i)...)})
}

// invoiceData is what events tell of an invoice.
func invoiceData(i *tollkeeper.Invoice) []any {
	return []any{"invoice", i.ID, "number", i.Number, "kind", string(i.Kind), "status", string(i.Status), "total", i.Total, "due", i.Due(),
		"currency", i.Currency}
}

// taxItems are the lines of an invoice's taxes.
func taxItems(taxes []tollkeeper.Tax) (items []tollkeeper.InvoiceItem) {
	for _, tax := range taxes {
		items = append(items, tollkeeper.InvoiceItem{Kind: tollkeeper.ItemTax, Description: tax.Name, Quantity: 1, Rate: tax.Rate,
			Amount: tax.Amount, Exact: cents(tax.Amount)})
	}
	return items
}

// saveInvoice writes back what can change of an invoice.
func saveInvoice(t tx, i *tollkeeper.Invoice) error {
	_, err := t.exec(`UPDATE invoices SET status = ?, reason = ?, paid = ?, written_off = ?, attempts = ?, next_at = ?, closed_at = ?
 WHERE customer = ? AND id = ?`,
		string(i.Status), i.Reason, i.Paid, i.WrittenOff, i.Attempts, millis(i.NextAt), millis(i.ClosedAt), i.Customer, i.ID)
	return err
}

// invoicePaid notes a payment on its invoice, and closes it when nothing is due.
func (s *Store) invoicePaid(t tx, a *tollkeeper.Account, b *tollkeeper.Billing, p *tollkeeper.Payment) error {
	i, err := mustInvoice(t, p.Invoice)
	if err != nil {
		return err
	}
	i.Paid += p.Amount
	if i.Due() > 0 || i.Status == tollkeeper.InvoiceClosed {
		return saveInvoice(t, &i)
	}
	i.Reason = ""
	return s.closeInvoice(t, a, &i)
}

// closeInvoice ends an invoice with which all is well. Usage that waited for its
// payment may be invoiced again, and whoever was suspended because of it may call.
func (s *Store) closeInvoice(t tx, a *tollkeeper.Account, i *tollkeeper.Invoice) error {
	i.Status, i.ClosedAt, i.NextAt = tollkeeper.InvoiceClosed, s.now(), time.Time{}
	if err := saveInvoice(t, i); err != nil {
		return err
	}
	if err := s.assignAgain(t, a.ID, taskInvoice); err != nil {
		return err
	}
	if i.WrittenOff == 0 {
		paid := tollkeeper.NewEvent(tollkeeper.EventInvoicePaid, i.Customer, s.now(), invoiceData(i)...)
		if err := s.tell(t, []tollkeeper.Event{paid}); err != nil {
			return err
		}
	}
	return s.liftSuspension(t, a)
}

// RecordInvoicePayment notes money that came for an invoice by other ways than a
// provider's.
func (s *Store) RecordInvoicePayment(ctx context.Context, w tollkeeper.Write, invoice tollkeeper.ID, amount int64, reference string) (p tollkeeper.Payment, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		i, err := mustInvoice(t, invoice)
		if err != nil {
			return nil, err
		}
		if amount > i.Due() {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "only %d cents are due on this invoice", max(i.Due(), 0))
		}
		open, err := exists(t, "SELECT 1 FROM payments WHERE customer = ? AND invoice = ? AND state = 'pending'", i.Customer, i.ID)
		if err != nil {
			return nil, err
		}
		if open {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "the invoice is being charged; wait for the end of that payment")
		}
		p = tollkeeper.Payment{Customer: i.Customer, Purpose: tollkeeper.PaymentInvoice, Invoice: i.ID, Provider: tollkeeper.ProviderManual, Amount: amount}
		if err := s.addPayment(t, &p); err != nil {
			return nil, err
		}
		if err := s.settlePayment(t, &p, tollkeeper.Outcome{State: tollkeeper.PaymentSucceeded, Reference: reference}); err != nil {
			return nil, err
		}
		return p, s.audited(t, w, tollkeeper.AuditEntry{Customer: i.Customer, Subject: i.ID.String(), Action: "invoice.pay",
			Changes: []tollkeeper.Change{{Field: "paid", From: itoa(i.Paid), To: itoa(i.Paid + amount)}, {Field: "reference", To: tollkeeper.JSONText(reference)}}})
	})
	return p, err
}

// SetInvoiceStatus lets staff decide about an invoice. Closing one that is not paid
// writes the rest off; opening one that is charged lets the attempts begin anew.
func (s *Store) SetInvoiceStatus(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, status tollkeeper.InvoiceStatus, reason string) (i tollkeeper.Invoice, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if i, err = mustInvoice(t, id); err != nil {
			return nil, err
		}
		if i.Status == tollkeeper.InvoiceClosed {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "the invoice is closed")
		}
		was := i
		i.Status, i.Reason, i.NextAt = status, reason, time.Time{}
		switch status {
		case tollkeeper.InvoiceOpen:
			i.Attempts, i.NextAt = 0, s.now()
		case tollkeeper.InvoiceClosed:
			if err := s.writeOff(t, w, &i); err != nil {
				return nil, err
			}
		}
		if err := saveInvoice(t, &i); err != nil {
			return nil, err
		}
		changes := changed(nil, "status", tollkeeper.JSONText(string(was.Status)), tollkeeper.JSONText(string(i.Status)))
		changes = changed(changes, "reason", tollkeeper.JSONText(was.Reason), tollkeeper.JSONText(i.Reason))
		changes = changed(changes, "writtenOff", itoa(was.WrittenOff), itoa(i.WrittenOff))
		return i, s.audited(t, w, tollkeeper.AuditEntry{Customer: i.Customer, Subject: id.String(), Action: "invoice.patch", Changes: changes})
	})
	return i, err
}

// writeOff gives up what is due on an invoice.
func (s *Store) writeOff(t tx, w tollkeeper.Write, i *tollkeeper.Invoice) error {
	pending, err := exists(t, "SELECT 1 FROM payments WHERE customer = ? AND invoice = ? AND state = 'pending'", i.Customer, i.ID)
	if err != nil {
		return err
	}
	if pending {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the invoice is being charged; wait for the end of that payment")
	}
	var a tollkeeper.Account
	if err := mustLoad(t, i.Customer, &a); err != nil {
		return err
	}
	b, err := s.loadBilling(t, &a)
	if err != nil {
		return err
	}
	due := i.Due()
	i.WrittenOff += due
	err = s.enter(t, &a, &b, tollkeeper.Transfer{Kind: tollkeeper.TransferWriteOff, Debit: tollkeeper.BookAdjustments, Credit: tollkeeper.BookReceivable,
		Amount: cents(due), Reason: i.Number, Actor: w.Actor()})
	if err != nil {
		return err
	}
	if err := s.closeInvoice(t, &a, i); err != nil {
		return err
	}
	return s.settleBooks(t, &a, &b)
}
