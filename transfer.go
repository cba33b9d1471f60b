package tollkeeper

import "time"

// TransferKind says what moved money, or claimed it.
type TransferKind string

// The kinds of transfer. A hold is the first phase of a two-phase transfer;
// charge, release and expire are the second: they free all holds of their call
// and post what the call cost. The others are single-phase.
const (
	TransferHold       TransferKind = "hold"
	TransferCharge     TransferKind = "charge"
	TransferRelease    TransferKind = "release" // the call cost nothing
	TransferExpire     TransferKind = "expire"  // the call fell silent
	TransferCorrection TransferKind = "correction"
	TransferAdjustment TransferKind = "adjustment"
	TransferOpening    TransferKind = "opening"
	TransferClosing    TransferKind = "closing"
	TransferService    TransferKind = "service" // something used beside calls

	TransferInvoice  TransferKind = "invoice"  // usage was invoiced
	TransferPayment  TransferKind = "payment"  // a customer paid
	TransferRefill   TransferKind = "refill"   // prepaid credit that was paid for
	TransferTax      TransferKind = "tax"      // of an invoice
	TransferRefund   TransferKind = "refund"   // a payment, or a part of it, was given back
	TransferDispute  TransferKind = "dispute"  // a bank took a payment back, or returned it
	TransferWriteOff TransferKind = "writeoff" // an invoice will not be paid
)

// TransferKinds lists every kind.
var TransferKinds = []TransferKind{
	TransferHold, TransferCharge, TransferRelease, TransferExpire,
	TransferCorrection, TransferAdjustment, TransferOpening, TransferClosing,
	TransferService,
	TransferInvoice, TransferPayment, TransferRefill, TransferTax, TransferRefund, TransferDispute, TransferWriteOff,
}

// BookAccount is one side of a transfer in the carrier's books.
type BookAccount string

// The accounts of the books. Credit, Unbilled and Receivable exist once per customer.
const (
	BookCredit      BookAccount = "customer_credit"   // prepaid balances: the carrier owes them
	BookUnbilled    BookAccount = "customer_unbilled" // usage not yet invoiced: owed to the carrier
	BookRevenue     BookAccount = "revenue"
	BookAdjustments BookAccount = "adjustments"
	BookReceivable  BookAccount = "customer_receivable" // invoiced and not paid: owed to the carrier
	BookPayments    BookAccount = "payments"            // money that came in, by whatever way
	BookTax         BookAccount = "tax"                 // owed to those who tax
)

// BookAccounts lists every account of the books.
var BookAccounts = []BookAccount{BookCredit, BookUnbilled, BookRevenue, BookAdjustments, BookReceivable, BookPayments, BookTax}

// Transfer is one entry of the ledger, which is append-only. Amount moves from
// Debit to Credit and is never negative.
type Transfer struct {
	ID            ID
	Customer      ID
	Kind          TransferKind
	Debit, Credit BookAccount
	Amount        Micros // held by a hold; moved by every other kind
	Released      Micros // the call's holds that this transfer frees
	PostedAfter   Micros // the customer's Posted, Accrued or Receivable after it: the first of them that it touches
	HeldAfter     Micros // the customer's Held, or AccruedHeld, after it
	Call          ID     // the call, for the kinds that belong to one
	Key           string // idempotency key of a money command; "" for none
	Reason        string
	Actor         string
	CreatedAt     time.Time
}

// PostedDelta is what the transfer adds to the customer's posted credit, to the
// unbilled usage of the bill method paymentmethod, or to neither but to what is
// receivable: to the first of them that it touches.
func (t *Transfer) PostedDelta() Micros {
	switch {
	case t.Kind == TransferHold:
		return 0
	case t.Credit == BookCredit, t.Debit == BookUnbilled:
		return t.Amount
	case t.Debit == BookCredit, t.Credit == BookUnbilled:
		return -t.Amount
	default:
		return t.ReceivableDelta()
	}
}

// ReceivableDelta is what the transfer adds to what the customer owes on invoices.
func (t *Transfer) ReceivableDelta() Micros {
	switch {
	case t.Debit == BookReceivable:
		return t.Amount
	case t.Credit == BookReceivable:
		return -t.Amount
	default:
		return 0
	}
}

// HeldDelta is what the transfer adds to the customer's holds.
func (t *Transfer) HeldDelta() Micros {
	if t.Kind == TransferHold {
		return t.Amount
	}
	return -t.Released
}

// OnUnbilled reports whether the transfer belongs to the unbilled account rather
// than to prepaid credit.
func (t *Transfer) OnUnbilled() bool { return t.Debit == BookUnbilled || t.Credit == BookUnbilled }

// OnCredit reports whether the transfer belongs to prepaid credit.
func (t *Transfer) OnCredit() bool { return t.Debit == BookCredit || t.Credit == BookCredit }

// Adjustment is a relative change of a customer's prepaid credit.
type Adjustment struct {
	Amount        Micros // positive: credit; negative: debit; never 0
	Reason        string
	Key           string // repeats of a key answer what the first did
	AllowNegative bool   // a debit may take more than is available
}

// Usage is something that a customer used beside calls, such as the name of a caller
// that was looked up. It is charged in full, as it cannot be given back.
type Usage struct {
	Customer ID
	Service  string // names it in the ledger: "caller name"
	Key      string // repeats of a key are charged once; names what was used
	Amount   Micros // more than 0
}
