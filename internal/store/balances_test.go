package store_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestWhoIsLowOnCredit lets customers cross the line in both ways, and looks whether they
// are counted: how many are below it now, and each alert once.
func TestWhoIsLowOnCredit(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), storetest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var customers []tollkeeper.ID
	for range 3 {
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.DefaultBillMethod, draft.Credit, draft.LowBalanceAlertAmount = "Acme", tollkeeper.BillCredit, 2_000, 1_000
		a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
		if err != nil {
			t.Fatal(err)
		}
		customers = append(customers, a.ID)
	}
	move := func(customer tollkeeper.ID, cents int32, low int64) {
		t.Helper()
		if _, err := s.Adjust(t.Context(), tollkeeper.Write{}, customer, tollkeeper.Adjustment{Amount: tollkeeper.FromCents(cents), Reason: "test"}); err != nil {
			t.Fatal(err)
		}
		if n, err := s.LowOnCredit(t.Context()); err != nil || n != low {
			t.Errorf("%d customers are low on credit, not %d: %v", n, low, err)
		}
	}
	move(customers[0], -1_500, 1)
	move(customers[1], -1_999, 2)
	move(customers[1], -1, 2)
	move(customers[0], 1_500, 1)
	for range 2 {
		if _, err := s.DispatchEvents(t.Context(), func(tollkeeper.EventType) []tollkeeper.Notice { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []tollkeeper.ActivityStep{tollkeeper.ByMinute, tollkeeper.ByHour} {
		now, alerts := time.Now(), int64(0)
		counts, err := s.Activity(t.Context(), step, now.Add(-2*time.Hour), now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			if c.Metric == tollkeeper.EventMetric(tollkeeper.EventCreditLow) {
				alerts += c.Amount
			} else {
				t.Errorf("%s is counted", c.Metric)
			}
		}
		if alerts != 2 {
			t.Errorf("%d alerts are counted by %s, not 2", alerts, time.Duration(step))
		}
	}
}
