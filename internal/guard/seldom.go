package guard

import (
	"sync"
	"time"
)

// complainEvery keeps whoever sends rubbish without end from filling the log.
const complainEvery = time.Second

// Seldom bounds complaints in a log. Its zero value is ready, and safe for concurrent use.
type Seldom struct {
	mu   sync.Mutex // guards last
	last time.Time
}

// Due reports whether there has been no complaint for a while, and that there is one now.
func (s *Seldom) Due() bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last) < complainEvery {
		return false
	}
	s.last = now
	return true
}
