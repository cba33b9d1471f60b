package main_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sipWorld is a caller, Kamailio with the configuration of the documents, a callee and
// a server.
type sipWorld struct {
	t        *testing.T
	s        *server
	folder   string
	proxy    string // host:port of Kamailio
	caller   int    // port of the customer's exchange
	callee   int
	carrier  int // port from which the carrier sends calls
	customer string
	log      text // of Kamailio
	calls    int
}

// freePort is a UDP port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	return socket.LocalAddr().(*net.UDPAddr).Port
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

// perSecond is a cent for each second, so that money tells the seconds.
const perSecond = "prefix,destination,price,minimum,increment\n44,United Kingdom,0.60,1,1\n"

// newSIPWorld starts all of it. Edits are changes of the configuration, old and new in
// turn, that come before those of the addresses.
func newSIPWorld(t *testing.T, credit int, edits ...string) *sipWorld {
	t.Helper()
	needs(t, map[string]string{"kamailio": "kamailio", "sipp": "sip-tester"})
	needsModules(t)
	w := &sipWorld{t: t, folder: t.TempDir(), caller: freePort(t), callee: freePort(t), carrier: freePort(t)}
	write(t, filepath.Join(w.folder, "radius.yaml"), "clients:\n- {name: kamailio, networks: [127.0.0.1], secret: sesame-open, unsigned: true, slices: true}\n")
	w.s = start(t, filepath.Join(w.folder, "data"), "--first-slice-seconds", "6", "--max-slice-seconds", "6", "--grace-seconds", "5",
		"--radius-listen", "127.0.0.1:0", "--radius-clients", filepath.Join(w.folder, "radius.yaml"))
	w.s.must("PUT", "/ratedecks/default", perSecond, nil)
	w.customer = w.s.newCustomer("Acme", credit)
	w.s.must("POST", "/servers", fmt.Sprintf(`{"customer":%q,"name":"acme-1","host":"127.0.0.1","port":%d}`, w.customer, w.caller), nil)
	w.s.must("POST", "/numbers", fmt.Sprintf(`{"customer":%q,"number":"+12125550101"}`, w.customer), nil)
	w.proxy = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	w.kamailio(append(edits,
		"udp:127.0.0.1:5060", "udp:"+w.proxy, "!NEXT_HOP!127.0.0.1:5080", fmt.Sprintf("!NEXT_HOP!127.0.0.1:%d", w.callee),
		"!EXCHANGE!127.0.0.1:5090", fmt.Sprintf("!EXCHANGE!127.0.0.1:%d", w.callee),
		"http://127.0.0.1:8080", w.s.url, "tk_your_token", w.s.newToken("kamailio", "--kind", "switch"),
		"/etc/kamailio/trunks.list", filepath.Join(w.folder, "trunks.list"), "#!define EARLY 10", "#!define EARLY 3",
		"/etc/kamailio/radcli.conf", filepath.Join(w.folder, "radcli.conf"),
	))
	w.start("../../docs/kamailio", "sipp", "-sf", "callee.xml", "-i", "127.0.0.1", "-p", strconv.Itoa(w.callee), "-nostdin",
		"-trace_msg", "-message_file", filepath.Join(w.folder, "callee.log"))
	return w
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
		{"/etc/kamailio/dictionary.radcli", filepath.Join(w.folder, "dictionary")}} {
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
	for range patience {
		fmt.Fprintf(conn, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKalive\r\nFrom: <sip:t@%s>;tag=1\r\nTo: <sip:%s>\r\nCall-ID: alive\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n",
			w.proxy, local, local, w.proxy)
		conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if n, err := conn.Read(make([]byte, 2048)); err == nil && n > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Fatalf("Kamailio does not answer: %s", w.log.String())
}

// start starts a program of the world, which ends with the test.
func (w *sipWorld) start(folder, program string, arguments ...string) {
	w.t.Helper()
	command := exec.Command(program, arguments...)
	command.Dir = folder
	command.Stdout, command.Stderr = &w.log, &w.log
	must(w.t, command.Start())
	w.t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		gone := make(chan error, 1)
		go func() { gone <- command.Wait() }()
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			command.Process.Kill()
			<-gone
		}
	})
}

