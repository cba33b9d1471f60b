package billing_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
)

// TestTaxService asks a program that works, fails, is slow and refuses one customer:
// nothing is refilled while it gives no answer, it is asked less and less often, and
// charges that are under way go on.
func TestTaxService(t *testing.T) {
	t.Parallel()
	var asked, mood atomic.Int64
	ending := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch mood.Load() {
		case 0:
			fmt.Fprint(w, `{"taxes":[{"name":"Sales tax","rateMicros":7250000,"amount":145}]}`)
		case 1: // slow
			select {
			case <-ending:
			case <-r.Context().Done():
			}
		default:
			w.WriteHeader(int(mood.Load()))
		}
	}))
	t.Cleanup(service.Close)
	t.Cleanup(func() { close(ending) })
	w := newWorld(t)
	taxes := &billing.TaxService{URL: service.URL, Currency: "USD", Client: &http.Client{Timeout: 300 * time.Millisecond}, Now: w.now}
	w.Taxes = taxes
	poor := func(c *tollkeeper.Customer) { c.Credit = 0 }
	for _, failing := range []int64{1, http.StatusInternalServerError} {
		before, _ := w.bank.total()
		mood.Store(failing)
		asked.Store(0)
		for range 3 {
			w.customer(poor)
		}
		for range 60 { // a minute of runs
			w.run()
			w.wait(time.Second)
		}
		if n := asked.Load(); n < 3 || n > 5 { // at 0, 5, 15 and 35 s
			t.Errorf("with %d the service was asked %d times in a minute", failing, n)
		}
		if charged, _ := w.bank.total(); charged != before {
			t.Errorf("with %d %d cents were charged without taxes", failing, charged-before)
		}
		mood.Store(0)
		w.wait(5 * time.Minute)
		w.run()
		if charged, _ := w.bank.total(); charged != before+3*2145 {
			t.Errorf("when it works again %d cents are charged, want %d", charged-before, 3*2145)
		}
	}
	before, _ := w.bank.total()
	mood.Store(http.StatusUnprocessableEntity)
	w.customer(poor)
	w.run()
	mood.Store(0)
	w.customer(poor)
	w.run()
	if charged, _ := w.bank.total(); charged != before+2145 {
		t.Errorf("beside a customer who is refused, %d cents are charged, want %d", charged-before, 2145)
	}
	w.verified()
}
