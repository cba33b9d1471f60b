package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKamailioConfigurations has Kamailio read its configuration with every choice of
// what can be switched on.
func TestKamailioConfigurations(t *testing.T) {
	t.Parallel()
	needs(t, map[string]string{"kamailio": "kamailio"})
	needsModules(t)
	raw, err := os.ReadFile("../../docs/kamailio/kamailio.cfg")
	must(t, err)
	switches := []string{"WITH_RADIUS", "WITH_DIGEST", "WITH_RTPENGINE", "FAIL_OPEN 300"}
	for chosen := range 1 << len(switches) {
		config, on := string(raw), []string{}
		for i, name := range switches {
			if chosen>>i&1 == 0 {
				continue
			}
			if !strings.Contains(config, "##!define "+name) {
				t.Fatalf("kamailio.cfg has no switch %s", name)
			}
			config, on = strings.Replace(config, "##!define "+name, "#!define "+name, 1), append(on, name)
		}
		file := filepath.Join(t.TempDir(), "kamailio.cfg")
		write(t, file, config)
		if out, err := exec.Command("kamailio", "-c", "-f", file).CombinedOutput(); err != nil {
			t.Errorf("with %v: %v\n%s", on, err, out)
		}
	}
}

const (
	busyNumber = "+442071830486"
	ringNumber = "+442071830180"
)

// TestKamailio plays calls of all kinds, asking over HTTP and by RADIUS.
func TestKamailio(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	t.Run("HTTP", func(t *testing.T) {
		t.Parallel()
		allKinds(t)
	})
	t.Run("RADIUS", func(t *testing.T) {
		t.Parallel()
		allKinds(t, "##!define WITH_RADIUS", "#!define WITH_RADIUS")
	})
}

func allKinds(t *testing.T, edits ...string) {
	w := newSIPWorld(t, 1000, append(edits, `"fr_inv_timer", 180000`, `"fr_inv_timer", 6000`)...)
	const short, long = 1500 * time.Millisecond, 8500 * time.Millisecond
	talked := w.call(london, talk(short))
	extended := w.call(london, talk(long))
	busy := w.call(busyNumber, refused(486))
	cancelled := w.call(ringNumber, cancel)
	inbound, output, err := w.tryCall(w.carrier, "+12125550101", talk(short))
	if err != nil {
		t.Errorf("a call from the carrier: %v\n%s", err, output)
	}
	rings := w.call(ringNumber, refused(408)) // nobody answers
	w.call("12", refused(484))
	w.call(lyon, refused(404))
	if _, _, err := w.tryCall(freePort(t), london, refused(403)); err != nil {
		t.Error("a call from nobody's trunk is not refused")
	}
	w.patch(`"internationalCalling":0`)
	w.call(london, refused(403))
	emergency := w.call("911", talk(short))
	records := w.records(7)
	var spent int64
	for _, want := range []struct {
		name, id string
		talks    time.Duration
		free     bool
	}{{"talked", talked, short, false}, {"extended", extended, long, false}, {"busy", busy, 0, false}, {"cancelled", cancelled, 0, false}, {"nobody answers", rings, 0, false},
		{"inbound", inbound, short, true}, {"emergency", emergency, short, true}} {
		r := w.of(records, want.id)
		fits := w.talked(r, want.talks)
		if want.talks == 0 {
			fits = r.DurationSeconds == 0
		}
		charge := r.DurationSeconds * 10_000
		if want.free {
			charge = 0
		}
		if !fits || r.ChargeMicros != charge || (r.AnsweredAt != "") != (want.talks > 0) {
			t.Errorf("%s: the record is %+v; %s of talk took sipp %s", want.name, r, want.talks, w.lasted[want.id])
		}
		spent += r.ChargeMicros / 10_000
	}
	w.settled(1000, spent)
}

// TestKamailioPrivacy has the carrier send calls whose caller hides the number, and others:
// the names of the others are known.
func TestKamailioPrivacy(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	t.Run("HTTP", func(t *testing.T) {
		t.Parallel()
		callersHide(t, newSIPWorld(t, 1000))
	})
	t.Run("RADIUS", func(t *testing.T) {
		t.Parallel()
		callersHide(t, newSIPWorld(t, 1000, "##!define WITH_RADIUS", "#!define WITH_RADIUS"))
	})
}

