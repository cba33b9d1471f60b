package api

import (
	"context"
	"net/http"
	"strconv"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// invoiceStore keeps what customers were asked for.
type invoiceStore interface {
	FindInvoices(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Invoice], error)
	FindInvoiceItems(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.InvoiceItem], error)
	Invoice(context.Context, tollkeeper.ID) (tollkeeper.Invoice, error)
	InvoiceItems(context.Context, *tollkeeper.Invoice) ([]tollkeeper.InvoiceItem, error)
	SetInvoiceStatus(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, status tollkeeper.InvoiceStatus, reason string) (tollkeeper.Invoice, error)
	RecordInvoicePayment(ctx context.Context, w tollkeeper.Write, invoice tollkeeper.ID, amount int64, reference string) (tollkeeper.Payment, error)
}

// Printer makes the PDF of an invoice.
type Printer interface {
	Print(context.Context, tollkeeper.InvoiceDocument) ([]byte, error)
}

func (a *API) findInvoices(x *exchange) error {
	return list(x, query.Invoices, a.Store.FindInvoices, invoiceBody)
}

func (a *API) findInvoiceItems(x *exchange) error {
	return list(x, query.InvoiceItems, a.Store.FindInvoiceItems, invoiceItemBody)
}

// invoice reads the invoice that the path names.
func (a *API) invoice(x *exchange) (tollkeeper.Invoice, error) {
	id, err := x.pathID("invoice")
	if err != nil {
		return tollkeeper.Invoice{}, err
	}
	i, err := a.Store.Invoice(x.r.Context(), id)
	if err == nil && !x.mine(i.Customer) {
		err = noSuch("invoice", id.String())
	}
	return i, err
}

func (a *API) getInvoice(x *exchange) error {
	i, err := a.invoice(x)
	if err != nil {
		return err
	}
	return x.answer(invoiceBody(i, nil))
}

func (a *API) printInvoice(x *exchange) error {
	i, err := a.invoice(x)
	if err != nil {
		return err
	}
	items, err := a.Store.InvoiceItems(x.r.Context(), &i)
	if err != nil {
		return err
	}
	document := tollkeeper.InvoiceDocument{Invoice: i, Items: items}
	if err := a.addressed(x.r.Context(), &document); err != nil {
		return err
	}
	pdf, err := a.Printer.Print(x.r.Context(), document)
	if err != nil {
		return err
	}
	header := x.w.Header()
	header.Set("Content-Type", "application/pdf")
	header.Set("Content-Length", strconv.Itoa(len(pdf)))
	header.Set("Content-Disposition", `inline; filename="`+i.Number+`.pdf"`)
	x.w.WriteHeader(http.StatusOK)
	x.w.Write(pdf)
	return nil
}

// addressed fills in what a document has of its customer today: the logo, and the language
// of who gets the invoices. One of a customer who is gone has neither.
func (a *API) addressed(ctx context.Context, d *tollkeeper.InvoiceDocument) error {
	account, err := a.Store.Account(ctx, d.Invoice.Customer)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if reader := account.Contact(tollkeeper.RoleBilling); !reader.IsZero() {
		u, err := a.Store.User(ctx, reader)
		if err != nil && tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
			return err
		}
		d.Language = u.Language
	}
	d.BuyerLogo, err = a.customersLogo(ctx, &account.Customer)
	return err
}

func (a *API) patchInvoice(x *exchange) error {
	i, err := a.invoice(x)
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	status := oneOf(o, "status", tollkeeper.InvoiceStatuses...)
	reason := o.text("reason", 0, 255)
	if err := o.done(); err != nil {
		return err
	}
	i, err = a.Store.SetInvoiceStatus(x.r.Context(), tollkeeper.Write{Principal: x.who}, i.ID, status, reason)
	if err != nil {
		return err
	}
	return x.answer(invoiceBody(i, nil))
}

func (a *API) payInvoice(x *exchange) error {
	i, err := a.invoice(x)
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	amount, reference := o.required("amount", 1, maxPayment), o.text("reference", 1, 255)
	if err := o.done(); err != nil {
		return err
	}
	return perform(x, untagged(paymentBody), func(w tollkeeper.Write) (tollkeeper.Payment, error) {
		return a.Store.RecordInvoicePayment(x.r.Context(), w, i.ID, amount, reference)
	})
}

func invoiceBody(i tollkeeper.Invoice, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", i.ID)
	w.id("customer", i.Customer)
	w.text("number", i.Number)
	w.text("kind", string(i.Kind))
	w.text("status", string(i.Status))
	w.optional("reason", i.Reason)
	w.text("currency", i.Currency)
	w.time("periodStart", i.PeriodStart)
	w.time("periodEnd", i.PeriodEnd)
	w.int("subtotal", i.Subtotal)
	w.int("tax", i.Tax)
	w.int("total", i.Total)
	w.int("paid", i.Paid)
	w.int("writtenOff", i.WrittenOff)
	w.int("due", i.Due())
	if i.Kind == tollkeeper.InvoiceStatement {
		w.int("openingBalance", i.OpeningBalance)
		w.int("closingBalance", i.ClosingBalance)
	}
	w.time("createdAt", i.CreatedAt)
	w.time("dueAt", i.DueAt)
	w.time("closedAt", i.ClosedAt)
	return w.end()
}

func invoiceItemBody(i tollkeeper.InvoiceItem, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", i.ID)
	w.id("customer", i.Customer)
	w.id("invoice", i.Invoice)
	w.text("kind", string(i.Kind))
	w.text("description", i.Description)
	w.int("quantity", i.Quantity)
	w.int("seconds", i.Seconds)
	if i.Rate > 0 {
		w.micros("rateMicros", i.Rate)
	}
	w.int("amount", i.Amount)
	w.micros("amountMicros", i.Exact)
	return w.end()
}
