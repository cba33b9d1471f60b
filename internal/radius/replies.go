package radius

import (
	"net/netip"
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
