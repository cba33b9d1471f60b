package main_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// sipWorld is a caller, Kamailio with the configuration of the documents, a callee and
// a server. Whatever waits in it waits long: on a machine that stalls for seconds, calls
// last longer, and nothing else may change.
type sipWorld struct {
	t        *testing.T
	s        *server
	folder   string
	proxy    string // host:port of Kamailio
	caller   int    // port of the customer's exchange
	callee   int
	carrier  int // port from which the carrier sends calls
	customer string
	privacy  string // of the callers (RFC 3323); "" for none
	log      text   // of Kamailio
	calls    int
	lasted   map[string]time.Duration // all of what sipp did, by the id of its first call
	slack    time.Duration            // by which a record may differ from what sipp measured
}

// The grants of these tests. A call asks for more so long before the end of its grant
// that a stall of some seconds does not end it.
const (
	sliceSeconds = 10
	earlySeconds = 7
)

var lastPort atomic.Int32

// freePort is a port that was free a moment ago. It is none of those that the system gives
// to sockets by itself, so that it stays free until it is used.
func freePort(t *testing.T) int {
	t.Helper()
	lastPort.CompareAndSwap(0, rand.Int32N(10_000))
	for range 10_000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+lastPort.Add(1)%10_000)
		socket, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		socket.Close()
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		listener.Close()
		return listener.Addr().(*net.TCPAddr).Port
	}
	t.Fatal("no port is free")
	return 0
}

// needs skips a test where programs of Debian are missing.
func needs(t *testing.T, programs map[string]string) {
	t.Helper()
	for program, pkg := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s, of the package %s", program, pkg)
		}
	}
}

// needsModules skips a test where Debian's packages of Kamailio's modules are not there.
func needsModules(t *testing.T) {
	t.Helper()
	for module, pkg := range map[string]string{"jansson": "kamailio-extra-modules", "http_client": "kamailio-utils-modules", "misc_radius": "kamailio-radius-modules"} {
		if found, _ := filepath.Glob("/usr/lib/*/kamailio/modules/" + module + ".so"); found == nil {
			t.Skipf("needs Kamailio's module %s, of the package %s", module, pkg)
		}
	}
}

// perSecond is a cent for each second, so that money tells the seconds.
const perSecond = "prefix,destination,price,minimum,increment\n44,United Kingdom,0.60,1,1\n"

// newSIPWorld starts all of it. Edits are changes of the configuration, old and new in
// turn.
func newSIPWorld(t *testing.T, credit int, edits ...string) *sipWorld {
	t.Helper()
	needs(t, map[string]string{"kamailio": "kamailio", "sipp": "sip-tester"})
	needsModules(t)
	w := &sipWorld{t: t, folder: t.TempDir(), caller: freePort(t), callee: freePort(t), carrier: freePort(t), lasted: map[string]time.Duration{}}
	write(t, filepath.Join(w.folder, "radius.yaml"), "clients:\n- {name: kamailio, networks: [127.0.0.1], secret: sesame-open, unsigned: true, slices: true}\n")
	w.s = start(t, filepath.Join(w.folder, "data"), "--first-slice-seconds", strconv.Itoa(sliceSeconds), "--max-slice-seconds", strconv.Itoa(sliceSeconds), "--grace-seconds", "60",
		"--radius-listen", "127.0.0.1:0", "--radius-clients", filepath.Join(w.folder, "radius.yaml"))
	w.s.must("PUT", "/ratedecks/default", perSecond, nil)
	w.customer = w.s.newCustomer("Acme", credit)
	w.s.must("POST", "/servers", fmt.Sprintf(`{"customer":%q,"name":"acme-1","host":"127.0.0.1","port":%d}`, w.customer, w.caller), nil)
	w.s.must("POST", "/numbers", fmt.Sprintf(`{"customer":%q,"number":"+12125550101"}`, w.customer), nil)
	w.proxy = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	w.kamailio(append([]string{
		"udp:127.0.0.1:5060", "udp:" + w.proxy, "!NEXT_HOP!127.0.0.1:5080", fmt.Sprintf("!NEXT_HOP!127.0.0.1:%d", w.callee),
		"!EXCHANGE!127.0.0.1:5090", fmt.Sprintf("!EXCHANGE!127.0.0.1:%d", w.callee),
		"http://127.0.0.1:8080", w.s.url, "tk_your_token", w.s.newToken("kamailio", "--kind", "switch"),
		"/etc/kamailio/trunks.list", filepath.Join(w.folder, "trunks.list"), "/etc/kamailio/radcli.conf", filepath.Join(w.folder, "radcli.conf"),
		"#!define EARLY 10", fmt.Sprint("#!define EARLY ", earlySeconds), patiently[0], patiently[1],
	}, edits...))
	w.answering("-trace_msg", "-message_file", filepath.Join(w.folder, "callee.log"))
	return w
}

