package redirect

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"tollkeeper"
	"tollkeeper/internal/guard"
)

// Config is what a door needs.
type Config struct {
	Calls    Calls
	Networks []netip.Prefix // who may ask; what comes from elsewhere is dropped unread
	Next     string         // host:port that allowed calls are redirected to; "": back to who asked
	Decline  bool           // deny by 603, so that a switch tries no other route; Reason has the status
	Log      *slog.Logger
	Observe  func(operation string, d tollkeeper.Decision)
	Count    func(Outcome)
}

// Outcome is what became of a message.
type Outcome string

// The outcomes of messages.
const (
	Answered Outcome = "answered"
	Failed   Outcome = "failed"  // could not be decided
	Unknown  Outcome = "unknown" // from nobody's network
	Crowded  Outcome = "crowded" // more than the door takes at once
)

// maxUnderWay bounds the calls that wait for a decision.
const maxUnderWay = 1024

// Door answers SIP until it is closed.
type Door struct {
	Config
	agent     *sipgo.UserAgent
	server    *sipgo.Server
	slots     chan struct{} // a place for each call that waits for a decision
	mu        sync.Mutex    // guards closers and closed
	closers   []func() error
	closed    bool
	listening sync.WaitGroup
}

// The library logs what it could not parse, with the numbers in it. What is worth
// telling the door tells itself.
func init() { sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) }

// Open makes a door that answers nobody yet.
func Open(config Config) (*Door, error) {
	agent, err := sipgo.NewUA(sipgo.WithUserAgent("Tollkeeper"))
	if err != nil {
		return nil, fmt.Errorf("redirect: %w", err)
	}
	server, err := sipgo.NewServer(agent)
	if err != nil {
		return nil, fmt.Errorf("redirect: %w", err)
	}
	d := &Door{Config: config, agent: agent, server: server, slots: make(chan struct{}, maxUnderWay)}
	server.OnInvite(d.invite)
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {}) // of nothing that we answered
	server.OnOptions(func(r *sip.Request, tx sip.ServerTransaction) { d.respond(r, tx, allowing(response(r, 200))) })
	server.OnNoRoute(func(r *sip.Request, tx sip.ServerTransaction) {
		d.respond(r, tx, allowing(response(r, 405)))
	})
	return d, nil
}

// allowing names the methods that are answered (RFC 3261, section 20.5).
func allowing(res *sip.Response) *sip.Response {
	if res.StatusCode == 200 {
		res.Reason = "OK"
	}
	res.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, CANCEL, OPTIONS"))
	return res
}

// Listen answers at an address: over UDP and TCP, or over TLS where secure is given. It
// returns the address it got.
func (d *Door) Listen(address string, secure *tls.Config) (netip.AddrPort, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("sip: %w", err)
	}
	at := listener.Addr().(*net.TCPAddr).AddrPort()
	bounded := &switches{Listener: listener, door: d, places: guard.NewPlaces(maxConnections, maxOfAddress)}
	if secure != nil {
		d.serve(listener.Close, func() error { return d.server.ServeTLS(tls.NewListener(bounded, secure)) })
		return at, nil
	}
	d.serve(listener.Close, func() error { return d.server.ServeTCP(bounded) })
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("sip: %w", err)
	}
	socket.SetReadBuffer(socketBuffer) // the system may allow less
	d.serve(socket.Close, func() error { return d.server.ServeUDP(&packets{UDPConn: socket, door: d}) })
	return at, nil
}

func (d *Door) serve(closer func() error, serve func() error) {
	d.mu.Lock()
	d.closers = append(d.closers, closer)
	d.mu.Unlock()
	d.listening.Go(func() {
		if err := serve(); err != nil && !d.isClosed() {
			d.Log.Error("redirect", "error", err.Error())
		}
	})
}

func (d *Door) isClosed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}

// Close waits for the calls that are being decided, and stops. It may be called more
// than once.
func (d *Door) Close() {
	d.mu.Lock()
	again := d.closed
	d.closed = true
	d.mu.Unlock()
	if again {
		return
	}
	for range maxUnderWay { // nobody comes in any more
		d.slots <- struct{}{}
	}
	for _, closer := range d.closers {
		closer()
	}
	d.listening.Wait()
	d.agent.Close()
}

func (d *Door) enter() bool {
	select {
	case d.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

func (d *Door) leave() { <-d.slots }
