package diameter_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/diameter"
)

// calls answers as it is told to, and notes what it is asked.
type calls struct {
	mu       sync.Mutex // guards all below
	heard    []string
	decision tollkeeper.Decision
	err      error
	gate     chan struct{} // holds answers back while it is open
}

func (c *calls) note(format string, args ...any) (tollkeeper.Decision, error) {
	c.mu.Lock()
	c.heard = append(c.heard, fmt.Sprintf(format, args...))
	gate, d, err := c.gate, c.decision, c.err
	c.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return d, err
}

func (c *calls) Authorize(_ context.Context, t admission.Attempt) (tollkeeper.Decision, error) {
	if !t.NoName {
		return tollkeeper.Decision{}, errors.New("a caller's name is wanted that nobody can be told")
	}
	return c.note("authorize %s %s %s->%s trunk=%s", t.CallID, t.Direction, t.From, t.To, t.Trunk)
}

func (c *calls) Extend(_ context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	return c.note("extend %s %s", r.CallID, used(r))
}

func (c *calls) End(_ context.Context, r tollkeeper.Report) (tollkeeper.CDR, error) {
	_, err := c.note("end %s %s", r.CallID, used(r))
	return tollkeeper.CDR{}, err
}

func used(r tollkeeper.Report) string {
	if r.Used == nil {
		return "by the clock"
	}
	return r.Used.String()
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

func allowed(seconds int64, final bool) tollkeeper.Decision {
	return tollkeeper.Decision{Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: seconds, Final: final}
}

type world struct {
	t        testing.TB
	calls    calls
	door     *diameter.Door
	address  string
	mu       sync.Mutex // guards outcomes
	outcomes map[diameter.Outcome]int
}

func open(t testing.TB, network string, peers ...string) *world {
	t.Helper()
	w := &world{t: t, outcomes: map[diameter.Outcome]int{}}
	door := diameter.Open(diameter.Config{
		Calls: &w.calls, Networks: []netip.Prefix{netip.MustParsePrefix(network)}, Peers: peers, Host: "ocs.example.com", Realm: "example.com",
		Log: slog.New(slog.DiscardHandler), Observe: func(string, tollkeeper.Decision) {}, Count: func(o diameter.Outcome) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.outcomes[o]++
		}})
	at, err := door.Listen("127.0.0.1:0", nil)
	must(t, err)
	t.Cleanup(door.Close)
	w.door, w.address = door, at.String()
	return w
}

func (w *world) counted(o diameter.Outcome) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outcomes[o]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// client is a peer of the door.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// dial connects, from an address of its own.
func (w *world) dial(from string) *client {
	w.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.Dial("tcp", w.address)
	must(w.t, err)
	w.t.Cleanup(func() { conn.Close() })
	return &client{t: w.t, conn: conn, in: bufio.NewReader(conn)}
}

// join connects and exchanges capabilities.
func (w *world) join() *client {
	w.t.Helper()
	c := w.dial("127.0.0.1")
	c.expect(c.ask(hello("scscf.example.com", 4)), 2001)
	return c
}

func hello(host string, application uint32) *diam.Message {
	m := diam.NewRequest(diam.CapabilitiesExchange, 0, dict.Default)
	m.AddAVP(diam.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(host)))
	m.AddAVP(diam.NewAVP(avp.AuthApplicationID, avp.Mbit, 0, datatype.Unsigned32(application)))
	return m
}

func (c *client) ask(m *diam.Message) *diam.Message {
	c.t.Helper()
	_, err := m.WriteTo(c.conn)
	must(c.t, err)
	return c.hear()
}

func (c *client) hear() *diam.Message {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	a, err := diam.ReadMessage(c.in, dict.Default)
	must(c.t, err)
	return a
}

func (c *client) expect(a *diam.Message, result uint32) {
	c.t.Helper()
	if got := number(a, avp.ResultCode); got != result {
		c.t.Errorf("the answer is %d, not %d: %s", got, result, a)
	}
	if isError := a.Header.CommandFlags&diam.ErrorFlag != 0; isError != (result >= 3000 && result < 4000) {
		c.t.Errorf("the E bit of %d is %v (RFC 6733, section 7.1.3)", result, isError)
	}
}

// over waits for the door to hang up.
func (c *client) over() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := c.in.ReadByte(); err == nil || strings.Contains(err.Error(), "timeout") {
		c.t.Errorf("the connection is not closed: %v", err)
	}
}

func number(m *diam.Message, path ...any) uint32 {
	found, err := m.FindAVPsWithPath(path, 0)
	if err != nil || len(found) == 0 {
		return 0
	}
	n, _ := found[0].Data.(datatype.Unsigned32)
	return uint32(n)
}