// answering starts the callee.
func (w *sipWorld) answering(options ...string) {
	w.t.Helper()
	w.start("../../docs/kamailio", "sipp", slices.Concat(sippOptions, []string{"-sf", "callee.xml", "-p", strconv.Itoa(w.callee)}, options)...)
}

// patiently is how Kamailio is made to wait for a server that is slow.
var patiently = [2]string{"#!define PATIENCE 1", "#!define PATIENCE 20"}

// kamailio starts Kamailio with the configuration of the documents, changed.
func (w *sipWorld) kamailio(edits []string) {
	w.t.Helper()
	raw, err := os.ReadFile("../../docs/kamailio/kamailio.cfg")
	must(w.t, err)
	config := string(raw)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(config, edits[i]) {
			w.t.Fatalf("kamailio.cfg does not have %q", edits[i])
		}
		config = strings.Replace(config, edits[i], edits[i+1], 1)
	}
	write(w.t, filepath.Join(w.folder, "kamailio.cfg"), config)
	tag := "" // Tollkeeper knows the trunk by its address
	if strings.Contains(config, "\n#!define WITH_RADIUS") {
		tag = "acme-1"
		w.slack = 5 * time.Second // the server hears of the answer and the end when Kamailio gets to it, and goes by its own clock
	}
	write(w.t, filepath.Join(w.folder, "trunks.list"),
		fmt.Sprintf("1 127.0.0.1 32 %d %s\n2 127.0.0.1 32 %d\n", w.caller, tag, w.carrier))
	w.radcli()
	w.start(w.folder, "kamailio", "-DD", "-E", "-Y", w.folder, "-f", "kamailio.cfg")
	w.alive()
}

// radcli writes the configuration of Kamailio's RADIUS client.
func (w *sipWorld) radcli() {
	w.t.Helper()
	address := regexp.MustCompile(`RADIUS is answered on (\S+)`).FindStringSubmatch(w.s.output.String())[1]
	raw, err := os.ReadFile("../../docs/kamailio/radcli.conf")
	must(w.t, err)
	config := string(raw)
	for _, edit := range [][2]string{{"127.0.0.1:1812", address}, {"127.0.0.1:1813", address}, {"/etc/kamailio/radcli.servers", filepath.Join(w.folder, "servers")},
		{"/etc/kamailio/dictionary.radcli", filepath.Join(w.folder, "dictionary")}, {"radius_timeout\t1", "radius_timeout\t10"}} {
		config = strings.Replace(config, edit[0], edit[1], 1)
	}
	write(w.t, filepath.Join(w.folder, "radcli.conf"), config)
	dictionary, err := os.ReadFile("../../docs/kamailio/dictionary.radcli")
	must(w.t, err)
	write(w.t, filepath.Join(w.folder, "dictionary"), string(dictionary))
	write(w.t, filepath.Join(w.folder, "servers"), address+" sesame-open\n127.0.0.1 sesame-open\n")
}

// alive waits until Kamailio answers OPTIONS.
func (w *sipWorld) alive() {
	w.t.Helper()
	conn, err := net.Dial("udp", w.proxy)
	must(w.t, err)
	defer conn.Close()
	local := conn.LocalAddr()
	until(w.t, "Kamailio answers", func() bool {
		fmt.Fprintf(conn, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKalive\r\nFrom: <sip:t@%s>;tag=1\r\nTo: <sip:%s>\r\nCall-ID: alive\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n",
			w.proxy, local, local, w.proxy)
		conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, err := conn.Read(make([]byte, 2048))
		return err == nil && n > 0
	})
}

