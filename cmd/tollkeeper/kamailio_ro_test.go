package main_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// newRoWorld starts Kamailio with ims_charging, which asks by Diameter, as the documents
// have it.
func newRoWorld(t *testing.T, credit int) *sipWorld {
	t.Helper()
	needs(t, map[string]string{"kamailio": "kamailio", "sipp": "sip-tester"})
	if found, _ := filepath.Glob("/usr/lib/*/kamailio/modules/ims_charging.so"); found == nil {
		t.Skip("needs Kamailio's module ims_charging, of the package kamailio-ims-modules")
	}
	w := &sipWorld{t: t, folder: t.TempDir(), caller: freePort(t), callee: freePort(t)}
	w.s = start(t, filepath.Join(w.folder, "data"), "--first-slice-seconds", "8", "--max-slice-seconds", "8", "--grace-seconds", "5",
		"--diameter-listen", "127.0.0.1:0", "--diameter-networks", "127.0.0.0/8", "--diameter-host", "localhost", "--diameter-realm", "example.com",
		"--diameter-peers", "kamailio.example.com")
	w.s.must("PUT", "/ratedecks/default", perSecond, nil)
	w.customer = w.s.newCustomer("Acme", credit)
	w.s.must("POST", "/servers", fmt.Sprintf(`{"customer":%q,"name":"acme-1"}`, w.customer), nil)
	w.proxy = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	found := regexp.MustCompile(`Diameter is answered on (\S+)`).FindStringSubmatch(w.s.output.String())
	_, port, err := net.SplitHostPort(found[1])
	must(t, err)
	w.document("ro.xml", "toll.example.com", "localhost", `port="3868"`, fmt.Sprintf("port=%q", port))
	w.document("ro.cfg", "udp:127.0.0.1:5060", "udp:"+w.proxy, "!NEXT_HOP!127.0.0.1:5080", fmt.Sprintf("!NEXT_HOP!127.0.0.1:%d", w.callee),
		"/etc/kamailio/trunks.list", filepath.Join(w.folder, "trunks.list"), "/etc/kamailio/ro.xml", filepath.Join(w.folder, "ro.xml"),
		"toll.example.com", "localhost", "#!define EARLY 5", "#!define EARLY 2")
	write(t, filepath.Join(w.folder, "trunks.list"), fmt.Sprintf("1 127.0.0.1 32 %d acme-1\n", w.caller))
	w.start(w.folder, "kamailio", "-DD", "-E", "-Y", w.folder, "-f", "ro.cfg")
	w.alive()
	w.start("../../docs/kamailio", "sipp", "-sf", "callee.xml", "-i", "127.0.0.1", "-p", strconv.Itoa(w.callee), "-nostdin")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) { // until the peers know each other
		_, output, err := w.tryCall(w.caller, busyNumber, refused(486))
		if err == nil {
			return w
		}
		if time.Now().After(deadline) {
			t.Fatalf("a call is not asked for: %v\n%s\n%s", err, output, tail(w.log.String()))
		}
	}
}

// TestKamailioRo has calls charged by Kamailio's own client of Diameter.
func TestKamailioRo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	w := newRoWorld(t, 1000) // which has placed a call that was busy
	w.call(london, talk(1500*time.Millisecond))
	w.call(london, talk(10500*time.Millisecond)) // is extended
	w.call(lyon, refused(404))
	w.call("911", talk(500*time.Millisecond)) // is not asked for
	records := w.records(3)                   // the last one first
	var spent int64
	for i, want := range []int64{11, 2, 0} {
		r := records[i]
		if !took(r.DurationSeconds, want) || r.ChargeMicros != r.DurationSeconds*10_000 || (r.AnsweredAt != "") != (want > 0) {
			t.Errorf("the record is %+v, not of %d seconds", r, want)
		}
		spent += r.DurationSeconds
	}
	w.settled(1000, spent)
	w.patch(`"credit":6`)
	began := time.Now()
	w.call(london, answered+isHungUp)
	lasted := time.Since(began)
	r := w.records(4)[0]
	t.Logf("6 seconds of credit: hung up after %s, %d seconds charged", lasted, r.DurationSeconds)
	if !took(r.DurationSeconds, 6) || lasted < 5*time.Second || lasted > 10*time.Second {
		t.Errorf("hung up after %s, the record is %+v", lasted, r)
	}
	w.patch(`"credit":0`)
	w.call(london, refused(402))
}

// document copies a file of the documents, changed: old and new in turn.
func (w *sipWorld) document(name string, edits ...string) {
	w.t.Helper()
	raw, err := os.ReadFile("../../docs/kamailio/" + name)
	must(w.t, err)
	text := string(raw)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			w.t.Fatalf("%s does not have %q", name, edits[i])
		}
		text = strings.ReplaceAll(text, edits[i], edits[i+1])
	}
	write(w.t, filepath.Join(w.folder, name), text)
}
