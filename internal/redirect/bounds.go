package redirect

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tollkeeper/internal/guard"
)

// Limits of sockets and connections. Idle ones cost little but memory, and are closed
// in the end.
const (
	socketBuffer   = 4 << 20 // a second of several thousand messages
	maxConnections = 2000
	maxOfAddress   = 500 // some switches open one for each call
	idleTimeout    = 10 * time.Minute
)

// knows reports whether an address is that of a switch.
func (d *Door) knows(address net.Addr) bool {
	at, err := netip.ParseAddrPort(address.String())
	if err == nil && slices.ContainsFunc(d.Networks, func(n netip.Prefix) bool { return n.Contains(at.Addr().Unmap()) }) {
		return true
	}
	d.Count(Unknown)
	return false
}

// packets passes on only what comes from switches.
type packets struct {
	*net.UDPConn
	door *Door
}

// ReadFrom reads the next packet of a switch.
func (p *packets) ReadFrom(b []byte) (n int, from net.Addr, err error) {
	for {
		n, from, err = p.UDPConn.ReadFrom(b)
		if p.door.isClosed() || err == nil && p.door.knows(from) {
			return n, from, err
		}
		if err != nil {
			time.Sleep(time.Millisecond) // such as an ICMP error for an answer sent before
		}
	}
}

// switches takes connections of switches only, and no more than there is room for.
type switches struct {
	net.Listener
	door   *Door
	places *guard.Places
}

// Accept takes the next connection of a switch.
func (l *switches) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		switch {
		case err != nil && l.door.isClosed():
			return nil, err
		case err != nil:
			time.Sleep(10 * time.Millisecond) // such as no file descriptors left
			continue
		case !l.door.knows(conn.RemoteAddr()):
			conn.Close()
			continue
		}
		at := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
		if l.places.Take(at) {
			return &connection{Conn: conn, leave: func() { l.places.Leave(at) }}, nil
		}
		l.door.Count(Crowded)
		conn.Close()
	}
}

// connection is closed after a long silence, and gives its place back.
type connection struct {
	net.Conn
	leave func()
	once  sync.Once
}

func (c *connection) Read(b []byte) (int, error) {
	c.SetReadDeadline(time.Now().Add(idleTimeout))
	return c.Conn.Read(b)
}

// Close gives the place back, once.
func (c *connection) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}
