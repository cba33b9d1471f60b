// Package asterisk is the door for Asterisk. Its dialplan asks by FastAGI whether a
// call may be placed, and tells of the end; the manager interface (AMI) tells of
// answers, and is told to let a call go on or to end it.
package asterisk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/guard"
)

// Calls decides about calls.
type Calls interface {
	Authorize(context.Context, admission.Attempt) (tollkeeper.Decision, error)
	Answer(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	Extend(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error)
}

// Observer is told of every decision.
type Observer func(operation string, d tollkeeper.Decision)

// AGIConfig is what an AGI server is made of.
type AGIConfig struct {
	Calls       Calls
	Reports     *admission.Reports
	Observe     Observer
	Log         *slog.Logger
	Networks    []netip.Prefix // of the Asterisks that are served: the protocol has no other proof
	RingSeconds int64          // how long a call may ring before the absolute timeout counts
}

// AGI serves scripts to Asterisk (FastAGI).
type AGI struct {
	AGIConfig
	listener net.Listener
	scripts  map[string]script
	places   *guard.Places
	wait     sync.WaitGroup

	complaints guard.Seldom

	mu     sync.Mutex // guards all below
	conns  map[net.Conn]struct{}
	closed bool
}

// script answers one request of a dialplan.
type script func(ctx context.Context, s *session) error

const (
	// maxSessions bounds the connections that are served at once, and maxOfAddress those
	// of one Asterisk. A script takes milliseconds, so that this is far above what a busy
	// one needs.
	maxSessions  = 1024
	maxOfAddress = 256
	// sessionTimeout ends a script whose Asterisk does not go on.
	sessionTimeout = 10 * time.Second
	// maxEnvironment bounds the lines that Asterisk begins with.
	maxEnvironment = 100
	// maxLine bounds one line, in bytes.
	maxLine = 8 << 10
)

// Listen begins to serve on an address, host:port. Close ends it.
func Listen(address string, config AGIConfig) (*AGI, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for AGI: %w", err)
	}
	a := &AGI{AGIConfig: config, listener: listener, places: guard.NewPlaces(maxSessions, maxOfAddress), conns: map[net.Conn]struct{}{}}
	a.scripts = map[string]script{"authorize": a.authorize, "end": a.end}
	a.wait.Go(a.accept)
	return a, nil
}

// Address is where the server listens.
func (a *AGI) Address() string { return a.listener.Addr().String() }

// Close ends the scripts under way and waits for them. It may be called more than
// once.
func (a *AGI) Close() {
	a.listener.Close()
	a.mu.Lock()
	a.closed = true
	for conn := range a.conns {
		conn.Close()
	}
	a.mu.Unlock()
	a.wait.Wait()
}

func (a *AGI) accept() {
	for {
		conn, err := a.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors, perhaps; others will be closed
			continue
		}
		if !a.admit(conn) {
			conn.Close()
			continue
		}
		a.wait.Go(func() {
			defer a.leave(conn)
			a.serve(conn)
		})
	}
}

// admit lets a connection in that comes from where it may, while there is room.
func (a *AGI) admit(conn net.Conn) bool {
	from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || !slices.ContainsFunc(a.Networks, func(n netip.Prefix) bool { return n.Contains(from.Addr().Unmap()) }) {
		a.complain("asterisk: a connection from a network that is not among asterisk-networks", conn)
		return false
	}
	if !a.places.Take(from.Addr()) {
		a.complain("asterisk: too many connections at once", conn)
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		a.places.Leave(from.Addr())
		return false
	}
	a.conns[conn] = struct{}{}
	return true
}

func (a *AGI) complain(what string, conn net.Conn) {
	if a.complaints.Due() {
		a.Log.Warn(what, "address", conn.RemoteAddr().String())
	}
}

func (a *AGI) leave(conn net.Conn) {
	conn.Close()
	a.mu.Lock()
	delete(a.conns, conn)
	a.mu.Unlock()
	a.places.Leave(conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr())
}

func (a *AGI) serve(conn net.Conn) {
	began := time.Now()
	conn.SetDeadline(began.Add(sessionTimeout))
	s, err := newSession(conn)
	if err == nil {
		run := a.scripts[s.script]
		if run == nil {
			err = tollkeeper.Errorf(tollkeeper.CodeNotFound, "there is no script %q; there are authorize and end", s.script)
		} else {
			ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
			err = run(ctx, s)
			cancel()
		}
	}
	attrs := []any{"micros", time.Since(began).Microseconds(), "address", conn.RemoteAddr().String()}
	if s != nil {
		attrs = append(attrs, "script", s.script, "call", s.environment["uniqueid"])
	}
	if err != nil {
		a.Log.Error("asterisk", append(attrs, "error", err.Error())...)
		return
	}
	a.Log.Info("asterisk", attrs...)
}

// session is one run of a script, on a connection of its own.
type session struct {
	conn        net.Conn
	reader      *bufio.Reader
	script      string            // what follows the host in agi://host/script?query
	query       url.Values        // likewise
	environment map[string]string // what Asterisk says of the channel, without "agi_"
}

// newSession reads what Asterisk begins with.
func newSession(conn net.Conn) (*session, error) {
	s := &session{conn: conn, reader: bufio.NewReaderSize(conn, maxLine), environment: map[string]string{}}
	for range maxEnvironment {
		line, err := s.line()
		if err != nil {
			return nil, err
		}
		if line == "" {
			return s, s.address()
		}
		name, value, ok := strings.Cut(line, ":")
		if name, ours := strings.CutPrefix(name, "agi_"); ok && ours {
			s.environment[name] = strings.TrimSpace(value)
		}
	}
	return nil, fmt.Errorf("more than %d lines before the script begins", maxEnvironment)
}

// address reads the script's address.
func (s *session) address() error {
	u, err := url.Parse(s.environment["request"])
	if err != nil || u.Scheme != "agi" {
		return tollkeeper.Invalid("agi_request: must be like agi://host/authorize")
	}
	if s.query, err = url.ParseQuery(u.RawQuery); err != nil {
		return tollkeeper.Invalid("agi_request: must have a query such as ?direction=inbound, or none")
	}
	s.script = strings.Trim(u.Path, "/")
	return nil
}

// line reads one line of at most maxLine bytes.
func (s *session) line() (string, error) {
	line, err := s.reader.ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("read from Asterisk: %w", err)
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// set sets a variable of the channel.
func (s *session) set(name, value string) error {
	_, err := s.command("SET VARIABLE " + name + " " + quoted(value))
	return err
}

// variable returns a variable of the channel, "" where it is not set.
func (s *session) variable(name string) (string, error) {
	reply, err := s.command("GET VARIABLE " + name)
	if err != nil {
		return "", err
	}
	_, value, found := strings.Cut(reply, " (")
	if !found {
		return "", nil
	}
	return strings.TrimSuffix(value, ")"), nil
}

// command runs a command and returns what follows "200 " in its reply.
func (s *session) command(command string) (string, error) {
	if _, err := s.conn.Write([]byte(command + "\n")); err != nil {
		return "", fmt.Errorf("write to Asterisk: %w", err)
	}
	for {
		reply, err := s.line()
		switch {
		case err != nil:
			return "", err
		case reply == "HANGUP": // the caller has gone; the script goes on all the same
			continue
		}
		if rest, ok := strings.CutPrefix(reply, "200 "); ok {
			return rest, nil
		}
		name, _, _ := strings.Cut(command, " ")
		return "", fmt.Errorf("asterisk answers %s with %q", name, reply)
	}
}

// quoted writes a value as one word of a command.
func quoted(value string) string {
	value = strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, value)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
