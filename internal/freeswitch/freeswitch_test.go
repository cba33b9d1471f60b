package freeswitch_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/admission/admissiontest"
	"tollkeeper/internal/freeswitch"
)

// world is the door over a real ledger.
type world struct {
	*admissiontest.World
	door *httptest.Server
	sees tollkeeper.Principal // who every token belongs to
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: admissiontest.New(t), sees: tollkeeper.Principal{Rights: tollkeeper.SwitchOnly}}
	w.open(t, w.Calls)
	return w
}

// open opens the door to whoever decides.
func (w *world) open(t *testing.T, calls freeswitch.Calls) {
	t.Helper()
	w.door = httptest.NewServer(freeswitch.New(freeswitch.Config{
		Calls: calls, Users: users{}, Log: slog.New(slog.DiscardHandler), Observe: func(string, tollkeeper.Decision) {},
		SignIn: func(_ http.ResponseWriter, _ *http.Request, secret string) (tollkeeper.Principal, error) {
			if secret != "token" {
				return tollkeeper.Principal{}, tollkeeper.Errorf(tollkeeper.CodeUnauthenticated, "the token is missing, unknown or expired")
			}
			return w.sees, nil
		},
	}))
	t.Cleanup(w.door.Close)
}

// users are those who may sign in.
type users struct{}

func (users) Digest(_ context.Context, name string) (tollkeeper.Digest, bool, error) {
	return tollkeeper.Digest{User: "desk", Realm: "sip.example", HA1: "0123456789abcdef0123456789abcdef"}, name == "desk", nil
}

// TestDirectory tells how a digest user is challenged, in one realm, and to switches
// of the whole carrier only.
func TestDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const none = `<result status="not found">`
	for _, row := range []struct {
		name, body, want string
		customer         tollkeeper.ID
	}{
		{"known", "section=directory&user=desk&domain=sip.example", `<param name="a1-hash" value="0123456789abcdef0123456789abcdef">`, tollkeeper.ID{}},
		{"unknown", "section=directory&user=x&domain=sip.example", none, tollkeeper.ID{}},
		{"another realm", "section=directory&user=desk&domain=example", none, tollkeeper.ID{}},
		{"no user", "section=directory&domain=sip.example", none, tollkeeper.ID{}},
		{"one customer's switch", "section=directory&user=desk&domain=sip.example", none, w.Customer(t, 0)},
	} {
		w.sees.Customer = row.customer
		if status, body := w.post(t, "directory", row.body); status != 200 || !strings.Contains(body, row.want) {
			t.Errorf("%s: %d %s", row.name, status, body)
		}
	}
}

// rich lets every call through with all there is to tell.
type rich struct{ freeswitch.Calls }

func (rich) Authorize(_ context.Context, a admission.Attempt) (tollkeeper.Decision, error) {
	return tollkeeper.Decision{CallKey: a.CallKey, Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: 60, To: "+442071838750", CallerID: "+12125550199",
		CallerName: tollkeeper.CallerName{Display: "MULLER & SOHNE", Full: "Müller & Söhne"},
		Upload:     tollkeeper.Upload{URL: "https://calls.example/u?s=1"},
		Media:      tollkeeper.Media{Record: true, HoldMusic: "https://calls.example/m.wav", Consent: tollkeeper.ConsentAsk, Prompt: "is ${uuid} to be recorded?"}}, nil
}

// TestVariables sets all that the dialplan may go by.
func TestVariables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, rich{})
	f := newFreeSwitch(t, w)
	c := f.invite(t, "call-1", w.call(tollkeeper.ID{1}, "+442071838750"))
	for name, want := range map[string]string{
		"bypass_media": "false", "effective_caller_id_number": "+12125550199", "effective_caller_id_name": "MULLER & SOHNE",
		"tollkeeper_caller_name_full": "Müller & Söhne", "hold_music": "http_cache://https://calls.example/m.wav", "RECORD_STEREO": "true",
		"media_bug_answer_req": "true", "tollkeeper_upload": "https://calls.example/u?s=1", "tollkeeper_consent": "ask",
		"tollkeeper_prompt": "is {uuid} to be recorded?", "enable_heartbeat_events": "20", "hangup_after_bridge": "true", "tollkeeper_reason": "ok",
	} {
		if c.variables[name] != want {
			t.Errorf("%s is %q, not %q", name, c.variables[name], want)
		}
	}
	if c.recording != "${recordings_dir}/call-1.wav" {
		t.Errorf("recorded to %q", c.recording)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) call(customer tollkeeper.ID, to string) map[string]string {
	return map[string]string{"Caller-Caller-ID-Number": "+12125550100", "Caller-Destination-Number": to,
		"variable_tollkeeper_customer": customer.String(), "variable_sip_network_ip": "192.0.2.7"}
}

