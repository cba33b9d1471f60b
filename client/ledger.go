package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Balance is a customer's balance.
type Balance struct {
	PostedMicros       Micros `json:"postedMicros"`       // credit minus charges
	HeldMicros         Micros `json:"heldMicros"`         // for live calls
	AvailableMicros    Micros `json:"availableMicros"`    // posted minus held
	UnbilledMicros     Micros `json:"unbilledMicros"`     // usage not invoiced yet
	UnbilledHeldMicros Micros `json:"unbilledHeldMicros"` // for live calls, against that
}

// LedgerKind says what made a ledger entry.
type LedgerKind string

// The kinds of ledger entries.
const (
	LedgerHold       LedgerKind = "hold"       // set aside for a live call
	LedgerCharge     LedgerKind = "charge"     // what a call cost; frees its holds
	LedgerRelease    LedgerKind = "release"    // a call that cost nothing
	LedgerExpire     LedgerKind = "expire"     // a call that fell silent
	LedgerCorrection LedgerKind = "correction" // what a late end adds to an expired call
	LedgerAdjustment LedgerKind = "adjustment" // credit or debit by hand
	LedgerOpening    LedgerKind = "opening"    // credit of a new customer
	LedgerClosing    LedgerKind = "closing"    // credit left at deletion
	LedgerUsage      LedgerKind = "service"    // something used beside calls
	LedgerInvoice    LedgerKind = "invoice"    // usage was invoiced
	LedgerPayment    LedgerKind = "payment"    // a customer paid
	LedgerRefill     LedgerKind = "refill"     // prepaid credit that was paid for
	LedgerTax        LedgerKind = "tax"        // of an invoice
	LedgerRefund     LedgerKind = "refund"     // a payment was given back
	LedgerDispute    LedgerKind = "dispute"    // a bank took a payment back, or returned it
	LedgerWriteoff   LedgerKind = "writeoff"   // an invoice will not be paid
)

// BookAccount is one side of a ledger entry.
type BookAccount string

// The accounts of the books.
const (
	BookCustomerCredit   BookAccount = "customer_credit"     // prepaid credit
	BookCustomerUnbilled BookAccount = "customer_unbilled"   // usage not yet invoiced
	BookRevenue          BookAccount = "revenue"             // the carrier's
	BookAdjustments      BookAccount = "adjustments"         // the carrier's
	BookReceivable       BookAccount = "customer_receivable" // invoiced and not paid
	BookPayments         BookAccount = "payments"            // the carrier's: money that came in
	BookTax              BookAccount = "tax"                 // owed to those who tax
)

// LedgerEntry is an amount that moves, or for a hold is to move, from one account
// to another.
type LedgerEntry struct {
	Id             string      `json:"_id"`
	Customer       string      `json:"customer"`
	Kind           LedgerKind  `json:"kind"`
	DebitAccount   BookAccount `json:"debitAccount"`   // gives
	CreditAccount  BookAccount `json:"creditAccount"`  // takes
	AmountMicros   Micros      `json:"amountMicros"`   // never negative
	ReleasedMicros Micros      `json:"releasedMicros"` // freed of the call's holds
	PostedMicros   Micros      `json:"postedMicros"`   // balance after the entry
	HeldMicros     Micros      `json:"heldMicros"`     // held after the entry
	Call           string      `json:"call,omitzero"`  // id of the call and its record
	Reason         string      `json:"reason,omitzero"`
	Key            string      `json:"key,omitzero"`
	Actor          string      `json:"actor,omitzero"` // "user:" or "token:" and an id
	CreatedAt      time.Time   `json:"createdAt"`
}

// LedgerEntryList is a page of ledger entries.
type LedgerEntryList = List[LedgerEntry]

// LedgerCreate is a relative credit or debit. All but AllowNegative is required.
type LedgerCreate struct {
	AmountMicros  Micros `json:"amountMicros"`           // positive gives credit, negative takes it; not 0
	Reason        string `json:"reason"`                 // 1 to 255 characters
	Key           string `json:"key"`                    // unique per customer, for good; visible ASCII
	AllowNegative bool   `json:"allowNegative,omitzero"` // lets a debit take more than is available
}

// BalanceService has the operation on balances.
type BalanceService struct{ c *Client }

// Get reads a customer's balance.
func (s BalanceService) Get(ctx context.Context, customer string) (*Balance, error) {
	return fetch[Balance](ctx, s.c, get("balanceGet", "customers", customer, "balance"))
}

// LedgerService has the operations on customers' ledgers.
type LedgerService struct{ c *Client }

// Find lists a customer's entries, newest first where the Find does not say.
// Search looks in reason and key.
func (s LedgerService) Find(ctx context.Context, customer string, f Find) (*LedgerEntryList, error) {
	r := get("ledgerFind", "customers", customer, "ledger")
	r.query = f.encode()
	return fetch[LedgerEntryList](ctx, s.c, r)
}

// All yields every entry that is found, by _id falling where the Find does not
// say, until the first error, which it yields last.
func (s LedgerService) All(ctx context.Context, customer string, f Find) iter.Seq2[LedgerEntry, error] {
	find := func(ctx context.Context, f Find) (*LedgerEntryList, error) { return s.Find(ctx, customer, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(e LedgerEntry) string { return e.Id }, find)
}

// Create credits or debits a customer. The same Key with the same input returns
// the first entry again, so it is safe to repeat; with other input it is an
// ErrConflict, as is a debit of more than is available.
func (s LedgerService) Create(ctx context.Context, customer string, entry LedgerCreate) (*LedgerEntry, error) {
	r := &request{operation: "ledgerCreate", method: http.MethodPost, body: entry, repeatable: true}
	return fetch[LedgerEntry](ctx, s.c, r.at("customers", customer, "ledger"))
}
