package tollkeeper_test

import (
	"testing"
	"time"

	"tollkeeper"
)

// TestMonthsBefore compares the bound with a calendar written differently, on every day
// of eight years with two leap days, over several retentions and time zones.
func TestMonthsBefore(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC, time.FixedZone("west", -12*3600), time.FixedZone("east", 14*3600)}
	begin := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, months := range []int32{1, 2, 11, 12, 18, 84} {
		last := time.Time{}
		for now := begin; now.Year() < 2031; now = now.Add(7*time.Hour + 13*time.Minute) {
			got := tollkeeper.MonthsBefore(now, months)
			for _, zone := range zones {
				if other := tollkeeper.MonthsBefore(now.In(zone), months); !other.Equal(got) {
					t.Fatalf("%s: %s in UTC, %s in another zone", now, got, other)
				}
			}
			if got.Before(last) {
				t.Fatalf("%s less %d months goes back from %s to %s", now, months, last, got)
			}
			if at := got.Add(-time.Second); expiry(at, months).After(now) {
				t.Fatalf("%s less %d months is %s, but %s expires only at %s", now, months, got, at, expiry(at, months))
			}
			if !expiry(got.Add(time.Second), months).After(now) {
				t.Fatalf("%s less %d months is %s, but what is a second younger has expired too", now, months, got)
			}
			last = got
		}
	}
}

// expiry is when a record is as old as some whole calendar months.
func expiry(at time.Time, months int32) time.Time {
	year, month := at.Year(), int(at.Month())-1+int(months)
	year, month = year+month/12, month%12+1
	days := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days[1] = 29
	}
	if at.Day() > days[month-1] {
		return time.Date(year, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(year, time.Month(month), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

func TestMonthsBeforeExamples(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{
		"2026-03-31T12:00:00Z": "2026-03-01T00:00:00Z", "2026-03-28T12:00:00Z": "2026-02-28T12:00:00Z",
		"2028-03-29T12:00:00Z": "2028-02-29T12:00:00Z", "2028-03-30T00:00:00Z": "2028-03-01T00:00:00Z",
		"2026-01-01T00:00:00Z": "2025-12-01T00:00:00Z", "2026-12-31T23:59:59Z": "2026-12-01T00:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := tollkeeper.MonthsBefore(at, 1).Format(time.RFC3339); got != want {
			t.Errorf("%s less a month is %s, want %s", now, got, want)
		}
	}
	if got := tollkeeper.MonthsBefore(time.Now(), 1<<31-1); got.Unix() != 0 {
		t.Errorf("a retention without sense goes back to %s", got)
	}
}

func TestRetentionRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ floor, ceiling, own, records, recordings int32 }{
		{0, 0, 12, 12, 12}, {0, 0, 0, 0, 0}, {18, 0, 12, 18, 12}, {18, 0, 24, 24, 24}, {18, 0, 0, 0, 0},
		{0, 36, 0, 36, 36}, {0, 36, 60, 36, 36}, {0, 36, 12, 12, 12}, {18, 36, 6, 18, 6}, {18, 36, 0, 36, 36},
	} {
		rules := tollkeeper.RetentionRules{Floor: c.floor, Ceiling: c.ceiling}
		if records, recordings := rules.Records(c.own), rules.Recordings(c.own); records != c.records || recordings != c.recordings {
			t.Errorf("%+v: records %d, recordings %d", c, records, recordings)
		}
	}
}

// TestALoweredRetentionWaits lowers and raises a retention in steps.
func TestALoweredRetentionWaits(t *testing.T) {
	t.Parallel()
	now, day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), 24*time.Hour
	r := tollkeeper.Retention{Months: 12}
	for _, step := range []struct {
		after      time.Duration
		months     int32
		own, later int32 // now, and when the grace is over
	}{
		{0, 3, 12, 3}, {day, 1, 12, 1}, {day, 6, 12, 6}, {day, 12, 12, 12}, {day, 0, 0, 0}, {day, 12, 0, 12}, {8 * day, 12, 12, 12}, {0, 24, 24, 24},
	} {
		now = now.Add(step.after)
		if step.months != r.Months {
			r.Change(step.months, now, 7*day)
		}
		if own, later := r.Own(now), r.Own(now.Add(7*day)); own != step.own || later != step.later {
			t.Errorf("%d months at %s: %d now and %d in a week, want %d and %d", step.months, now, own, later, step.own, step.later)
		}
	}
}
