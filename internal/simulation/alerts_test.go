package simulation_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// TestNodesAlert has three nodes, whose clocks differ, take a customer's credit below the
// threshold by calls at once, and somebody fill it up, again and again: each crossing is
// told once, down and up in turn.
func TestNodesAlert(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, 5*time.Second, 100)
	customer := nodes[0].customers[0]
	write := func(node int, key, value string) {
		t.Helper()
		fields := []tollkeeper.Field{{Key: key, Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: value}}}
		if _, err := nodes[node].store.PatchCustomer(t.Context(), tollkeeper.Write{}, customer, fields, nil); err != nil {
			t.Fatal(err)
		}
	}
	write(1, "lowBalanceAlertAmount", "50")
	var want []tollkeeper.EventType
	for round := range 3 {
		var wait sync.WaitGroup
		for i := range 60 {
			wait.Go(func() {
				key, used := tollkeeper.CallKey{CallID: fmt.Sprint(round, "-", i)}, 30*time.Second
				if !nodes[i%3].ask(customer, key.CallID) {
					t.Errorf("call %s is refused", key.CallID)
				}
				if _, err := nodes[(i+1)%3].End(t.Context(), tollkeeper.Report{CallKey: key, Used: &used}); err != nil {
					t.Errorf("end %s: %v", key.CallID, err)
				}
			})
		}
		wait.Wait()
		write(round, "credit", "100")
		want = append(want, tollkeeper.EventCreditLow, tollkeeper.EventCreditLowCleared)
	}
	write(2, "lowBalanceAlertAmount", "101") // what is there is below another threshold
	want = append(want, tollkeeper.EventCreditLow)
	f, err := query.Parse("$sort[_id]=1&$limit=100&type[$in]=credit.low&type[$in]=credit.low.cleared", query.Events)
	if err != nil {
		t.Fatal(err)
	}
	page, err := nodes[0].store.FindEvents(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var told []tollkeeper.EventType
	for _, e := range page.Items {
		told = append(told, e.Type)
	}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("told is %v, want %v", told, want)
	}
	nodes[0].wantMoney(customer, 100, 0)
}
