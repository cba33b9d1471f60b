// Package directory knows from memory whose trunks and numbers are, so that a call
// costs no look-up. What it knows is never older than a second, on any node: the
// database counts the changes, and each node asks twice a second what has changed.
//
// All trunks are kept, for the one with the longest matching network can be found in
// no other way. Numbers, of which there may be very many, are kept once they were
// called.
package directory

import (
	"context"
	"sync"
	"time"

	"tollkeeper"
)

// Store keeps trunks and numbers.
type Store interface {
	DirectoryChanges(ctx context.Context, after int64) (tollkeeper.DirectoryChanges, error)
	Trunks(context.Context) ([]tollkeeper.Trunk, error)
	Trunk(context.Context, tollkeeper.ID) (tollkeeper.Trunk, error)
	NumberByE164(context.Context, string) (tollkeeper.Number, error)
}

const (
	// trustFor is how long nothing is asked. It leaves half a second to the asking, so
	// that a change counts within one.
	trustFor = 500 * time.Millisecond
	// trustInFailure is how long what is known serves while the database cannot be
	// asked.
	trustInFailure = time.Hour
	// askFor bounds how long a call waits for an answer where something is known: a
	// database that does not answer is one that cannot be asked.
	askFor = 2 * time.Second
	// maxNumbers bounds the memory of numbers, to some 50 MB. Beyond it all are looked
	// up anew.
	maxNumbers = 500_000
)

// Directory finds trunks and numbers. Its methods are safe for concurrent use.
type Directory struct {
	store Store
	now   func() time.Time

	refreshing sync.Mutex // held by whoever asks what has changed

	mu         sync.RWMutex // guards all below
	asked      time.Time    // when it was last asked what has changed
	answered   time.Time    // and when that was last known; zero: never
	generation int64
	trunks     trunks
	numbers    map[string]owner // those called lately
}

// owner is what a call to a number needs to know. It has no customer where the number
// is nobody's.
type owner struct {
	customer tollkeeper.ID
	price    tollkeeper.InboundPrice
}

// New makes a directory, which reads the trunks when it is first asked.
func New(store Store, now func() time.Time) *Directory {
	return &Directory{store: store, now: now, numbers: map[string]owner{}}
}

// Trunk returns the trunk that a call came by: the one that the switch names, else the
// one whose digest user signed in, else the one with the longest network that the
// source lies in, and of those one with the source's port before one with any port.
// Found is false where there is none.
func (d *Directory) Trunk(ctx context.Context, key tollkeeper.TrunkKey) (t tollkeeper.Trunk, found bool, err error) {
	if err := d.refresh(ctx); err != nil {
		return t, false, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, found = d.trunks.find(key)
	return t, found, nil
}

// Digest returns what proves the password of a digest user. Found is false where there
// is no such user.
func (d *Directory) Digest(ctx context.Context, user string) (digest tollkeeper.Digest, found bool, err error) {
	t, found, err := d.Trunk(ctx, tollkeeper.TrunkKey{User: user})
	return t.Digest, found, err
}

// Number returns whose a number is, and what a call to it costs its owner. The
// customer is zero where it is nobody's, or not active.
func (d *Directory) Number(ctx context.Context, e164 string) (customer tollkeeper.ID, price tollkeeper.InboundPrice, err error) {
	if err := d.refresh(ctx); err != nil {
		return customer, price, err
	}
	d.mu.RLock()
	known, ok := d.numbers[e164]
	generation := d.generation
	d.mu.RUnlock()
	if !ok {
		n, err := d.store.NumberByE164(ctx, e164)
		if err != nil {
			return customer, price, err
		}
		if n.Status == tollkeeper.NumberActive {
			known = owner{n.Customer, n.Inbound}
		}
		d.keep(e164, known, generation)
	}
	return known.customer, known.price, nil
}

// keep remembers a number, unless something has changed since it was asked for.
func (d *Directory) keep(e164 string, number owner, generation int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.generation != generation {
		return
	}
	if len(d.numbers) >= maxNumbers {
		clear(d.numbers)
	}
	d.numbers[e164] = number
}

// refresh forgets what has changed. Of many callers one asks, and the others go on
// with what is known, unless that is nothing.
func (d *Directory) refresh(ctx context.Context) error {
	now := d.now()
	if fresh, known := d.age(now); fresh {
		return nil
	} else if !known {
		d.refreshing.Lock()
	} else if !d.refreshing.TryLock() {
		return nil
	}
	defer d.refreshing.Unlock()
	fresh, known := d.age(now)
	if fresh { // another has asked meanwhile
		return nil
	}
	if known {
		within, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		ctx = within
	}
	err := d.ask(ctx, now)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeUnavailable && d.outlasts(d.now()) {
		return nil
	}
	return err
}

func (d *Directory) age(now time.Time) (fresh, known bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	since := now.Sub(d.asked)
	return !d.answered.IsZero() && since >= 0 && since < trustFor, !d.answered.IsZero()
}

// outlasts notes that the database could not be asked, and reports whether what is
// known serves all the same.
func (d *Directory) outlasts(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = now
	return !d.answered.IsZero() && now.Sub(d.answered) < trustInFailure
}

// ask learns what has changed. Called with refreshing held.
func (d *Directory) ask(ctx context.Context, now time.Time) error {
	changes, err := d.store.DirectoryChanges(ctx, d.generation)
	if err != nil {
		return err
	}
	all := d.answered.IsZero() || changes.All
	var list []tollkeeper.Trunk
	if all {
		list, err = d.store.Trunks(ctx)
	} else {
		list, err = d.trunksOf(ctx, changes.Trunks)
	}
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if all {
		d.trunks = newTrunks()
	}
	for i := range list {
		d.trunks.set(&list[i])
	}
	if all || changes.AllNumbers {
		clear(d.numbers)
	}
	for _, e164 := range changes.Numbers {
		delete(d.numbers, e164)
	}
	d.asked, d.answered, d.generation = now, now, changes.Generation
	return nil
}

// trunksOf reads trunks anew. One that is gone is not active.
func (d *Directory) trunksOf(ctx context.Context, ids []tollkeeper.ID) (list []tollkeeper.Trunk, err error) {
	for _, id := range ids {
		t, err := d.store.Trunk(ctx, id)
		if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
			t, err = tollkeeper.Trunk{ID: id}, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}
