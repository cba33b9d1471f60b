package radius

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/guard"
	"tollkeeper/internal/recent"
)

// Config is what a door needs.
type Config struct {
	Calls    Calls
	Trunks   Trunks
	Balances Balances
	Clients  Clients
	Currency string // ISO 4217, for switches that announce credit
	Log      *slog.Logger
	Observe  func(operation string, d tollkeeper.Decision)
	Count    func(outcome Outcome) // of every packet
}

// Outcome is what became of a packet.
type Outcome string

// The outcomes of packets.
const (
	Answered   Outcome = "answered"
	Repeated   Outcome = "repeated"   // came again, and got its reply again or is being worked on
	Unanswered Outcome = "unanswered" // could not be answered for certain
	Unknown    Outcome = "unknown"    // from nobody's network
	Malformed  Outcome = "malformed"  // no RADIUS packet, or none that we answer
	Forged     Outcome = "forged"     // not made with the client's secret
	Unsigned   Outcome = "unsigned"   // without the Message-Authenticator that it must have
	Crowded    Outcome = "crowded"    // more than a client may have under way
)

// Outcomes lists every outcome.
var Outcomes = []Outcome{Answered, Repeated, Unanswered, Unknown, Malformed, Forged, Unsigned, Crowded}

// Door answers packets until it is closed.
type Door struct {
	Config
	replies *recent.Answers[replyKey, []byte]
	sockets []*net.UDPConn
	streams []net.Listener
	conns   map[net.Conn]struct{}
	mu      sync.Mutex // guards conns and closed
	closed  bool

	complaints guard.Seldom
	working    sync.WaitGroup
}

// socketBuffer holds the packets that come while others are being read, a second of
// several thousand.
const socketBuffer = 4 << 20

// answerTimeout bounds the work on one packet: no switch waits longer.
const answerTimeout = 10 * time.Second

// Open makes a door that answers nobody yet.
func Open(config Config) *Door {
	return &Door{Config: config, replies: recent.NewAnswers[replyKey, []byte](replyTurn, maxReplies), conns: map[net.Conn]struct{}{}}
}

// Listen answers packets at a UDP address, and returns the one it got.
func (d *Door) Listen(address string) (netip.AddrPort, error) {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("radius-listen: %w", err)
	}
	socket, err := net.ListenUDP("udp", at)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("radius-listen: %w", err)
	}
	socket.SetReadBuffer(socketBuffer) // the system may allow less
	d.sockets = append(d.sockets, socket)
	d.working.Go(func() { d.serve(socket) })
	return socket.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// ListenTLS answers packets in TLS connections (RFC 6614).
func (d *Door) ListenTLS(address string, config *tls.Config) (net.Addr, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("radius-tls-listen: %w", err)
	}
	d.streams = append(d.streams, listener)
	d.working.Go(func() { d.accept(listener, config) })
	return listener.Addr(), nil
}

// Close answers what is under way and stops. It may be called more than once.
func (d *Door) Close() {
	d.mu.Lock()
	d.closed = true
	for _, s := range d.sockets {
		s.SetReadDeadline(time.Now()) // wakes the reader; replies can still be sent
	}
	for _, l := range d.streams {
		l.Close()
	}
	for c := range d.conns {
		c.Close() // what it has asked is asked again
	}
	d.mu.Unlock()
	d.working.Wait()
	for _, s := range d.sockets {
		s.Close()
	}
}

func (d *Door) isClosed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}

// serve reads one socket. What can be told without the database is told here, so that
// a flood of rubbish costs no more than reading it.
func (d *Door) serve(socket *net.UDPConn) {
	buffer := make([]byte, maxPacket)
	for {
		n, from, err := socket.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if d.isClosed() || errors.Is(err, net.ErrClosed) {
				return
			}
			continue // such as an ICMP error for a reply sent before
		}
		d.receive(buffer[:n], from, d.Clients.At(from.Addr()), func(reply []byte) {
			socket.WriteToUDPAddrPort(reply, from) // one that is lost is asked for again
		})
	}
}

// receive checks a packet and sets the work on it going.
func (d *Door) receive(raw []byte, from netip.AddrPort, c *Client, send func([]byte)) {
	if c == nil {
		d.drop(Unknown, from, "")
		return
	}
	p, err := parse(raw)
	if err != nil || p.code != accessRequest && p.code != accountingRequest && p.code != statusServer {
		d.drop(Malformed, from, c.Name)
		return
	}
	authentic, signed := p.authentic([]byte(c.Secret))
	switch {
	case !authentic:
		d.drop(Forged, from, c.Name)
		return
	case !signed && (p.code == statusServer || p.code == accessRequest && !c.Unsigned):
		d.drop(Unsigned, from, c.Name)
		return
	}
	if !c.enter() {
		d.drop(Crowded, from, c.Name)
		return
	}
	key := replyKey{from: from, code: p.code, id: p.id, authenticator: p.authenticator}
	reply, first := d.replies.Begin(key, time.Now())
	if !first {
		c.leave()
		d.Count(Repeated)
		if reply != nil {
			send(*reply)
		}
		return
	}
	p.raw = append([]byte(nil), p.raw...) // the buffer is used again
	d.working.Go(func() {
		defer c.leave()
		signed := d.answer(c, &p)
		if signed == nil {
			d.replies.Done(key, nil, time.Now())
			d.Count(Unanswered)
			return
		}
		d.replies.Done(key, &signed, time.Now())
		d.Count(Answered)
		send(signed)
	})
}

// answer makes the reply to a packet; nil where it gets none.
func (d *Door) answer(c *Client, p *packet) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	var r *reply
	var err error
	switch p.code {
	case accessRequest:
		r, err = d.access(ctx, c, p)
	case accountingRequest:
		r, err = d.account(ctx, c, p)
	default: // Status-Server asks whether anybody is there (RFC 5997)
		r = newReply(accessAccept, p)
	}
	if err != nil {
		d.Log.Warn("radius", "client", c.Name, "code", byte(p.code), "callId", p.text(acctSessionID), "error", err.Error())
	}
	if r == nil {
		return nil
	}
	return r.sign([]byte(c.Secret))
}

// drop counts a packet that gets no answer, and now and then says so.
func (d *Door) drop(why Outcome, from netip.AddrPort, client string) {
	d.Count(why)
	if d.complaints.Due() {
		d.Log.Warn("radius", "dropped", string(why), "from", from.String(), "client", client)
	}
}