func unsigned(code, n uint32) *diam.AVP {
	return diam.NewAVP(code, avp.Mbit, 0, datatype.Unsigned32(n))
}

func grouped(code, vendor uint32, avps ...*diam.AVP) *diam.AVP {
	return diam.NewAVP(code, avp.Mbit, vendor, &diam.GroupedAVP{AVP: avps})
}

// credit is a Credit-Control-Request, with more AVPs.
func credit(session string, kind, n uint32, more ...*diam.AVP) *diam.Message {
	const tgpp = 10415
	m := diam.NewRequest(diam.CreditControl, 4, dict.Default)
	m.AddAVP(diam.NewAVP(avp.SessionID, avp.Mbit, 0, datatype.UTF8String(session)))
	m.AddAVP(diam.NewAVP(avp.CCRequestType, avp.Mbit, 0, datatype.Enumerated(kind)))
	m.AddAVP(unsigned(avp.CCRequestNumber, n))
	m.AddAVP(grouped(avp.SubscriptionID, 0, diam.NewAVP(avp.SubscriptionIDData, avp.Mbit, 0, datatype.UTF8String("sip:trunk7@example.com"))))
	m.AddAVP(grouped(avp.ServiceInformation, tgpp, grouped(avp.IMSInformation, tgpp,
		diam.NewAVP(avp.CallingPartyAddress, avp.Mbit, tgpp, datatype.UTF8String("tel:+12125550100")),
		diam.NewAVP(avp.CalledPartyAddress, avp.Mbit, tgpp, datatype.UTF8String("sip:+442071838750@example.com;user=phone")))))
	for _, a := range more {
		m.AddAVP(a)
	}
	return m
}

func consumed(seconds uint32) *diam.AVP {
	return grouped(avp.UsedServiceUnit, 0, unsigned(avp.CCTime, seconds))
}

func TestCall(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	c := w.join()
	w.calls.say(allowed(60, false), nil)
	a := c.ask(credit("s;1", 1, 0))
	c.expect(a, 2001)
	if granted, valid := number(a, avp.GrantedServiceUnit, avp.CCTime), number(a, avp.ValidityTime); granted != 60 || valid != 180 {
		t.Errorf("granted %d seconds, valid for %d", granted, valid)
	}
	c.expect(c.ask(credit("s;1", 2, 1, consumed(60))), 2001)
	c.expect(c.ask(credit("s;1", 2, 1, consumed(60))), 2001) // sent again
	c.expect(c.ask(credit("s;1", 2, 2, consumed(50))), 2001)
	c.expect(c.ask(credit("s;1", 3, 3, consumed(7))), 2001)
	want := "authorize s;1 outbound +12125550100->+442071838750 trunk=trunk7; extend s;1 1m0s; extend s;1 1m50s; end s;1 1m57s"
	if said := w.calls.said(); said != want {
		t.Errorf("the ledger heard\n%s, not\n%s", said, want)
	}
	if w.counted(diameter.Repeated) != 1 {
		t.Error("the repeated request was not answered from memory")
	}
}

func TestSessionsThatAreNotRemembered(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	c := w.join()
	w.calls.say(allowed(60, false), nil)
	c.expect(c.ask(credit("one", 3, 1, consumed(9))), 2001)
	c.expect(c.ask(credit("two", 3, 2, consumed(9))), 2001)
	if said := w.calls.said(); said != "end one 9s; end two by the clock" {
		t.Errorf("the ledger heard %s", said)
	}
}

// TestTrunkGroup: the trunk of a call counts before the subscriber, who may be a calling
// number; a call to the customer came on no trunk of the customer's.
func TestTrunkGroup(t *testing.T) {
	const tgpp = 10415
	for name, want := range map[string]string{"acme-1": "trunk=acme-1", "0": "trunk=trunk7"} {
		w := open(t, "127.0.0.0/8")
		w.calls.say(allowed(60, false), nil)
		m := credit("s", 1, 0)
		ims, err := m.FindAVPsWithPath([]any{avp.ServiceInformation, avp.IMSInformation}, tgpp)
		if err != nil || len(ims) != 1 {
			t.Fatal(ims, err)
		}
		ims[0].Data.(*diam.GroupedAVP).AddAVP(grouped(avp.TrunkGroupID, tgpp,
			diam.NewAVP(avp.IncomingTrunkGroupID, avp.Mbit, tgpp, datatype.UTF8String(name))))
		again := diam.NewRequest(diam.CreditControl, 4, dict.Default)
		for _, a := range m.AVP {
			again.AddAVP(diam.NewAVP(a.Code, a.Flags, a.VendorID, a.Data)) // of the length it has now
		}
		c := w.join()
		c.expect(c.ask(again), 2001)
		if said := w.calls.said(); !strings.HasSuffix(said, want) {
			t.Errorf("on %s the ledger heard %s", name, said)
		}
	}
}

