package radius

import (
	"net/netip"
	"sync"
	"time"
)

// Limits of the remembered replies. RFC 5080, section 2.2.2, wants 5 to 30 seconds; a
// request that comes again later is answered by the ledger as before.
const (
	replyTurn  = 15 * time.Second // a reply is remembered for one to two turns
	maxReplies = 32 << 10         // of one turn, about 10 MB; with more the turn is shorter
)

// replyKey tells a request that comes again from another one.
type replyKey struct {
	from          netip.AddrPort
	code          code
	id            byte
	authenticator [authenticatorSize]byte
}

// replies remembers what was answered. A nil reply is one that is being made.
type replies struct {
	mu         sync.Mutex // guards all below
	young, old map[replyKey][]byte
	turned     time.Time
}

// begin reports whether a request is new. One that is not gets its reply; nil while
// that is being made.
func (r *replies) begin(key replyKey, now time.Time) (reply []byte, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young) >= maxReplies || now.Sub(r.turned) >= replyTurn {
		r.old, r.young, r.turned = r.young, map[replyKey][]byte{}, now
	}
	if reply, known := r.young[key]; known {
		return reply, false
	}
	if reply, known := r.old[key]; known {
		return reply, false
	}
	r.young[key] = nil
	return nil, true
}

// done remembers the reply; nil forgets the request, so that it is taken up when it
// comes again.
func (r *replies) done(key replyKey, reply []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.young
	if _, known := at[key]; !known {
		at = r.old
	}
	if reply == nil {
		delete(at, key)
	} else if _, known := at[key]; known {
		at[key] = reply
	}
}
