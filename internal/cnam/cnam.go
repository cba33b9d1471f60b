// Package cnam finds the names of callers (calling name delivery, CNAM). It asks
// providers, one after the other, and never keeps a call waiting longer than it was
// told: a call without a name is better than a call too late.
package cnam

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tollkeeper"
)

// Provider knows names of callers.
type Provider interface {
	// Name returns the name of whoever has a number in E.164, and "" where the provider
	// knows none.
	Name(ctx context.Context, e164 string) (string, error)
}

// Store keeps what look-ups have brought.
type Store interface {
	// Dip returns what a look-up for a call has brought already.
	Dip(ctx context.Context, customer, call tollkeeper.ID) (d tollkeeper.Dip, found bool, err error)
	// RecordDip writes that down with its price. For each call the first one stands.
	RecordDip(context.Context, tollkeeper.Dip) error
}

// recordTime bounds how long it may take to write a look-up down.
const recordTime = 10 * time.Second

// Names finds the names of callers. Its methods are safe for concurrent use.
type Names struct {
	Store   Store
	Sources []*Source     // asked in this order until one knows a name
	Within  time.Duration // a call waits no longer
	Log     *slog.Logger

	working sync.WaitGroup
}

// CallerName returns the name of a caller, in E.164, for a call that is allowed. What
// it found for a call once it finds again, and charges once, however often it is
// asked.
//
// The answer is written down before it is given, unless that takes too long: then the
// call has the name, and writing goes on without it.
func (n *Names) CallerName(ctx context.Context, d tollkeeper.Decision, e164 string) tollkeeper.CallerName {
	// A switch that hangs up ends its own wait only: others may share the look-up.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), n.Within)
	known := make(chan tollkeeper.CallerName, 1)
	recorded := make(chan struct{})
	n.working.Go(func() {
		defer cancel()
		defer close(recorded)
		n.find(within, tollkeeper.Dip{Customer: d.Customer, Call: d.Call}, e164, known)
	})
	select {
	case <-recorded:
	case <-within.Done():
	case <-ctx.Done():
	}
	select {
	case name := <-known:
		return name
	default:
		return tollkeeper.CallerName{}
	}
}

// Close waits until all look-ups have been written down. Nothing may be asked any more.
func (n *Names) Close() { n.working.Wait() }

// find looks a name up, tells it, and writes down what it cost.
func (n *Names) find(ctx context.Context, dip tollkeeper.Dip, e164 string, known chan<- tollkeeper.CallerName) {
	before, found, err := n.Store.Dip(ctx, dip.Customer, dip.Call)
	if err != nil {
		n.Log.Warn("caller names: what is known of a call cannot be read", "err", err)
		return // what could not be charged is not asked for
	}
	if found {
		known <- before.CallerName
		return
	}
	if !n.ask(ctx, &dip, e164) {
		return
	}
	known <- dip.CallerName
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	if err := n.Store.RecordDip(ctx, dip); err != nil {
		n.Log.Error("caller names: a look-up was not written down and not charged", "call", dip.Call.String(), "err", err)
	}
}

// ask asks the sources until one knows a name, and reports whether there is anything to
// write down: a name, or an answer that costs something.
func (n *Names) ask(ctx context.Context, dip *tollkeeper.Dip, e164 string) bool {
	for _, s := range n.Sources {
		said, price, err := s.ask(ctx, e164)
		if err != nil {
			continue // the source counts its failures
		}
		if dip.CallerName = nameOf(said); dip.Display != "" || price > 0 {
			dip.Provider, dip.Price = s.Name, price
		}
		if dip.Display != "" {
			break
		}
	}
	return dip.Provider != ""
}