// What a caller does after its INVITE.
const (
	ringing  = "<recv response=\"100\" optional=\"true\"/><recv response=\"180\" optional=\"true\"/><recv response=\"183\" optional=\"true\"/>\n"
	answered = ringing + "<recv response=\"200\" rrs=\"true\"/>\n" + ackOf
	ackOf    = `<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:+12125550100@[local_ip]:[local_port]>;tag=caller[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
`
	bye = `<send retrans="500" start_txn="bye"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:+12125550100@[local_ip]:[local_port]>;tag=caller[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" response_txn="bye"/>
`
	// It answers as from another machine: Kamailio sends one BYE after the other, and gives
	// the second up when the first has been answered before that.
	isHungUp = `<recv request="BYE" timeout="20000"/>
<pause milliseconds="50"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
`
	ackHere = `<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-invite-[pid]-[call_number]
From: <sip:+12125550100@[local_ip]:[local_port]>;tag=caller[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
`
	cancel = "<recv response=\"100\" optional=\"true\"/><recv response=\"180\"/>\n" + `<pause milliseconds="300"/>
<send retrans="500"><![CDATA[
CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-invite-[pid]-[call_number]
From: <sip:+12125550100@[local_ip]:[local_port]>;tag=caller[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
<recv response="487"/>
` + ackHere
)

func pause(d time.Duration) string {
	return fmt.Sprintf("<pause milliseconds=\"%d\"/>\n", d.Milliseconds())
}

func talk(d time.Duration) string { return answered + pause(d) + bye }

func refused(status int) string {
	return ringing + fmt.Sprintf("<recv response=\"%d\"/>\n", status) + ackHere
}

// call places calls, one if nothing else is said, and returns the call id of the first.
// It fails the test when what follows the INVITE is not what the scenario has.
func (w *sipWorld) call(number, then string, options ...string) string {
	w.t.Helper()
	id, output, err := w.tryCall(w.caller, number, then, options...)
	if err != nil {
		w.t.Errorf("a call to %s: %v\n%s\n%s", number, err, output, tail(w.log.String()))
	}
	return id
}

