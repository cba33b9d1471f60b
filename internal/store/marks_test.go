package store_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// What batches of calls keep in memory is changed once a second here, with nothing else
// going on, so that ids made for it differ in their seconds only.

// openedWithClock is an open store with a customer of no credit, a ledger, and a clock.
func openedWithClock(t *testing.T, now *time.Time) (*store.Store, *ledger.Ledger, tollkeeper.ID) {
	t.Helper()
	config := storetest.Config(t)
	config.Now = func() time.Time { return *now }
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: config.Now, NewID: s.NewIDAfter})
	t.Cleanup(l.Close)
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.InternationalCalling = "Acme", tollkeeper.BillCredit, true
	a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	return s, l, a.ID
}

// TestBarringsCountAtOnce changes the barring table, and looks each time what it means for
// a call.
func TestBarringsCountAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s, l, customer := openedWithClock(t, &now)
	question := tollkeeper.Authorization{Customer: customer, Direction: tollkeeper.Outbound, To: "+442071838750",
		Called: tollkeeper.CalledNumber{E164: "+442071838750", Region: "GB"}}
	for _, step := range []struct {
		effect tollkeeper.BarringEffect
		want   tollkeeper.Reason
	}{
		{tollkeeper.BarringDeny, tollkeeper.ReasonDestinationBar}, {tollkeeper.BarringAllow, tollkeeper.ReasonNoPrice},
		{tollkeeper.BarringDeny, tollkeeper.ReasonDestinationBar},
	} {
		now = now.Add(time.Second)
		if _, err := s.SetBarring(t.Context(), tollkeeper.Write{}, tollkeeper.Barring{Prefix: "+44", Effect: step.effect}); err != nil {
			t.Fatal(err)
		}
		if d, err := l.Authorize(t.Context(), question); err != nil || d.Reason != step.want {
			t.Errorf("with %s: %s (%v), want %s", step.effect, d.Reason, err, step.want)
		}
	}
}

// TestListenersCountAtOnce lets a webhook want to hear of calls and not, and ends a call
// each time.
func TestListenersCountAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s, l, customer := openedWithClock(t, &now)
	hook, err := s.CreateWebhook(t.Context(), tollkeeper.Write{}, tollkeeper.Webhook{URL: "https://receiver.example"})
	if err != nil {
		t.Fatal(err)
	}
	ended, err := query.Parse("$limit=0&type="+string(tollkeeper.EventCallEnded), query.Events)
	if err != nil {
		t.Fatal(err)
	}
	told := int64(0)
	for _, kind := range []tollkeeper.EventType{tollkeeper.EventCallEnded, tollkeeper.EventCreditLow, tollkeeper.EventCallEnded} {
		now = now.Add(time.Second)
		_, err := s.PatchWebhook(t.Context(), tollkeeper.Write{}, hook.ID, func(h *tollkeeper.Webhook) { h.EventTypes = []tollkeeper.EventType{kind} })
		if err != nil {
			t.Fatal(err)
		}
		key := tollkeeper.CallKey{CallID: now.String()}
		if d, err := l.Authorize(t.Context(), tollkeeper.Authorization{CallKey: key, Customer: customer, Direction: tollkeeper.Inbound}); err != nil || !d.Allowed {
			t.Fatalf("%+v %v", d, err)
		}
		if _, err := l.End(t.Context(), tollkeeper.Report{CallKey: key}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DispatchEvents(t.Context(), func(tollkeeper.EventType) []tollkeeper.Notice { return nil }); err != nil {
			t.Fatal(err)
		}
		if kind == tollkeeper.EventCallEnded {
			told++
		}
		if page, err := s.FindEvents(t.Context(), ended); err != nil || page.Total != told {
			t.Errorf("with a webhook for %s: %d calls told of (%v), want %d", kind, page.Total, err, told)
		}
	}
}

// TestDeckAfterOneThatWasUndone stores a deck after another whose transaction was rolled
// back, when others had seen it.
func TestDeckAfterOneThatWasUndone(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s, _, _ := openedWithClock(t, &now)
	if err := s.UndoDeck(t.Context(), tollkeeper.DeckVersion{Deck: "ghost", Version: 1, Content: s.NewID()}); err != nil {
		t.Fatal(err)
	}
	deck := rating.Compile([]rating.Rate{{Prefix: "44", Destination: "United Kingdom", PricePerMinute: tollkeeper.Cent}})
	if _, err := s.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.DeckInForce(t.Context(), tollkeeper.DefaultDeck, now); err != nil {
		t.Errorf("the deck that was stored is not in force: %v", err)
	}
	if _, _, err := s.DeckInForce(t.Context(), "ghost", now); tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
		t.Errorf("the deck that was undone: %v, want not found", err)
	}
}
