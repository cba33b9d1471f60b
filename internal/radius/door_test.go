package radius_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/radius"
	"tollkeeper/internal/radius/probe"
)

const secret = "a secret of the switch"

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

// say sets the answers that follow.
func (c *calls) say(d tollkeeper.Decision, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.decision, c.err = d, err
}

// hold keeps the answers back until the gate is closed.
func (c *calls) hold(d tollkeeper.Decision) (gate chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.decision, c.gate = d, make(chan struct{})
	return c.gate
}

func (c *calls) take() (heard []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	heard, c.heard = c.heard, nil
	return heard
}

func (c *calls) Authorize(_ context.Context, t admission.Attempt) (tollkeeper.Decision, error) {
	return c.note("authorize %s/%s %s %s->%s trunk=%s user=%s source=%v customer=%v only=%v whole=%v",
		t.CallID, t.Leg, t.Direction, t.From, t.To, t.Trunk, t.User, t.Source.IsValid(), short(t.Customer), short(t.Only), t.WholeCall)
}

func short(id tollkeeper.ID) string { return id.String()[:2] }

func (c *calls) report(verb string, r tollkeeper.Report) (tollkeeper.Decision, error) {
	used := "?"
	if r.Used != nil {
		used = r.Used.String()
	}
	return c.note("%s %s customer=%s used=%s cause=%s", verb, r.CallID, short(r.Customer), used, r.Cause)
}

func (c *calls) Answer(_ context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	return c.report("answer", r)
}

func (c *calls) Extend(_ context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	return c.report("extend", r)
}

func (c *calls) End(_ context.Context, r tollkeeper.Report) (tollkeeper.CDR, error) {
	_, err := c.report("end", r)
	return tollkeeper.CDR{}, err
}

// trunks knows alice, whose password is wonderland.
type trunks struct{}

func (trunks) Digest(_ context.Context, user string) (tollkeeper.Digest, bool, error) {
	if user != "alice" {
		return tollkeeper.Digest{}, false, nil
	}
	return tollkeeper.Digest{User: "alice", Realm: "sip.example", HA1: hexOf("alice:sip.example:wonderland"), HA1SHA256: sha("alice:sip.example:wonderland")}, true, nil
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func hexOf(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

type balances struct{}

func (balances) Available(context.Context, tollkeeper.ID) (tollkeeper.Micros, error) {
	return 1_239_999, nil
}

// world is a door with what stands before and behind it.
type world struct {
	t        *testing.T
	calls    calls
	address  string
	probe    *probe.Probe
	door     *radius.Door
	log      bytes.Buffer
	mu       sync.Mutex // guards outcomes
	outcomes map[radius.Outcome]int
}

// open opens a door for one client, with what its entry in the file says besides.
func open(t *testing.T, entry string) *world {
	t.Helper()
	w := &world{t: t, outcomes: map[radius.Outcome]int{}}
	clients, err := radius.ReadClients(strings.NewReader("clients:\n- name: pbx\n  networks: [127.0.0.1, 127.0.0.9]\n  secret: " + secret + "\n  " + entry))
	if err != nil {
		t.Fatal(err)
	}
	w.door = radius.Open(radius.Config{
		Calls: &w.calls, Trunks: trunks{}, Balances: balances{}, Clients: clients, Currency: "EUR",
		Log: slog.New(slog.NewTextHandler(&w.log, nil)), Observe: func(string, tollkeeper.Decision) {}, Count: w.count,
	})
	at, err := w.door.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.door.Close)
	w.address = at.String()
	w.probe = w.dial(secret)
	return w
}

func (w *world) dial(secret string) *probe.Probe {
	w.t.Helper()
	p, err := probe.Dial(w.address, secret)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { p.Close() })
	return p
}

func (w *world) count(o radius.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes[o]++
}

func (w *world) counted(o radius.Outcome) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outcomes[o]
}

const patience = 30 * time.Second

// shown is an answer as the tests compare it.
func shown(a probe.Answer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", a.Code)
	for _, x := range []struct {
		name string
		kind byte
	}{{"timeout", 27}, {"terminate", 29}} {
		if a.Text(x.kind) != "" {
			fmt.Fprintf(&b, " %s=%d", x.name, a.Number(x.kind))
		}
	}
	for _, kind := range []byte{18, 24, 25, 26, 225} {
		texts := a.Texts(kind)
		slices.Sort(texts)
		for _, text := range texts {
			b.WriteString(" " + text)
		}
	}
	return b.String()
}

var (
	alice = tollkeeper.ID{0xa1}
	to    = probe.Text(30, "+442079460123")
	from  = probe.Text(31, "+12125550100")
	id    = probe.Text(44, "call-1@pbx")
)

