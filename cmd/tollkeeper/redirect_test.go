package main_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// redirectSwitch asks by SIP, and tells the end of calls over HTTP, as a switch does that
// uploads its call records.
type redirectSwitch struct {
	httpSwitch
	conn net.Conn
	sent int
}

func sipAddress(s *server) string {
	s.t.Helper()
	found := regexp.MustCompile(`SIP is answered on (\S+)`).FindStringSubmatch(s.output.String())
	if found == nil {
		s.t.Fatalf("the server does not answer SIP: %s", s.output.String())
	}
	return found[1]
}

func newRedirectSwitch(s *server) *redirectSwitch {
	s.t.Helper()
	conn, err := net.Dial("udp", sipAddress(s))
	must(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	return &redirectSwitch{httpSwitch: httpSwitch{s: s, whole: true}, conn: conn}
}

func (d *redirectSwitch) authorize(c *placed) verdict {
	d.s.t.Helper()
	d.sent++
	more := "X-Tollkeeper-Customer: " + c.customer
	switch {
	case c.source != "":
		more = "X-Tollkeeper-Source: " + c.source
	case c.customer == "":
		more = "X-Tollkeeper-Trunk: " + c.trunk
	}
	if c.hidden {
		more += "\r\nPrivacy: id"
	}
	request := func(method string) string {
		return fmt.Sprintf("%s sip:%s@tollkeeper SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nFrom: <sip:%s@pbx>;tag=1\r\nTo: <sip:%s@tollkeeper>\r\n"+
			"Call-ID: %s\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\n%s\r\nX-Tollkeeper-Direction: %s\r\nContent-Length: 0\r\n\r\n",
			method, c.to, d.conn.LocalAddr(), d.sent, c.from, c.to, c.id, method, more, direction(c))
	}
	deadline := time.Now().Add(patience)
	fmt.Fprint(d.conn, request("INVITE"))
	for {
		buffer := make([]byte, 65536)
		d.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := d.conn.Read(buffer)
		if os.IsTimeout(err) && time.Now().Before(deadline) {
			fmt.Fprint(d.conn, request("INVITE")) // a packet was lost, perhaps
			continue
		}
		must(d.s.t, err)
		lines := bufio.NewScanner(strings.NewReader(string(buffer[:n])))
		lines.Scan()
		status, _ := strconv.Atoi(strings.Fields(lines.Text())[1])
		if status < 200 {
			continue
		}
		fmt.Fprint(d.conn, request("ACK"))
		v := verdict{allow: status == 302, final: true, sipCode: status}
		for lines.Scan() {
			if seconds, found := strings.CutPrefix(lines.Text(), "X-Tollkeeper-Seconds: "); found {
				v.seconds, _ = strconv.ParseInt(seconds, 10, 64)
			}
			if name, found := strings.CutPrefix(lines.Text(), "X-Tollkeeper-Caller-Name: "); found {
				v.name = name
			}
		}
		return v
	}
}

// TestRedirectLoad has sipp send 1000 INVITEs a second. A machine that stalls makes the
// door turn some away, by 503: they hold nothing.
func TestRedirectLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the machine")
	}
	needs(t, map[string]string{"sipp": "sip-tester"})
	folder := t.TempDir()
	s := start(t, filepath.Join(folder, "data"), "--sip-listen", "127.0.0.1:0", "--sip-networks", "127.0.0.0/8", "--log-level", "warn")
	s.importDeck()
	customer := s.newCustomer("Acme", 2_000_000)
	write(t, filepath.Join(folder, "invite.xml"), `<?xml version="1.0"?><scenario name="redirected">
<send retrans="500" start_rtd="1" start_txn="invite"><![CDATA[
INVITE sip:`+london+`@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+12125550100@[local_ip]>;tag=[pid]-[call_number]
To: <sip:`+london+`@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 INVITE
Max-Forwards: 70
X-Tollkeeper-Customer: `+customer+`
Content-Length: 0

]]></send>
<recv response="100" optional="true" response_txn="invite"/>
<recv response="503" optional="true" response_txn="invite" next="1"/>
<recv response="302" rtd="1" response_txn="invite"/>
<label id="1"/>
<send ack_txn="invite"><![CDATA[
ACK sip:`+london+`@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-4]
From: <sip:+12125550100@[local_ip]>;tag=[pid]-[call_number]
To: <sip:`+london+`@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send>
</scenario>`)
	const rate, calls = 1000, 5000
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, "sipp", slices.Concat(sippOptions, []string{"-sf", "invite.xml", "-m", strconv.Itoa(calls), "-r", strconv.Itoa(rate), "-l", strconv.Itoa(calls),
		"-timeout", "120", "-trace_rtt", "-rtt_freq", "1", sipAddress(s)})...)
	command.Dir = folder
	began := time.Now()
	output, err := command.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		t.Errorf("sipp: %v\n%s", err, tail(string(output)))
	}
	var page struct{ Total int }
	s.must("GET", "/calls?$limit=0&customer="+customer, "", &page)
	redirected := sippTimes(t, filepath.Join(folder, "invite_*_rtt.csv"))
	if page.Total != len(redirected) || len(redirected) < calls/2 {
		t.Errorf("%d calls are held, and %d of %d were redirected", page.Total, len(redirected), calls)
	}
	s.terminate()
	state := s.process.ProcessState
	t.Logf("%d INVITEs in %s; the server took %s of processor time", calls, took.Round(time.Millisecond), state.UserTime()+state.SystemTime())
}
