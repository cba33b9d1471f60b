package asterisk_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/admission/admissiontest"
	"tollkeeper/internal/asterisk"
)

// world is the door over a real ledger, and an Asterisk that uses it.
type world struct {
	*admissiontest.World
	*pbx
	reports *admission.Reports
}

var (
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	silent   = slog.New(slog.DiscardHandler)
)

func unobserved(string, tollkeeper.Decision) {}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: admissiontest.New(t), reports: admission.NewReports(silent)}
	agi, err := asterisk.Listen("127.0.0.1:0", asterisk.AGIConfig{
		Calls: w.Calls, Reports: w.reports, Observe: unobserved, Log: silent, Networks: loopback, RingSeconds: 180,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { agi.Close(); w.reports.Close() })
	w.pbx = newPBX(t, w.Clock, agi.Address())
	return w
}

// follow runs a meter for the Asterisk.
func (w *world) follow(t *testing.T) {
	t.Helper()
	m := asterisk.NewMeter(asterisk.MeterConfig{Calls: w.Calls, Reports: w.reports, Observe: unobserved, Log: silent,
		Address: w.listener.Addr().String(), Username: "tollkeeper", Secret: "secret", Now: w.Clock.Now})
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			m.Run(ctx)
		}
	})
	t.Cleanup(func() { stop(); done.Wait() })
	w.connected(t)
}

// expect waits until a call is to end some seconds after its answer.
func (w *world) expect(t *testing.T, c *channel, seconds int) {
	t.Helper()
	admissiontest.Until(t, fmt.Sprintf("the call is to end after %d s", seconds), func() bool {
		return w.timeoutAfter(c) == time.Duration(seconds)*time.Second
	})
}

// rich lets every call through with all there is to tell.
type rich struct{ asterisk.Calls }

func (rich) Authorize(_ context.Context, a admission.Attempt) (tollkeeper.Decision, error) {
	return tollkeeper.Decision{CallKey: a.CallKey, Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: 60, To: "+442071838750", CallerID: "+12125550199",
		CallerName: tollkeeper.CallerName{Display: "MULLER & SOHNE", Full: "Müller & Söhne"},
		Upload:     tollkeeper.Upload{URL: "https://calls.example/u?s=1"},
		Media:      tollkeeper.Media{Record: true, HoldMusic: "https://calls.example/m.wav", Consent: tollkeeper.ConsentAsk, Prompt: `say "yes"`}}, nil
}

// TestHidden reads the presentations of callers' numbers, by the values of CALLERPRES.
func TestHidden(t *testing.T) {
	t.Parallel()
	for presentation, want := range map[string]bool{
		"0": false, "1": false, "2": false, "3": false, // allowed
		"32": true, "33": true, "34": true, "35": true, // prohibited
		"67": true, // unavailable
		"":   false, "x": false, "-1": false,
	} {
		if got := asterisk.Hidden(presentation); got != want {
			t.Errorf("%q hides the number: %t", presentation, got)
		}
	}
}

// TestVariables sets all that the dialplan may go by.
func TestVariables(t *testing.T) {
	t.Parallel()
	agi, err := asterisk.Listen("127.0.0.1:0", asterisk.AGIConfig{Calls: rich{}, Observe: unobserved, Log: silent, Networks: loopback, RingSeconds: 180})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agi.Close)
	c := newPBX(t, &admissiontest.Clock{}, agi.Address()).dial(t, "1.1", "", "", "+442071838750")
	for name, want := range map[string]string{
		"CALLERID(num)": "+12125550199", "CALLERID(name)": "MULLER & SOHNE", "TOLLKEEPER_CALLER_NAME_FULL": "Müller & Söhne",
		"CHANNEL(musicclass)": "tollkeeper", "TOLLKEEPER_HOLD_MUSIC": "https://calls.example/m.wav", "TOLLKEEPER_UPLOAD": "https://calls.example/u?s=1",
		"TOLLKEEPER_CONSENT": "ask", "TOLLKEEPER_PROMPT": `say "yes"`, "TOLLKEEPER_RECORD": "1", "TOLLKEEPER_BYPASS": "0", "TIMEOUT(absolute)": "240",
	} {
		if c.variables[name] != want {
			t.Errorf("%s is %q, not %q", name, c.variables[name], want)
		}
	}
	if len(c.executed) != 1 || c.executed[0] != `MixMonitor "1.1.wav,b"` {
		t.Errorf("executed %q", c.executed)
	}
}

func TestCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follow(t)
	customer := w.Customer(t, 100)
	c := w.dial(t, "pbx1-1.1", "?source=192.0.2.7:5060", customer.String(), "011442071838750")
	for name, want := range map[string]string{"TOLLKEEPER_DECISION": "allow", "TOLLKEEPER_TO": "+442071838750", "TOLLKEEPER_SECONDS": "60",
		"TIMEOUT(absolute)": "240", "TOLLKEEPER_CUSTOMER": customer.String(), "TOLLKEEPER_RECORD": "1", "TOLLKEEPER_BYPASS": "0"} {
		if c.variables[name] != want {
			t.Errorf("%s is %q, want %q", name, c.variables[name], want)
		}
	}
	if len(c.executed) != 1 || c.executed[0] != `MixMonitor "pbx1-1.1.wav,b"` {
		t.Errorf("executed %q", c.executed)
	}
	w.pass(t, 5)
	w.answer(c)
	w.Answered(t, c.id)
	w.expect(t, c, 60)
	w.pass(t, 33)
	w.hangup(t, c, true)
	r := w.Record(t, c.id)
	if r.Duration != 33*time.Second || r.Charge != 33_000 || r.Cause != "normal_clearing" || r.AnsweredAt.Sub(r.StartedAt) != 5*time.Second {
		t.Errorf("record: %v, %s, %s, answered after %v", r.Duration, r.Charge, r.Cause, r.AnsweredAt.Sub(r.StartedAt))
	}
}

// TestCreditRunsOut ends a call in the second in which its credit is used up.
func TestCreditRunsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follow(t)
	customer := w.Customer(t, 10) // 100 seconds at 6 cents a minute
	c := w.dial(t, "1.1", "", customer.String(), "+442071838750")
	w.answer(c)
	w.expect(t, c, 60)
	w.pass(t, 52)
	w.expect(t, c, 100)
	w.pass(t, 48)
	r := w.Record(t, c.id)
	if !c.hungUp || r.Duration != 100*time.Second || r.Charge != 10*tollkeeper.Cent {
		t.Errorf("hung up %v after %v for %s", c.hungUp, r.Duration, r.Charge)
	}
	denied := w.dial(t, "1.2", "", customer.String(), "+442071838750")
	if v := denied.variables; v["TOLLKEEPER_DECISION"] != "deny" || v["TOLLKEEPER_REASON"] != "insufficient_credit" || v["TOLLKEEPER_SIP_CODE"] != "402" || v["TOLLKEEPER_CAUSE"] != "21" {
		t.Errorf("the next call: %v", v)
	}
}

// TestEndsUnheard loses the script that tells of a call's end: its hang-up does, or
// its record.
func TestEndsUnheard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follow(t)
	customer := w.Customer(t, 100).String()
	for i, tell := range []func(*channel){
		func(c *channel) { w.hangup(t, c, false) },
		func(c *channel) { w.record(c, 20) },
	} {
		c := w.dial(t, fmt.Sprint("1.", i), "", customer, "+442071838750")
		w.answer(c)
		w.Answered(t, c.id)
		w.pass(t, 20)
		tell(c)
		if r := w.Record(t, c.id); r.Duration != 20*time.Second || r.Charge != 20_000 {
			t.Errorf("%d: %v, %s", i, r.Duration, r.Charge)
		}
	}
}

// TestRestart has a meter take over a call in the middle.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.dial(t, "1.1", "", w.Customer(t, 1000).String(), "+442071838750")
	w.answer(c)
	_, err := w.Calls.Answer(t.Context(), tollkeeper.Report{CallKey: tollkeeper.CallKey{CallID: c.id}}) // told by the meter before
	if err != nil {
		t.Fatal(err)
	}
	w.pass(t, 30)
	w.follow(t)
	w.expect(t, c, 150) // the second slice, of 120 seconds
}

