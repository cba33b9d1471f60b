package storetest

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/store"
)

// Call lets an inbound call of a customer be authorised and end, and returns its id.
func Call(t testing.TB, s *store.Store, customer tollkeeper.ID) tollkeeper.ID {
	t.Helper()
	return CallNamed(t, s, customer, "call")
}

// CallNamed is Call with a call id, for tests of several calls.
func CallNamed(t testing.TB, s *store.Store, customer tollkeeper.ID, callID string) tollkeeper.ID {
	t.Helper()
	decider := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter})
	defer decider.Close()
	d, err := decider.Authorize(t.Context(), tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: callID}, Customer: customer, Direction: tollkeeper.Inbound, From: "+12125550100", To: "+12125550123",
		Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}, Called: tollkeeper.CalledNumber{E164: "+12125550123"},
	})
	if err != nil || !d.Allowed {
		t.Fatalf("authorize: %+v %v", d, err)
	}
	used := time.Second
	if _, err := decider.End(t.Context(), tollkeeper.Report{CallKey: d.CallKey, Used: &used}); err != nil {
		t.Fatalf("end: %v", err)
	}
	return d.Call
}