func tail(log string) string {
	lines := strings.Split(log, "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

func (w *sipWorld) tryCall(port int, number, then string, options ...string) (id, output string, err error) {
	w.t.Helper()
	w.calls++
	raw, err := os.ReadFile("testdata/sipp/caller.xml")
	must(w.t, err)
	file := filepath.Join(w.folder, fmt.Sprintf("caller-%d.xml", w.calls))
	write(w.t, file, strings.Replace(string(raw), "{{THEN}}", then, 1))
	id = fmt.Sprintf("%%u-%d@pbx", w.calls)
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, "sipp", append([]string{"-sf", file, "-i", "127.0.0.1", "-p", strconv.Itoa(port), "-s", number,
		"-cid_str", id, "-m", "1", "-nostdin", "-timeout", "60", w.proxy}, options...)...)
	command.Dir = w.folder
	all, err := command.CombinedOutput()
	return strings.Replace(id, "%u", "1", 1), tail(string(all)), err
}

// record is what the tests look at of a call record.
type record struct {
	CallID, AnsweredAt, Cause                    string
	DurationSeconds, BilledSeconds, ChargeMicros int64
}

// patience is how often something that comes about within milliseconds is looked for,
// 50 ms apart, on a machine that may stand still for seconds.
const patience = 600

// records waits until there are so many of the customer's records.
func (w *sipWorld) records(n int) (found []record) {
	w.t.Helper()
	var page struct{ Data []record }
	for range patience {
		page.Data = nil
		w.s.must("GET", "/cdrs?$limit=1000&customer="+w.customer, "", &page)
		if len(page.Data) >= n {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(page.Data) != n {
		w.t.Errorf("there are %d records, not %d: %+v\n%s", len(page.Data), n, page.Data, tail(w.log.String()))
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

// idle waits until no call is in progress: the last ends may be under way.
func (w *sipWorld) idle() (b balance) {
	w.t.Helper()
	for range patience {
		w.s.must("GET", "/customers/"+w.customer+"/balance", "", &b)
		if b.HeldMicros == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return b
}

// settled checks the customer's money, in cents spent.
func (w *sipWorld) settled(credit, spent int64) {
	w.t.Helper()
	b := w.idle()
	if b.PostedMicros != (credit-spent)*10_000 || b.HeldMicros != 0 {
		w.t.Errorf("the balance is %+v, not %d cents less than %d", b, spent, credit)
	}
}

const (
	busyNumber = "+442071830486"
	ringNumber = "+442071830180"
)

func (w *sipWorld) patch(fields string) {
	w.t.Helper()
	w.s.must("PATCH", "/customers/"+w.customer, "{"+fields+"}", nil)
}

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

// took reports whether a call lasted as long as it should. On a machine that does much
// else, sipp hangs up late.
func took(seconds, want int64) bool {
	return seconds == want || want > 0 && seconds == want+1
}

func allKinds(t *testing.T, edits ...string) {
	w := newSIPWorld(t, 1000, append(edits, `"fr_inv_timer", 180000`, `"fr_inv_timer", 3000`)...)
	talked := w.call(london, talk(1500*time.Millisecond))
	long := w.call(london, talk(8500*time.Millisecond)) // is extended
	busy := w.call(busyNumber, refused(486))
	cancelled := w.call(ringNumber, cancel)
	inbound, output, err := w.tryCall(w.carrier, "+12125550101", talk(500*time.Millisecond))
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
	emergency := w.call("911", talk(1500*time.Millisecond))
	records := w.records(7)
	var spent int64
	for _, want := range []struct {
		name, id string
		seconds  int64
		free     bool
	}{{"talked", talked, 2, false}, {"long", long, 9, false}, {"busy", busy, 0, false}, {"cancelled", cancelled, 0, false}, {"nobody answers", rings, 0, false},
		{"inbound", inbound, 1, true}, {"emergency", emergency, 2, true}} {
		r := w.of(records, want.id)
		charge := r.DurationSeconds * 10_000
		if want.free {
			charge = 0
		}
		if !took(r.DurationSeconds, want.seconds) || r.ChargeMicros != charge || (r.AnsweredAt != "") != (want.seconds > 0) {
			t.Errorf("%s: the record is %+v, not of %d seconds", want.name, r, want.seconds)
		}
		spent += r.ChargeMicros / 10_000
	}
	w.settled(1000, spent)
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
		unproven := "<recv response=\"407\" auth=\"true\"/>\n" + ackHere
		_, _, err := w.tryCall(freePort(t), london, unproven) // is challenged without a question
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
	_, invite, _ := strings.Cut(string(raw), "<send retrans=\"500\">")
	invite, _, _ = strings.Cut(invite, "</send>")
	again := func(user, password string) string {
		signed := strings.NewReplacer("z9hG4bK-invite", "z9hG4bK-signed", "CSeq: 1", "CSeq: 2",
			"Max-Forwards: 70", "[authentication username="+user+" password="+password+"]\nMax-Forwards: 70").Replace(invite)
		return "<recv response=\"407\" auth=\"true\"/>\n" + ackHere + "<send retrans=\"500\">" + signed + "</send>\n"
	}
	second := func(then string) string {
		return strings.NewReplacer("CSeq: 1 ACK", "CSeq: 2 ACK", "CSeq: 2 BYE", "CSeq: 3 BYE", "z9hG4bK-invite", "z9hG4bK-signed").Replace(then)
	}
	id, output, err := w.tryCall(freePort(t), london, again("alice", "wonderland")+second(talk(1500*time.Millisecond)))
	if err != nil {
		t.Errorf("alice: %v\n%s\n%s", err, output, tail(w.log.String()))
	}
	for user, password := range map[string]string{"alice": "looking-glass", "nobody": "wonderland"} {
		if _, output, err := w.tryCall(freePort(t), london, again(user, password)+second(refused(407))); err != nil {
			t.Errorf("%s is not refused: %v\n%s", user, err, output)
		}
	}
	if r := w.of(w.records(1), id); !took(r.DurationSeconds, 2) {
		t.Errorf("the record is %+v", r)
	}
}

// TestKamailioLimits has too many calls a second, and a call whose credit runs out: both
// sides are hung up.
func TestKamailioLimits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	w := newSIPWorld(t, 8)
	w.patch(`"maxOutboundCallRate":2`)
	for range 2 {
		w.call(busyNumber, refused(486))
	}
	w.call(busyNumber, refused(503))
	time.Sleep(time.Second)
	began := time.Now()
	out := w.call(london, answered+isHungUp)
	lasted := time.Since(began)
	r := w.of(w.records(3), out)
	t.Logf("8 seconds of credit: hung up after %s, %d seconds charged", lasted, r.DurationSeconds)
	if !took(r.DurationSeconds, 7) || lasted < 6*time.Second || lasted > 10*time.Second {
		t.Errorf("hung up after %s, the record is %+v", lasted, r)
	}
	w.heard("BYE", out) // the other side
	w.settled(8, r.DurationSeconds)
	w.patch(`"credit":0`)
	w.call(london, refused(402))
}

// TestKamailioAlone places calls while the server does not answer.
func TestKamailioAlone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	for _, open := range []bool{false, true} {
		edits := []string{}
		if open {
			edits = []string{"##!define FAIL_OPEN 300", "#!define FAIL_OPEN 2"}
		}
		w := newSIPWorld(t, 100, edits...)
		stopped := w.call(london, answered+pause(500*time.Millisecond)+bye)
		pending := w.pause(func() {
			if open {
				w.call(london, answered+isHungUp) // after 2 seconds
			} else {
				w.call(london, refused(503))
			}
			w.call("911", talk(500*time.Millisecond))
		})
		records := w.records(2)
		w.of(records, stopped)
		if r := w.of(records, pending); r.DurationSeconds < 1 || r.DurationSeconds > 3 {
			t.Errorf("the end that was told late: %+v", r)
		}
	}
}

// pause begins a call, stops the server, which hears of its end only when it goes on,
// and lets something happen in between.
func (w *sipWorld) pause(between func()) (id string) {
	w.t.Helper()
	done := make(chan string)
	go func() {
		id, _, err := w.tryCall(w.caller, london, talk(1500*time.Millisecond))
		if err != nil {
			w.t.Error("the call that is stopped: ", err)
		}
		done <- id
	}()
	time.Sleep(time.Second)
	must(w.t, w.s.process.Process.Signal(syscall.SIGSTOP))
	id = <-done
	between()
	must(w.t, w.s.process.Process.Signal(syscall.SIGCONT))
	return id
}

// TestKamailioLoss loses every tenth message on both sides, so that much is sent twice. Each
// call has one record and is charged once, even one whose caller never hears that its BYE
// has come, as happens when all the answers are lost.
func TestKamailioLoss(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	w := newSIPWorld(t, 10_000)
	const calls = 30
	if _, output, err := w.tryCall(w.caller, london, talk(500*time.Millisecond), "-m", strconv.Itoa(calls), "-r", "30", "-lost", "10"); err != nil {
		t.Logf("not every caller saw its call end well: %v\n%s", err, output)
	}
	var spent int64
	for _, r := range w.records(calls) {
		spent += r.DurationSeconds
		if r.ChargeMicros != r.DurationSeconds*10_000 {
			t.Errorf("the record is %+v", r)
		}
	}
	w.settled(10_000, spent)
}

// TestKamailioLoad places 50 calls a second: for a minute with TOLLKEEPER_TEST_LONG, else for
// five seconds.
func TestKamailioLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("talks in real time")
	}
	const rate, seconds = 50, 3
	calls := rate * 5
	if os.Getenv("TOLLKEEPER_TEST_LONG") != "" {
		calls = rate * 60
	}
	w := newSIPWorld(t, 1_000_000)
	w.call(london, talk(seconds*time.Second-600*time.Millisecond), "-m", strconv.Itoa(calls), "-r", strconv.Itoa(rate), "-l", "1000", "-timeout", "170")
	w.idle()
	exact := 0
	spent := int64(0)
	for skip := 0; skip < calls; skip += 1000 {
		var page struct{ Data []record }
		w.s.must("GET", fmt.Sprintf("/cdrs?$limit=1000&$skip=%d&customer=%s", skip, w.customer), "", &page)
		for _, r := range page.Data {
			if !took(r.DurationSeconds, seconds) || r.ChargeMicros != r.DurationSeconds*10_000 {
				t.Errorf("the record is %+v", r)
			}
			if r.DurationSeconds == seconds {
				exact++
			}
			spent += r.DurationSeconds
		}
	}
	t.Logf("%d calls, %d of them to the second", calls, exact)
	w.settled(1_000_000, spent)
	var page struct{ Total int }
	w.s.must("GET", "/cdrs?$limit=0&customer="+w.customer, "", &page)
	if page.Total != calls {
		t.Errorf("%d records, not %d", page.Total, calls)
	}
}
