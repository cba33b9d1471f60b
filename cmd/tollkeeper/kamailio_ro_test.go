package main_test

import (
	"fmt"
	"net"
	"net/url"
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
	w := &sipWorld{t: t, folder: t.TempDir(), caller: freePort(t), callee: freePort(t), lasted: map[string]time.Duration{}}
	w.s = start(t, filepath.Join(w.folder, "data"), "--first-slice-seconds", strconv.Itoa(sliceSeconds), "--max-slice-seconds", strconv.Itoa(sliceSeconds), "--grace-seconds", "60",
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
		"toll.example.com", "localhost")
	write(t, filepath.Join(w.folder, "trunks.list"), fmt.Sprintf("1 127.0.0.1 32 %d acme-1\n", w.caller))
	w.start(w.folder, "kamailio", "-DD", "-E", "-Y", w.folder, "-f", "ro.cfg")
	w.alive()
	w.answering()
	until(t, "the peers know each other", func() bool {
		_, _, err := w.tryCall(w.caller, busyNumber, refused(486))
		return err == nil
	})
	return w
}

// TestKamailioRo has calls charged by Kamailio's own client of Diameter.
func TestKamailioRo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	w := newRoWorld(t, 1000) // which has placed a call that was busy
	var spent int64
	for number, each := range map[string]time.Duration{"+442071838751": 1500 * time.Millisecond, "+442071838752": 10_500 * time.Millisecond} {
		r := w.roRecord(w.call(number, talk(each)), number, each)
		if r.AnsweredAt == "" {
			t.Errorf("the record is %+v", r)
		}
		spent += r.DurationSeconds
	}
	w.call(lyon, refused(404))
	w.call("911", talk(500*time.Millisecond)) // is not asked for
	w.settled(1000, spent)
	n := 0
	punctually(t, func() (late string) {
		const credit = 8 // seconds
		n++
		number := fmt.Sprint("+44207183876", n)
		w.patch(fmt.Sprintf(`"credit":%d`, credit))
		r := w.roRecord(w.call(number, answered+isHungUp), number, 0)
		w.settled(credit, r.DurationSeconds)
		if r.DurationSeconds != credit && r.DurationSeconds != credit+1 {
			return fmt.Sprintf("%d seconds of credit: hung up after %d", credit, r.DurationSeconds)
		}
		return ""
	})
	w.patch(`"credit":0`)
	w.call(london, refused(402))
	var busy struct{ Data []record }
	w.s.must("GET", "/cdrs?customer="+w.customer+"&to="+url.QueryEscape(busyNumber), "", &busy)
	for _, r := range busy.Data {
		if r.DurationSeconds != 0 || r.ChargeMicros != 0 || r.AnsweredAt != "" {
			t.Errorf("the record of a busy call is %+v", r)
		}
	}
}

// roRecord waits for the record of the only call to a number, which talked at least so long.
// Diameter knows calls by ids of their own, and ims_charging counts whole seconds.
func (w *sipWorld) roRecord(id, number string, least time.Duration) record {
	w.t.Helper()
	r := w.found("customer="+w.customer+"&to="+url.QueryEscape(number), 1)[0]
	if r.DurationSeconds < int64(least/time.Second) || r.DurationSeconds > whole(w.lasted[id])+1 || r.ChargeMicros != r.DurationSeconds*10_000 {
		w.t.Errorf("the record is %+v; sipp took %s", r, w.lasted[id])
	}
	return r
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
