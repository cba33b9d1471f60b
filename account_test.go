package tollkeeper_test

import (
	"testing"
	"time"

	"tollkeeper"
)

// A day's spending is counted once, also when clocks disagree about midnight.
func TestSpendAroundMidnight(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	var a tollkeeper.Account
	for _, step := range []struct {
		at   time.Duration // from midnight
		want tollkeeper.Micros
	}{{-time.Minute, 1}, {time.Second, 1}, {-time.Second, 2}, {2 * time.Second, 3}, {-time.Hour, 4}, {time.Hour, 5}, {25 * time.Hour, 1}} {
		now := midnight.Add(step.at)
		if err := a.Spend(now, 1); err != nil {
			t.Fatal(err)
		}
		if got := a.SpentOn(now); got != step.want {
			t.Errorf("at %v: %d spent, want %d", step.at, got, step.want)
		}
	}
	// A clock that was wrong by days is believed when it is mended.
	if got := a.SpentOn(midnight.Add(-48 * time.Hour)); got != 0 {
		t.Errorf("days before: %d", got)
	}
}
