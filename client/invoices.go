package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"time"
)

// InvoiceKind says what an invoice is about.
type InvoiceKind string

// The kinds of invoice.
const (
	InvoiceUsage     InvoiceKind = "usage"
	InvoiceRefill    InvoiceKind = "refill"
	InvoiceStatement InvoiceKind = "statement" // asks for nothing
)

// InvoiceStatus says what is to become of an invoice.
type InvoiceStatus string

// The statuses of an invoice.
const (
	InvoiceOpen       InvoiceStatus = "open"
	InvoiceClosed     InvoiceStatus = "closed" // paid or written off
	InvoiceCollection InvoiceStatus = "collection"
	InvoiceOnHold     InvoiceStatus = "onHold"
	InvoiceError      InvoiceStatus = "error"
)

// Invoice is what a customer is asked for, or shown. Amounts are cents.
type Invoice struct {
	Id             string        `json:"_id"`
	Customer       string        `json:"customer"`
	Number         string        `json:"number"`
	Kind           InvoiceKind   `json:"kind"`
	Status         InvoiceStatus `json:"status"`
	Reason         string        `json:"reason,omitzero"`
	Currency       string        `json:"currency"`
	PeriodStart    time.Time     `json:"periodStart"`
	PeriodEnd      time.Time     `json:"periodEnd"`
	Subtotal       int64         `json:"subtotal"`
	Tax            int64         `json:"tax"`
	Total          int64         `json:"total"`
	Paid           int64         `json:"paid"`
	WrittenOff     int64         `json:"writtenOff"`
	Due            int64         `json:"due"`
	OpeningBalance int64         `json:"openingBalance,omitzero"` // of a statement
	ClosingBalance int64         `json:"closingBalance,omitzero"` // of a statement
	CreatedAt      time.Time     `json:"createdAt"`
	DueAt          time.Time     `json:"dueAt,omitzero"`
	ClosedAt       time.Time     `json:"closedAt,omitzero"`
}

// InvoiceList is a page of invoices.
type InvoiceList = List[Invoice]

// InvoicePatch is a decision about an invoice.
type InvoicePatch struct {
	Status InvoiceStatus `json:"status"`
	Reason string        `json:"reason,omitzero"`
}

// InvoicePay is money that came for an invoice.
type InvoicePay struct {
	Amount    int64  `json:"amount"`    // cents
	Reference string `json:"reference"` // such as the number of a bank transfer
}

// ItemKind says what a line of an invoice is.
type ItemKind string

// The kinds of line.
const (
	ItemCalls   ItemKind = "calls"
	ItemService ItemKind = "service"
	ItemCredit  ItemKind = "credit"
	ItemTax     ItemKind = "tax"
)

// InvoiceItem is one line of an invoice.
type InvoiceItem struct {
	Id           string   `json:"_id"`
	Customer     string   `json:"customer"`
	Invoice      string   `json:"invoice"`
	Kind         ItemKind `json:"kind"`
	Description  string   `json:"description"`
	Quantity     int64    `json:"quantity"`
	Seconds      int64    `json:"seconds"`
	RateMicros   Micros   `json:"rateMicros,omitzero"` // percent of a tax in millionths
	Amount       int64    `json:"amount"`              // cents
	AmountMicros Micros   `json:"amountMicros"`
}

// InvoiceItemList is a page of lines of invoices.
type InvoiceItemList = List[InvoiceItem]

// InvoicesService has the operations on invoices.
type InvoicesService struct{ c *Client }

// Find lists invoices, newest first where the Find does not say.
func (s InvoicesService) Find(ctx context.Context, f Find) (*InvoiceList, error) {
	r := get("invoicesFind", "invoices")
	r.query = f.encode()
	return fetch[InvoiceList](ctx, s.c, r)
}

