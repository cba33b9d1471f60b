// Package webhook sends events to the addresses that customers and the carrier have
// named, signed as Standard Webhooks say (https://www.standardwebhooks.com).
//
// The events of a customer go to a webhook one after the other. Different customers'
// and different webhooks' go side by side, and those of endpoints that are slow or gone
// keep nobody else's waiting.
package webhook

import (
	"context"
	"time"

	"tollkeeper"
)

// Store keeps what is to be delivered.
type Store interface {
	DueDeliveries(context.Context, tollkeeper.DueQuery) ([]tollkeeper.Due, error)
	PackDelivery(context.Context, tollkeeper.ID) (p tollkeeper.Parcel, found bool, err error)
	SettleDelivery(ctx context.Context, id tollkeeper.ID, n int64, a tollkeeper.Attempt) (next tollkeeper.ID, err error)
}

// Deliverer sends what is due.
type Deliverer struct {
	Store   Store
	Poster  Poster
	Observe func(tollkeeper.Attempt) // is told of each attempt; may be nil
}

const (
	// maxSending is how many requests are under way at once, and maxFailing how many of
	// them to endpoints whose last attempt failed: the others are for those that work.
	maxSending = 256
	maxFailing = 64
	// maxOfOne is how many of them go to one endpoint that works; one goes to one that
	// does not.
	maxOfOne = 32
	// maxInRow is how many events of a customer are sent to a webhook before others have
	// their turn.
	maxInRow = 100
	// lookEvery is how often what is due is looked for while requests are under way.
	lookEvery = 200 * time.Millisecond
	// maxRun is how long a run begins new requests, so that it ends.
	maxRun = time.Minute
)

// run is one run of a Deliverer. All of it belongs to the goroutine of RunOnce.
type run struct {
	*Deliverer
	sending  map[lane]bool               // in which a delivery is under way
	to       map[tollkeeper.ID]*endpoint // those that something is under way to, by webhook
	failing  int                         // endpoints among them that fail
	ready    []tollkeeper.Due            // found and not begun
	finished chan result
	done     int
	failure  error
}

// lane is what is sent one after the other.
type lane struct{ webhook, customer tollkeeper.ID }

// endpoint is one that something is under way to.
type endpoint struct {
	requests int
	failing  bool
}

// busy reports that an endpoint has as many requests as it may.
func (e *endpoint) busy() bool { return e != nil && (e.failing || e.requests >= maxOfOne) }

// result is what became of a lane.
type result struct {
	tollkeeper.Due
	attempts int
	err      error
}

// RunOnce sends what is due, until nothing is, and returns how many attempts it made.
// When it is stopped, an attempt under way is cut off and does not count.
func (d *Deliverer) RunOnce(ctx context.Context) (attempts int, err error) {
	r := &run{Deliverer: d, sending: map[lane]bool{}, to: map[tollkeeper.ID]*endpoint{}, finished: make(chan result)}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	until := time.Now().Add(maxRun)
	r.look(ctx)
	for {
		if ctx.Err() == nil && r.failure == nil && time.Now().Before(until) {
			r.begin(ctx)
		}
		if len(r.sending) == 0 {
			return r.done, r.failure
		}
		select {
		case one := <-r.finished:
			r.finish(one)
			if len(r.sending) == 0 {
				r.look(ctx)
			}
		case <-ticker.C:
			r.look(ctx)
		}
	}
}

// look finds what is due and can be begun.
func (r *run) look(ctx context.Context) {
	if ctx.Err() != nil || r.failure != nil {
		return
	}
	q := tollkeeper.DueQuery{Limit: 2 * maxSending, Working: r.failing >= maxFailing} // what is under way is due as well
	for webhook, e := range r.to {
		if e.busy() {
			q.Busy = append(q.Busy, webhook)
		}
	}
	r.ready, r.failure = r.Store.DueDeliveries(ctx, q)
}

// begin starts as much as may be under way of what is ready.
func (r *run) begin(ctx context.Context) {
	later := r.ready[:0]
	for _, due := range r.ready {
		e, l := r.to[due.Webhook], lane{due.Webhook, due.Customer}
		switch {
		case r.sending[l]:
			continue
		case len(r.sending) >= maxSending, e.busy(), due.Failing && r.failing >= maxFailing, due.Failing && e != nil:
			later = append(later, due)
			continue
		}
		if e == nil {
			e = &endpoint{failing: due.Failing}
			r.to[due.Webhook] = e
			if e.failing {
				r.failing++
			}
		}
		e.requests++
		r.sending[l] = true
		go func() {
			n, err := r.send(ctx, due.Delivery)
			r.finished <- result{due, n, err}
		}()
	}
	r.ready = later
}

func (r *run) finish(one result) {
	delete(r.sending, lane{one.Webhook, one.Customer})
	e := r.to[one.Webhook]
	if e.requests--; e.requests == 0 {
		delete(r.to, one.Webhook)
		if e.failing {
			r.failing--
		}
	}
	r.done += one.attempts
	if r.failure == nil {
		r.failure = one.err
	}
}

// send sends a delivery, and those behind it as they become due.
func (d *Deliverer) send(ctx context.Context, id tollkeeper.ID) (attempts int, err error) {
	for attempts < maxInRow && !id.IsZero() {
		p, found, err := d.Store.PackDelivery(ctx, id)
		if err != nil || !found {
			return attempts, err
		}
		a := d.Poster.post(ctx, p)
		if ctx.Err() != nil {
			return attempts, nil
		}
		if id, err = d.Store.SettleDelivery(ctx, id, p.Delivery.Attempts+1, a); err != nil {
			return attempts, err
		}
		attempts++
		if d.Observe != nil {
			d.Observe(a)
		}
	}
	return attempts, nil
}
