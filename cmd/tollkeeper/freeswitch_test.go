package main_test

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// freeswitchSwitch plays scenarios as FreeSWITCH does: it asks for a dialplan, and its
// event socket tells of what becomes of the call, in microseconds of its own clock.
type freeswitchSwitch struct {
	t        *testing.T
	s        *server
	token    string
	listener net.Listener

	mu   sync.Mutex // guards all below
	conn net.Conn   // of whoever follows the events
	used map[string]int64
	ends map[string]int64 // after how many seconds of talk a call is ended
}

// newFreeSwitchSwitch begins to listen where its settings say. With gives it a server.
func newFreeSwitchSwitch(t *testing.T) *freeswitchSwitch {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	d := &freeswitchSwitch{t: t, listener: listener, used: map[string]int64{}, ends: map[string]int64{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			d.serve(conn)
		}
	}()
	return d
}

func (d *freeswitchSwitch) settings() []string {
	return []string{"--freeswitch-sockets", "esl://:ClueCon@" + d.listener.Addr().String()}
}

func (d *freeswitchSwitch) with(s *server) *freeswitchSwitch {
	d.s, d.token = s, s.newToken("freeswitch", "--kind", "switch")
	d.until("somebody follows the events", func() bool { return d.conn != nil })
	return d
}

// serve takes commands on one connection.
func (d *freeswitchSwitch) serve(conn net.Conn) {
	defer conn.Close()
	io.WriteString(conn, "Content-Type: auth/request\n\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		d.mu.Lock()
		switch {
		case words[0] == "event":
			d.conn = conn
		case len(words) == 7 && words[1] == "sched_api": // bgapi sched_api +60 tollkeeper-id uuid_kill id ALLOTTED_TIMEOUT
			seconds, _ := strconv.ParseInt(words[2], 10, 64)
			d.ends[words[5]] = d.used[words[5]] + seconds
		case len(words) > 2 && words[1] == "uuid_kill":
			d.ends[words[2]] = killed
		}
		d.mu.Unlock()
		io.WriteString(conn, "Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
	}
}

// killed is the end of a call that is to end at once.
const killed = -1

func (d *freeswitchSwitch) until(what string, condition func() bool) {
	d.t.Helper()
	until(d.t, what, func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return condition()
	})
}

func (d *freeswitchSwitch) authorize(c *placed) verdict {
	d.t.Helper()
	form := url.Values{"section": {"dialplan"}, "Caller-Context": {"customers"}, "Unique-ID": {c.id}, "Caller-Caller-ID-Number": {c.from},
		"Caller-Privacy-Hide-Number": {strconv.FormatBool(c.hidden)}, "Caller-Destination-Number": {c.to},
		"variable_tollkeeper_customer": {c.customer}, "variable_sip_network_ip": {c.source}}
	if c.source == "" {
		form.Set("variable_sip_auth_username", c.trunk)
	}
	r, err := http.NewRequest("POST", d.s.url+"/freeswitch/dialplan?context=customers&next=route&direction="+direction(c), strings.NewReader(form.Encode()))
	must(d.t, err)
	r.SetBasicAuth("freeswitch", d.token)
	response, err := d.s.client.Do(r)
	must(d.t, err)
	defer response.Body.Close()
	var document struct {
		Actions []struct {
			Application string `xml:"application,attr"`
			Data        string `xml:"data,attr"`
		} `xml:"section>context>extension>condition>action"`
	}
	must(d.t, xml.NewDecoder(response.Body).Decode(&document))
	var v verdict
	for _, a := range document.Actions {
		name, value, _ := strings.Cut(a.Data, "=")
		switch {
		case a.Application == "respond":
			v.sipCode, _ = strconv.Atoi(strings.Fields(a.Data)[0])
		case a.Application == "transfer":
			v.allow = true
		case name == "api_on_answer": // sched_api +60 ...
			v.seconds, _ = strconv.ParseInt(strings.Fields(value)[1], 10, 64)
		case name == "tollkeeper_customer":
			c.customer = value // the channel keeps it
		case name == "effective_caller_id_name":
			v.name = value
		}
	}
	return v
}

// tell sends an event of a call that has been talked on for so long.
func (d *freeswitchSwitch) tell(event string, c *placed, talked int64, more ...string) {
	d.t.Helper()
	const answered = 1_700_000_000_000_000
	body := fmt.Sprintf("Event-Name: %s\nUnique-ID: %s\nEvent-Date-Timestamp: %d\nCaller-Channel-Answered-Time: %d\nvariable_tollkeeper_customer: %s\n%s\n",
		event, c.id, answered+talked*1_000_000, int64(answered), c.customer, strings.Join(more, ""))
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := fmt.Fprintf(d.conn, "Content-Length: %d\nContent-Type: text/event-plain\n\n%s", len(body), body)
	must(d.t, err)
}

func (d *freeswitchSwitch) answer(c *placed) { d.tell("CHANNEL_ANSWER", c, 0) }

// extend tells by a heartbeat that a call goes on whose time is up.
func (d *freeswitchSwitch) extend(c *placed, used int64) verdict {
	d.t.Helper()
	d.mu.Lock()
	d.used[c.id] = used
	d.mu.Unlock()
	d.tell("SESSION_HEARTBEAT", c, used)
	var left int64
	d.until("a call is extended or ended", func() bool {
		left = d.ends[c.id] - used
		return left > 0 || d.ends[c.id] == killed
	})
	return verdict{allow: left > 0, seconds: left}
}

func (d *freeswitchSwitch) tellEnd(c *placed, talked int64) {
	d.t.Helper()
	d.tell("CHANNEL_HANGUP_COMPLETE", c, talked, fmt.Sprintf("variable_billmsec: %d\nvariable_hangup_cause: NORMAL_CLEARING\n", talked*1000))
}

func (d *freeswitchSwitch) end(c *placed, talked int64) {
	d.t.Helper()
	d.tellEnd(c, talked)
	d.until("the call has a record", func() bool {
		var page struct{ Total int }
		d.s.must("GET", "/cdrs?$limit=0&callId="+c.id, "", &page)
		return page.Total > 0
	})
}
