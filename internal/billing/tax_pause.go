package billing

import (
	"sync"
	"time"

	"tollkeeper"
)

const (
	// firstPause is how long a tax service is left alone after a failure; it doubles with
	// each failure in a row, up to longestPause.
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
	// maxPauses bounds the customers whose pauses are remembered.
	maxPauses = 10_000
)

// everybody is whom a pause is about when the service itself has failed, and not only
// the question about one customer.
var everybody tollkeeper.ID

// pauses remembers whom the tax service need not be asked about for a while, so that one
// which is slow or gone does not keep payments waiting that need no taxes.
type pauses struct {
	mu  sync.Mutex // guards the map
	all map[tollkeeper.ID]pause
}

type pause struct {
	failures int
	until    time.Time
	reason   error
}

// active returns why a customer is not asked about now; nil when one may ask.
func (p *pauses) active(customer tollkeeper.ID, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, whom := range []tollkeeper.ID{everybody, customer} {
		if now.Before(p.all[whom].until) {
			return p.all[whom].reason
		}
	}
	return nil
}

// failed begins a pause, longer than the one before.
func (p *pauses) failed(whom tollkeeper.ID, now time.Time, reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil || len(p.all) >= maxPauses {
		p.all = map[tollkeeper.ID]pause{}
	}
	one := p.all[whom]
	one.until, one.reason = now.Add(min(firstPause<<min(one.failures, 10), longestPause)), reason
	one.failures++
	p.all[whom] = one
}

// worked ends the pauses of the service and of a customer.
func (p *pauses) worked(customer tollkeeper.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, everybody)
	delete(p.all, customer)
}
