// Package billing gets the money in: refills and invoices are charged, payments given
// back, and invoices made. Every step is stored before the next is taken, so that
// whatever is cut short is gone on with, and nothing is charged twice.
package billing

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tollkeeper"
)

// Provider moves money. It must charge a payment once, however often it is asked: by
// the payment's id. An error means that what has happened is not known.
type Provider interface {
	Charge(context.Context, tollkeeper.Payment, tollkeeper.PaymentMethod) (tollkeeper.Outcome, error)
	Refund(context.Context, tollkeeper.Refund, tollkeeper.Payment) (tollkeeper.Outcome, error)
}

// Taxes knows what is to be added to a sale.
type Taxes interface {
	Of(context.Context, tollkeeper.Sale) ([]tollkeeper.Tax, error)
}

// Store keeps what the Collector does.
type Store interface {
	refillStore
	paymentStore
	refundStore
	demandStore
}

type refillStore interface {
	DueRefills(ctx context.Context, limit int) ([]tollkeeper.ID, error)
	OfferRefill(ctx context.Context, customer tollkeeper.ID) (offer tollkeeper.Offer, due bool, err error)
	BeginRefill(ctx context.Context, customer tollkeeper.ID, net int64, taxes []tollkeeper.Tax) (p tollkeeper.Payment, begun bool, err error)
}

type paymentStore interface {
	DuePayments(ctx context.Context, limit int) ([]tollkeeper.Payment, error)
	PaymentMethod(context.Context, tollkeeper.ID) (tollkeeper.PaymentMethod, error)
	Settle(context.Context, tollkeeper.ID, tollkeeper.Outcome) (tollkeeper.Payment, error)
}

type refundStore interface {
	DueRefunds(ctx context.Context, limit int) ([]tollkeeper.Refund, error)
	Payment(context.Context, tollkeeper.ID) (tollkeeper.Payment, error)
	SettleRefund(context.Context, tollkeeper.ID, tollkeeper.Outcome) error
}

type demandStore interface {
	DueInvoices(ctx context.Context, limit int) ([]tollkeeper.ID, error)
	ChargeInvoice(context.Context, tollkeeper.ID) error
}

// Collector charges what is due.
type Collector struct {
	Store     Store
	Providers map[string]Provider
	Taxes     Taxes
	Log       *slog.Logger
}

const (
	// maxDue bounds what one run takes of each kind.
	maxDue = 200
	// workers is how many requests to providers are under way at once.
	workers = 8
	// providerTimeout bounds one request with the client's own repeats.
	providerTimeout = time.Minute
)

// RunOnce does what is due, and returns how much there was. What fails for one
// customer does not keep the others waiting.
func (c *Collector) RunOnce(ctx context.Context) (done int, err error) {
	var faults []error
	for _, step := range []func(context.Context) (int, error){c.refills, c.demands, c.charges, c.refunds} {
		n, err := step(ctx)
		done += n
		faults = append(faults, err)
	}
	return done, errors.Join(faults...)
}

// refills stores the intent of refills that have become necessary.
func (c *Collector) refills(ctx context.Context) (done int, err error) {
	due, err := c.Store.DueRefills(ctx, maxDue)
	var faults []error
	for _, customer := range due {
		begun, err := c.beginRefill(ctx, customer)
		faults = append(faults, err)
		if begun {
			done++
		}
	}
	return done, errors.Join(append(faults, err)...)
}

func (c *Collector) beginRefill(ctx context.Context, customer tollkeeper.ID) (begun bool, err error) {
	offer, due, err := c.Store.OfferRefill(ctx, customer)
	if err != nil || !due {
		return false, err
	}
	taxes, err := c.Taxes.Of(ctx, offer.Sale)
	if err != nil {
		return false, err
	}
	_, begun, err = c.Store.BeginRefill(ctx, customer, offer.Sale.Subtotal, taxes)
	return begun, err
}

// demands stores the intent to charge invoices.
func (c *Collector) demands(ctx context.Context) (done int, err error) {
	due, err := c.Store.DueInvoices(ctx, maxDue)
	faults := []error{err}
	for _, invoice := range due {
		faults = append(faults, c.Store.ChargeInvoice(ctx, invoice))
	}
	return len(due), errors.Join(faults...)
}

// charges asks providers for payments that are stored.
func (c *Collector) charges(ctx context.Context) (int, error) {
	due, err := c.Store.DuePayments(ctx, maxDue)
	return len(due), errors.Join(err, each(due, func(p tollkeeper.Payment) error { return c.charge(ctx, p) }))
}

func (c *Collector) charge(ctx context.Context, p tollkeeper.Payment) error {
	outcome, failure := c.ask(ctx, p.Provider, func(ctx context.Context, provider Provider) (tollkeeper.Outcome, error) {
		method, err := c.Store.PaymentMethod(ctx, p.Method)
		if err != nil {
			return tollkeeper.Outcome{}, err
		}
		return provider.Charge(ctx, p, method)
	})
	if failure != nil {
		c.Log.Warn("payment is not known", "payment", p.ID.String(), "provider", p.Provider, "error", failure.Error())
	}
	_, err := c.Store.Settle(ctx, p.ID, outcome)
	return err
}

// refunds asks providers to give money back.
func (c *Collector) refunds(ctx context.Context) (int, error) {
	due, err := c.Store.DueRefunds(ctx, maxDue)
	return len(due), errors.Join(err, each(due, func(r tollkeeper.Refund) error { return c.refund(ctx, r) }))
}

func (c *Collector) refund(ctx context.Context, r tollkeeper.Refund) error {
	p, err := c.Store.Payment(ctx, r.Payment)
	if err != nil {
		return err
	}
	outcome, failure := c.ask(ctx, p.Provider, func(ctx context.Context, provider Provider) (tollkeeper.Outcome, error) {
		return provider.Refund(ctx, r, p)
	})
	if failure != nil {
		c.Log.Warn("refund is not known", "refund", r.ID.String(), "provider", p.Provider, "error", failure.Error())
	}
	return c.Store.SettleRefund(ctx, r.ID, outcome)
}

// ask has a provider do something. What it does not answer is not known, and asked
// again later.
func (c *Collector) ask(ctx context.Context, name string, do func(context.Context, Provider) (tollkeeper.Outcome, error)) (tollkeeper.Outcome, error) {
	unknown := tollkeeper.Outcome{State: tollkeeper.PaymentPending, Failure: name + " gave no clear answer"}
	provider := c.Providers[name]
	if provider == nil {
		unknown.Failure = "this server has no provider " + name
		return unknown, errors.New(unknown.Failure)
	}
	ctx, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	outcome, err := do(ctx, provider)
	if err != nil {
		return unknown, err
	}
	return outcome, nil
}

// each works on several things at once and returns all errors.
func each[T any](things []T, do func(T) error) error {
	var wait sync.WaitGroup
	var mu sync.Mutex // guards faults
	var faults []error
	slots := make(chan struct{}, workers)
	for _, thing := range things {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if err := do(thing); err != nil {
				mu.Lock()
				faults = append(faults, err)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return errors.Join(faults...)
}
