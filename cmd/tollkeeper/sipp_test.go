package main_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What a caller does after its INVITE.
const (
	// The transaction is named, so that sipp passes over what is provisional and comes late,
	// and sends ACK again for an answer that comes again.
	ringing = `<recv response="100" optional="true" response_txn="invite"/><recv response="180" optional="true" response_txn="invite"/>
<recv response="183" optional="true" response_txn="invite"/>
`
	answered = ringing + `<recv response="200" rrs="true" response_txn="invite"/>` + ackOf
	ackOf    = `<send ack_txn="invite"><![CDATA[
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
<recv response="200" response_txn="bye" rtd="call"/>
`
	// It answers as from another machine: Kamailio sends one BYE after the other, and gives
	// the second up when the first has been answered before that.
	isHungUp = `<recv request="BYE" timeout="100000"/>
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
	ackHere = `<send ack_txn="invite"><![CDATA[
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
	challenged = `<recv response="407" auth="true" response_txn="invite"/>` + ackHere

	cancel = `<recv response="100" optional="true" response_txn="invite"/><recv response="180" response_txn="invite"/>
<pause milliseconds="300"/>
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
<recv response="200" optional="true"/>
<recv response="487" response_txn="invite"/>
` + ackHere
)

func pause(d time.Duration) string {
	return fmt.Sprintf("<pause milliseconds=\"%d\"/>\n", d.Milliseconds())
}

func talk(d time.Duration) string { return answered + pause(d) + bye }

func final(status int) string {
	return fmt.Sprintf("<recv response=\"%d\" response_txn=\"invite\"/>\n", status)
}

func refused(status int) string {
	return ringing + final(status) + ackHere
}

// sippOptions are those of all runs: sipp must not give up because it, or who answers it, is slow.
var sippOptions = []string{"-i", "127.0.0.1", "-nostdin", "-max_invite_retrans", "30", "-max_non_invite_retrans", "30",
	"-watchdog_minor_maxtriggers", "1000000", "-watchdog_major_maxtriggers", "1000000"}

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

func (w *sipWorld) tryCall(port int, number, then string, options ...string) (id, output string, err error) {
	w.t.Helper()
	w.calls++
	raw, err := os.ReadFile("testdata/sipp/caller.xml")
	must(w.t, err)
	scenario := strings.Replace(string(raw), "{{THEN}}", then, 1)
	if w.privacy != "" {
		scenario = strings.Replace(scenario, "Max-Forwards: 70", "Max-Forwards: 70\nPrivacy: "+w.privacy, 1)
	}
	if strings.Contains(then, ` rtd="call"`) {
		scenario = strings.Replace(scenario, "<send ", `<send start_rtd="call" `, 1)
	}
	file := filepath.Join(w.folder, fmt.Sprintf("caller-%d.xml", w.calls))
	write(w.t, file, scenario)
	id = fmt.Sprintf("1-%d@pbx", w.calls)
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, "sipp", slices.Concat(sippOptions, []string{"-sf", file, "-p", strconv.Itoa(port), "-s", number,
		"-cid_str", fmt.Sprintf("%%u-%d@pbx", w.calls), "-m", "1", "-timeout", "120", "-trace_err", "-error_file", file + ".errors", w.proxy}, options)...)
	command.Dir = w.folder
	began := time.Now()
	all, err := command.CombinedOutput()
	w.lasted[id] = time.Since(began)
	faults, _ := os.ReadFile(file + ".errors") // is not there where there were none
	return id, tail(string(all)) + string(faults), err
}

// crowd places many calls that talk for some time, and compares their records with what
// sipp measured of each. It returns what they must have cost, in cents. A call that sipp
// has given up, having lost or missed a message, is charged for what was heard of it.
func (w *sipWorld) crowd(calls int, each time.Duration, options ...string) (spent int64) {
	w.t.Helper()
	_, output, err := w.tryCall(w.caller, london, talk(each), append([]string{"-m", strconv.Itoa(calls), "-l", "10000", "-trace_rtt", "-rtt_freq", "1"}, options...)...)
	measured := w.measured()
	if len(measured) < calls*9/10 {
		w.t.Errorf("of %d calls sipp has ended %d: %v\n%s\n%s", calls, len(measured), err, output, tail(w.log.String()))
	}
	w.idle()
	var talked []int64
	seen := map[string]bool{}
	for skip := 0; skip < calls; skip += 1000 {
		var page struct{ Data []record }
		w.s.must("GET", fmt.Sprintf("/cdrs?$limit=1000&$skip=%d&customer=%s", skip, w.customer), "", &page)
		for _, r := range page.Data {
			if r.ChargeMicros != r.DurationSeconds*10_000 || seen[r.CallID] {
				w.t.Errorf("the record is %+v", r)
			}
			seen[r.CallID] = true
			talked = append(talked, r.DurationSeconds)
			spent += r.DurationSeconds
		}
	}
	if len(talked) < len(measured) || len(talked) > calls {
		w.t.Errorf("there are %d records of %d calls, %d of which were ended", len(talked), calls, len(measured))
	}
	slices.Sort(talked)
	exact := 0
	for i := 0; len(measured) == calls && i < len(talked); i++ { // both from the shortest to the longest
		if talked[i] < whole(each) || talked[i] > whole(measured[i]) {
			w.t.Errorf("the record of %d seconds is of a call that took %s", talked[i], measured[i])
		}
		if talked[i] == whole(each) {
			exact++
		}
	}
	w.t.Logf("%d calls, %d given up by sipp, %d charged to the second", calls, calls-len(measured), exact)
	return spent
}

// measured is how long each of the calls took that sipp placed last, from INVITE to the
// answer of BYE. Those that it has given up are not among them.
func (w *sipWorld) measured() (took []time.Duration) {
	w.t.Helper()
	return sippTimes(w.t, filepath.Join(w.folder, fmt.Sprintf("caller-%d_*_rtt.csv", w.calls)))
}

// sippTimes are the response times in files of sipp, from the shortest to the longest.
func sippTimes(t *testing.T, pattern string) (took []time.Duration) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	must(t, err)
	for _, name := range files {
		file, err := os.Open(name)
		must(t, err)
		defer file.Close()
		reader := csv.NewReader(file)
		reader.Comma = ';'
		rows, err := reader.ReadAll() // Date_ms;response_time_ms;rtd_no, after a line that says so
		must(t, err)
		for _, row := range rows[1:] {
			millis, err := strconv.ParseFloat(row[1], 64)
			must(t, err)
			took = append(took, time.Duration(millis*float64(time.Millisecond))+sippTick)
		}
	}
	slices.Sort(took)
	return took
}

// sippTick is more than the time that sipp's clock may be behind.
const sippTick = 20 * time.Millisecond
