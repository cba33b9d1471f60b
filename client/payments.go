package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// PaymentPurpose says what a payment is for.
type PaymentPurpose string

// The purposes.
const (
	PaymentRefill  PaymentPurpose = "refill"  // prepaid credit
	PaymentInvoice PaymentPurpose = "invoice" // what an invoice asks for
)

// PaymentState says how far a payment or refund has come.
type PaymentState string

// The states.
const (
	PaymentPending   PaymentState = "pending" // whether money moves is not known yet
	PaymentSucceeded PaymentState = "succeeded"
	PaymentFailed    PaymentState = "failed"
	PaymentCancelled PaymentState = "cancelled"
)

// Payment is one attempt to get money from a customer. Amounts are cents.
type Payment struct {
	Id        string         `json:"_id"`
	Customer  string         `json:"customer"`
	Purpose   PaymentPurpose `json:"purpose"`
	Invoice   string         `json:"invoice,omitzero"`
	Method    string         `json:"method,omitzero"`
	Provider  string         `json:"provider"`
	Amount    int64          `json:"amount"` // with Tax
	Tax       int64          `json:"tax"`
	State     PaymentState   `json:"state"`
	Reference string         `json:"reference,omitzero"`
	Failure   string         `json:"failure,omitzero"`
	Refunded  int64          `json:"refunded"`
	Disputed  int64          `json:"disputed"`
	CreatedAt time.Time      `json:"createdAt"`
	SettledAt time.Time      `json:"settledAt,omitzero"`
}

// PaymentList is a page of payments.
type PaymentList = List[Payment]

// PaymentRecord shows that a payment has come.
type PaymentRecord struct {
	Reference string `json:"reference"` // such as the number of a bank transfer
}

// RefillCreate asks for a refill.
type RefillCreate struct {
	Amount int64 `json:"amount"` // credit in cents, before taxes
}

// RefundCreate asks for a refund.
type RefundCreate struct {
	Amount int64  `json:"amount"` // cents
	Reason string `json:"reason"`
}

// Refund is money given back.
type Refund struct {
	Id        string       `json:"_id"`
	Customer  string       `json:"customer"`
	Payment   string       `json:"payment"`
	Amount    int64        `json:"amount"` // cents
	Reason    string       `json:"reason"`
	State     PaymentState `json:"state"`
	Reference string       `json:"reference,omitzero"`
	Failure   string       `json:"failure,omitzero"`
	CreatedAt time.Time    `json:"createdAt"`
	SettledAt time.Time    `json:"settledAt,omitzero"`
}

// RefundList is a page of refunds.
type RefundList = List[Refund]

// PaymentsService has the operations on payments.
type PaymentsService struct{ c *Client }

// Find lists payments, newest first where the Find does not say.
func (s PaymentsService) Find(ctx context.Context, f Find) (*PaymentList, error) {
	r := get("paymentsFind", "payments")
	r.query = f.encode()
	return fetch[PaymentList](ctx, s.c, r)
}

// All yields every payment that is found, by _id falling where the Find does not say.
func (s PaymentsService) All(ctx context.Context, f Find) iter.Seq2[Payment, error] {
	find := func(ctx context.Context, f Find) (*PaymentList, error) { return s.Find(ctx, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(p Payment) string { return p.Id }, find)
}

// Get reads a payment.
func (s PaymentsService) Get(ctx context.Context, id string) (*Payment, error) {
	return fetch[Payment](ctx, s.c, get("paymentsGet", "payments", id))
}

// Record settles a pending payment of the provider manual: the money has come.
func (s PaymentsService) Record(ctx context.Context, id string, record PaymentRecord, options ...CreateOption) (*Payment, error) {
	r := keyed("paymentsRecord", http.MethodPost, record, "payments", id, "record")
	return fetch[Payment](ctx, s.c, r.creating(options))
}

// Cancel calls off a pending payment of the provider manual.
func (s PaymentsService) Cancel(ctx context.Context, id string, options ...CreateOption) (*Payment, error) {
	r := keyed("paymentsCancel", http.MethodPost, nil, "payments", id, "cancel")
	return fetch[Payment](ctx, s.c, r.creating(options))
}

// Refund gives a payment back, or a part of it.
func (s PaymentsService) Refund(ctx context.Context, id string, refund RefundCreate, options ...CreateOption) (*Refund, error) {
	r := keyed("paymentsRefund", http.MethodPost, refund, "payments", id, "refund")
	return fetch[Refund](ctx, s.c, r.creating(options))
}

// RefundsService has the operation on refunds.
type RefundsService struct{ c *Client }

// Find lists refunds, newest first where the Find does not say.
func (s RefundsService) Find(ctx context.Context, f Find) (*RefundList, error) {
	r := get("refundsFind", "refunds")
	r.query = f.encode()
	return fetch[RefundList](ctx, s.c, r)
}

// All yields every refund that is found, by _id falling where the Find does not say.
func (s RefundsService) All(ctx context.Context, f Find) iter.Seq2[Refund, error] {
	find := func(ctx context.Context, f Find) (*RefundList, error) { return s.Find(ctx, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(r Refund) string { return r.Id }, find)
}

// RefillsService has the operation on refills.
type RefillsService struct{ c *Client }

// Create refills a customer's prepaid credit from the default payment method. The
// payment is stored, and charged within seconds.
func (s RefillsService) Create(ctx context.Context, customer string, refill RefillCreate, options ...CreateOption) (*Payment, error) {
	r := keyed("refillsCreate", http.MethodPost, refill, "customers", customer, "refills")
	return fetch[Payment](ctx, s.c, r.creating(options))
}
