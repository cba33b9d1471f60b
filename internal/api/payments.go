package api

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// paymentStore keeps money that came in, or is to.
type paymentStore interface {
	FindPayments(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Payment], error)
	Payment(context.Context, tollkeeper.ID) (tollkeeper.Payment, error)
	RecordPayment(context.Context, tollkeeper.Write, tollkeeper.ID, tollkeeper.Outcome) (tollkeeper.Payment, error)
	OrderRefill(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, net int64, taxes []tollkeeper.Tax) (tollkeeper.Payment, error)
	Heed(ctx context.Context, provider string, m tollkeeper.Message) error
}

// refundStore keeps money that was given back.
type refundStore interface {
	FindRefunds(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Refund], error)
	AddRefund(ctx context.Context, w tollkeeper.Write, payment tollkeeper.ID, amount int64, reason string) (tollkeeper.Refund, error)
}

// Taxes knows what is to be added to a sale.
type Taxes interface {
	Of(context.Context, tollkeeper.Sale) ([]tollkeeper.Tax, error)
}

// maxPayment is the largest payment in cents, as providers have it.
const maxPayment = 99_999_999

func (a *API) findPayments(x *exchange) error {
	return list(x, query.Payments, a.Store.FindPayments, paymentBody)
}

// payment reads the payment that the path names.
func (a *API) payment(x *exchange) (tollkeeper.Payment, error) {
	id, err := x.pathID("payment")
	if err != nil {
		return tollkeeper.Payment{}, err
	}
	p, err := a.Store.Payment(x.r.Context(), id)
	if err == nil && !x.mine(p.Customer) {
		err = noSuch("payment", id.String())
	}
	return p, err
}

func (a *API) getPayment(x *exchange) error {
	p, err := a.payment(x)
	if err != nil {
		return err
	}
	return x.answer(paymentBody(p, nil))
}

// createRefill asks for a refill. It is answered when it is stored; the money
// moves afterwards.
func (a *API) createRefill(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	amount := o.required("amount", 1, maxPayment/2)
	if err := o.done(); err != nil {
		return err
	}
	return perform(x, untagged(paymentBody), func(w tollkeeper.Write) (p tollkeeper.Payment, err error) {
		billing, err := a.Store.Billing(x.r.Context(), id)
		if err != nil {
			return p, err
		}
		taxes, err := a.Taxes.Of(x.r.Context(), tollkeeper.Sale{Billing: billing, Subtotal: amount, Refill: true})
		if err != nil {
			return p, &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the taxes are not known; try again", Err: err}
		}
		return a.Store.OrderRefill(x.r.Context(), w, id, amount, taxes)
	})
}

func (a *API) recordPayment(x *exchange) error {
	return a.settlePayment(x, tollkeeper.Outcome{State: tollkeeper.PaymentSucceeded}, true)
}

func (a *API) cancelPayment(x *exchange) error {
	return a.settlePayment(x, tollkeeper.Outcome{State: tollkeeper.PaymentCancelled, Failure: "called off"}, false)
}

func (a *API) settlePayment(x *exchange, outcome tollkeeper.Outcome, referred bool) error {
	p, err := a.payment(x)
	if err != nil {
		return err
	}
	o, err := x.optionalObject()
	if err != nil {
		return err
	}
	if referred {
		outcome.Reference = o.text("reference", 1, 255)
	}
	if err := o.done(); err != nil {
		return err
	}
	return perform(x, untagged(paymentBody), func(w tollkeeper.Write) (tollkeeper.Payment, error) {
		return a.Store.RecordPayment(x.r.Context(), w, p.ID, outcome)
	})
}

func (a *API) refundPayment(x *exchange) error {
	p, err := a.payment(x)
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	amount, reason := o.required("amount", 1, maxPayment), o.text("reason", 1, 255)
	if err := o.done(); err != nil {
		return err
	}
	return perform(x, untagged(refundBody), func(w tollkeeper.Write) (tollkeeper.Refund, error) {
		return a.Store.AddRefund(x.r.Context(), w, p.ID, amount, reason)
	})
}

func (a *API) findRefunds(x *exchange) error {
	return list(x, query.Refunds, a.Store.FindRefunds, refundBody)
}

func paymentBody(p tollkeeper.Payment, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", p.ID)
	w.id("customer", p.Customer)
	w.text("purpose", string(p.Purpose))
	w.id("invoice", p.Invoice)
	w.id("method", p.Method)
	w.text("provider", p.Provider)
	w.int("amount", p.Amount)
	w.int("tax", p.Tax)
	w.text("state", string(p.State))
	w.optional("reference", p.Reference)
	w.optional("failure", p.Failure)
	w.int("refunded", p.Refunded)
	w.int("disputed", p.Disputed)
	w.time("createdAt", p.CreatedAt)
	w.time("settledAt", p.SettledAt)
	return w.end()
}

func refundBody(r tollkeeper.Refund, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", r.ID)
	w.id("customer", r.Customer)
	w.id("payment", r.Payment)
	w.int("amount", r.Amount)
	w.text("reason", r.Reason)
	w.text("state", string(r.State))
	w.optional("reference", r.Reference)
	w.optional("failure", r.Failure)
	w.time("createdAt", r.CreatedAt)
	w.time("settledAt", r.SettledAt)
	return w.end()
}
