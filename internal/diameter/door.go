package diameter

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/guard"
	"tollkeeper/internal/recent"
)

// Config is what a door needs.
type Config struct {
	Calls    Calls
	Networks []netip.Prefix // who may connect; others are hung up on
	Peers    []string       // the Origin-Hosts that may ask; empty: all within the networks
	Host     string         // our Origin-Host
	Realm    string         // our Origin-Realm
	Log      *slog.Logger
	Observe  func(operation string, d tollkeeper.Decision)
	Count    func(Outcome)
}

// Outcome is what became of a message.
type Outcome string

// The outcomes of messages.
const (
	Answered Outcome = "answered"
	Repeated Outcome = "repeated" // answered from memory, as before
	Failed   Outcome = "failed"   // could not be decided
	Garbled  Outcome = "garbled"  // not Diameter: the connection is closed
	Unknown  Outcome = "unknown"  // from nobody's network or host
	Crowded  Outcome = "crowded"  // more than the door takes at once
)

// Limits of connections. A peer that is well sends a watchdog every 30 seconds or so
// (RFC 3539, section 3.4.1).
const (
	maxConnections = 1000
	maxOfAddress   = 100  // connections of one address
	maxUnderWay    = 1024 // requests that wait for a decision
	maxOfPeer      = 256  // requests of one connection; the next waits
	maxMessage     = 16 << 10
	helloTimeout   = 10 * time.Second // until the capabilities are exchanged
	idleTimeout    = 2 * time.Minute
	messageTimeout = 10 * time.Second // from a message's first octet to its last
	answerTimeout  = 8 * time.Second  // below the 10 seconds of Tx (RFC 8506, section 13)
)

// Door answers Diameter until it is closed.
type Door struct {
	Config
	slots     chan struct{} // a place for each request under way
	answers   *recent.Answers[requestKey, outcome]
	sessions  *sessions
	places    *guard.Places
	mu        sync.Mutex // guards all below
	listeners []net.Listener
	peers     map[*peer]bool
	closed    bool
	serving   sync.WaitGroup
}

// Open makes a door that answers nobody yet.
func Open(config Config) *Door {
	return &Door{
		Config: config, slots: make(chan struct{}, maxUnderWay), answers: recent.NewAnswers[requestKey, outcome](replyTurn, maxReplies),
		sessions: newSessions(), places: guard.NewPlaces(maxConnections, maxOfAddress), peers: map[*peer]bool{},
	}
}

// Listen answers at an address: over TCP, or over TLS where secure is given. It returns
// the address it got.
func (d *Door) Listen(address string, secure *tls.Config) (netip.AddrPort, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("diameter: %w", err)
	}
	d.mu.Lock()
	d.listeners = append(d.listeners, listener)
	d.mu.Unlock()
	d.serving.Go(func() { d.accept(listener, secure) })
	return listener.Addr().(*net.TCPAddr).AddrPort(), nil
}

// accept takes connections until the listener is closed.
func (d *Door) accept(listener net.Listener, secure *tls.Config) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			if d.isClosed() {
				return
			}
			time.Sleep(10 * time.Millisecond) // such as no file descriptors left
			continue
		}
		at := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		if !slices.ContainsFunc(d.Networks, func(n netip.Prefix) bool { return n.Contains(at) }) {
			d.Count(Unknown)
			conn.Close()
			continue
		}
		if secure != nil {
			conn = tls.Server(conn, secure)
		}
		p := &peer{door: d, conn: conn, at: at, slots: make(chan struct{}, maxOfPeer), log: d.Log.With("peer", at.String())}
		if !d.enter(p) {
			d.Count(Crowded)
			conn.Close()
			continue
		}
		d.serving.Go(func() {
			defer d.leave(p)
			p.serve()
		})
	}
}

// enter makes room for a peer; false where there is none.
func (d *Door) enter(p *peer) bool {
	if !d.places.Take(p.at) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		d.places.Leave(p.at)
		return false
	}
	d.peers[p] = true
	return true
}

func (d *Door) leave(p *peer) {
	p.conn.Close()
	d.places.Leave(p.at)
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.peers, p)
}

func (d *Door) isClosed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}

// Close answers the requests that are being decided, and stops. It may be called more
// than once.
func (d *Door) Close() {
	d.mu.Lock()
	d.closed = true
	for _, l := range d.listeners {
		l.Close()
	}
	for p := range d.peers {
		p.conn.SetReadDeadline(time.Now())
	}
	d.mu.Unlock()
	d.serving.Wait()
}