// follow runs a meter for a switch.
func (w *world) follow(t *testing.T, f *freeSwitch) {
	t.Helper()
	reports := admission.NewReports(slog.New(slog.DiscardHandler))
	m := freeswitch.NewMeter(freeswitch.MeterConfig{Calls: w.Calls, Reports: reports, Log: slog.New(slog.DiscardHandler), Observe: func(string, tollkeeper.Decision) {},
		Address: f.listener.Addr().String(), Password: f.password})
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			m.Run(ctx)
		}
	})
	t.Cleanup(func() { stop(); done.Wait(); reports.Close() })
	f.connected(t)
}

// settled waits until what was told has been dealt with: there is nothing to see of
// an event that changes nothing.
func settled() { time.Sleep(2 * time.Millisecond) }

func TestCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := newFreeSwitch(t, w)
	w.follow(t, f)
	c := f.invite(t, "call-1", w.call(w.Customer(t, 100), "011442071838750"))
	if c.transfer != "+442071838750 XML route" || c.recording != "${recordings_dir}/call-1.wav" || c.variables["bypass_media"] != "false" {
		t.Errorf("the call goes on to %q, is recorded to %q, bypass %q", c.transfer, c.recording, c.variables["bypass_media"])
	}
	f.pass(5, settled)
	f.answer(c)
	w.Answered(t, "call-1")
	f.pass(63, settled)
	f.hangup(c, "NORMAL_CLEARING")
	r := w.Record(t, "call-1")
	if r.Duration != 63*time.Second || r.Charge != 63_000 || r.Cause != "normal_clearing" || r.AnsweredAt.Sub(r.StartedAt) != 5*time.Second {
		t.Errorf("record: %v, %s, %s, answered after %v", r.Duration, r.Charge, r.Cause, r.AnsweredAt.Sub(r.StartedAt))
	}
}

// TestCreditRunsOut ends a call in the second in which its credit is used up.
func TestCreditRunsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := newFreeSwitch(t, w)
	w.follow(t, f)
	customer := w.Customer(t, 20) // 200 seconds at 6 cents a minute
	c := f.invite(t, "call-1", w.call(customer, "+442071838750"))
	f.answer(c)
	w.Answered(t, "call-1")
	for second := 1; second <= 300 && c.hungUp == ""; second++ {
		ends, moved := f.ends("call-1")
		f.pass(1, func() {
			if now := w.Clock.Now(); second%20 == 0 && now.Before(ends) && ends.Sub(now) <= 45*time.Second {
				admissiontest.Until(t, "the heartbeat moves the end", func() bool { _, n := f.ends("call-1"); return n > moved })
			}
		})
	}
	r := w.Record(t, "call-1")
	if c.hungUp != "ALLOTTED_TIMEOUT" || r.Duration != 200*time.Second || r.Charge != 20*tollkeeper.Cent || r.Cause != "allotted_timeout" {
		t.Errorf("ended by %q after %v for %s (%s); log %q", c.hungUp, r.Duration, r.Charge, r.Cause, f.log)
	}
	denied := f.invite(t, "call-2", w.call(customer, "+442071838750"))
	if denied.responded != "402 Payment Required" || denied.transfer != "" || denied.variables["tollkeeper_reason"] != "insufficient_credit" {
		t.Errorf("the next call: responded %q, transferred to %q, because %q", denied.responded, denied.transfer, denied.variables["tollkeeper_reason"])
	}
}

// TestServerGone lets nobody follow a call: FreeSWITCH ends it with what was granted,
// and its record charges it.
func TestServerGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := newFreeSwitch(t, w)
	c := f.invite(t, "call-1", w.call(w.Customer(t, 100), "+442071838750"))
	f.answer(c)
	f.pass(70, settled)
	if c.hungUp != "ALLOTTED_TIMEOUT" || c.variables["billmsec"] != "60000" {
		t.Errorf("ended by %q after %s ms, want 60000", c.hungUp, c.variables["billmsec"])
	}
	for range 2 { // FreeSWITCH sends a record again that it got no answer for
		if status, body := w.post(t, "cdr", `{"variables":{"uuid":"call-1","tollkeeper_customer":"`+c.variables["tollkeeper_customer"]+
			`","billmsec":"60000","hangup_cause":"ALLOTTED_TIMEOUT","sip_from_uri":"a%40b"}}`); status != 200 {
			t.Errorf("record: %d %s", status, body)
		}
	}
	if r := w.Record(t, "call-1"); r.Duration != time.Minute || r.Charge != 6*tollkeeper.Cent {
		t.Errorf("record: %v, %s", r.Duration, r.Charge)
	}
}

