package freeswitch_test

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper/internal/admission/admissiontest"
)

// freeSwitch is a peer that does what FreeSWITCH's documentation says of
// mod_xml_curl, mod_event_socket, mod_commands and mod_json_cdr. Its clock is the
// test's.
type freeSwitch struct {
	clock    *admissiontest.Clock
	door     *httptest.Server
	gateway  string // query of gateway-url
	listener net.Listener
	password string

	mu       sync.Mutex // guards all below
	conn     net.Conn
	channels map[string]*channel
	tasks    map[string]task // by their group; a group has one here
	log      []string        // commands that came over the socket
}

type channel struct {
	uuid       string
	variables  map[string]string
	transfer   string // where the dialplan sent it
	responded  string // what it was refused with
	recording  string
	answeredAt time.Time
	hungUp     string // the cause
}

type task struct {
	at      time.Time
	command string
}

func newFreeSwitch(t *testing.T, w *world) *freeSwitch {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &freeSwitch{clock: w.Clock, door: w.door, gateway: "context=customers&next=route", listener: listener, password: "ClueCon",
		channels: map[string]*channel{}, tasks: map[string]task{}}
	t.Cleanup(func() { listener.Close() })
	go f.serve()
	return f
}

func (f *freeSwitch) serve() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return
		}
		go f.talk(conn)
	}
}

// talk speaks the event socket protocol on one connection.
func (f *freeSwitch) talk(conn net.Conn) {
	defer conn.Close()
	io.WriteString(conn, "Content-Type: auth/request\n\n")
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		command := lines.Text()
		if command == "" {
			continue
		}
		name, rest, _ := strings.Cut(command, " ")
		reply := "+OK"
		switch name {
		case "auth":
			if rest != f.password {
				io.WriteString(conn, "Content-Type: command/reply\nReply-Text: -ERR invalid\n\nContent-Type: text/disconnect-notice\nContent-Length: 0\n\n")
				return
			}
			reply = "+OK accepted"
		case "event":
			f.mu.Lock()
			f.conn = conn
			f.mu.Unlock()
		case "bgapi":
			f.mu.Lock()
			f.log = append(f.log, rest)
			f.api(rest)
			f.mu.Unlock()
			reply = "+OK Job-UUID: 0"
		}
		fmt.Fprintf(conn, "Content-Type: command/reply\nReply-Text: %s\n\n", reply)
	}
}

// api runs a command, as fs_cli would. The lock is held.
func (f *freeSwitch) api(command string) {
	words := strings.Fields(command)
	switch words[0] {
	case "sched_del":
		delete(f.tasks, words[1])
	case "sched_api":
		after, _ := strconv.Atoi(strings.TrimPrefix(words[1], "+"))
		f.tasks[words[2]] = task{f.clock.Now().Add(time.Duration(after) * time.Second), strings.Join(words[3:], " ")}
	case "uuid_kill":
		if c := f.channels[words[1]]; c != nil && c.hungUp == "" {
			f.hangUp(c, words[2])
		}
	}
}

// invite lets a call arrive, asks for its dialplan and runs it.
func (f *freeSwitch) invite(t *testing.T, uuid string, variables map[string]string) *channel {
	t.Helper()
	c := &channel{uuid: uuid, variables: map[string]string{}}
	form := url.Values{"section": {"dialplan"}, "Caller-Context": {"customers"}, "Unique-ID": {uuid}}
	for name, value := range variables {
		form.Set(name, value)
		if v, ok := strings.CutPrefix(name, "variable_"); ok {
			c.variables[v] = value
		}
	}
	r, _ := http.NewRequest("POST", f.door.URL+"/freeswitch/dialplan?"+f.gateway, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("freeswitch", "token")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("dialplan: %d %s", response.StatusCode, body)
	}
	var document struct {
		Section struct {
			Name    string `xml:"name,attr"`
			Actions []struct {
				Application string `xml:"application,attr"`
				Data        string `xml:"data,attr"`
			} `xml:"context>extension>condition>action"`
		} `xml:"section"`
	}
	if err := xml.Unmarshal(body, &document); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.channels[uuid] = c
	for _, a := range document.Section.Actions {
		data := variable.ReplaceAllStringFunc(a.Data, func(name string) string {
			if name == "${uuid}" {
				return uuid
			}
			if value, known := c.variables[name[2:len(name)-1]]; known {
				return value
			}
			return name // a global one
		})
		switch a.Application {
		case "set":
			name, value, _ := strings.Cut(data, "=")
			c.variables[name] = value
		case "transfer":
			c.transfer = data
		case "respond":
			c.responded = data
		case "record_session":
			c.recording = data
		default:
			t.Errorf("the dialplan runs %s", a.Application)
		}
	}
	return c
}

