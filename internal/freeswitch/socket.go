package freeswitch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// socket is a connection to the event socket of FreeSWITCH (mod_event_socket).
// Libraries for it run each event in a goroutine of its own, without a bound and out
// of order; here one reader sees them as they come.
type socket struct {
	conn   net.Conn
	reader *bufio.Reader
}

// headers are the lines "name: value" of a message, or of the event in one.
type headers map[string]string

// value returns a header without its percent-encoding.
func (h headers) value(name string) string { return unescaped(h[name]) }

// message is what comes over the socket.
type message struct {
	headers
	body []byte
}

// Limits of the socket. A FreeSWITCH that breaks them is cut off.
const (
	dialTimeout  = 5 * time.Second
	writeTimeout = 5 * time.Second
	// maxMessage is far above an event with hundreds of variables.
	maxMessage = 1 << 20
	// quietTimeout is longer than the time between FreeSWITCH's own heartbeats, 20 s.
	quietTimeout = 65 * time.Second
)

// subscription is what the door wants to hear of.
const subscription = "event plain HEARTBEAT CHANNEL_ANSWER SESSION_HEARTBEAT CHANNEL_HANGUP_COMPLETE"

// dial connects, signs in with the password and subscribes to events.
func dial(ctx context.Context, address, password string) (*socket, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	s := &socket{conn: conn, reader: bufio.NewReader(conn)}
	conn.SetDeadline(time.Now().Add(dialTimeout))
	if err := s.greet(password); err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return s, nil
}

func (s *socket) greet(password string) error {
	hello, err := s.read()
	if err != nil {
		return fmt.Errorf("wait for the greeting: %w", err)
	}
	if kind := hello.value("Content-Type"); kind != "auth/request" {
		return fmt.Errorf("the peer is no event socket, or refuses this address (%q)", kind)
	}
	for _, command := range []string{"auth " + password, subscription} {
		if _, err := io.WriteString(s.conn, command+"\n\n"); err != nil {
			return err
		}
		reply, err := s.read()
		if err != nil {
			return err
		}
		if text := reply.value("Reply-Text"); !strings.HasPrefix(text, "+OK") {
			name, _, _ := strings.Cut(command, " ")
			return fmt.Errorf("%s was refused: %s", name, text)
		}
	}
	return nil
}

// api asks FreeSWITCH to run a command in the background. Its outcome is of no use:
// the call may be over by then.
func (s *socket) api(command string) error {
	s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := io.WriteString(s.conn, "bgapi "+command+"\n\n")
	return err
}

// close ends the connection; whoever reads from it gets an error.
func (s *socket) close() { s.conn.Close() }

// next waits for the next event. Replies to commands are passed over.
func (s *socket) next() (headers, error) {
	for {
		s.conn.SetReadDeadline(time.Now().Add(quietTimeout))
		m, err := s.read()
		if err != nil {
			return nil, err
		}
		switch m.value("Content-Type") {
		case "text/event-plain":
			event, _, err := readHeaders(bufio.NewReader(strings.NewReader(string(m.body))), len(m.body))
			return event, err
		case "text/disconnect-notice":
			return nil, io.EOF
		}
	}
}

// read reads one message.
func (s *socket) read() (m message, err error) {
	var left int
	if m.headers, left, err = readHeaders(s.reader, maxMessage); err != nil {
		return m, err
	}
	text := m.value("Content-Length")
	if text == "" {
		return m, nil
	}
	length, err := strconv.Atoi(text)
	if err != nil || length < 0 || length > left {
		return m, fmt.Errorf("the length of a message is %q", text)
	}
	m.body = make([]byte, length)
	_, err = io.ReadFull(s.reader, m.body)
	return m, err
}

var errTooLong = errors.New("a message is longer than 1 MiB")

// readHeaders reads lines up to an empty one, of at most limit bytes, and returns how
// many are left of them. Names are case-sensitive, as FreeSWITCH's variables are.
func readHeaders(r *bufio.Reader, limit int) (h headers, left int, err error) {
	h = headers{}
	for {
		var line strings.Builder
		for more := true; more; {
			part, prefix, err := r.ReadLine()
			if err == io.EOF && len(h) > 0 {
				return h, limit, nil
			}
			if err != nil {
				return nil, limit, err
			}
			if limit -= len(part) + 1; limit < 0 {
				return nil, 0, errTooLong
			}
			line.Write(part)
			more = prefix
		}
		if line.Len() == 0 {
			return h, limit, nil
		}
		name, value, ok := strings.Cut(line.String(), ":")
		if !ok {
			return nil, limit, fmt.Errorf("%q is no header", shortened(line.String()))
		}
		h[name] = strings.TrimSpace(value)
	}
}

func shortened(text string) string { return text[:min(len(text), 80)] }
