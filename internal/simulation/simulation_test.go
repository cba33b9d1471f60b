package simulation_test

import (
	"flag"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

var (
	seeds = flag.Uint64("seeds", 25, "how many seeds to simulate")
	first = flag.Uint64("first", 1, "the first seed")
	steps = flag.Int("steps", 160, "steps of each simulation")
)

// policy is the default with short calls, so that slices grow and calls expire
// within the simulated time.
var policy = func() ledger.Policy {
	p := ledger.DefaultPolicy
	p.MaxCallSeconds, p.Limits.Unbilled = 3600, 20*tollkeeper.Unit
	return p
}()

// regressions are seeds that once found a fault, with the steps it took.
var regressions = []struct {
	name  string
	seed  uint64
	steps int
}{}

// TestSimulation runs random histories. Seeds that fail are run again by
//
//	go test ./internal/simulation -run TestSimulation -first SEED -seeds 1
func TestSimulation(t *testing.T) {
	t.Parallel()
	var allowed, ended atomic.Int64
	run := func(name string, seed uint64, steps int) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tally := simulate(t, seed, steps)
			allowed.Add(int64(tally["ok"]))
			ended.Add(int64(tally["ended"]))
		})
	}
	for seed := *first; seed < *first+*seeds; seed++ {
		run(fmt.Sprint(seed), seed, *steps)
	}
	for _, row := range regressions {
		run(row.name, row.seed, row.steps)
	}
	t.Cleanup(func() { // when all have ended; a single seed may be a quiet one
		if least := int64(*seeds) * int64(*steps) / 40; *seeds >= 20 && (allowed.Load() < least || ended.Load() < least/4) {
			t.Errorf("little happened: %d calls were let through and %d ended", allowed.Load(), ended.Load())
		}
	})
}

// inspectEvery is how many steps pass between two inspections of everything.
const inspectEvery = 60

func simulate(t *testing.T, seed uint64, steps int) map[string]int {
	w := newWorld(t, seed)
	a := newAuditor(w)
	a.importDeck(tollkeeper.DefaultDeck)
	a.importDeck("wholesale")
	for range 3 {
		a.create()
	}
	for w.step = 1; w.step <= steps; w.step++ {
		a.act()
		if w.step%inspectEvery == 0 {
			a.inspect()
		}
	}
	a.inspect()
	w.restart(true)
	a.inspect()
	if testing.Verbose() {
		t.Log(a.tally)
	}
	return a.tally
}

// act takes one step. Calls that are live are likelier to be heard of than those
// that are over.
func (a *auditor) act() {
	r := a.w.random
	c := a.anyone()
	var k *call
	for range 3 {
		if len(a.calls) > 0 && (k == nil || !k.live) {
			k = pick(r, a.calls...)
		}
	}
	if n := r.IntN(100); n < 62 && k != nil && n >= 30 {
		switch {
		case n < 36:
			a.answer(k)
		case n < 48:
			a.extend(k)
		case n < 56:
			a.end(k)
		default:
			a.reask(k)
		}
		return
	} else if n < 62 {
		a.authorize()
		return
	}
	a.actAround(c, r.IntN(44))
}

// anyone picks a customer, seldom one who was deleted.
func (a *auditor) anyone() *client {
	c := pick(a.w.random, a.customers...)
	for tries := 0; c.deleted && tries < 5; tries++ {
		c = pick(a.w.random, a.customers...)
	}
	return c
}

// actAround takes a step that is not about one call.
func (a *auditor) actAround(c *client, n int) {
	r := a.w.random
	switch {
	case n < 8:
		a.w.pass(time.Duration(r.Int64N(int64(90 * time.Second))))
	case n < 9:
		a.w.pass(-time.Duration(r.Int64N(int64(time.Hour)))) // the clock steps back
	case n < 10:
		a.w.pass(time.Duration(r.Int64N(int64(3 * time.Hour))))
	case n < 15:
		a.expire()
	case n < 21:
		a.post(c)
	case n < 24:
		a.writeCredit(c)
	case n < 27:
		a.setStatus(c)
	case n < 29:
		a.setLimits(c)
	case n < 30:
		a.setBillMethod(c)
	case n < 31:
		a.assignDeck(c)
	case n < 32:
		a.importDeck(pick(r, tollkeeper.DefaultDeck, "wholesale"))
	case n < 33:
		a.remove(c)
	case n < 35:
		a.create()
	case n < 41:
		a.actAboutTrunks(c)
	default:
		a.w.restart(n == 41)
	}
}