// TestWholeCall takes one grant, which the manager interface need not extend.
func TestWholeCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.dial(t, "1.1", "?whole=yes", w.Customer(t, 10).String(), "+442071838750")
	if c.variables["TOLLKEEPER_SECONDS"] != "100" {
		t.Errorf("granted %q seconds, want 100", c.variables["TOLLKEEPER_SECONDS"])
	}
	w.hangup(t, c, true)
	if r := w.Record(t, c.id); r.Charge != 0 || r.Cause != "no_answer" || !r.AnsweredAt.IsZero() {
		t.Errorf("a call that nobody answered: %s, %s, %v", r.Charge, r.Cause, r.AnsweredAt)
	}
}

// TestScripts lets dialplans ask for what makes no sense.
func TestScripts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Customer(t, 100).String()
	for _, row := range []struct{ query, account, to, decision, reason string }{
		{"?direction=sideways", id, "+442071838750", "error", "bad-request"},
		{"?source=x", id, "+442071838750", "error", "bad-request"},
		{"?customer=x", id, "+442071838750", "error", "bad-request"},
		{"", id, strings.Repeat("1", 256), "error", "bad-request"},
		{"?customer=" + id, "", "911", "allow", "ok"},
		{"", "", "+442071838750", "deny", "unknown_customer"},
		{"?direction=inbound", id, "+12125550100", "allow", "ok"},
	} {
		c := w.dial(t, row.query+row.account+row.to[:3], row.query, row.account, row.to)
		if v := c.variables; v["TOLLKEEPER_DECISION"] != row.decision || v["TOLLKEEPER_REASON"] != row.reason {
			t.Errorf("%+v: %s because of %s", row, v["TOLLKEEPER_DECISION"], v["TOLLKEEPER_REASON"])
		}
	}
}

// TestBadAGIPeers lets peers misbehave that are no Asterisk. Others are served
// meanwhile.
func TestBadAGIPeers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, says := range map[string]string{
		"another protocol": "GET / HTTP/1.1\r\n\r\n",
		"a long line":      strings.Repeat("x", 1<<20),
		"too many lines":   strings.Repeat("agi_x: y\n", 1000),
		"no such script":   "agi_request: agi://x/other\n\n",
		"half a script":    "agi_request: agi://x/authorize\nagi_uniq",
	} {
		conn, err := net.Dial("tcp", w.agi)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, says)
		conn.(*net.TCPConn).CloseWrite()
		conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		if reply, err := io.ReadAll(conn); len(reply) > 0 || err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: got %q, %v", name, reply, err)
		}
		conn.Close()
	}
	for range 200 { // silent ones are kept for a while, and keep nobody waiting
		conn, err := net.Dial("tcp", w.agi)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	if c := w.dial(t, "1.1", "", w.Customer(t, 100).String(), "+442071838750"); c.variables["TOLLKEEPER_DECISION"] != "allow" {
		t.Errorf("beside 200 silent peers: %v", c.variables)
	}
}

// TestStrangers refuses connections from networks that are not named.
func TestStrangers(t *testing.T) {
	t.Parallel()
	agi, err := asterisk.Listen("127.0.0.1:0", asterisk.AGIConfig{Log: silent, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	if err != nil {
		t.Fatal(err)
	}
	defer agi.Close()
	conn, err := net.Dial("tcp", agi.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("a stranger is kept: %v", err)
	}
}

// TestBadManagers lets peers misbehave that are no manager interface.
func TestBadManagers(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ says, want string }{
		"silence":        {"", "EOF"},
		"another server": {"HTTP/1.1 200 OK\r\n\r\n", "no manager interface"},
		"wrong password": {"Asterisk Call Manager/7\r\nResponse: Error\r\nMessage: Authentication failed\r\n\r\n", "the login was refused: Authentication failed"},
		"no end":         {"Asterisk Call Manager/7\r\nX: " + strings.Repeat("x", 1<<20), "longer than 256 KiB"},
		"no headers":     {"Asterisk Call Manager/7\r\nnonsense\r\n\r\n", "malformed"},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if conn, err := listener.Accept(); err == nil {
				go io.Copy(io.Discard, conn)
				io.WriteString(conn, row.says)
				conn.(*net.TCPConn).CloseWrite()
			}
		}()
		m := asterisk.NewMeter(asterisk.MeterConfig{Log: silent, Address: listener.Addr().String(), Username: "u", Secret: "secret-word", Now: time.Now})
		if err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: %v, want an error with %q", name, err, row.want)
		}
		listener.Close()
	}
}