// All yields every invoice that is found, by _id falling where the Find does not say.
func (s InvoicesService) All(ctx context.Context, f Find) iter.Seq2[Invoice, error] {
	find := func(ctx context.Context, f Find) (*InvoiceList, error) { return s.Find(ctx, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(i Invoice) string { return i.Id }, find)
}

// Get reads an invoice.
func (s InvoicesService) Get(ctx context.Context, id string) (*Invoice, error) {
	return fetch[Invoice](ctx, s.c, get("invoicesGet", "invoices", id))
}

// Patch decides about an invoice; closing one writes off what is due.
func (s InvoicesService) Patch(ctx context.Context, id string, patch InvoicePatch) (*Invoice, error) {
	r := &request{operation: "invoicesPatch", method: http.MethodPatch, body: patch}
	return fetch[Invoice](ctx, s.c, r.at("invoices", id))
}

// Pay records a payment that came by other ways than a provider's.
func (s InvoicesService) Pay(ctx context.Context, id string, pay InvoicePay, options ...CreateOption) (*Payment, error) {
	r := keyed("invoicesPay", http.MethodPost, pay, "invoices", id, "payments")
	return fetch[Payment](ctx, s.c, r.creating(options))
}

// Print writes an invoice as PDF.
func (s InvoicesService) Print(ctx context.Context, id string, w io.Writer) error {
	r := get("invoicesPrint", "invoices", id, "pdf")
	r.mediaType = "application/pdf"
	r.receive = func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	}
	_, err := s.c.send(ctx, r)
	return err
}

// InvoiceitemsService has the operation on lines of invoices.
type InvoiceitemsService struct{ c *Client }

// Find lists lines of invoices, by _id where the Find does not say.
func (s InvoiceitemsService) Find(ctx context.Context, f Find) (*InvoiceItemList, error) {
	r := get("invoiceitemsFind", "invoiceitems")
	r.query = f.encode()
	return fetch[InvoiceItemList](ctx, s.c, r)
}

// All yields every line that is found.
func (s InvoiceitemsService) All(ctx context.Context, f Find) iter.Seq2[InvoiceItem, error] {
	find := func(ctx context.Context, f Find) (*InvoiceItemList, error) { return s.Find(ctx, f) }
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(i InvoiceItem) string { return i.Id }, find)
}

// Billing is how a customer is billed.
type Billing struct {
	Customer         string    `json:"customer"`
	Company          string    `json:"company,omitzero"`
	Line1            string    `json:"line1,omitzero"`
	Line2            string    `json:"line2,omitzero"`
	City             string    `json:"city,omitzero"`
	State            string    `json:"state,omitzero"`
	PostalCode       string    `json:"postalCode,omitzero"`
	Country          string    `json:"country,omitzero"`
	TaxId            string    `json:"taxId,omitzero"`
	TaxExempt        bool      `json:"taxExempt"`
	Timezone         string    `json:"timezone,omitzero"`
	ReceivableMicros Micros    `json:"receivableMicros"` // invoiced and not paid
	PeriodStart      time.Time `json:"periodStart"`
	NextInvoiceAt    time.Time `json:"nextInvoiceAt"`
	Providers        []string  `json:"providers"` // that payment methods can be set up with
}

// BillingPatch is the changes to how a customer is billed. Only the fields that were
// Set are sent.
type BillingPatch struct {
	Company    Optional[string] `json:"company,omitzero"`
	Line1      Optional[string] `json:"line1,omitzero"`
	Line2      Optional[string] `json:"line2,omitzero"`
	City       Optional[string] `json:"city,omitzero"`
	State      Optional[string] `json:"state,omitzero"`
	PostalCode Optional[string] `json:"postalCode,omitzero"`
	Country    Optional[string] `json:"country,omitzero"`
	TaxId      Optional[string] `json:"taxId,omitzero"`
	TaxExempt  Optional[bool]   `json:"taxExempt,omitzero"`
	Timezone   Optional[string] `json:"timezone,omitzero"`
}

// BillingService has the operations on how customers are billed.
type BillingService struct{ c *Client }

// Get reads how a customer is billed.
func (s BillingService) Get(ctx context.Context, customer string) (*Billing, error) {
	return fetch[Billing](ctx, s.c, get("billingGet", "customers", customer, "billing"))
}

// Patch changes how a customer is billed.
func (s BillingService) Patch(ctx context.Context, customer string, patch BillingPatch) (*Billing, error) {
	r := &request{operation: "billingPatch", method: http.MethodPatch, body: patch}
	return fetch[Billing](ctx, s.c, r.at("customers", customer, "billing"))
}
