package radius

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"tollkeeper/internal/guard"
)

// Limits of connections. Idle ones cost little but memory, and are closed in the end.
const (
	maxConnections   = 2000
	maxOfAddress     = 200
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 10 * time.Minute
	sendTimeout      = 5 * time.Second
)

// radsecSecret is that of all packets within TLS, which proves who sends them (RFC
// 6614, section 2.3).
const radsecSecret = "radsec"

// accept takes connections from the networks of clients, and from nobody else.
func (d *Door) accept(listener net.Listener, config *tls.Config) {
	places := guard.NewPlaces(maxConnections, maxOfAddress)
	for {
		raw, err := listener.Accept()
		if d.isClosed() {
			if err == nil {
				raw.Close()
			}
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // such as no file descriptors left
			continue
		}
		from := raw.RemoteAddr().(*net.TCPAddr).AddrPort()
		c := d.Clients.At(from.Addr())
		if c == nil {
			d.drop(Unknown, from, "")
			raw.Close()
			continue
		}
		if !places.Take(from.Addr()) {
			d.drop(Crowded, from, c.Name)
			raw.Close()
			continue
		}
		d.working.Go(func() {
			defer places.Leave(from.Addr())
			d.converse(tls.Server(raw, config), from, c)
		})
	}
}

// converse reads the packets of one connection until it is broken, silent or wrong.
func (d *Door) converse(conn *tls.Conn, from netip.AddrPort, c *Client) {
	defer conn.Close()
	if !d.keep(conn) {
		return
	}
	defer d.forget(conn)
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	if err := conn.Handshake(); err != nil {
		d.drop(Forged, from, c.Name)
		return
	}
	conn.SetDeadline(time.Time{})
	inside := *c // the same places, and the secret of all
	inside.Secret = radsecSecret
	var sending sync.Mutex
	buffer := make([]byte, maxPacket)
	for {
		if d.isClosed() {
			return
		}
		conn.SetReadDeadline(time.Now().Add(idleTimeout))
		raw, err := readPacket(conn, buffer)
		if err != nil {
			return
		}
		d.receive(raw, from, &inside, func(reply []byte) {
			sending.Lock()
			defer sending.Unlock()
			conn.SetWriteDeadline(time.Now().Add(sendTimeout))
			if _, err := conn.Write(reply); err != nil {
				conn.Close()
			}
		})
	}
}

// readPacket reads the octets of one packet, which says itself how many they are.
func readPacket(from io.Reader, buffer []byte) ([]byte, error) {
	if _, err := io.ReadFull(from, buffer[:4]); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint16(buffer[2:]))
	if length < headerSize || length > maxPacket {
		return nil, errLength
	}
	_, err := io.ReadFull(from, buffer[4:length])
	return buffer[:length], err
}

// keep notes a connection, so that Close can end it; false when it is too late.
func (d *Door) keep(conn net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.conns[conn] = struct{}{}
	}
	return !d.closed
}

func (d *Door) forget(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, conn)
}
