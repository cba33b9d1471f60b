package redirect_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/redirect"
)

// calls answers as it is told to, and notes what it is asked.
type calls struct {
	mu       sync.Mutex // guards all below
	heard    []string
	decision tollkeeper.Decision
	err      error
	gate     chan struct{} // holds answers back while it is open
}

func (c *calls) Authorize(_ context.Context, t admission.Attempt) (tollkeeper.Decision, error) {
	c.mu.Lock()
	c.heard = append(c.heard, fmt.Sprintf("%s %s %s->%s trunk=%s source=%s customer=%.2s whole=%v",
		t.CallID, t.Direction, t.From, t.To, t.Trunk, t.Source, t.Customer.String(), t.WholeCall))
	gate, d, err := c.gate, c.decision, c.err
	c.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return d, err
}

func (c *calls) say(d tollkeeper.Decision, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.decision, c.err, c.heard = d, err, nil
}

func (c *calls) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.heard, "; ")
}

type world struct {
	t        *testing.T
	calls    calls
	door     *redirect.Door
	address  string
	mu       sync.Mutex // guards outcomes
	outcomes map[redirect.Outcome]int
}

func open(t *testing.T, networks ...string) *world {
	t.Helper()
	w := &world{t: t, outcomes: map[redirect.Outcome]int{}}
	config := redirect.Config{Calls: &w.calls, Next: "gw.example:5060", Log: slog.New(slog.DiscardHandler),
		Observe: func(string, tollkeeper.Decision) {}, Count: func(o redirect.Outcome) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.outcomes[o]++
		}}
	for _, n := range networks {
		config.Networks = append(config.Networks, netip.MustParsePrefix(n))
	}
	var err error
	if w.door, err = redirect.Open(config); err != nil {
		t.Fatal(err)
	}
	at, err := w.door.Listen("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.door.Close)
	w.address = at.String()
	return w
}

// until waits until the outcomes of messages are such.
func (w *world) until(what string, reached func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		is := reached()
		w.mu.Unlock()
		if is {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatal("waited in vain until ", what)
		}
	}
}

