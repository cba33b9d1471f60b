package demo

import (
	"context"
	"slices"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/store"
)

// tally counts what charts show and keeps the latest decisions, as a server does that
// runs. It is written down once, when everything has happened.
type tally struct {
	end time.Time // of the history

	mu      sync.Mutex // guards all below
	counts  map[tallied]int64
	live    map[int64]int64 // calls in progress by the minute since 1970
	rulings []tollkeeper.Ruling
	low     []lowCount // in the order of time
}

// lowCount is how many customers were low on credit at a time.
type lowCount struct {
	at        time.Time
	customers int64
}

type tallied struct {
	step   tollkeeper.ActivityStep
	at     int64
	metric tollkeeper.Metric
}

const (
	// minutesTold is how far back minutes are counted; before it there are hours only.
	minutesTold = 2 * time.Hour
	// rulingsTold is how far back decisions are kept.
	rulingsTold = 12 * time.Hour
)

func newTally(end time.Time) *tally {
	return &tally{end: end, counts: map[tallied]int64{}, live: map[int64]int64{}}
}

// add counts; y.mu is held.
func (y *tally) add(at time.Time, m tollkeeper.Metric, n int64) {
	y.counts[tallied{tollkeeper.ByHour, at.Truncate(time.Hour).Unix(), m}] += n
	if y.end.Sub(at) < minutesTold {
		y.counts[tallied{tollkeeper.ByMinute, at.Truncate(time.Minute).Unix(), m}] += n
	}
}

func (y *tally) decided(at time.Time, q tollkeeper.Authorization, d tollkeeper.Decision) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.add(at, tollkeeper.DecisionMetric(d.Reason), 1)
	if y.end.Sub(at) < rulingsTold {
		y.rulings = append(y.rulings, tollkeeper.Ruling{CreatedAt: at, Direction: q.Direction, From: q.From, Decision: d})
	}
}

func (y *tally) ended(c tollkeeper.CDR) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.add(c.EndedAt, tollkeeper.MetricCalls, 1)
	y.add(c.EndedAt, tollkeeper.MetricSeconds, int64(c.Duration/time.Second))
	y.add(c.EndedAt, tollkeeper.MetricCharged, int64(c.Charge))
	y.inProgress(c.StartedAt, c.EndedAt)
}

// lives notes a call that is in progress at the end.
func (y *tally) lives(since time.Time) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.inProgress(since, y.end)
}

// inProgress notes when a call was there; y.mu is held.
func (y *tally) inProgress(from, to time.Time) {
	for minute := from.Unix() / 60; minute <= to.Unix()/60; minute++ {
		y.live[minute]++
	}
}

func (y *tally) moved(transfers []tollkeeper.Transfer) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for i := range transfers {
		if x := &transfers[i]; x.Credit == tollkeeper.BookCredit && x.Amount > 0 {
			y.add(x.CreatedAt, tollkeeper.MetricCredited, int64(x.Amount))
		}
	}
}

// lowOnCredit notes how many customers are low on credit, from now on.
func (y *tally) lowOnCredit(now time.Time, customers int64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.low = append(y.low, lowCount{now, customers})
}

// addLow counts in every hour and minute who was low on credit in it; y.mu is held.
func (y *tally) addLow() {
	for i, low := range y.low {
		until := y.end
		if i+1 < len(y.low) {
			until = y.low[i+1].at
		}
		for at := low.at.Truncate(time.Minute); low.customers > 0 && !at.After(until); at = at.Add(time.Minute) {
			hour := tallied{tollkeeper.ByHour, at.Truncate(time.Hour).Unix(), tollkeeper.MetricLow}
			y.counts[hour] = max(y.counts[hour], low.customers)
			if y.end.Sub(at) < minutesTold {
				minute := tallied{tollkeeper.ByMinute, at.Unix(), tollkeeper.MetricLow}
				y.counts[minute] = max(y.counts[minute], low.customers)
			}
		}
	}
}

// write writes down what was counted.
func (y *tally) write(ctx context.Context, s *store.Store) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.addLow()
	for minute, calls := range y.live {
		at := time.Unix(minute*60, 0)
		hour := tallied{tollkeeper.ByHour, at.Truncate(time.Hour).Unix(), tollkeeper.MetricLive}
		y.counts[hour] = max(y.counts[hour], calls)
		if y.end.Sub(at) < minutesTold {
			y.counts[tallied{tollkeeper.ByMinute, at.Unix(), tollkeeper.MetricLive}] = calls
		}
	}
	var counts []tollkeeper.Count
	for k, n := range y.counts {
		counts = append(counts, tollkeeper.Count{Step: k.step, At: time.Unix(k.at, 0).UTC(), Metric: k.metric, Amount: n})
	}
	slices.SortStableFunc(y.rulings, func(a, b tollkeeper.Ruling) int { return a.CreatedAt.Compare(b.CreatedAt) })
	var at time.Time
	ids := tollkeeper.NewGenerator(func() time.Time { return at }, tollkeeper.ID{})
	for i := range y.rulings {
		at = y.rulings[i].CreatedAt
		y.rulings[i].ID = ids.New()
	}
	return s.AddActivity(ctx, counts, y.rulings)
}
