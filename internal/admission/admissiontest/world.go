// Package admissiontest gives the tests of switches' doors a real ledger over a real
// database, with prices, and a clock that stands still until a test moves it.
package admissiontest

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/query"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// World is what stands behind a door.
type World struct {
	Clock *Clock
	Store *store.Store
	Calls *admission.Admission
}

// Clock stands still until it is moved.
type Clock struct {
	mu sync.Mutex // guards at
	at time.Time
}

// NewClock makes a clock that shows a time.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// prices are what calls cost: 6 cents a minute to the United Kingdom, by the second.
const prices = "prefix,destination,price,increment\n44,United Kingdom,0.06,1/1\n1,United States,0.03,1/1\n"

// New makes a world, which ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{Clock: NewClock(time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC))}
	config := storetest.Config(t)
	config.Now = w.Clock.Now
	s, err := store.Open(t.Context(), config)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	decider := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: w.Clock.Now, NewID: s.NewIDAfter})
	t.Cleanup(decider.Close)
	plan, err := numbering.NewPlan(numbering.Options{})
	must(t, err)
	rates, err := rating.ParseCSV(strings.NewReader(prices), nil)
	must(t, err)
	_, err = s.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, rating.Compile(rates), nil)
	must(t, err)
	w.Store, w.Calls = s, &admission.Admission{Ledger: decider, Plan: plan}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Customer makes a customer with credit in cents, whose calls are recorded and may go
// abroad.
func (w *World) Customer(t testing.TB, cents int32) tollkeeper.ID {
	t.Helper()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.Credit, draft.MaxOutboundCallRate = "Acme", tollkeeper.BillCredit, cents, 100
	draft.InternationalCalling, draft.CallRecording = true, true
	a, err := w.Store.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	must(t, err)
	return a.ID
}

// Record waits for the record of a call.
func (w *World) Record(t testing.TB, callID string) (found *tollkeeper.CDR) {
	t.Helper()
	find, err := query.Parse("callId="+url.QueryEscape(callID), query.CDRs)
	must(t, err)
	Until(t, "the record of "+callID, func() bool {
		page, err := w.Store.FindCDRs(t.Context(), find)
		must(t, err)
		if len(page.Items) == 1 {
			found = page.Items[0]
		}
		return found != nil
	})
	return found
}

// Answered waits until a call in progress is known to have been answered.
func (w *World) Answered(t testing.TB, callID string) {
	t.Helper()
	find, err := query.Parse("callId="+url.QueryEscape(callID), query.Calls)
	must(t, err)
	Until(t, "the answer of "+callID, func() bool {
		page, err := w.Store.FindCalls(t.Context(), find)
		must(t, err)
		return len(page.Items) == 1 && !page.Items[0].AnsweredAt.IsZero()
	})
}

// Until waits until something is so.
func Until(t testing.TB, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("timed out: " + what)
		}
	}
}
