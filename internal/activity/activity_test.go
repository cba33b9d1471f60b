package activity_test

import (
	"context"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/activity"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

func TestCountsAreThoseOfEverybody(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC)
	config := storetest.Config(t)
	config.Now = func() time.Time { return now }
	kept, err := store.Open(ctx, config)
	must(t, err)
	t.Cleanup(func() { must(t, kept.Close()) })
	nodes := []*activity.Recorder{
		activity.New(kept, config.Now, kept.NewID), activity.New(kept, config.Now, kept.NewID),
	}
	all, stop := nodes[0].Watch(tollkeeper.ID{})
	defer stop()
	others, stopOthers := nodes[0].Watch(kept.NewID())
	defer stopOthers()
	customer := kept.NewID()
	for _, node := range nodes {
		for range 30 { // more than are kept of a second
			node.Decided(tollkeeper.Authorization{Direction: tollkeeper.Outbound, From: "+12125550100"},
				tollkeeper.Decision{Reason: tollkeeper.ReasonNoPrice, Customer: customer, To: "+12125550123"})
		}
		node.Ended(tollkeeper.CDR{EndedAt: now, Duration: time.Minute, Charge: 12_000})
		node.Moved([]tollkeeper.Transfer{{Kind: tollkeeper.TransferAdjustment, Debit: tollkeeper.BookAdjustments, Credit: tollkeeper.BookCredit, Amount: 500, CreatedAt: now}})
		_, err := node.Flush(ctx)
		must(t, err)
	}
	_, err = nodes[0].Flush(ctx) // sees what the other node kept
	must(t, err)
	if len(all) != 40 || len(others) != 0 {
		t.Errorf("%d and %d decisions are handed out, not 40 and none", len(all), len(others))
	}
	if _, err := nodes[0].Flush(ctx); err != nil || len(all) != 40 {
		t.Errorf("decisions are handed out again: %d, %v", len(all), err)
	}
	want := map[tollkeeper.Metric]int64{"decision.no_price": 60, "calls": 2, "seconds": 120, "charged": 24_000, "credited": 1000}
	for _, step := range []tollkeeper.ActivityStep{tollkeeper.ByMinute, tollkeeper.ByHour} {
		counts, err := kept.Activity(ctx, step, now.Add(-time.Hour), now.Add(time.Minute))
		must(t, err)
		if len(counts) != len(want) {
			t.Errorf("there are %d counts: %v", len(counts), counts)
		}
		for _, c := range counts {
			if want[c.Metric] != c.Amount || !c.At.Equal(now.Truncate(time.Duration(step))) {
				t.Errorf("%s at %s is %d, not %d", c.Metric, c.At, c.Amount, want[c.Metric])
			}
		}
	}
	now = now.Add(500 * 24 * time.Hour)
	_, err = kept.DeleteActivity(ctx)
	must(t, err)
	if counts, err := kept.Activity(ctx, tollkeeper.ByHour, time.Time{}.AddDate(2000, 0, 0), now); err != nil || len(counts) > 0 {
		t.Errorf("old counts stay: %v %v", counts, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