func (w *world) dial(network string) net.Conn {
	w.t.Helper()
	conn, err := net.Dial(network, w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	return conn
}

var branches = struct {
	sync.Mutex
	n int
}{}

// message writes a request with some headers more.
func message(method, uri, transport string, from net.Addr, headers ...string) string {
	branches.Lock()
	branches.n++
	n := branches.n
	branches.Unlock()
	lines := append([]string{
		fmt.Sprintf("%s %s SIP/2.0", method, uri),
		fmt.Sprintf("Via: SIP/2.0/%s %s;branch=z9hG4bK-%d", transport, from, n),
		"From: \"Bob\" <sip:+12125550100@pbx.example>;tag=f1", "To: <" + uri + ">", "Call-ID: call-1@pbx", "CSeq: 1 " + method, "Max-Forwards: 70",
	}, headers...)
	return strings.Join(lines, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

// patience is for a machine that does much else, and stalls for seconds.
const patience = 30 * time.Second

// final reads answers until one is final, and shows its status and some headers.
func final(conn net.Conn) (string, error) {
	conn.SetReadDeadline(time.Now().Add(patience))
	in := textproto.NewReader(bufio.NewReader(&datagrams{conn: conn}))
	for {
		line, err := in.ReadLine()
		if err != nil {
			return "", err
		}
		headers, err := in.ReadMIMEHeader()
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(line, "SIP/2.0 1") {
			continue
		}
		shown := strings.TrimPrefix(line, "SIP/2.0 ")
		for _, name := range []string{"Contact", "Reason", "Retry-After", "Allow", "X-Tollkeeper-Reason", "X-Tollkeeper-Seconds", "X-Tollkeeper-Record",
			"X-Tollkeeper-Caller-Name", "X-Tollkeeper-Emergency"} {
			if v := headers.Get(name); v != "" {
				shown += " | " + v
			}
		}
		return shown, nil
	}
}

// datagrams reads a socket as a stream.
type datagrams struct {
	conn net.Conn
	left []byte
}

func (d *datagrams) Read(b []byte) (int, error) {
	if len(d.left) == 0 {
		buffer := make([]byte, 65536)
		n, err := d.conn.Read(buffer)
		if err != nil {
			return 0, err
		}
		d.left = buffer[:n]
	}
	n := copy(b, d.left)
	d.left = d.left[n:]
	return n, nil
}

const uri = "sip:+442079460123@tollkeeper.example"

func allowed() tollkeeper.Decision {
	return tollkeeper.Decision{Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: 3600, To: "+442079460123", Media: tollkeeper.Media{Record: true}, CallerName: tollkeeper.CallerName{Display: "ACME", Full: "Acmé, Inc."}}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := open(t, "127.0.0.0/8")
	customer := tollkeeper.ID{0xa1}.String()
	const asked = "call-1@pbx outbound +12125550100->+442079460123 trunk= source=127.0.0.1 customer=00 whole=true"
	denied := func(reason tollkeeper.Reason) tollkeeper.Decision { return tollkeeper.Decision{Reason: reason} }
	for _, row := range []struct {
		name        string
		method      string
		headers     []string
		decision    tollkeeper.Decision
		err         error
		heard, want string
	}{
		{"allowed", "INVITE", nil, allowed(), nil, asked, "302 Moved Temporarily | <sip:+442079460123@gw.example:5060> | 3600 | 1 | ACME"},
		{"with all it may say", "INVITE", []string{"P-Asserted-Identity: \"A\" <sip:+12125550199@x>", "X-Tollkeeper-Customer: " + customer, "X-Tollkeeper-Trunk: t7",
			"X-Tollkeeper-Source: 2001:db8::7", "X-Tollkeeper-Direction: inbound"}, allowed(), nil,
			"call-1@pbx inbound +12125550199->+442079460123 trunk=t7 source=2001:db8::7 customer=a1 whole=true",
			"302 Moved Temporarily | <sip:+442079460123@gw.example:5060> | 3600 | 1 | ACME"},
		{"no credit", "INVITE", nil, denied(tollkeeper.ReasonInsufficientCredit), nil, asked,
			`402 Payment Required | SIP;cause=402;text="insufficient_credit" | insufficient_credit`},
		{"too fast", "INVITE", nil, denied(tollkeeper.ReasonRateLimited), nil, asked,
			`503 Service Unavailable | SIP;cause=503;text="rate_limited" | 1 | rate_limited`},
		{"no database", "INVITE", nil, tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeUnavailable, "gone"), asked,
			`503 Service Unavailable | SIP;cause=503;text="unavailable" | 10`},
		{"another failure", "INVITE", nil, tollkeeper.Decision{}, errors.New("a secret"), asked, `500 Server Internal Error | SIP;cause=500;text="general-error"`},
		{"a wrong customer", "INVITE", []string{"X-Tollkeeper-Customer: bob"}, allowed(), nil, "", `400 Bad Request | SIP;cause=400;text="bad-request"`},
		{"is anybody there?", "OPTIONS", nil, allowed(), nil, "", "200 OK | INVITE, ACK, CANCEL, OPTIONS"},
		{"a method that is none of ours", "REGISTER", nil, allowed(), nil, "", "405 Method Not Allowed | INVITE, ACK, CANCEL, OPTIONS"},
	} {
		for _, transport := range []string{"UDP", "TCP"} {
			w.calls.say(row.decision, row.err)
			conn := w.dial(strings.ToLower(transport))
			fmt.Fprint(conn, message(row.method, uri, transport, conn.LocalAddr(), row.headers...))
			got, err := final(conn)
			if err != nil || got != row.want || w.calls.said() != row.heard {
				t.Errorf("%s over %s: %q, %v, not %q; the ledger heard %q, not %q", row.name, transport, got, err, row.want, w.calls.said(), row.heard)
			}
		}
	}
}

// TestCallIDs refuses what no call can be named by at the other doors, which tell its end.
func TestCallIDs(t *testing.T) {
	t.Parallel()
	w := open(t, "127.0.0.0/8")
	for _, id := range []string{"caf\u00e9@pbx", "caf\xe9@pbx", strings.Repeat("x", 256)} {
		w.calls.say(allowed(), nil)
		conn := w.dial("udp")
		fmt.Fprint(conn, strings.Replace(message("INVITE", uri, "UDP", conn.LocalAddr()), "call-1@pbx", id, 1))
		if got, err := final(conn); err != nil || !strings.HasPrefix(got, "400") || w.calls.said() != "" {
			t.Errorf("%q is answered %q, %v", id, got, err)
		}
	}
}

// TestDecline denies by a status that keeps a switch from trying its next route, except
// where it may come again.
func TestDecline(t *testing.T) {
	t.Parallel()
	w := open(t, "127.0.0.0/8")
	w.door.Decline = true
	for reason, want := range map[tollkeeper.Reason]string{
		tollkeeper.ReasonInsufficientCredit: `603 Decline | SIP;cause=402;text="insufficient_credit" | insufficient_credit`,
		tollkeeper.ReasonRateLimited:        `503 Service Unavailable | SIP;cause=503;text="rate_limited" | 1 | rate_limited`,
	} {
		w.calls.say(tollkeeper.Decision{Reason: reason}, nil)
		conn := w.dial("udp")
		fmt.Fprint(conn, message("INVITE", uri, "UDP", conn.LocalAddr()))
		if got, err := final(conn); err != nil || got != want {
			t.Errorf("%s is answered %q, %v, not %q", reason, got, err, want)
		}
	}
}

// TestEveryReason has a phrase for each status that a denial or a failure is answered by.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	w := open(t, "127.0.0.0/8")
	conn := w.dial("udp")
	check := func(what string) {
		t.Helper()
		fmt.Fprint(conn, message("INVITE", uri, "UDP", conn.LocalAddr()))
		got, err := final(conn)
		status, _, _ := strings.Cut(got, " | ")
		if err != nil || len(strings.Fields(status)) < 2 || status[0] < '4' {
			t.Errorf("%s is answered %q, %v", what, got, err)
		}
	}
	for _, reason := range tollkeeper.Reasons[1:] {
		w.calls.say(tollkeeper.Decision{Reason: reason}, nil)
		check(string(reason))
	}
	for _, code := range tollkeeper.Codes {
		w.calls.say(tollkeeper.Decision{}, &tollkeeper.Error{Code: code})
		check(string(code))
	}
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	w := open(t, "192.0.2.0/24")
	w.calls.say(allowed(), nil)
	packet := w.dial("udp")
	fmt.Fprint(packet, message("INVITE", uri, "UDP", packet.LocalAddr()))
	stream := w.dial("tcp")
	stream.SetReadDeadline(time.Now().Add(patience))
	if n, err := stream.Read(make([]byte, 1)); err == nil {
		t.Errorf("a stranger reads %d octets", n)
	}
	packet.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if n, err := packet.Read(make([]byte, 1)); err == nil {
		t.Errorf("a stranger is answered %d octets", n)
	}
	w.until("strangers are counted", func() bool { return w.outcomes[redirect.Unknown] == 2 })
	if w.calls.said() != "" {
		t.Errorf("the ledger heard %q", w.calls.said())
	}
}

// TestCrowd has more calls wait than there is room for, among rubbish and connections
// that say nothing.
func TestCrowd(t *testing.T) {
	t.Parallel()
	w := open(t, "127.0.0.0/8")
	gate := make(chan struct{})
	w.calls.mu.Lock()
	w.calls.decision, w.calls.gate = allowed(), gate
	w.calls.mu.Unlock()
	for range 100 {
		w.dial("tcp")
	}
	conn := w.dial("udp")
	crowded := func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.outcomes[redirect.Crowded] > 0
	}
	for i, end := 0, time.Now().Add(patience); !crowded() && time.Now().Before(end); i++ { // some are lost on the way
		fmt.Fprint(conn, message("INVITE", uri, "UDP", conn.LocalAddr()))
		fmt.Fprint(conn, message("INVITE", uri, "UDP", conn.LocalAddr())[:i%200])
		if i%50 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if close(gate); !crowded() {
		t.Error("nobody is turned away")
	}
	w.answers()
}

// answers asks the door whether anybody is there, again where the question was lost.
func (w *world) answers() {
	w.t.Helper()
	conn := w.dial("udp")
	asked := message("OPTIONS", uri, "UDP", conn.LocalAddr())
	for deadline := time.Now().Add(patience); ; {
		fmt.Fprint(conn, asked)
		conn.SetReadDeadline(time.Now().Add(time.Second))
		buffer := make([]byte, 65536)
		n, err := conn.Read(buffer)
		if strings.HasPrefix(string(buffer[:n]), "SIP/2.0 200") {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the door does not answer any more: %q, %v", buffer[:n], err)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	w := open(t, "127.0.0.0/8")
	w.calls.say(allowed(), nil)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	at, err := w.door.Listen("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", at.String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, message("INVITE", strings.Replace(uri, "sip:", "sips:", 1), "TLS", conn.LocalAddr()))
	if got, err := final(conn); err != nil || !strings.HasPrefix(got, "302") {
		t.Errorf("over TLS: %q, %v", got, err)
	}
}

// FuzzMessage sends what it likes to a door, which must go on answering.
func FuzzMessage(f *testing.F) {
	f.Add(message("INVITE", uri, "UDP", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, "P-Asserted-Identity: <", "X-Tollkeeper-Source: x"))
	f.Add("INVITE sip: SIP/2.0\r\n\r\n")
	f.Add("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x\r\n\r\n")
	calls := &calls{decision: allowed()}
	door, err := redirect.Open(redirect.Config{Calls: calls, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: slog.New(slog.DiscardHandler),
		Observe: func(string, tollkeeper.Decision) {}, Count: func(redirect.Outcome) {}})
	if err != nil {
		f.Fatal(err)
	}
	defer door.Close()
	at, err := door.Listen("127.0.0.1:0", nil)
	if err != nil {
		f.Fatal(err)
	}
	conn, err := net.Dial("udp", at.String())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fmt.Fprint(conn, text)
		calls.say(allowed(), nil)
		check, err := net.Dial("udp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		defer check.Close()
		fmt.Fprint(check, message("OPTIONS", uri, "UDP", check.LocalAddr()))
		if got, err := final(check); err != nil || !strings.HasPrefix(got, "200") {
			t.Fatalf("the door does not answer any more: %q, %v", got, err)
		}
	})
}