func callersHide(t *testing.T, w *sipWorld) {
	t.Helper()
	w.patch(`"cnamLookUps":1`)
	names := filepath.Join(w.folder, "names.csv")
	write(t, names, "number,name\n+12125550100,Acme\n")
	if output, code := tool(t, "callernames", "import", "--server", w.s.url, "--token", w.s.token, names); code != 0 {
		t.Fatal(output)
	}
	named := func(privacy string) string {
		t.Helper()
		w.privacy = privacy
		id, output, err := w.tryCall(w.carrier, "+12125550101", talk(100*time.Millisecond))
		if err != nil {
			t.Fatalf("a call from the carrier: %v\n%s", err, output)
		}
		return w.recordOf(id).CallerName
	}
	for _, privacy := range []string{"id", "user;critical"} {
		if name := named(privacy); name != "" {
			t.Errorf("Privacy: %s: the name %q was looked up", privacy, name)
		}
	}
	for _, privacy := range []string{"", "none"} {
		tries := 1
		for ; named(privacy) != "ACME"; tries++ { // a machine that stalls may miss the deadline
			if tries == 10 {
				t.Fatalf("Privacy: %s: no name is known", privacy)
			}
		}
	}
}

// TestKamailioDigest has callers from anywhere sign in: Kamailio checks their digests
// itself, or its auth_radius hands them on.
func TestKamailioDigest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	t.Run("HTTP", func(t *testing.T) {
		t.Parallel()
		w := newSIPWorld(t, 100, digestEdits...)
		callersSignIn(t, w)
		must(t, w.s.process.Process.Signal(syscall.SIGSTOP))
		_, _, err := w.tryCall(freePort(t), london, challenged) // without a question
		must(t, w.s.process.Process.Signal(syscall.SIGCONT))
		if err != nil {
			t.Error("beside a server that does not answer: ", err)
		}
	})
	t.Run("RADIUS", func(t *testing.T) {
		t.Parallel()
		callersSignIn(t, newSIPWorld(t, 100, append(digestEdits, "##!define WITH_RADIUS", "#!define WITH_RADIUS")...))
	})
}

var digestEdits = []string{"##!define WITH_DIGEST", "#!define WITH_DIGEST"}

func callersSignIn(t *testing.T, w *sipWorld) {
	t.Helper()
	w.s.must("POST", "/servers", fmt.Sprintf(`{"customer":%q,"name":"roaming","digestUser":"alice","digestPassword":"wonderland"}`, w.customer), nil)
	raw, err := os.ReadFile("testdata/sipp/caller.xml")
	must(t, err)
	_, invite, _ := strings.Cut(string(raw), `start_txn="invite">`)
	invite, _, _ = strings.Cut(invite, "</send>")
	again := func(user, password string) string {
		signed := strings.NewReplacer("z9hG4bK-invite", "z9hG4bK-signed", "CSeq: 1", "CSeq: 2",
			"Max-Forwards: 70", "[authentication username="+user+" password="+password+"]\nMax-Forwards: 70").Replace(invite)
		return challenged + `<send retrans="500" start_txn="signed">` + signed + "</send>\n"
	}
	second := func(then string) string {
		return strings.NewReplacer("CSeq: 1 ACK", "CSeq: 2 ACK", "CSeq: 2 BYE", "CSeq: 3 BYE", "z9hG4bK-invite", "z9hG4bK-signed", `txn="invite"`, `txn="signed"`).Replace(then)
	}
	const short = 1500 * time.Millisecond
	id, output, err := w.tryCall(freePort(t), london, again("alice", "wonderland")+second(talk(short)))
	if err != nil {
		t.Errorf("alice: %v\n%s\n%s", err, output, tail(w.log.String()))
	}
	for user, password := range map[string]string{"alice": "looking-glass", "nobody": "wonderland"} {
		if _, output, err := w.tryCall(freePort(t), london, again(user, password)+second(refused(407))); err != nil {
			t.Errorf("%s is not refused: %v\n%s", user, err, output)
		}
	}
	if r := w.of(w.records(1), id); !w.talked(r, short) {
		t.Errorf("the record is %+v; sipp took %s", r, w.lasted[id])
	}
}

// TestKamailioLimits has too many calls a second, and a call whose credit runs out: both
// sides are hung up.
func TestKamailioLimits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	w := newSIPWorld(t, 1000)
	w.tooMany()
	const credit = sliceSeconds + 3 // seconds
	punctually(t, func() (late string) {
		w.patch(fmt.Sprintf(`"credit":%d`, credit))
		out := w.call(london, answered+isHungUp)
		w.heard("BYE", out) // the other side
		r := w.recordOf(out)
		if !w.talked(r, 0) || r.ChargeMicros != r.DurationSeconds*10_000 {
			t.Errorf("the record is %+v; sipp took %s", r, w.lasted[out])
		}
		w.settled(credit, r.DurationSeconds)
		if r.DurationSeconds != credit && r.DurationSeconds != credit-1 { // Kamailio's timer ticks by the second
			return fmt.Sprintf("%d seconds of credit: hung up after %d", credit, r.DurationSeconds)
		}
		return ""
	})
	w.patch(`"credit":0`)
	w.call(london, refused(402))
}

