package store_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestRepeatWindow uses a call id again: soon, when it is a repeat, and after the
// window, when it is another call.
func TestRepeatWindow(t *testing.T) {
	t.Parallel()
	now := time.Now()
	config := storetest.Config(t)
	config.Now = func() time.Time { return now }
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: config.Now, NewID: s.NewIDAfter})
	defer l.Close()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.Credit, draft.MaxOutboundCallRate, draft.InternationalCalling = "Acme", tollkeeper.BillCredit, 100, 0, true
	a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	deck := rating.Compile([]rating.Rate{{Prefix: "44", Destination: "United Kingdom", PricePerMinute: tollkeeper.Cent, MinimumSeconds: 60, IncrementSeconds: 60}})
	if _, err := s.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil); err != nil {
		t.Fatal(err)
	}
	key, used := tollkeeper.CallKey{CallID: "same"}, 30*time.Second
	call := func() tollkeeper.CDR {
		t.Helper()
		d, err := l.Authorize(t.Context(), tollkeeper.Authorization{CallKey: key, Customer: a.ID, Direction: tollkeeper.Outbound,
			To: "+442071838750", Called: tollkeeper.CalledNumber{E164: "+442071838750"}})
		if err != nil || !d.Allowed {
			t.Fatalf("%+v %v", d, err)
		}
		record, err := l.End(t.Context(), tollkeeper.Report{CallKey: key, Used: &used})
		if err != nil {
			t.Fatal(err)
		}
		return record
	}
	first := call()
	now = now.Add(store.RepeatWindow - time.Hour)
	if again := call(); again.ID != first.ID {
		t.Errorf("the repeat made a record of its own")
	}
	now = now.Add(2 * time.Hour)
	if other := call(); other.ID == first.ID {
		t.Errorf("%v later the same call id is still taken for the same call", now.Sub(first.StartedAt))
	}
	if a, err = s.Account(t.Context(), a.ID); err != nil || a.Posted != 98*tollkeeper.Cent {
		t.Errorf("the credit is %s (%v), want two calls off 1.00", a.Posted, err)
	}
}