var variable = regexp.MustCompile(`\$\{\w+\}`)

// answer lets the called party answer.
func (f *freeSwitch) answer(c *channel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.answeredAt = f.clock.Now()
	if command := c.variables["api_on_answer"]; command != "" {
		f.api(command)
	}
	f.tell("CHANNEL_ANSWER", c)
}

// pass lets time go by, with the heartbeats and the tasks of each second.
func (f *freeSwitch) pass(seconds int, settle func()) {
	for range seconds {
		f.clock.Advance(time.Second)
		f.mu.Lock()
		for group, task := range f.tasks {
			if !f.clock.Now().Before(task.at) {
				delete(f.tasks, group)
				f.api(task.command)
			}
		}
		for _, c := range f.channels {
			beat, _ := strconv.Atoi(c.variables["enable_heartbeat_events"])
			talked := int(f.clock.Now().Sub(c.answeredAt) / time.Second)
			if !c.answeredAt.IsZero() && c.hungUp == "" && beat > 0 && talked > 0 && talked%beat == 0 {
				f.tell("SESSION_HEARTBEAT", c)
			}
		}
		f.mu.Unlock()
		settle()
	}
}

// ends is when a call will be ended, and how often its end has been moved.
func (f *freeSwitch) ends(call string) (at time.Time, moved int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, command := range f.log {
		if strings.HasPrefix(command, "sched_api") {
			moved++
		}
	}
	return f.tasks["tollkeeper-"+call].at, moved
}

func (f *freeSwitch) hangup(c *channel, cause string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hangUp(c, cause)
}

// hangUp ends a call. The lock is held.
func (f *freeSwitch) hangUp(c *channel, cause string) {
	c.hungUp = cause
	c.variables["hangup_cause"] = cause
	c.variables["billmsec"] = "0"
	if !c.answeredAt.IsZero() {
		c.variables["billmsec"] = strconv.FormatInt(f.clock.Now().Sub(c.answeredAt).Milliseconds(), 10)
	}
	f.tell("CHANNEL_HANGUP_COMPLETE", c)
}

// tell sends an event, percent-encoded as FreeSWITCH does. The lock is held.
func (f *freeSwitch) tell(name string, c *channel) {
	answered := int64(0)
	if !c.answeredAt.IsZero() {
		answered = c.answeredAt.UnixMicro()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Event-Name: %s\nUnique-ID: %s\nEvent-Date-Timestamp: %d\nCaller-Channel-Answered-Time: %d\n",
		name, c.uuid, f.clock.Now().UnixMicro(), answered)
	for name, value := range c.variables {
		fmt.Fprintf(&b, "variable_%s: %s\n", name, url.PathEscape(value))
	}
	b.WriteByte('\n')
	if f.conn != nil {
		fmt.Fprintf(f.conn, "Content-Length: %d\nContent-Type: text/event-plain\n\n%s", b.Len(), b.String())
	}
}

// connected waits until somebody follows the events.
func (f *freeSwitch) connected(t *testing.T) {
	t.Helper()
	admissiontest.Until(t, "the meter follows", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.conn != nil
	})
}