func TestLastUnits(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	c := w.join()
	w.calls.say(allowed(30, true), nil)
	a := c.ask(credit("s", 1, 0))
	action, err := a.FindAVPsWithPath([]any{avp.FinalUnitIndication, avp.FinalUnitAction}, 0)
	if err != nil || len(action) != 1 || action[0].Data != datatype.Enumerated(0) || number(a, avp.ValidityTime) != 150 {
		t.Errorf("the last units are %s", a)
	}
}

func TestServices(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	c := w.join()
	w.calls.say(allowed(60, false), nil)
	service := func(rating uint32) *diam.AVP {
		return grouped(avp.MultipleServicesCreditControl, 0, unsigned(avp.RatingGroup, rating), consumed(5))
	}
	c.ask(credit("s", 1, 0, service(7)))
	a := c.ask(credit("s", 2, 1, service(7), service(8)))
	c.expect(a, 2001)
	inside, err := a.FindAVPs(avp.MultipleServicesCreditControl, 0)
	must(t, err)
	if number(a, avp.GrantedServiceUnit) != 0 || len(inside) != 2 {
		t.Fatalf("services are answered by %s", a)
	}
	if number(a, avp.MultipleServicesCreditControl, avp.GrantedServiceUnit, avp.CCTime) != 60 || number(a, avp.MultipleServicesCreditControl, avp.RatingGroup) != 7 ||
		number(a, avp.MultipleServicesCreditControl, avp.ResultCode) != 2001 {
		t.Errorf("the service is answered by %s", a)
	}
}

func TestResults(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	c := w.join()
	denied := func(r tollkeeper.Reason) tollkeeper.Decision { return tollkeeper.Decision{Reason: r} }
	for i, tt := range []struct {
		decision tollkeeper.Decision
		err      error
		result   uint32
	}{
		{denied(tollkeeper.ReasonUnknownCustomer), nil, 5030},
		{denied(tollkeeper.ReasonNoPrice), nil, 5031},
		{denied(tollkeeper.ReasonInsufficientCredit), nil, 4012},
		{denied(tollkeeper.ReasonSuspended), nil, 4010},
		{denied(tollkeeper.ReasonOverloaded), nil, 3004},
		{allowed(0, true), nil, 4012},
		{tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the database is gone"), 3004},
		{tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeNotFound, "no such call"), 5002},
		{tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeConflict, "another call"), 5012},
	} {
		w.calls.say(tt.decision, tt.err)
		c.expect(c.ask(credit(fmt.Sprint("s", i), 1, 0)), tt.result)
	}
	c.expect(c.ask(credit("event", 4, 0)), 5004)
	c.expect(c.ask(credit("", 1, 0)), 5004)
}

// TestFailureIsForgotten: what could not be decided is decided when it comes again.
func TestFailureIsForgotten(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	c := w.join()
	w.calls.say(tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the database is gone"))
	c.expect(c.ask(credit("s", 2, 1, consumed(30))), 3004)
	w.calls.say(allowed(60, false), nil)
	c.expect(c.ask(credit("s", 2, 1, consumed(30))), 2001)
	if said := w.calls.said(); said != "extend s 30s" {
		t.Errorf("the ledger heard %s", said)
	}
}

func TestPeers(t *testing.T) {
	w := open(t, "127.0.0.1/32", "scscf.example.com")
	for _, tt := range []struct {
		m      *diam.Message
		result uint32
	}{{hello("mallory.example.com", 4), 3010}, {hello("scscf.example.com", 16777216), 5010}, {hello("", 4), 5005}} {
		c := w.dial("127.0.0.1")
		c.expect(c.ask(tt.m), tt.result)
		c.over()
	}
	c := w.dial("127.0.0.1")
	credit("s", 1, 0).WriteTo(c.conn)
	c.over() // before it has said who it is
	w.dial("127.0.0.2").over()
	c = w.dial("127.0.0.1")
	a := c.ask(hello("SCSCF.example.com", 0xffffffff))
	c.expect(a, 2001)
	if number(a, avp.AuthApplicationID) != 4 {
		t.Errorf("our capabilities are %s", a)
	}
	c.expect(c.ask(diam.NewRequest(diam.DeviceWatchdog, 0, dict.Default)), 2001)
	c.expect(c.ask(diam.NewRequest(diam.Accounting, 3, dict.Default)), 3001)
	c.expect(c.ask(diam.NewRequest(diam.DisconnectPeer, 0, dict.Default)), 2001)
	c.over()
	if said := w.calls.said(); said != "" {
		t.Errorf("the ledger heard %s", said)
	}
}
