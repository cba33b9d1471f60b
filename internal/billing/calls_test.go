package billing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/rating"
)

// TestCallsDuringRefill places calls while the payment provider has not answered yet:
// they go on as far as the credit reaches, and further as soon as the money is there.
func TestCallsDuringRefill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deck := rating.Compile([]rating.Rate{{Prefix: "44", PricePerMinute: tollkeeper.Unit, MinimumSeconds: 60, IncrementSeconds: 60}})
	_, err := w.store.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil)
	must(t, err)
	l := ledger.New(ledger.Config{Store: w.store, Policy: ledger.DefaultPolicy, Now: w.now, NewID: w.store.NewIDAfter})
	t.Cleanup(l.Close)
	id := w.customer(func(c *tollkeeper.Customer) { c.InternationalCalling, c.MaxOutboundCallRate = true, 0 })

	began, answer, refilled := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.bank.mood = func(int) string { close(began); <-answer; return "" }
	w.use(id, "a", 6*tollkeeper.Unit) // 4 are left, less than 5
	go func() { defer close(refilled); w.run() }()
	<-began

	call := func(n int) tollkeeper.Reason {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		key, used := tollkeeper.CallKey{CallID: fmt.Sprint(n)}, time.Minute
		decision, err := l.Authorize(ctx, tollkeeper.Authorization{CallKey: key, Customer: id, Direction: tollkeeper.Outbound,
			To: "+442071838750", Called: tollkeeper.CalledNumber{E164: "+442071838750"}})
		must(t, err)
		if decision.Allowed {
			_, err = l.End(ctx, tollkeeper.Report{CallKey: key, Used: &used})
			must(t, err)
		}
		return decision.Reason
	}
	for n := range 5 {
		want := tollkeeper.ReasonOK
		if n == 4 {
			want = tollkeeper.ReasonInsufficientCredit
		}
		if got := call(n); got != want {
			t.Errorf("call %d, with the refill under way: %s, want %s", n, got, want)
		}
	}
	w.credit(id, 0)
	close(answer)
	<-refilled
	if got := call(5); got != tollkeeper.ReasonOK {
		t.Errorf("with the refill there: %s", got)
	}
	w.credit(id, 19*tollkeeper.Unit)
	w.charges(2000)
	w.verified()
}
