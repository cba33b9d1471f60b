package main_test

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
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
	direction := "outbound"
	if c.inbound {
		direction = "inbound"
	}
	request := func(method string) string {
		return fmt.Sprintf("%s sip:%s@tollkeeper SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nFrom: <sip:%s@pbx>;tag=1\r\nTo: <sip:%s@tollkeeper>\r\n"+
			"Call-ID: %s\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\nX-Tollkeeper-Customer: %s\r\nX-Tollkeeper-Direction: %s\r\nContent-Length: 0\r\n\r\n",
			method, c.to, d.conn.LocalAddr(), d.sent, c.from, c.to, c.id, method, c.customer, direction)
	}
	fmt.Fprint(d.conn, request("INVITE"))
	d.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		buffer := make([]byte, 65536)
		n, err := d.conn.Read(buffer)
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

// TestRedirectLoad has sipp send 1000 INVITEs a second.
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
<send retrans="500" start_rtd="1"><![CDATA[
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
<recv response="100" optional="true"/>
<recv response="302" rtd="1"/>
<send><![CDATA[
ACK sip:`+london+`@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-3]
From: <sip:+12125550100@[local_ip]>;tag=[pid]-[call_number]
To: <sip:`+london+`@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send>
</scenario>`)
	const rate, calls = 1000, 5000
	command := exec.Command("sipp", "-sf", "invite.xml", "-i", "127.0.0.1", "-m", strconv.Itoa(calls), "-r", strconv.Itoa(rate), "-l", "5000",
		"-nostdin", "-timeout", "60", "-trace_rtt", "-rtt_freq", "5000", sipAddress(s))
	command.Dir = folder
	began := time.Now()
	output, err := command.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		t.Errorf("sipp: %v\n%s", err, tail(string(output)))
	}
	var page struct{ Total int }
	s.must("GET", "/calls?$limit=0&customer="+customer, "", &page)
	if page.Total != calls {
		t.Errorf("%d calls are held, not %d", page.Total, calls)
	}
	s.terminate()
	state := s.process.ProcessState
	t.Logf("%d INVITEs in %s; the server took %s of processor time", calls, took.Round(time.Millisecond), state.UserTime()+state.SystemTime())
}
