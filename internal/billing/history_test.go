package billing_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
)

var (
	seeds     = flag.Int("seeds", 6, "random histories of money")
	firstSeed = flag.Uint64("first", 0, "the first of them")
)

// TestMoneyIsConserved does anything in any order: charges, refills by themselves and by
// hand, declines, answers that are lost or late, refunds here and at the bank, disputes
// lost and won, invoices and months, failing commits, doubled and late messages. What
// the bank moved is what the books say, and no payment is credited twice. A seed repeats its
// steps; which of two payments under way is answered first is up to the machine.
//
//	go test ./internal/billing -run MoneyIsConserved -args -seeds 500 -first 1000
func TestMoneyIsConserved(t *testing.T) {
	t.Parallel()
	for seed := *firstSeed; seed < *firstSeed+uint64(*seeds); seed++ {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			newHistory(t, seed).live(250)
		})
	}
}

// history is a random one.
type history struct {
	*world
	random    *rand.Rand
	customers []tollkeeper.ID
	failing   atomic.Bool             // commits do, now and then
	bankGave  map[tollkeeper.ID]int64 // cents of a payment that were given back at the bank, by its people
	disputed  []dispute               // those that are open
	held      int64                   // cents that banks hold because of them
	names     int
}

func newHistory(t *testing.T, seed uint64) *history {
	random := rand.New(&locked{source: rand.NewPCG(seed, 1)})
	h := &history{world: newWorld(t, billing.Rate{Region: "*", Name: "Tax", Percent: 8_875_000}), random: random,
		bankGave: map[tollkeeper.ID]int64{}}
	h.customers = []tollkeeper.ID{h.customer(nil), h.customer(func(c *tollkeeper.Customer) { c.DefaultBillMethod = tollkeeper.BillPaymentMethod })}
	h.bank.mood = func(int) string { return []string{"", "", "decline", "lost", "late"}[random.IntN(5)] }
	h.fault = func(string) error {
		if h.failing.Load() && random.IntN(5) == 0 {
			return errors.New("the disk failed")
		}
		return nil
	}
	return h
}

// live takes steps, lets everything come to its end, and compares.
func (h *history) live(steps int) {
	h.t.Helper()
	for step := range steps {
		id := h.customers[h.random.IntN(len(h.customers))]
		switch h.random.IntN(12) {
		case 0, 1, 2:
			h.use(id, fmt.Sprint(step), tollkeeper.Micros(h.random.Int64N(12_000_000)+1))
		case 3:
			h.message(h.random)
		case 4:
			h.refund(h.random)
		case 5:
			h.refundAtBank()
		case 6:
			h.dispute()
		case 7:
			h.refill(id)
		default:
			h.failing.Store(true)
			h.run()
			h.invoicer.RunUsage(h.t.Context())
			h.invoicer.RunMonths(h.t.Context())
			h.failing.Store(false)
		}
		h.wait(time.Duration(h.random.Int64N(int64(6 * time.Hour))))
		if step%50 == 0 {
			h.verified()
		}
	}
	h.bank.mood = func(int) string { return "" }
	for range 10 {
		h.run()
		h.wait(2 * time.Hour)
	}
	h.verified()
	h.reconciled()
}

// refill buys credit by hand, where that can be.
func (h *history) refill(id tollkeeper.ID) {
	h.t.Helper()
	_, err := h.store.OrderRefill(h.t.Context(), tollkeeper.Write{}, id, 500+h.random.Int64N(2000), nil)
	h.mayRefuse(err)
}

// mayRefuse lets a command be refused for the state of things, and not fail.
func (h *history) mayRefuse(err error) {
	h.t.Helper()
	var known *tollkeeper.Error
	if err != nil && (!errors.As(err, &known) || known.Code != tollkeeper.CodeConflict) {
		h.t.Fatal(err)
	}
}

