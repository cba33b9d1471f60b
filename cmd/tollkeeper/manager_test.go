package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	program "tollkeeper/cmd/tollkeeper"
	"tollkeeper/internal/admission/admissiontest"
)

// managerSwitch plays scenarios as an Asterisk does whose calls are followed by its manager
// interface. Nothing there tells how long a call has been going on: the server goes by its
// clock, which is the test's.
type managerSwitch struct {
	*asteriskSwitch
	s        *server
	clock    *admissiontest.Clock
	listener net.Listener
	channels map[string]*managedChannel // by the id of the call

	mu     sync.Mutex // guards conn and what is ordered of channels
	conn   net.Conn   // of whoever follows the calls
	orders map[string][]int64
}

// managedChannel is one call, as the switch knows it.
type managedChannel struct {
	customer string // as the script has set it
	answered time.Time
	used     int64 // seconds after which it was extended last
	last     verdict
}

// hangUp is the order to end a call at once; others are seconds after which it is to end.
const hangUp = 0

func newManagerSwitch(t *testing.T) *managerSwitch {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	d := &managerSwitch{clock: admissiontest.NewClock(time.Now().Truncate(time.Second)), listener: listener,
		channels: map[string]*managedChannel{}, orders: map[string][]int64{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go d.manage(conn)
		}
	}()
	return d
}

func (d *managerSwitch) settings() []string {
	return []string{"--asterisk-listen", "127.0.0.1:0", "--asterisk-managers", "ami://tollkeeper:secret@" + d.listener.Addr().String()}
}

func (d *managerSwitch) with(s *server) *managerSwitch {
	d.s, d.asteriskSwitch = s, newAsteriskSwitch(s)
	until(s.t, "somebody follows the calls", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.conn != nil
	})
	return d
}

// manage takes actions on one connection.
func (d *managerSwitch) manage(conn net.Conn) {
	defer conn.Close()
	io.WriteString(conn, "Asterisk Call Manager/7.0.3\r\n")
	fields := map[string]string{}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ": "); ok {
			fields[name] = value
			continue
		}
		d.mu.Lock()
		call := strings.TrimPrefix(fields["Channel"], channelPrefix)
		switch fields["Action"] {
		case "Login":
			d.conn = conn
		case "AbsoluteTimeout":
			seconds, _ := strconv.ParseInt(fields["Timeout"], 10, 64)
			d.orders[call] = append(d.orders[call], seconds)
		case "Hangup":
			d.orders[call] = append(d.orders[call], hangUp)
		}
		io.WriteString(conn, "Response: Success\r\n\r\n")
		d.mu.Unlock()
		fields = map[string]string{}
	}
}

const channelPrefix = "PJSIP/acme-"

// tell sends an event of a call.
func (d *managerSwitch) tell(event string, c *placed, fields string) {
	d.s.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := fmt.Fprintf(d.conn, "Event: %s\r\nChannel: %s%s\r\nUniqueid: %s\r\nChanVariable: TOLLKEEPER_CUSTOMER=%s\r\n%s\r\n",
		event, channelPrefix, c.id, c.id, d.channels[c.id].customer, fields)
	must(d.s.t, err)
}

// ordered lets something happen, and returns what is then ordered of a call.
func (d *managerSwitch) ordered(c *placed, happen func()) (seconds int64) {
	d.s.t.Helper()
	orders := func() []int64 {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.orders[c.id]
	}
	before := len(orders())
	happen()
	until(d.s.t, "something is ordered of the call", func() bool { return len(orders()) > before })
	return orders()[before]
}

func (d *managerSwitch) authorize(c *placed) verdict {
	set := map[string]string{}
	d.run("authorize?direction="+direction(c)+"&source="+c.source, c, set)
	v := verdictOf(set)
	v.final = false // it is asked again
	d.channels[c.id] = &managedChannel{customer: set["TOLLKEEPER_CUSTOMER"]}
	return v
}

func (d *managerSwitch) answer(c *placed) {
	if channel := d.channels[c.id]; channel.answered.IsZero() {
		channel.answered = d.clock.Now()
	}
	d.ordered(c, func() { d.tell("DialEnd", c, "DialStatus: ANSWER\r\n") })
}

// extend lets the time go by that was granted. It is not for Asterisk to ask.
func (d *managerSwitch) extend(c *placed, used int64) verdict {
	channel := d.channels[c.id]
	if channel.used < used {
		channel.used = used
		seconds := d.ordered(c, func() { d.pass(channel, used) })
		channel.last = verdict{allow: seconds != hangUp, seconds: seconds}
	}
	return channel.last
}

// pass moves the clock to so many seconds after the answer.
func (d *managerSwitch) pass(channel *managedChannel, seconds int64) {
	if !channel.answered.IsZero() {
		d.clock.Advance(max(0, channel.answered.Add(time.Duration(seconds)*time.Second).Sub(d.clock.Now())))
	}
}

// end has the manager interface tell of the end, as where the script cannot be reached.
func (d *managerSwitch) end(c *placed, talked int64) {
	d.s.t.Helper()
	d.pass(d.channels[c.id], talked)
	d.tell("Hangup", c, "Cause: 16\r\n")
	until(d.s.t, "the call has a record", func() bool {
		var page struct{ Total int }
		d.s.must("GET", "/cdrs?$limit=0&callId="+c.id, "", &page)
		return page.Total > 0
	})
}

// TestManagerScenarios plays the scenarios by Asterisk's manager interface, on a server
// whose clock is moved.
func TestManagerScenarios(t *testing.T) {
	t.Parallel()
	d := newManagerSwitch(t)
	s := &server{t: t, data: filepath.Join(t.TempDir(), "data"), client: &http.Client{Timeout: patience}, tick: func() { d.clock.Advance(time.Second) }}
	p := program.Begin(t, d.clock.Now, &s.output, append(append(asksForNames(t), d.settings()...), "--listen", "127.0.0.1:0", "--data", s.data, "--log-level", "warn")...)
	s.url, s.token = p.URL, s.newToken("test")
	s.importDeck()
	play(t, s, "asterisk-manager", d.with(s))
	must(t, p.Close())
	verified(t, s.data)
}