func allowed(seconds int64, final bool) tollkeeper.Decision {
	return tollkeeper.Decision{Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: seconds, Final: final, Customer: alice, To: "+442079460123",
		Tariff: tollkeeper.Tariff{BillMethod: tollkeeper.BillCredit}, Media: tollkeeper.Media{Record: true}}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	class := alice.String()
	for _, row := range []struct {
		name, entry string
		attributes  []probe.Attribute
		decision    tollkeeper.Decision
		err         error
		heard, want string
	}{
		{"a whole call", "", []probe.Attribute{probe.Text(1, "trunk-7"), to, from, id}, allowed(14400, true), nil,
			"authorize call-1@pbx/ outbound +12125550100->+442079460123 trunk=trunk-7 user=trunk-7 source=false customer=00 only=00 whole=true",
			"2 timeout=14400 terminate=0 " + class + " h323-credit-time=14400 h323-return-code=0"},
		{"slices", "slices: true", []probe.Attribute{to, from, id}, allowed(60, false), nil,
			"authorize call-1@pbx/ outbound +12125550100->+442079460123 trunk= user= source=false customer=00 only=00 whole=false",
			"2 timeout=60 terminate=1 extend " + class + " h323-credit-time=60 h323-return-code=0"},
		{"the next slice", "slices: true", []probe.Attribute{to, id, probe.Text(24, "extend"), probe.Number(46, 55), probe.Text(25, class)}, allowed(120, true), nil,
			"extend call-1@pbx customer=a1 used=55s cause=",
			"2 timeout=120 terminate=0 " + class + " h323-credit-time=120 h323-return-code=0"},
		{"no more slices", "slices: true", []probe.Attribute{to, id, probe.Number(46, 55)}, tollkeeper.Decision{Reason: tollkeeper.ReasonInsufficientCredit}, nil,
			"extend call-1@pbx customer=00 used=55s cause=", "3 insufficient_credit h323-return-code=12"},
		{"a Cisco gateway", "announces: true", []probe.Attribute{to, from, id, probe.Cisco(24, "h323-conf-id=16000 62F02F56 0"),
			probe.Cisco(23, "h323-remote-address=192.0.2.9")}, allowed(60, true), nil,
			"authorize 16000-62F02F56-0/ outbound +12125550100->+442079460123 trunk= user= source=true customer=00 only=00 whole=true",
			"2 timeout=60 terminate=0 " + class + " h323-billing-model=1 h323-credit-amount=1.23 h323-credit-time=60 h323-currency=EUR h323-return-code=0"},
		{"pairs", "customer: b10000000000000000000000", []probe.Attribute{to, probe.Cisco(1, "call-id=x@y"), probe.Cisco(1, "leg=b"), probe.Cisco(1, "direction=inbound"),
			probe.Cisco(1, "customer="+class), probe.Cisco(1, "trunk=t"), probe.Cisco(1, "other=z")}, tollkeeper.Decision{Reason: tollkeeper.ReasonSuspended}, nil,
			"authorize x@y/b inbound ->+442079460123 trunk=t user= source=false customer=a1 only=b1 whole=true", "3 suspended h323-return-code=7"},
		{"a script of Kamailio", "", []probe.Attribute{probe.Text(1, "trunk-7"), probe.Number(6, 30), to, id}, allowed(60, true), nil,
			"authorize call-1@pbx/ outbound ->+442079460123 trunk=trunk-7 user=trunk-7 source=false customer=00 only=00 whole=true",
			"2 timeout=60 terminate=0 " + class + " h323-credit-time=60 h323-return-code=0" +
				" tk_bypass:0 tk_decision:allow tk_emergency:0 tk_final:1 tk_reason:ok tk_record:1 tk_seconds:60 tk_sip_code:200 tk_to:+442079460123"},
		{"a script is told of a denial", "", []probe.Attribute{probe.Number(6, 31), to, id}, tollkeeper.Decision{Reason: tollkeeper.ReasonRateLimited}, nil,
			"authorize call-1@pbx/ inbound ->+442079460123 trunk= user= source=false customer=00 only=00 whole=true",
			"2 tk_bypass:0 tk_decision:deny tk_emergency:0 tk_final:0 tk_reason:rate_limited tk_record:0 tk_seconds:0 tk_sip_code:503"},
		{"a conflict", "", []probe.Attribute{to, id}, tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeConflict, "authorised before"),
			"authorize call-1@pbx/ outbound ->+442079460123 trunk= user= source=false customer=00 only=00 whole=true", "3 authorised before h323-return-code=8"},
		{"no call id", "", []probe.Attribute{to}, allowed(60, true), nil, "",
			"3 call id: is required, in Acct-Session-Id, h323-conf-id or Cisco-AVPair call-id= h323-return-code=8"},
		{"a call id of spaces", "", []probe.Attribute{to, probe.Text(44, "a b")}, allowed(60, true), nil, "",
			"3 call id: must consist of visible ASCII characters h323-return-code=8"},
		{"nobody is called", "", []probe.Attribute{probe.Text(1, "trunk-7")}, allowed(60, true), nil, "", "2"},
	} {
		w := open(t, row.entry)
		w.calls.say(row.decision, row.err)
		a, err := w.probe.Ask(probe.Request{Code: probe.AccessRequest, Attributes: row.attributes}, patience)
		if err != nil || !a.Signed {
			t.Errorf("%s: signed %v: %v", row.name, a.Signed, err)
		}
		if heard := strings.Join(w.calls.take(), "; "); heard != row.heard {
			t.Errorf("%s: the ledger heard %q, not %q", row.name, heard, row.heard)
		}
		if got := shown(a); got != row.want {
			t.Errorf("%s: the answer is\n%q, not\n%q", row.name, got, row.want)
		}
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	for _, code := range tollkeeper.Codes {
		w.calls.say(tollkeeper.Decision{}, &tollkeeper.Error{Code: code, Message: "no"})
		later := code == tollkeeper.CodeTooManyRequests || code == tollkeeper.CodeInternal || code == tollkeeper.CodeUnavailable
		wait := patience
		if later {
			wait = short300
		}
		a, err := w.probe.Ask(probe.Request{Code: probe.AccessRequest, Attributes: []probe.Attribute{to, id}}, wait)
		silent := errors.Is(err, probe.ErrSilent)
		if silent != later || !silent && a.Code != probe.AccessReject {
			t.Errorf("%s: silent %v, answer %d", code, silent, a.Code)
		}
	}
	w.calls.say(tollkeeper.Decision{}, errors.New("some other failure"))
	if _, err := w.probe.Ask(probe.Request{Code: probe.AccountingRequest, Attributes: []probe.Attribute{id, probe.Number(40, 2)}}, short300); !errors.Is(err, probe.ErrSilent) {
		t.Errorf("an end that was not stored is answered: %v", err)
	}
}

