package tollkeeper

import "time"

// InvoiceKind says what an invoice is about.
type InvoiceKind string

// The kinds of invoice.
const (
	InvoiceUsage     InvoiceKind = "usage"     // of the bill method paymentmethod
	InvoiceRefill    InvoiceKind = "refill"    // prepaid credit, paid already
	InvoiceStatement InvoiceKind = "statement" // a month of prepaid usage; asks for nothing
)

// InvoiceKinds lists every kind.
var InvoiceKinds = []InvoiceKind{InvoiceUsage, InvoiceRefill, InvoiceStatement}

// InvoiceStatus says what is to become of an invoice.
type InvoiceStatus string

// The statuses of an invoice.
const (
	InvoiceOpen       InvoiceStatus = "open"
	InvoiceClosed     InvoiceStatus = "closed"     // paid, or written off
	InvoiceCollection InvoiceStatus = "collection" // every attempt to get the money has failed
	InvoiceOnHold     InvoiceStatus = "onHold"     // staff have stopped the attempts
	InvoiceError      InvoiceStatus = "error"      // it cannot be charged as things are; staff must look
)

// InvoiceStatuses lists every status.
var InvoiceStatuses = []InvoiceStatus{InvoiceOpen, InvoiceClosed, InvoiceCollection, InvoiceOnHold, InvoiceError}

// Invoice is what a customer is asked for, or shown. All amounts are cents. What it
// consists of is never changed.
type Invoice struct {
	ID             ID
	Customer       ID
	Number         string // of its series, without gaps
	Kind           InvoiceKind
	Status         InvoiceStatus
	Reason         string // why it has the status
	Currency       string // ISO 4217
	PeriodStart    time.Time
	PeriodEnd      time.Time // the period ends before it
	Subtotal       int64
	Tax            int64
	Total          int64
	Paid           int64
	WrittenOff     int64
	OpeningBalance int64 // of a statement: prepaid credit, rounded down
	ClosingBalance int64
	Seller, Buyer  string // names and addresses as of its making, in lines
	Attempts       int64  // to charge it
	NextAt         time.Time
	CreatedAt      time.Time
	DueAt          time.Time
	ClosedAt       time.Time
}

// Due is what is still to be paid, in cents.
func (i *Invoice) Due() int64 {
	if i.Kind == InvoiceStatement {
		return 0
	}
	return i.Total - i.Paid - i.WrittenOff
}

// NetOf is the part of the first returned cents of what was paid that was sold, without
// its taxes.
func (i *Invoice) NetOf(returned int64) int64 {
	if i.Total == 0 {
		return returned
	}
	return share(returned, i.Total-i.Tax, i.Total)
}

// ItemKind says what a line of an invoice is.
type ItemKind string

// The kinds of line.
const (
	ItemCalls   ItemKind = "calls"   // to one destination
	ItemService ItemKind = "service" // something used beside calls
	ItemCredit  ItemKind = "credit"  // prepaid credit bought, or moved by hand
	ItemTax     ItemKind = "tax"
)

// ItemKinds lists every kind.
var ItemKinds = []ItemKind{ItemCalls, ItemService, ItemCredit, ItemTax}

// InvoiceItem is one line of an invoice.
type InvoiceItem struct {
	ID          ID
	Invoice     ID
	Customer    ID
	Kind        ItemKind
	Description string
	Quantity    int64  // calls, or times a service was used
	Seconds     int64  // billed
	Rate        Micros // of a tax: percent in millionths
	Amount      int64  // cents
	Exact       Micros // what the ledger says; the cents of all lines are rounded as a sum
}

// InvoiceDocument is what an invoice is printed of.
type InvoiceDocument struct {
	Invoice   Invoice
	Items     []InvoiceItem
	BuyerLogo []byte // the customer's, PNG or JPEG; nil: none
	Language  string // of who is to read it (RFC 5646); without words in it they are English
}

// RoundItems sets the cents of lines so that they add up to the whole cents of their
// exact sum and carry, and returns that sum and the fraction of a cent left over.
func RoundItems(items []InvoiceItem, carry Micros) (sum int64, left Micros) {
	exact, before := carry, carry.Cents()
	for i := range items {
		exact += items[i].Exact
		items[i].Amount = exact.Cents() - before
		before = exact.Cents()
	}
	return before - carry.Cents(), exact - Micros(before)*Cent
}
