// Package balances lists what is on all customers' accounts. Balances change with every
// call, so that an index in the database, which would make sorting by them quick, would
// have to be written by every call. They are read instead all at once, now and then and
// only while somebody looks, and every list says of which moment it is.
package balances

import (
	"context"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// Store reads all balances.
type Store interface {
	// AllBalances returns the balances of all customers of one moment, in no order, and
	// fails when there are more than limit.
	AllBalances(ctx context.Context, limit int) ([]tollkeeper.CustomerBalance, error)
}

const (
	// Every is how often balances are read while somebody looks.
	Every = 5 * time.Second
	// attention is for how long after a look they are kept up to date. Then they are
	// forgotten.
	attention = 10 * time.Minute
	// oldest is the age at which balances are not shown any more.
	oldest = time.Minute
	// rest is how long nothing is read after a reading, in its own lengths: it takes a
	// twentieth of one core at most, however many customers there are.
	rest = 20
	// limit bounds the customers of whom balances are kept, by 60 MB of memory.
	limit = 1_000_000
)

// Balances keeps the balances that were read last. Its methods are safe for concurrent
// use.
type Balances struct {
	store   Store
	now     func() time.Time
	reading chan struct{} // has room for who reads

	mu     sync.Mutex // guards all below
	last   *reading   // nil: none
	looked time.Time  // when somebody last asked
}

// reading are the balances of one moment. It does not change.
type reading struct {
	at       time.Time
	took     time.Duration
	balances []tollkeeper.CustomerBalance // the lowest first
}

// New makes Balances that have read nothing yet.
func New(store Store, now func() time.Time) *Balances {
	return &Balances{store: store, now: now, reading: make(chan struct{}, 1)}
}

// Find returns a page of balances, the lowest available one first where f does not say,
// and of which moment they all are: a minute ago at most, and usually less than Every.
func (b *Balances) Find(ctx context.Context, f *query.Find) (page tollkeeper.Page[tollkeeper.CustomerBalance], at time.Time, err error) {
	b.mu.Lock()
	b.looked = b.now()
	b.mu.Unlock()
	r := b.recent(oldest)
	if r == nil {
		if r, err = b.read(ctx, oldest); err != nil {
			return page, at, err
		}
	}
	return r.find(f), r.at, nil
}

// Refresh reads the balances again while somebody looks, and forgets them after that.
func (b *Balances) Refresh(ctx context.Context) (done int, err error) {
	b.mu.Lock()
	watched := !b.looked.IsZero() && b.now().Sub(b.looked) < attention
	if !watched {
		b.last = nil
	}
	last := b.last
	b.mu.Unlock()
	if !watched || last != nil && b.now().Sub(last.at) < rest*last.took {
		return 0, nil
	}
	r, err := b.read(ctx, Every/2)
	if err != nil {
		return 0, err
	}
	return len(r.balances), nil
}

// recent is what was read last, unless it is older than an age.
func (b *Balances) recent(age time.Duration) *reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil || b.now().Sub(b.last.at) > age {
		return nil
	}
	return b.last
}

// read reads the balances, unless somebody else has done so within an age while this
// one waited.
func (b *Balances) read(ctx context.Context, age time.Duration) (*reading, error) {
	select {
	case b.reading <- struct{}{}:
		defer func() { <-b.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r := b.recent(age); r != nil {
		return r, nil
	}
	r := &reading{at: b.now()}
	var err error
	if r.balances, err = b.store.AllBalances(ctx, limit); err != nil {
		return nil, err
	}
	r.sort()
	r.took = b.now().Sub(r.at)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = r
	return r, nil
}