// start starts a program of the world, which ends with the test.
func (w *sipWorld) start(folder, program string, arguments ...string) {
	w.t.Helper()
	startProgram(w.t, &w.log, folder, append([]string{program}, arguments...)...)
}

// startProgram starts a program, which ends with the test.
func startProgram(t *testing.T, log *text, folder string, line ...string) {
	t.Helper()
	command := exec.Command(line[0], line[1:]...)
	command.Dir = folder
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with its own children, which would keep Wait from its end
	must(t, command.Start())
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		gone := make(chan error, 1)
		go func() { gone <- command.Wait() }()
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
			<-gone
		}
	})
}

func tail(log string) string {
	lines := strings.Split(log, "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// record is what the tests look at of a call record.
type record struct {
	CallID, To, StartedAt, AnsweredAt, Cause     string
	CallerName                                   string
	DurationSeconds, BilledSeconds, ChargeMicros int64
}

// records waits until there are so many of the customer's records.
func (w *sipWorld) records(n int) []record {
	w.t.Helper()
	return w.found("customer="+w.customer, n)
}

// recordOf waits until there is the record of a call.
func (w *sipWorld) recordOf(id string) record {
	w.t.Helper()
	return w.found("callId="+url.QueryEscape(id), 1)[0]
}

// found waits until so many records are found, of 1000 at most.
func (w *sipWorld) found(query string, n int) []record {
	w.t.Helper()
	var page struct{ Data []record }
	until(w.t, fmt.Sprintf("there are %d records", n), func() bool {
		page.Data = nil
		w.s.must("GET", "/cdrs?$limit=1000&"+query, "", &page)
		return len(page.Data) >= n
	})
	if len(page.Data) != n {
		w.t.Fatalf("there are %d records, not %d: %+v\n%s", len(page.Data), n, page.Data, tail(w.log.String()))
	}
	return page.Data
}

// of finds the record of a call.
func (w *sipWorld) of(records []record, id string) (found record) {
	w.t.Helper()
	for _, r := range records {
		if r.CallID == id {
			return r
		}
	}
	w.t.Errorf("no record of %q in %+v", id, records)
	return record{}
}

// talked reports whether a record is of a conversation that was at least so long, and no
// longer than all that sipp did for the call.
func (w *sipWorld) talked(r record, least time.Duration) bool {
	return r.DurationSeconds >= whole(least-w.slack) && r.DurationSeconds <= whole(w.lasted[r.CallID]+w.slack)
}

// whole is a time in seconds, of which each counts that has begun.
func whole(d time.Duration) int64 { return int64((max(d, 0) + time.Second - 1) / time.Second) }

// idle waits until no call is in progress: the last ends may be under way.
func (w *sipWorld) idle() (b balance) {
	w.t.Helper()
	until(w.t, "no call is in progress", func() bool {
		w.s.must("GET", "/customers/"+w.customer+"/balance", "", &b)
		return b.HeldMicros == 0
	})
	return b
}

// settled checks the customer's money, in cents spent.
func (w *sipWorld) settled(credit, spent int64) {
	w.t.Helper()
	if b := w.idle(); b.PostedMicros != (credit-spent)*10_000 {
		w.t.Errorf("the balance is %+v, not %d cents less than %d", b, spent, credit)
	}
}

func (w *sipWorld) patch(fields string) {
	w.t.Helper()
	w.s.must("PATCH", "/customers/"+w.customer, "{"+fields+"}", nil)
}

// punctually tries something thrice at most that is to happen at a certain second: a
// machine that stalls may be late once. What attempt returns is "", or how it was late.
func punctually(t *testing.T, attempt func() (late string)) {
	t.Helper()
	for try := 1; ; try++ {
		late := attempt()
		if late == "" || t.Failed() {
			return
		}
		if t.Logf("attempt %d: %s", try, late); try == 3 {
			t.Error("late every time")
			return
		}
	}
}
