package main_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper/internal/radius/probe"
)

// nuisance is what a peer does to one door that is up to no good, or broken.
type nuisance struct {
	door    string
	network string   // "tcp": it connects and stays; "udp": it sends without end
	address string   // of the door
	says    []string // in turn; "" is silence
}

// TestMisbehavingPeers has a peer open connections that say nothing, half of something or
// rubbish, and flood the doors with packets, while switches at another address place
// calls by all of them. It does so twice: what it took is given back. With
// TOLLKEEPER_TEST_CONNECTIONS=10000 it opens as many.
func TestMisbehavingPeers(t *testing.T) { // by itself: others keep time
	connections := 600
	if text := os.Getenv("TOLLKEEPER_TEST_CONNECTIONS"); text != "" {
		n, err := strconv.Atoi(text)
		must(t, err)
		connections = n
	}
	probing, err := net.ListenPacket("udp", badAddress+":0")
	if err != nil {
		t.Skip("no second address on loopback: ", err)
	}
	probing.Close()
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	write(t, clients, "clients:\n- {name: good, networks: [127.0.0.1], secret: sesame-open, slices: true}\n- {name: bad, networks: ["+badAddress+"], secret: sesame-bad}\n")
	// Go's collector is made to be quick: what is in use is then what is needed.
	environment := []string{"GOGC=25", "TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password}
	s := launch(t, filepath.Join(t.TempDir(), "data"), environment, "--radius-listen", "127.0.0.1:0", "--radius-clients", clients, "--sip-listen", "127.0.0.1:0", "--sip-networks", "127.0.0.0/8",
		"--asterisk-listen", "127.0.0.1:0", "--diameter-listen", "127.0.0.1:0", "--diameter-networks", "127.0.0.0/8", "--log-level", "error")
	s.serving()
	s.token = s.newToken("test")
	s.importDeck()
	good := map[string]switchDriver{"HTTP": &httpSwitch{s: s}, "RADIUS": newRadiusSwitch(s, "127.0.0.1"), "SIP": newRedirectSwitch(s),
		"FastAGI": newAsteriskSwitch(s), "Diameter": newDiameterSwitch(s)}
	customer := s.newCustomer("Acme", 1_000_000)
	before := s.resident()
	var after [2]int64
	calls := 0
	for round := range after {
		var flooding sync.WaitGroup
		stop := make(chan struct{})
		calm := sync.OnceFunc(func() { close(stop) })
		t.Cleanup(calm)
		for _, n := range s.nuisances() {
			if n.network == "udp" {
				flooding.Go(func() { n.flood(t, stop) })
			}
		}
		for _, n := range s.nuisances() {
			if n.network == "udp" {
				continue
			}
			held := n.connect(t, connections)
			began := time.Now()
			for door, d := range good {
				for range 10 {
					calls++
					c := &placed{id: fmt.Sprint("call-", calls), customer: customer, from: "+12125550100", to: london}
					if v := d.authorize(c); !v.allow {
						t.Fatalf("%s: a call beside misbehaving peers: %+v", door, v)
					}
					d.end(c, 63)
				}
			}
			took := time.Since(began)
			s.answersOverTCP()
			with := s.resident()
			t.Logf("%s: %d connections tried, and floods; %d calls took %s; %d MiB of memory in use, %d before", n.door, len(held), 10*len(good), took.Round(time.Millisecond), with>>20, before>>20)
			if limit := before + 64<<20 + int64(connections)*64<<10; with > limit {
				t.Errorf("%s: there are %d MiB of memory in use, more than %d", n.door, with>>20, limit>>20)
			}
			for _, conn := range held {
				conn.Close()
			}
		}
		calm()
		flooding.Wait()
		after[round] = s.resident()
		t.Logf("round %d: %d MiB of memory in use afterwards", round+1, after[round]>>20)
	}
	if after[1] > after[0]+64<<20 {
		t.Errorf("memory grows from round to round: %d, %d MiB", after[0]>>20, after[1]>>20)
	}
	var page struct{ Total int }
	s.must("GET", "/cdrs?$limit=0&chargeMicros=20000", "", &page)
	if page.Total != calls {
		t.Errorf("%d records, not %d", page.Total, calls)
	}
	if code := s.terminate(); code != 0 {
		t.Errorf("the server ends with %d: %s", code, s.log.String())
	}
	verified(t, s.data)
}

// badAddress is where the misbehaving peer is.
const badAddress = "127.0.0.9"

func (s *server) nuisances() []nuisance {
	address := func(door string) string {
		return regexp.MustCompile(door + ` (127\S+)`).FindStringSubmatch(s.output.String())[1]
	}
	wrong := probe.Request{Code: probe.AccessRequest, Attributes: []probe.Attribute{probe.Text(30, london), probe.Text(44, "x")}}
	stolen := probe.Request{Code: probe.AccountingRequest, Unsigned: true, Attributes: []probe.Attribute{probe.Number(40, 2), probe.Text(44, "call-1")}}
	packet := string(wrong.Pack("another secret"))
	rubbish := strings.Repeat("\x01", 4096)
	request := "POST /calls HTTP/1.1\r\nHost: x\r\nAuthorization: tk_nobody\r\nContent-Length: 20\r\n\r\n"
	invite := "INVITE sip:" + london + "@x SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n"
	return []nuisance{
		{"HTTP", "tcp", strings.TrimPrefix(s.url, "http://"), []string{"", request[:40], request, rubbish}},
		{"SIP", "tcp", address("SIP is answered on"), []string{"", invite, rubbish, "\r\n\r\n"}},
		{"FastAGI", "tcp", address("FastAGI scripts are served on"), []string{"", "agi_request: agi://x/authorize\nagi_uni", rubbish, "agi_request: agi://x/end\n\n"}},
		{"Diameter", "tcp", address("Diameter is answered on"), []string{"", "\x01\x00\x00\x80\x80\x00\x01\x01\x00", rubbish, "\x01\xff\xff\xfc"}},
		{"RADIUS", "udp", address("RADIUS is answered on"), []string{packet, string(stolen.Pack("another secret")), packet[:30], rubbish, "\x01"}},
		{"SIP", "udp", address("SIP is answered on"), []string{invite, rubbish, "\x00", invite[:20]}},
	}
}

// connect opens connections that stay. A door may hang up on them.
func (n *nuisance) connect(t *testing.T, connections int) (held []net.Conn) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(badAddress)}, Timeout: patience}
	for i := range connections {
		conn, err := dialer.Dial("tcp", n.address)
		if err != nil {
			t.Fatalf("%s: connection %d: %v", n.door, i, err)
		}
		conn.Write([]byte(n.says[i%len(n.says)])) // who was hung up on may not
		held = append(held, conn)
	}
	return held
}