// TestRestart has another meter take over a call in the middle.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := newFreeSwitch(t, w)
	c := f.invite(t, "call-1", w.call(w.Customer(t, 1000), "+442071838750"))
	f.answer(c)
	f.pass(30, settled)
	w.follow(t, f)
	f.pass(10, settled) // the heartbeat after 40 seconds
	admissiontest.Until(t, "the call is extended", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.tasks["tollkeeper-call-1"].at.Sub(c.answeredAt) == 160*time.Second
	})
}

func (w *world) post(t *testing.T, path, body string) (int, string) {
	t.Helper()
	r, _ := http.NewRequest("POST", w.door.URL+"/freeswitch/"+path, strings.NewReader(body))
	r.SetBasicAuth("freeswitch", "token")
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const gateway = "dialplan?context=customers&next=route"
	id := w.Customer(t, 100)
	for _, row := range []struct {
		name, path, body string
		status           int
		want             string
	}{
		{"another context", gateway, "section=dialplan&Caller-Context=public", 200, `<result status="not found">`},
		{"another section", gateway, "section=directory&Caller-Context=customers", 200, `<result status="not found">`},
		{"no gateway", "dialplan", "section=dialplan", 400, "the request is not valid"},
		{"a loop", "dialplan?context=a&next=a", "section=dialplan", 400, "next: must name another dialplan context"},
		{"no call", gateway, "section=dialplan&Caller-Context=customers", 400, "the request is not valid"},
		{"no customer's id", gateway, "section=dialplan&Caller-Context=customers&Unique-ID=1&Caller-Destination-Number=1&variable_tollkeeper_customer=x", 400, "tollkeeper_customer: must be"},
		{"not a form", gateway, "%zz", 400, "body: must be a form"},
		{"not a record", "cdr", "[]", 400, "body: must be a record in JSON"},
		{"another's record", "cdr", `{"variables":{"uuid":"x"}}`, 200, "ok"},
		{"a record as a form", "cdr", "cdr=%7B%22variables%22%3A%7B%7D%7D", 200, "ok"},
		{"no duration", "cdr", `{"variables":{"uuid":"x","tollkeeper_customer":"` + id.String() + `"}}`, 400, "billmsec: must be"},
		{"no such call", "cdr", `{"variables":{"uuid":"x","billmsec":"1","tollkeeper_customer":"` + id.String() + `"}}`, 200, "ok"},
		{"too long", "cdr", `{"variables":{"x":"` + strings.Repeat("x", 1<<20) + `"}}`, 400, "longer than 1 MiB"},
	} {
		if status, body := w.post(t, row.path, row.body); status != row.status || !strings.Contains(body, row.want) {
			t.Errorf("%s: %d %s, want %d with %q", row.name, status, body, row.status, row.want)
		}
	}
	w.sees.Customer = w.Customer(t, 0)
	if status, body := w.post(t, "cdr", `{"variables":{"uuid":"x","billmsec":"1","tollkeeper_customer":"`+id.String()+`"}}`); status != 403 {
		t.Errorf("a record of another customer: %d %s", status, body)
	}
	w.sees.Rights = tollkeeper.ReadAdmin
	if status, body := w.post(t, gateway, "section=dialplan"); status != 403 {
		t.Errorf("without the right: %d %s", status, body)
	}
	if response, err := http.Post(w.door.URL+"/freeswitch/"+gateway, "", nil); err != nil || response.StatusCode != 401 || response.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("without a token: %v, %v", response, err)
	}
}

// TestBadPeers lets peers misbehave that are no FreeSWITCH. Each is given up on.
func TestBadPeers(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ says, want string }{
		"silence":         {"", "EOF"},
		"another server":  {"HTTP/1.1 200 OK\n\n", "is no header"},
		"refused address": {"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n", "refuses this address"},
		"wrong password":  {"Content-Type: auth/request\n\nContent-Type: command/reply\nReply-Text: -ERR invalid\n\n", "auth was refused: -ERR invalid"},
		"a long line":     {strings.Repeat("x", 2<<20), "longer than 1 MiB"},
		"a long body":     {"Content-Type: auth/request\nContent-Length: 999999999999\n\n", "the length of a message"},
		"a negative body": {"Content-Type: auth/request\nContent-Length: -1\n\n", "the length of a message"},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		go func() {
			conn, err := listener.Accept()
			if err == nil {
				go io.Copy(io.Discard, conn)
				io.WriteString(conn, row.says)
				conn.(*net.TCPConn).CloseWrite()
			}
		}()
		m := freeswitch.NewMeter(freeswitch.MeterConfig{Log: slog.New(slog.DiscardHandler), Address: listener.Addr().String(), Password: "secret-word"})
		err = m.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: %v, want an error with %q", name, err, row.want)
		}
		listener.Close()
	}
}
