// Package activity counts what happens, minute by minute, for charts, and keeps the
// latest decisions for people to look at. Nothing of it is needed for a call: what
// is counted is written down every second, and a crash loses what was counted since.
package activity

import (
	"context"
	"sync"
	"time"

	"tollkeeper"
)

// Store keeps the counts and the decisions.
type Store interface {
	// AddActivity adds counts, and keeps rulings.
	AddActivity(ctx context.Context, counts []tollkeeper.Count, rulings []tollkeeper.Ruling) error
	// RulingsAfter returns the rulings of all nodes with higher ids, oldest first.
	RulingsAfter(ctx context.Context, after tollkeeper.ID, limit int) ([]tollkeeper.Ruling, error)
	Holding(context.Context) (calls int64, held tollkeeper.Micros, err error)
	LowOnCredit(context.Context) (customers int64, err error)
}

const (
	// keptPerSecond bounds the rulings that are kept. Those over it are only counted:
	// nobody reads faster.
	keptPerSecond = 20
	// settling is how long a ruling of another node may take to be seen.
	settling = 2 * time.Second
	// readAtOnce bounds the rulings that are handed to watchers in a second.
	readAtOnce = 200
	// watcherBuffer is how many rulings may wait for a slow watcher, who misses others.
	watcherBuffer = 64
	// statesEvery is how often calls in progress and customers low on credit are counted.
	statesEvery = 15 * time.Second
)

// Recorder counts. Its methods are safe for concurrent use.
type Recorder struct {
	store Store
	now   func() time.Time
	newID func() tollkeeper.ID

	mu       sync.Mutex // guards all below
	counts   map[key]int64
	rulings  []tollkeeper.Ruling
	watchers map[chan tollkeeper.Ruling]tollkeeper.ID // which customer's they watch; zero: all
	seen     map[tollkeeper.ID]time.Time              // rulings handed out lately
	statesAt time.Time
}

type key struct {
	minute int64 // since 1970
	metric tollkeeper.Metric
}

// New makes a Recorder. NewID makes the ids of rulings.
func New(store Store, now func() time.Time, newID func() tollkeeper.ID) *Recorder {
	return &Recorder{store: store, now: now, newID: newID, counts: map[key]int64{},
		watchers: map[chan tollkeeper.Ruling]tollkeeper.ID{}, seen: map[tollkeeper.ID]time.Time{}}
}

// Decided notes the decision about a call that wanted to start.
func (r *Recorder) Decided(q tollkeeper.Authorization, d tollkeeper.Decision) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(now, tollkeeper.DecisionMetric(d.Reason), 1)
	if len(r.rulings) < keptPerSecond {
		r.rulings = append(r.rulings, tollkeeper.Ruling{ID: r.newID(), CreatedAt: now, Direction: q.Direction, From: q.From, Decision: d})
	}
}

// Ended notes a call that is over.
func (r *Recorder) Ended(c tollkeeper.CDR) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(c.EndedAt, tollkeeper.MetricCalls, 1)
	r.add(c.EndedAt, tollkeeper.MetricSeconds, int64(c.Duration/time.Second))
	r.add(c.EndedAt, tollkeeper.MetricCharged, int64(c.Charge))
}

// Moved notes entries of the ledger beside those of calls.
func (r *Recorder) Moved(transfers []tollkeeper.Transfer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range transfers {
		x := &transfers[i]
		switch {
		case x.Amount == 0 || x.Kind == tollkeeper.TransferClosing:
		case x.Credit == tollkeeper.BookRevenue:
			r.add(x.CreatedAt, tollkeeper.MetricCharged, int64(x.Amount))
		case x.Credit == tollkeeper.BookCredit:
			r.add(x.CreatedAt, tollkeeper.MetricCredited, int64(x.Amount))
		case x.Debit == tollkeeper.BookCredit:
			r.add(x.CreatedAt, tollkeeper.MetricDebited, int64(x.Amount))
		}
	}
}

// add counts; r.mu is held.
func (r *Recorder) add(at time.Time, m tollkeeper.Metric, n int64) {
	k := key{at.Unix() / 60, m}
	if m.Peak() {
		r.counts[k] = max(r.counts[k], n)
		return
	}
	r.counts[k] += n
}

// Flush writes down what was counted since the last time, and hands the rulings of
// all nodes to those who watch. It is for one goroutine.
func (r *Recorder) Flush(ctx context.Context) (done int, err error) {
	if err := r.countStates(ctx); err != nil {
		return 0, err
	}
	r.mu.Lock()
	counts, rulings := r.counts, r.rulings
	r.counts, r.rulings = map[key]int64{}, nil
	r.mu.Unlock()
	if len(counts)+len(rulings) > 0 {
		if err := r.store.AddActivity(ctx, steps(counts), rulings); err != nil {
			r.takeBack(counts)
			return 0, err
		}
	}
	return len(rulings), r.handOut(ctx)
}

// countStates looks now and then how many calls are in progress, and how many customers
// are low on credit.
func (r *Recorder) countStates(ctx context.Context) error {
	now := r.now()
	r.mu.Lock()
	due := now.Sub(r.statesAt) >= statesEvery || now.Before(r.statesAt)
	r.mu.Unlock()
	if !due {
		return nil
	}
	calls, _, err := r.store.Holding(ctx)
	if err != nil {
		return err
	}
	low, err := r.store.LowOnCredit(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statesAt = now
	for metric, n := range map[tollkeeper.Metric]int64{tollkeeper.MetricLive: calls, tollkeeper.MetricLow: low} {
		if n > 0 {
			r.add(now, metric, n)
		}
	}
	return nil
}

// takeBack keeps counts that could not be written for the next time.
func (r *Recorder) takeBack(counts map[key]int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, n := range counts {
		r.add(time.Unix(k.minute*60, 0), k.metric, n)
	}
}

// steps are counts by the minute and by the hour.
func steps(counts map[key]int64) (all []tollkeeper.Count) {
	for k, n := range counts {
		at := time.Unix(k.minute*60, 0).UTC()
		all = append(all, tollkeeper.Count{Step: tollkeeper.ByMinute, At: at, Metric: k.metric, Amount: n},
			tollkeeper.Count{Step: tollkeeper.ByHour, At: at.Truncate(time.Hour), Metric: k.metric, Amount: n})
	}
	return all
}

// Watch returns a channel of the rulings about one customer's calls, or about all
// for the zero ID. Stop ends it.
func (r *Recorder) Watch(customer tollkeeper.ID) (rulings <-chan tollkeeper.Ruling, stop func()) {
	c := make(chan tollkeeper.Ruling, watcherBuffer)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers[c] = customer
	return c, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, c)
	}
}

// handOut reads the latest rulings, once for all who watch. Those of other nodes may
// become visible late and out of order, so the last seconds are read again, and what
// was handed out is remembered for as long.
func (r *Recorder) handOut(ctx context.Context) error {
	now := r.now()
	r.mu.Lock()
	nobody := len(r.watchers) == 0
	r.mu.Unlock()
	if nobody {
		return nil
	}
	latest, err := r.store.RulingsAfter(ctx, tollkeeper.IDAt(now.Add(-settling)), readAtOnce)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range r.seen {
		if now.Sub(at) > 2*settling {
			delete(r.seen, id)
		}
	}
	for _, ruling := range latest {
		if _, known := r.seen[ruling.ID]; known {
			continue
		}
		r.seen[ruling.ID] = now
		for c, customer := range r.watchers {
			if !customer.IsZero() && customer != ruling.Customer {
				continue
			}
			select {
			case c <- ruling:
			default: // a slow watcher misses some
			}
		}
	}
	return nil
}
