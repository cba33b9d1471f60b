package asterisk_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper/internal/admission/admissiontest"
)

// pbx is a peer that does what Asterisk's documentation says of FastAGI and the
// manager interface. Its clock is the test's.
type pbx struct {
	clock    *admissiontest.Clock
	agi      string // address of the AGI server
	listener net.Listener

	mu       sync.Mutex // guards all below
	conn     net.Conn   // of the manager interface
	channels map[string]*channel
}

type channel struct {
	name, id   string
	variables  map[string]string
	executed   []string
	answeredAt time.Time
	timeout    time.Time // absolute; zero: none
	hungUp     bool
}

func newPBX(t *testing.T, clock *admissiontest.Clock, agi string) *pbx {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &pbx{clock: clock, agi: agi, listener: listener, channels: map[string]*channel{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.manage(conn)
		}
	}()
	return p
}

// dial lets a call arrive, whose dialplan runs the script authorize.
func (p *pbx) dial(t *testing.T, id, query, account, to string) *channel {
	t.Helper()
	c := &channel{name: "PJSIP/acme-" + id, id: id, variables: map[string]string{}}
	p.mu.Lock()
	p.channels[id] = c
	p.mu.Unlock()
	p.run(t, c, "authorize"+query, account, to)
	return c
}

// run runs a script over AGI.
func (p *pbx) run(t *testing.T, c *channel, script, account, to string) {
	t.Helper()
	conn, err := net.Dial("tcp", p.agi)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "agi_network: yes\nagi_network_script: %s\nagi_request: agi://%s/%s\nagi_channel: %s\nagi_uniqueid: %s\nagi_callerid: +12125550100\nagi_accountcode: %s\nagi_extension: %s\n\n",
		script, p.agi, script, c.name, c.id, account, to)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		reply := "200 result=1"
		words := strings.SplitN(lines.Text(), " ", 4)
		p.mu.Lock()
		switch {
		case words[0] == "SET":
			value := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.TrimSuffix(strings.TrimPrefix(words[3], `"`), `"`))
			c.variables[words[2]] = value
			if words[2] == "TIMEOUT(absolute)" {
				seconds, _ := strconv.Atoi(value)
				c.timeout = p.clock.Now().Add(time.Duration(seconds) * time.Second)
			}
		case words[0] == "GET":
			if value, ok := c.variables[words[2]]; ok {
				reply += " (" + value + ")"
			} else {
				reply = "200 result=0"
			}
		case words[0] == "EXEC":
			c.executed = append(c.executed, strings.Join(words[1:], " "))
		default:
			reply = "510 Invalid or unknown command"
		}
		p.mu.Unlock()
		fmt.Fprintf(conn, "%s\n", reply)
	}
}

// manage speaks the manager interface on one connection.
func (p *pbx) manage(conn net.Conn) {
	defer conn.Close()
	io.WriteString(conn, "Asterisk Call Manager/7.0.3\r\n")
	lines := bufio.NewScanner(conn)
	fields := map[string]string{}
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ": "); ok {
			fields[name] = value
			continue
		}
		p.mu.Lock()
		switch fields["Action"] {
		case "Login":
			if fields["Username"] != "tollkeeper" || fields["Secret"] != "secret" {
				io.WriteString(conn, "Response: Error\r\nMessage: Authentication failed\r\n\r\n")
				p.mu.Unlock()
				return
			}
			p.conn = conn
		case "CoreShowChannels":
			for _, c := range p.channels {
				state := "4"
				if !c.answeredAt.IsZero() {
					state = "6"
				}
				if !c.hungUp {
					fmt.Fprintf(conn, "Event: CoreShowChannel\r\nChannel: %s\r\nUniqueid: %s\r\nChannelState: %s\r\n\r\n", c.name, c.id, state)
				}
			}
			io.WriteString(conn, "Event: CoreShowChannel\r\nChannel: PJSIP/carrier-1\r\nUniqueid: other.1\r\nChannelState: 6\r\n\r\n")
		case "AbsoluteTimeout":
			for _, c := range p.channels {
				if c.name == fields["Channel"] {
					seconds, _ := strconv.Atoi(fields["Timeout"])
					c.timeout = p.clock.Now().Add(time.Duration(seconds) * time.Second)
				}
			}
		case "Hangup":
			for _, c := range p.channels {
				if c.name == fields["Channel"] {
					c.timeout = p.clock.Now()
				}
			}
		}
		io.WriteString(conn, "Response: Success\r\n\r\n")
		p.mu.Unlock()
		fields = map[string]string{}
	}
}

// answer lets the called party answer.
func (p *pbx) answer(c *channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.answeredAt = p.clock.Now()
	if p.conn != nil {
		fmt.Fprintf(p.conn, "Event: DialEnd\r\nChannel: %s\r\nUniqueid: %s\r\nChanVariable: X=1\r\nChanVariable: TOLLKEEPER_CUSTOMER=%s\r\nDialStatus: ANSWER\r\n\r\n",
			c.name, c.id, c.variables["TOLLKEEPER_CUSTOMER"])
	}
}

// pass lets seconds go by, and hangs up channels when their time is up.
func (p *pbx) pass(t *testing.T, seconds int) {
	t.Helper()
	for end := p.clock.Now().Add(time.Duration(seconds) * time.Second); ; {
		at, over := p.nextTimeout(end)
		p.clock.Advance(max(0, at.Sub(p.clock.Now())))
		if len(over) == 0 {
			return
		}
		for _, c := range over {
			p.hangup(t, c, true)
		}
	}
}

// nextTimeout finds the channels whose time is up first, and when: at the end, where there
// are none before.
func (p *pbx) nextTimeout(end time.Time) (at time.Time, over []*channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at = end
	for _, c := range p.channels {
		switch {
		case c.hungUp || c.timeout.IsZero() || c.timeout.After(at):
		case c.timeout.Before(at):
			at, over = c.timeout, []*channel{c}
		default:
			over = append(over, c)
		}
	}
	return at, over
}

// hangup ends a call; its dialplan runs the script end, or cannot reach it.
func (p *pbx) hangup(t *testing.T, c *channel, reachable bool) {
	t.Helper()
	p.mu.Lock()
	c.hungUp = true
	c.variables["DIALSTATUS"] = "NOANSWER"
	if !c.answeredAt.IsZero() {
		c.variables["DIALSTATUS"] = "ANSWER"
		c.variables["ANSWEREDTIME_MS"] = strconv.FormatInt(p.clock.Now().Sub(c.answeredAt).Milliseconds(), 10)
	}
	p.mu.Unlock()
	if reachable {
		p.run(t, c, "end", "", "h")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		fmt.Fprintf(p.conn, "Event: Hangup\r\nChannel: %s\r\nUniqueid: %s\r\nChanVariable: TOLLKEEPER_CUSTOMER=%s\r\nCause: 16\r\n\r\n",
			c.name, c.id, c.variables["TOLLKEEPER_CUSTOMER"])
	}
}

// record sends the event of cdr_manager.conf.
func (p *pbx) record(c *channel, seconds int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.conn, "Event: Cdr\r\nUniqueID: %s\r\nBillableSeconds: %d\r\nDisposition: ANSWERED\r\nCustomer: %s\r\n\r\n",
		c.id, seconds, c.variables["CDR(tollkeeper_customer)"])
}

// timeoutAfter is when a call is to end, counted from its answer.
func (p *pbx) timeoutAfter(c *channel) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.timeout.Sub(c.answeredAt)
}

func (p *pbx) connected(t *testing.T) {
	t.Helper()
	admissiontest.Until(t, "the meter follows", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.conn != nil
	})
}
