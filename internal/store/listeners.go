package store

import (
	"sync"

	"tollkeeper"
)

// listeners are whose calls a webhook wants to hear of.
type listeners struct {
	all       bool // everybody's
	customers map[tollkeeper.ID]bool
}

// listenerCache keeps the listeners until the number in the database is another.
type listenerCache struct {
	mu     sync.Mutex // guards all below
	number int64
	cached *listeners // nil: not read yet
}

func (s *Store) listenersOf(t tx, number int64) (*listeners, error) {
	c := &s.listen
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cached != nil && c.number == number {
		return c.cached, nil
	}
	l := &listeners{customers: map[tollkeeper.ID]bool{}}
	err := t.query(func(r row) error {
		if r.null(0) {
			l.all = true
		} else {
			l.customers[r.id(0)] = true
		}
		return nil
	}, "SELECT customer FROM webhooks WHERE enabled = 1 AND (' ' || event_types || ' ') LIKE ?", "% "+string(tollkeeper.EventCallEnded)+" %")
	if err == nil {
		c.number, c.cached = number, l
	}
	return l, err
}

// listenersChanged makes every node read the listeners anew.
func listenersChanged(t tx) error {
	return t.later(nil, "UPDATE deck_generation SET listeners = ? WHERE id = 1", newMark())
}
