package diameter

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// calls allows everything, and counts the questions.
type calls struct {
	asked atomic.Int64
	fail  error
}

func (c *calls) Authorize(_ context.Context, t admission.Attempt) (tollkeeper.Decision, error) {
	c.asked.Add(1)
	return tollkeeper.Decision{CallKey: t.CallKey, Allowed: true, GrantedSeconds: 60}, c.fail
}

func (c *calls) Extend(_ context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	return tollkeeper.Decision{CallKey: r.CallKey, Allowed: true, GrantedSeconds: 120}, c.fail
}

func (c *calls) End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error) {
	return tollkeeper.CDR{}, c.fail
}

func open(t testing.TB, c *calls, network string, peers ...string) (*Door, string) {
	t.Helper()
	door := Open(Config{
		Calls: c, Networks: []netip.Prefix{netip.MustParsePrefix(network)}, Peers: peers, Host: "toll.example.com", Realm: "example.com",
		Log: slog.New(slog.DiscardHandler), Observe: func(string, tollkeeper.Decision) {}, Count: func(Outcome) {},
	})
	t.Cleanup(door.Close)
	at, err := door.Listen("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	return door, at.String()
}

// line is a connection of a peer.
type line struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func dial(t testing.TB, address string) *line {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &line{t, conn, bufio.NewReader(conn)}
}

func request(command uint32, avps ...*diam.AVP) *diam.Message {
	m := diam.NewRequest(command, creditControl, dict.Default)
	m.AddAVP(diam.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity("edge.example.com")))
	for _, a := range avps {
		m.AddAVP(a)
	}
	return m
}

func hello() *diam.Message {
	return request(diam.CapabilitiesExchange, unsigned(avp.AuthApplicationID, creditControl))
}

func initial(session string) *diam.Message {
	return request(diam.CreditControl,
		diam.NewAVP(avp.SessionID, avp.Mbit, 0, datatype.UTF8String(session)),
		diam.NewAVP(avp.CCRequestType, avp.Mbit, 0, datatype.Enumerated(initialRequest)), unsigned(avp.CCRequestNumber, 0),
		diam.NewAVP(avp.ServiceInformation, avp.Mbit|avp.Vbit, tgpp, &diam.GroupedAVP{AVP: []*diam.AVP{
			diam.NewAVP(avp.IMSInformation, avp.Mbit|avp.Vbit, tgpp, &diam.GroupedAVP{AVP: []*diam.AVP{
				diam.NewAVP(avp.CalledPartyAddress, avp.Mbit|avp.Vbit, tgpp, datatype.UTF8String("tel:+442071838750")),
			}}),
		}}))
}

// ask returns the Result-Code; 0 where the connection is closed.
func (l *line) ask(m *diam.Message) uint32 {
	l.t.Helper()
	if _, err := m.WriteTo(l.conn); err != nil {
		return 0
	}
	l.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	a, err := diam.ReadMessage(l.in, dict.Default)
	if err != nil {
		return 0
	}
	code, _ := number(a.AVP, avp.ResultCode, 0)
	return code
}

func TestPeers(t *testing.T) {
	t.Parallel()
	heard := &calls{}
	_, at := open(t, heard, "127.0.0.0/8", "EDGE.example.com")
	_, elsewhere := open(t, heard, "192.0.2.0/24")
	_, named := open(t, heard, "127.0.0.0/8", "other.example.com")
	if code := dial(t, elsewhere).ask(hello()); code != 0 {
		t.Errorf("a peer of no network got %d", code)
	}
	if code := dial(t, named).ask(hello()); code != unknownPeer {
		t.Errorf("a peer of another name got %d", code)
	}
	if code := dial(t, at).ask(initial("early")); code != 0 {
		t.Errorf("a request before the hello got %d", code)
	}
	if code := dial(t, at).ask(request(diam.CapabilitiesExchange, unsigned(avp.AuthApplicationID, 99))); code != noCommonApp {
		t.Errorf("a peer of another application got %d", code)
	}
	l := dial(t, at)
	for _, step := range []struct {
		name string
		m    *diam.Message
		want uint32
	}{
		{"hello", hello(), success}, {"watchdog", request(diam.DeviceWatchdog), success}, {"a call", initial("1"), success}, {"once more", initial("1"), success},
		{"no session", request(diam.CreditControl), invalidValue}, {"another command", request(diam.ReAuth), unsupported},
		{"leave", request(diam.DisconnectPeer), success}, {"after that", initial("2"), 0},
	} {
		if code := l.ask(step.m); code != step.want {
			t.Errorf("%s: %d, want %d", step.name, code, step.want)
		}
	}
	if n := heard.asked.Load(); n != 1 {
		t.Errorf("the ledger was asked %d times, not once", n)
	}
}

// TestHostilePeers lets some send garbage, half messages and nothing, beside one that is
// answered all the same.
func TestHostilePeers(t *testing.T) {
	t.Parallel()
	_, at := open(t, &calls{}, "127.0.0.0/8")
	well := dial(t, at)
	if code := well.ask(hello()); code != success {
		t.Fatalf("hello: %d", code)
	}
	for range 300 {
		dial(t, at) // and says nothing
	}
	huge, half := []byte{1, 0xff, 0xff, 0xfc}, []byte{1, 0, 1, 0, 0x80, 0, 1, 1}
	for _, garbage := range [][]byte{bytes.Repeat([]byte("GET / HTTP/1.1\r\n"), 10), append(huge, make([]byte, 64)...), half} {
		l := dial(t, at)
		l.conn.Write(garbage)
	}
	if code := well.ask(initial("well")); code != success {
		t.Errorf("beside the others: %d", code)
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	_, at := open(t, &calls{fail: tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the database is gone")}, "127.0.0.0/8")
	l := dial(t, at)
	l.ask(hello())
	for range 2 { // it is not remembered
		if code := l.ask(initial("1")); code != tooBusy {
			t.Errorf("answered %d", code)
		}
	}
}

// FuzzMessage reads whatever comes, and asks nothing that it did not understand.
func FuzzMessage(f *testing.F) {
	for _, m := range []*diam.Message{hello(), initial("1"), request(diam.DeviceWatchdog)} {
		b, err := m.Serialize()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := read(bytes.NewReader(b))
		if err != nil {
			return
		}
		if q, err := ask(m); err == nil && (q.session == "" || q.kind < initialRequest || q.kind > terminationRequest || q.used < 0 || q.used > maxUsed) {
			t.Errorf("understood %+v", q)
		}
	})
}
