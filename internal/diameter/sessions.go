package diameter

import (
	"sync"
	"time"
)

// Limits of what is remembered. A request that comes again later, or of a session that
// is forgotten, is answered by the ledger, which knows calls by their ids.
const (
	replyTurn   = 30 * time.Second // an answer is remembered for one to two turns
	sessionTurn = 6 * time.Hour    // and a session that says nothing likewise
	maxReplies  = 16 << 10         // of one turn; with more the turn is shorter
	maxSessions = 64 << 10
)

// requestKey tells a request that comes again from another one (RFC 8506, section 8.2).
type requestKey struct {
	session string
	number  uint32
}

// generations remembers things for one to two turns.
type generations[K comparable, V any] struct {
	young, old map[K]V
	turned     time.Time
}

func (g *generations[K, V]) turn(now time.Time, after time.Duration, limit int) {
	if len(g.young) >= limit || now.Sub(g.turned) >= after {
		g.old, g.young, g.turned = g.young, map[K]V{}, now
	}
}

func (g *generations[K, V]) get(key K) (V, bool) {
	v, known := g.young[key]
	if !known {
		v, known = g.old[key]
	}
	return v, known
}

func (g *generations[K, V]) forget(key K) {
	delete(g.young, key)
	delete(g.old, key)
}

// progress is how long a call has been going on, and the last request that said so.
type progress struct {
	number uint32
	used   time.Duration
}

// sessions remembers what was answered, and how long calls have been going on.
type sessions struct {
	mu      sync.Mutex // guards all below
	replies generations[requestKey, *outcome]
	calls   generations[string, progress]
}

// begin reports whether a request is new. One that is not gets its answer; nil while
// that is being made.
func (s *sessions) begin(key requestKey, now time.Time) (answer *outcome, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies.turn(now, replyTurn, maxReplies)
	if answer, known := s.replies.get(key); known {
		return answer, false
	}
	s.replies.young[key] = nil
	return nil, true
}

// done remembers an answer; nil forgets the request, so that it is taken up when it
// comes again.
func (s *sessions) done(key requestKey, answer *outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies.forget(key)
	if answer != nil {
		s.replies.young[key] = answer
	}
}

// start remembers a call that has been allowed.
func (s *sessions) start(session string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.calls.get(session); !known {
		s.calls.turn(now, sessionTurn, maxSessions)
		s.calls.young[session] = progress{}
	}
}

// add is how long a call has been going on, with what a request adds; one that comes
// again adds nothing. Where the call is not remembered, the first request after the
// initial one tells all there is, and later ones do not: nil.
func (s *sessions) add(key requestKey, more time.Duration, now time.Time) *time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	call, known := s.calls.get(key.session)
	if !known && key.number > 1 {
		return nil
	}
	if key.number > call.number {
		call = progress{key.number, call.used + more}
		s.calls.turn(now, sessionTurn, maxSessions)
		s.calls.forget(key.session)
		s.calls.young[key.session] = call
	}
	return &call.used
}

// end forgets a call.
func (s *sessions) end(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.forget(session)
}