func TestAccounting(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, entry string
		attributes  []probe.Attribute
		heard       string
	}{
		{"start", "", []probe.Attribute{probe.Number(40, 1)}, "answer call-1@pbx customer=00 used=? cause="},
		{"start of a gateway", "setup: true", []probe.Attribute{probe.Number(40, 1)}, ""},
		{"interim", "", []probe.Attribute{probe.Number(40, 3), probe.Number(46, 30), probe.Text(25, alice.String())}, "extend call-1@pbx customer=a1 used=30s cause="},
		{"stop", "", []probe.Attribute{probe.Number(40, 2), probe.Number(46, 63), probe.Number(49, 1)}, "end call-1@pbx customer=00 used=1m3s cause=normal_clearing"},
		{"stop without a time", "", []probe.Attribute{probe.Number(40, 2)}, "end call-1@pbx customer=00 used=? cause="},
		{"stop at the end of the grant", "", []probe.Attribute{probe.Number(40, 2), probe.Number(46, 60), probe.Number(49, 5)}, "end call-1@pbx customer=00 used=1m0s cause=session_timeout"},
		{"stop by Q.850", "", []probe.Attribute{probe.Number(40, 2), probe.Number(46, 0), probe.Cisco(30, "h323-disconnect-cause=11")}, "end call-1@pbx customer=00 used=0s cause=q850_17"},
		{"failed", "", []probe.Attribute{probe.Number(40, 15), probe.Number(102, 486)}, "end call-1@pbx customer=00 used=0s cause=sip_486"},
		{"on", "", []probe.Attribute{probe.Number(40, 7)}, ""},
		{"off", "", []probe.Attribute{probe.Number(40, 8)}, ""},
		{"something else", "", []probe.Attribute{probe.Number(40, 9)}, ""},
	} {
		w := open(t, row.entry)
		for _, unsigned := range []bool{true, false} {
			a, err := w.probe.Ask(probe.Request{Code: probe.AccountingRequest, Unsigned: unsigned, Attributes: append(row.attributes, id, probe.Text(33, "a proxy"))}, patience)
			if err != nil || a.Code != probe.AccountingResponse || a.Signed == unsigned || a.Text(33) != "a proxy" {
				t.Errorf("%s: %+v, %v", row.name, a, err)
			}
			if heard := strings.Join(w.calls.take(), "; "); heard != row.heard {
				t.Errorf("%s: the ledger heard %q, not %q", row.name, heard, row.heard)
			}
		}
	}
	w := open(t, "")
	w.calls.say(tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeNotFound, "no call is known"))
	if a, err := w.probe.Ask(probe.Request{Code: probe.AccountingRequest, Attributes: []probe.Attribute{id, probe.Number(40, 2)}}, patience); err != nil || a.Code != probe.AccountingResponse {
		t.Errorf("an end that will never fit is not answered: %v", err)
	}
	if w.door.Close(); !strings.Contains(w.log.String(), "no call is known") {
		t.Errorf("and the log says only %q", w.log.String())
	}
}

