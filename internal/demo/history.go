package demo

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/store"
)

// age is how long ago the carrier opened.
const age = 400 * 24 * time.Hour

// seed makes every history alike.
const seed = 0x70117009

// policy is that of a server without settings, with music for those on hold.
var policy = func() ledger.Policy {
	p := ledger.DefaultPolicy
	p.HoldMusicURL = "https://media.tollkeeper.example/hold/strings.wav"
	return p
}()

// history is a carrier in the making. Errands (what the office does) happen one
// after another; between two of them every customer's trunk carries its calls, all
// trunks at once, so that they share commits.
type history struct {
	Config
	store   *store.Store
	tally   *tally
	clock   *clock
	office  *ledger.Ledger // ends silent calls; its clock is the office's
	trunks  []*trunk       // in the order of accounts
	errands []errand
	users   map[string]tollkeeper.User // by e-mail address
	total   int                        // calls to be placed, for the progress
}

// errand is one thing the office does.
type errand struct {
	at time.Time
	do func(ctx context.Context) error // nil: only ends silent calls
}

func newHistory(c Config, s *store.Store, office *clock, y *tally) (*history, error) {
	plan, err := numbering.NewPlan(numbering.Options{})
	if err != nil {
		return nil, err
	}
	c.Now = c.Now.UTC().Truncate(time.Second)
	h := &history{Config: c, store: s, tally: y, clock: office, users: map[string]tollkeeper.User{}}
	h.office = ledger.New(ledger.Config{Store: s, Policy: policy, Now: office.now, NewID: s.NewIDAfter, Ended: y.ended})
	h.openOffice()
	for i := range accounts {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		t := newTrunk(s, plan, y)
		h.trunks = append(h.trunks, t)
		h.planAccount(&accounts[i], t, random)
		calls := planCalls(h, &accounts[i], random)
		for _, call := range calls {
			t.at(call.start, func(ctx context.Context) error { return t.place(ctx, call) })
			if call.fate == silent {
				h.errand(call.start.Add(silence), nil)
			}
		}
		h.total += len(calls)
	}
	return h, nil
}

// errand notes what the office is to do at a time.
func (h *history) errand(at time.Time, do func(context.Context) error) {
	h.errands = append(h.errands, errand{at: at, do: do})
}

// happen lets everything happen in its order. Errands of one minute are done
// together, so that two times at which the office writes are seconds apart: the ids
// of the trunks, which come from clocks of their own, then always fall between
// those of the office.
func (h *history) happen(ctx context.Context) error {
	slices.SortStableFunc(h.errands, func(x, y errand) int { return x.at.Compare(y.at) })
	h.clock.set(h.Now.Add(-age))
	for n := 0; len(h.errands) > 0; h.errands = h.errands[n:] {
		at := h.errands[0].at
		for n = 0; n < len(h.errands) && h.errands[n].at.Truncate(time.Minute).Equal(at.Truncate(time.Minute)); n++ {
		}
		if err := h.carry(ctx, at.Truncate(time.Second)); err != nil {
			return err
		}
		for _, e := range h.errands[:n] {
			if e.do == nil {
				continue
			}
			if err := e.do(ctx); err != nil {
				return err
			}
		}
		if _, err := h.office.Expire(ctx); err != nil {
			return err
		}
		low, err := h.store.LowOnCredit(ctx)
		if err != nil {
			return err
		}
		h.tally.lowOnCredit(h.clock.now(), low)
	}
	return h.carry(ctx, h.Now)
}

// carry lets the trunks carry calls until a time, and sets the office's clock to it.
func (h *history) carry(ctx context.Context, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	from := h.clock.now().Add(time.Second)
	failures := make([]error, len(h.trunks))
	var wait sync.WaitGroup
	for i, t := range h.trunks {
		if t.busy(until) {
			wait.Go(func() { failures[i] = t.run(ctx, from, until) })
		}
	}
	wait.Wait()
	h.clock.set(until)
	if h.Progress != nil {
		h.Progress(h.placed(), h.total)
	}
	return errors.Join(failures...)
}

func (h *history) placed() (n int) {
	for _, t := range h.trunks {
		n += t.placed
	}
	return n
}

func (h *history) close() {
	for _, t := range h.trunks {
		t.ledger.Close()
	}
	h.office.Close()
}

func (h *history) summary() Summary {
	s := Summary{Customers: len(h.trunks), Users: len(h.users), Denied: map[tollkeeper.Reason]int{}}
	for _, t := range h.trunks {
		s.Calls += t.placed
		s.Live += t.live
		for reason, n := range t.denied {
			s.Denied[reason] += n
			s.Calls -= n
		}
	}
	return s
}

// begin is when the calls begin.
func (h *history) begin() time.Time { return h.Now.Add(-Days * 24 * time.Hour) }

// ago is a time some days before the end.
func (h *history) ago(days float64) time.Time {
	return h.Now.Add(-time.Duration(days * float64(24*time.Hour)))
}

func later(x, y time.Time) time.Time {
	return slices.MaxFunc([]time.Time{x, y}, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
}
