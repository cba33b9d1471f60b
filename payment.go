package tollkeeper

import "time"

// PaymentMethod is what a customer pays by. Of a card or a bank account only what
// tells it from others is known; its number never reaches the server.
type PaymentMethod struct {
	ID        ID
	Customer  ID
	Provider  string // who moves the money: "stripe", or ProviderManual
	Kind      string // "card", "us_bank_account" ... as the provider names it
	Label     string // what people know it by: "Visa", "bank transfer"
	Last4     string // last digits; "" where there are none
	ExpMonth  int64  // 0 where nothing expires
	ExpYear   int64
	IsDefault bool   // what automatic refills and invoices are charged to
	Account   string // the provider's name of the customer
	Reference string // the provider's name of the method
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ProviderManual is the provider of customers who pay otherwise: a payment waits
// until somebody records that the money has come.
const ProviderManual = "manual"

// Changes lists the fields in which a payment method differs from an older state.
func (m PaymentMethod) Changes(older PaymentMethod) []Change {
	var c changes
	c.text("provider", older.Provider, m.Provider)
	c.text("kind", older.Kind, m.Kind)
	c.text("label", older.Label, m.Label)
	c.text("last4", older.Last4, m.Last4)
	c.flag("isDefault", older.IsDefault, m.IsDefault)
	return c
}

// PaymentPurpose says what a payment is for.
type PaymentPurpose string

// The purposes.
const (
	PaymentRefill  PaymentPurpose = "refill"  // prepaid credit
	PaymentInvoice PaymentPurpose = "invoice" // what an invoice asks for
)

// PaymentPurposes lists every purpose.
var PaymentPurposes = []PaymentPurpose{PaymentRefill, PaymentInvoice}

// PaymentState says how far a payment has come.
type PaymentState string

// The states of a payment.
const (
	PaymentPending   PaymentState = "pending" // asked for; whether the money moves is not known yet
	PaymentSucceeded PaymentState = "succeeded"
	PaymentFailed    PaymentState = "failed"
	PaymentCancelled PaymentState = "cancelled" // before anybody paid
)

// PaymentStates lists every state.
var PaymentStates = []PaymentState{PaymentPending, PaymentSucceeded, PaymentFailed, PaymentCancelled}

// Payment is one attempt to get money from a customer. It is stored before the
// provider hears of it, and its id is the provider's idempotency key, so that it can
// be asked for again after any failure and is charged once.
type Payment struct {
	ID        ID
	Customer  ID
	Purpose   PaymentPurpose
	Invoice   ID // what it pays; of a refill, the paid invoice that it became
	Method    ID
	Provider  string
	Amount    int64 // cents, with Tax
	Tax       int64 // cents
	Taxes     []Tax // of a refill
	State     PaymentState
	Reference string // the provider's name of it, or what staff recorded
	Failure   string // why it failed
	Automatic bool   // nobody asked for it
	Attempts  int64  // to hear from the provider
	NextAt    time.Time
	Refunded  int64 // cents given back
	Disputed  int64 // cents that a bank took back
	CreatedAt time.Time
	SettledAt time.Time
}

// Net is what a refill adds to the credit.
func (p *Payment) Net() int64 { return p.Amount - p.Tax }

// NetOf is the part of the first returned cents that was credit and not tax. It is
// rounded down of the sum, so that returning all in any parts returns exactly all.
func (p *Payment) NetOf(returned int64) int64 {
	if p.Amount == 0 {
		return 0
	}
	return share(returned, p.Net(), p.Amount)
}

// Returned is what is not the carrier's any more.
func (p *Payment) Returned() int64 { return p.Refunded + p.Disputed }

// Refund is money given back, of one payment. Its id is the provider's idempotency
// key.
type Refund struct {
	ID        ID
	Customer  ID
	Payment   ID
	Amount    int64 // cents
	Reason    string
	State     PaymentState
	Reference string
	Failure   string
	Attempts  int64
	CreatedAt time.Time
	SettledAt time.Time
}

// RefillRules are the brakes of automatic refills.
type RefillRules struct {
	MaxDeclines int64  // in a row, until they stop
	MaxCount    int64  // per customer and UTC day; 0 is no limit
	MaxAmount   Micros // likewise
}

// refillBackoff is the time until the next attempt after a decline; it doubles with
// each.
const refillBackoff = 15 * time.Minute

// RefillBackoff is how long refills pause after so many declines in a row.
func RefillBackoff(declines int64) time.Duration { return refillBackoff << min(max(declines-1, 0), 8) }

// RefillDue reports whether credit is so low that it is to be refilled.
func (a *Account) RefillDue(serverTrigger Micros) bool {
	return a.AutomaticRefillAmount > 0 && a.DefaultBillMethod == BillCredit && a.Available() < a.refillTrigger(serverTrigger)
}

func (a *Account) refillTrigger(serverTrigger Micros) Micros {
	if a.LowBalanceAlertAmount > 0 {
		return FromCents(a.LowBalanceAlertAmount)
	}
	return serverTrigger
}

// maxRefill is the most credit that one refill buys, in cents; providers take no
// larger payments.
const maxRefill = 50_000_000

// RefillAmount is the credit of one refill in cents: as many times the customer's
// amount as bring the credit to the trigger, so that one charge clears a debt, but
// no more than left.
func (a *Account) RefillAmount(serverTrigger, left Micros) int64 {
	step, steps := int64(a.AutomaticRefillAmount), int64(1)
	short, err := a.refillTrigger(serverTrigger).Sub(a.Available())
	if err != nil {
		short = MaxMicros
	}
	if short > 0 {
		steps = int64((short-1)/FromCents(a.AutomaticRefillAmount)) + 1
	}
	return min(steps, min(left.Cents(), maxRefill)/step) * step
}

// Outcome is what a provider says of a payment or refund. Pending is what is not
// known: the provider did not answer, or has not decided.
type Outcome struct {
	State     PaymentState
	Reference string // the provider's name of it
	Failure   string // why it failed or is not known; may be shown
}

// MessageKind says what a provider's message is about.
type MessageKind string

// The kinds of message.
const (
	MessagePayment MessageKind = "payment"
	MessageRefund  MessageKind = "refund"
	MessageDispute MessageKind = "dispute" // a bank took money back, or returned it
	MessageMethod  MessageKind = "method"  // a payment method was saved
)

// Message is what a provider told on its own account: late, repeated, or in another
// order than things happened, as the network has it.
type Message struct {
	ID        string // of the message; repeats have the same
	Kind      MessageKind
	Payment   ID     // zero: only its name at the provider is known
	Reference string // the provider's name of the payment or, of a method, of its set-up
	Refund    ID     // zero: one that was made at the provider's
	Amount    int64  // cents, of refunds and disputes
	Returned  bool   // of a dispute: the bank returned the money
	Outcome   Outcome
}

// SetUp is what a customer's browser needs to tell a provider a payment method: a page of
// the provider's, or what a page of another's needs to show the provider's form.
type SetUp struct {
	Reference      string // the provider's name of it
	ClientSecret   string // for this customer's browser only; "" where there is a URL
	PublishableKey string // likewise
	URL            string // of the provider's page, which leads back afterwards
}