// flood sends packets until it is stopped, some ten thousand a second.
func (n *nuisance) flood(t *testing.T, stop chan struct{}) {
	at, err := net.ResolveUDPAddr("udp", n.address)
	if err != nil {
		t.Error(err)
		return
	}
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(badAddress)}, at)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		conn.Write([]byte(n.says[i%len(n.says)]))
		if i%10 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

// answersOverTCP asks the SIP door by a connection whether anybody is there.
func (s *server) answersOverTCP() {
	s.t.Helper()
	conn, err := net.Dial("tcp", sipAddress(s))
	must(s.t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "OPTIONS sip:tollkeeper SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bKtcp%d\r\nFrom: <sip:t@pbx>;tag=1\r\nTo: <sip:tollkeeper>\r\n"+
		"Call-ID: tcp\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n", conn.LocalAddr(), time.Now().UnixNano())
	conn.SetReadDeadline(time.Now().Add(patience))
	answer := make([]byte, len("SIP/2.0 200"))
	if _, err := conn.Read(answer); err != nil || string(answer) != "SIP/2.0 200" {
		s.t.Errorf("OPTIONS over TCP is answered %q, %v", answer, err)
	}
}

// resident is the memory of the process, in bytes; 0 where the system does not tell.
func (s *server) resident() int64 {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	fields := bytes.Fields(after)
	kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
	must(s.t, err)
	return kilobytes << 10
}
