package diameter

import (
	"sync"
	"time"

	"tollkeeper/internal/recent"
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

// progress is how long a call has been going on, and the last request that said so.
type progress struct {
	number uint32
	used   time.Duration
}

// sessions remembers how long calls have been going on.
type sessions struct {
	mu    sync.Mutex // guards calls
	calls recent.Map[string, progress]
}

func newSessions() *sessions {
	return &sessions{calls: recent.Map[string, progress]{Turn: sessionTurn, Limit: maxSessions}}
}

// start remembers a call that has been allowed.
func (s *sessions) start(session string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.calls.Get(session, now); !known {
		s.calls.Put(session, progress{}, now)
	}
}

// add is how long a call has been going on, with what a request adds; one that comes
// again adds nothing. Where the call is not remembered, the first request after the
// initial one tells all there is, and later ones do not: nil.
func (s *sessions) add(key requestKey, more time.Duration, now time.Time) *time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	call, known := s.calls.Get(key.session, now)
	if !known && key.number > 1 {
		return nil
	}
	if key.number > call.number {
		call = progress{key.number, call.used + more}
		s.calls.Put(key.session, call, now)
	}
	return &call.used
}

// end forgets a call.
func (s *sessions) end(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.Forget(session)
}