// tooMany places more calls than there may be in a second. Those that were let through
// have records.
func (w *sipWorld) tooMany() {
	w.t.Helper()
	const calls, limit = 20, 2
	w.patch(fmt.Sprintf(`"maxOutboundCallRate":%d`, limit))
	w.call(busyNumber, ringing+`<recv response="503" optional="true" response_txn="invite" next="1"/>`+final(486)+`<label id="1"/>`+ackHere, "-m", fmt.Sprint(calls), "-r", "100")
	w.patch(`"maxOutboundCallRate":0`)
	w.idle()
	var page struct{ Data []record }
	w.s.must("GET", "/cdrs?customer="+w.customer, "", &page)
	if n := len(page.Data); n < limit || n == calls {
		w.t.Errorf("%d calls of %d were let through", n, calls)
	}
	var begun []time.Time
	for _, r := range page.Data {
		at, err := time.Parse(time.RFC3339, r.StartedAt)
		must(w.t, err)
		begun = append(begun, at)
	}
	slices.SortFunc(begun, time.Time.Compare)
	for i := limit; i < len(begun); i++ {
		if begun[i].Sub(begun[i-limit]) < time.Second {
			w.t.Errorf("%d calls were let through within a second: %v", limit+1, begun[i-limit:i+1])
		}
	}
}

// TestKamailioAlone places calls while the server does not answer.
func TestKamailioAlone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	for _, open := range []bool{false, true} {
		edits := []string{patiently[1], "#!define PATIENCE 3"}
		if open {
			edits = append(edits, "##!define FAIL_OPEN 300", "#!define FAIL_OPEN 2")
		}
		w := newSIPWorld(t, 100, edits...)
		before := w.recordOf(w.call(london, talk(500*time.Millisecond)))
		pending := w.pause(func() {
			if open {
				w.call(london, answered+isHungUp) // after 2 seconds
			} else {
				w.call(london, refused(503))
			}
			w.call("911", talk(500*time.Millisecond))
		})
		records := w.records(2)
		w.of(records, before.CallID)
		if r := w.of(records, pending); !w.talked(r, pendingTalk) {
			t.Errorf("the end that was told late: %+v; sipp took %s", r, w.lasted[pending])
		}
	}
}

// pendingTalk is how long the call talks whose end the server does not hear at once.
const pendingTalk = 2500 * time.Millisecond

// pause begins a call, stops the server when that is answered, so that it hears of the end
// only when it goes on, and lets something happen in between.
func (w *sipWorld) pause(between func()) (id string) {
	w.t.Helper()
	done := make(chan string, 1)
	go func() {
		id, output, err := w.tryCall(w.caller, london, talk(pendingTalk))
		if err != nil {
			w.t.Errorf("the call that is going on: %v\n%s", err, output)
		}
		done <- id
	}()
	until(w.t, "the call is answered", func() bool {
		var page struct{ Data []record }
		w.s.must("GET", "/calls?customer="+w.customer, "", &page)
		return len(page.Data) == 1 && page.Data[0].AnsweredAt != "" || len(done) > 0
	})
	must(w.t, w.s.process.Process.Signal(syscall.SIGSTOP))
	id = <-done
	between()
	must(w.t, w.s.process.Process.Signal(syscall.SIGCONT))
	return id
}

// TestKamailioLoss loses every tenth message on both sides, so that much is sent twice. No
// call is charged twice.
func TestKamailioLoss(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	w := newSIPWorld(t, 10_000)
	w.settled(10_000, w.crowd(30, 500*time.Millisecond, "-r", "30", "-lost", "10"))
}

// TestKamailioLoad places 50 calls a second: for a minute with TOLLKEEPER_TEST_LONG, else for
// five seconds.
func TestKamailioLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("talks in real time")
	}
	const rate = 50
	calls := rate * 5
	if os.Getenv("TOLLKEEPER_TEST_LONG") != "" {
		calls = rate * 60
	}
	w := newSIPWorld(t, 1_000_000)
	w.settled(1_000_000, w.crowd(calls, 2400*time.Millisecond, "-r", fmt.Sprint(rate)))
}