// settled picks a payment that has succeeded, whose money is not all gone.
func (h *history) settled() (p tollkeeper.Payment, found bool) {
	h.t.Helper()
	var all []tollkeeper.Payment
	for _, p := range h.payments() {
		if p.State == tollkeeper.PaymentSucceeded && p.Amount > p.Refunded+p.Disputed {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return p, false
	}
	return all[h.random.IntN(len(all))], true
}

// tell sends a message of the bank's, twice.
func (h *history) tell(p tollkeeper.Payment, x told) {
	h.t.Helper()
	for range 2 {
		if h.hear(p.Reference, x) {
			h.t.Errorf("%s about payment %s, which has succeeded, is to be repeated", x.id, p.ID)
		}
	}
}

// refundAtBank gives a part back at the bank, which tells of it.
func (h *history) refundAtBank() {
	p, found := h.settled()
	if !found || p.Reference == "" {
		return
	}
	h.names++
	name, amount := fmt.Sprint("re-", h.names), 1+h.random.Int64N(min(p.Amount-p.Refunded-p.Disputed, 300))
	h.bankGave[p.ID] += amount
	h.tell(p, refunded(name, amount))
	if h.random.IntN(4) == 0 { // the customer's bank sends it back
		h.bankGave[p.ID] -= amount
		h.tell(p, sentBack(name, amount))
	}
}

// dispute is one that a bank has opened.
type dispute struct {
	name    string
	payment tollkeeper.ID
	amount  int64
}

// dispute has a bank take a payment back, or ends a dispute.
func (h *history) dispute() {
	h.t.Helper()
	if len(h.disputed) > 0 {
		d := h.disputed[0]
		h.disputed = h.disputed[1:]
		if h.random.IntN(2) == 0 { // else it is lost, and stays as it is
			p, err := h.store.Payment(h.t.Context(), d.payment)
			must(h.t, err)
			won := reinstated(d.amount)
			won.id = d.name + "/reinstated"
			h.held -= d.amount
			h.tell(p, won)
		}
		return
	}
	p, found := h.settled()
	if !found || p.Reference == "" || p.Disputed > 0 {
		return
	}
	h.names++
	name := fmt.Sprint("dp-", h.names)
	taken := withdrawn(p.Amount - p.Refunded)
	taken.id = name + "/withdrawn"
	h.disputed, h.held = append(h.disputed, dispute{name, p.ID, taken.amount}), h.held+taken.amount
	h.tell(p, taken)
}

// locked is a source of random numbers for several goroutines.
type locked struct {
	mu     sync.Mutex // guards source
	source rand.Source
}

// Uint64 draws a number.
func (l *locked) Uint64() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source.Uint64()
}

// payments lists all payments that the bank knows, the oldest first.
func (w *world) payments() (all []tollkeeper.Payment) {
	w.t.Helper()
	w.bank.mu.Lock()
	defer w.bank.mu.Unlock()
	for id := range w.bank.charged {
		p, err := w.store.Payment(context.Background(), id)
		must(w.t, err)
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b tollkeeper.Payment) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return all
}

// message has the bank tell of a payment that it has charged, again and late.
func (w *world) message(random *rand.Rand) {
	w.t.Helper()
	all := w.payments()
	if len(all) == 0 {
		return
	}
	p := all[random.IntN(len(all))]
	for range 2 {
		must(w.t, w.store.Heed(context.Background(), "bank", tollkeeper.Message{ID: "m-" + p.ID.String(), Kind: tollkeeper.MessagePayment, Payment: p.ID,
			Outcome: tollkeeper.Outcome{State: tollkeeper.PaymentSucceeded}}))
	}
}

// refund gives a payment back in part, where that can be.
func (w *world) refund(random *rand.Rand) {
	w.t.Helper()
	all := w.payments()
	if len(all) == 0 {
		return
	}
	p := all[random.IntN(len(all))]
	_, err := w.store.AddRefund(context.Background(), tollkeeper.Write{}, p.ID, 1+random.Int64N(700), "test")
	var known *tollkeeper.Error
	if err != nil && (!errors.As(err, &known) || known.Code != tollkeeper.CodeConflict) {
		w.t.Fatal(err)
	}
}

// reconciled compares what banks moved with what the payments say.
func (h *history) reconciled() {
	h.t.Helper()
	var kept, returned, disputed int64
	for _, p := range h.payments() {
		if p.State != tollkeeper.PaymentSucceeded {
			h.t.Errorf("the bank has charged payment %s, which is %s: %s", p.ID, p.State, p.Failure)
		}
		kept += p.Amount
		returned += p.Refunded
		disputed += p.Disputed
	}
	charged, given := h.bank.total()
	for _, amount := range h.bankGave {
		given += amount
	}
	if charged != kept || given != returned || disputed != h.held {
		h.t.Errorf("the bank charged %d, gave back %d and took back %d; the payments say %d, %d and %d", charged, given, h.held, kept, returned, disputed)
	}
}