func sterman(response string, fields ...string) []probe.Attribute {
	var all []byte
	for i, v := range fields {
		if v != "" {
			all = append(append(all, byte(i+1), byte(len(v)+2)), v...)
		}
	}
	return []probe.Attribute{{Kind: 207, Value: all}, probe.Text(206, response), to, id}
}

func TestWhoSignsIn(t *testing.T) {
	t.Parallel()
	const as = "authorize call-1@pbx/ outbound ->+442079460123 trunk= user=alice source=false customer=00 only=00 whole=true"
	ha1, ha2 := hexOf("alice:sip.example:wonderland"), hexOf("INVITE:sip:44@sip.example")
	plain := hexOf(ha1 + ":n0:" + ha2)
	auth := hexOf(ha1 + ":n0:00000001:c0:auth:" + ha2)
	var fixed [16]byte
	fixed[3] = 7
	for _, row := range []struct {
		name, entry string
		attributes  []probe.Attribute
		heard       string
	}{
		{"as Kamailio does", "", sterman(auth, "sip.example", "n0", "INVITE", "sip:44@sip.example", "auth", "", "", "c0", "00000001", "alice"), as},
		{"without qop", "", sterman(plain, "sip.example", "n0", "INVITE", "sip:44@sip.example", "", "MD5", "", "", "", "alice"), as},
		{"as in RFC 5090", "", []probe.Attribute{probe.Text(103, plain), probe.Text(104, "sip.example"), probe.Text(105, "n0"), probe.Text(108, "INVITE"),
			probe.Text(109, "sip:44@sip.example"), probe.Text(115, "alice"), to, id}, as},
		{"what it claims besides is not believed", "", append(sterman(plain, "sip.example", "n0", "INVITE", "sip:44@sip.example", "", "", "", "", "", "alice"),
			probe.Cisco(1, "trunk=bob-trunk"), probe.Cisco(1, "customer="+alice.String())), as},
		{"another nonce", "", sterman(plain, "sip.example", "n1", "INVITE", "sip:44@sip.example", "", "", "", "", "", "alice"), ""},
		{"another realm", "", sterman(plain, "sip.other", "n0", "INVITE", "sip:44@sip.example", "", "", "", "", "", "alice"), ""},
		{"another user", "", sterman(plain, "sip.example", "n0", "INVITE", "sip:44@sip.example", "", "", "", "", "", "bob"), ""},
		{"a digest of nobody", "", sterman(hexOf(":n0:"+ha2), "", "n0", "INVITE", "sip:44@sip.example", "", "", "", "", "", "bob"), ""},
		{"by SHA-256", "", sterman(sha(sha("alice:sip.example:wonderland")+":n0:"+sha("INVITE:sip:44@sip.example")), "sip.example", "n0", "INVITE", "sip:44@sip.example", "", "SHA-256", "", "", "", "alice"), as},
		{"MD5 for SHA-256", "", sterman(plain, "sip.example", "n0", "INVITE", "sip:44@sip.example", "", "SHA-256", "", "", "", "alice"), ""},
		{"a password", "passwords: true", []probe.Attribute{probe.Text(1, "alice"), probe.Password("wonderland", secret, fixed), to, id}, as},
		{"a wrong password", "passwords: true", []probe.Attribute{probe.Text(1, "alice"), probe.Password("wonder", secret, fixed), to, id}, ""},
		{"an unchecked password", "", []probe.Attribute{probe.Text(1, "bob-trunk"), probe.Password("cisco", secret, fixed), to, id},
			strings.Replace(as, "trunk= user=alice", "trunk=bob-trunk user=bob-trunk", 1)},
	} {
		w := open(t, row.entry)
		w.calls.say(allowed(60, true), nil)
		a, err := w.probe.Ask(probe.Request{Code: probe.AccessRequest, Authenticator: fixed, Attributes: row.attributes}, patience)
		want := byte(probe.AccessAccept)
		if row.heard == "" {
			want = probe.AccessReject
		}
		if heard := strings.Join(w.calls.take(), "; "); err != nil || a.Code != want || heard != row.heard {
			t.Errorf("%s: answer %s (%v); the ledger heard %q, not %q", row.name, shown(a), err, heard, row.heard)
		}
	}
}
