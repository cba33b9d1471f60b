package freeswitch

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// MeterConfig is what a meter is made of.
type MeterConfig struct {
	Calls    Calls
	Reports  *admission.Reports
	Observe  func(operation string, d tollkeeper.Decision)
	Log      *slog.Logger
	Address  string // host:port of the event socket
	Password string
}

// Meter follows the calls of one FreeSWITCH over its event socket: it tells the
// ledger of answers and ends, extends the calls that go on, and has FreeSWITCH end
// them with their credit. It knows nothing that it could not learn anew: after a
// restart the next heartbeat of a call tells it all.
type Meter struct {
	MeterConfig

	mu     sync.Mutex // guards grants
	grants map[string]time.Duration
}

// NewMeter makes a meter, which is then to be run.
func NewMeter(config MeterConfig) *Meter {
	return &Meter{MeterConfig: config}
}

// extendAhead is how long before the end of its grant a call is extended: there is
// one more heartbeat in it, should the first go wrong.
const extendAhead = 2*heartbeatSeconds*time.Second + 5*time.Second

// Run follows the calls until ctx is done or the connection is lost, which is the
// error; it is then to be run again.
func (m *Meter) Run(ctx context.Context) error {
	s, err := dial(ctx, m.Address, m.Password)
	if err != nil {
		return fmt.Errorf("event socket %s: %w", m.Address, err)
	}
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	defer s.close()
	m.Log.Info("freeswitch is followed", "address", m.Address)
	m.mu.Lock()
	m.grants = map[string]time.Duration{}
	m.mu.Unlock()
	for {
		e, err := s.next()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("event socket %s: %w", m.Address, err)
		}
		if e.value("variable_"+customerVariable) == "" {
			continue // no decision was about it
		}
		if err := m.follow(s, e); err != nil {
			m.Log.Error("freeswitch event", "event", e.value("Event-Name"), "call", e.value("Unique-ID"), "error", err.Error())
		}
	}
}

// Probe signs in to an event socket, and leaves it. The error does not repeat the
// password.
func Probe(ctx context.Context, address, password string) error {
	s, err := dial(ctx, address, password)
	if err == nil {
		s.close()
	}
	return err
}

// follow passes one event on.
func (m *Meter) follow(s *socket, e headers) error {
	switch e.value("Event-Name") {
	case "CHANNEL_ANSWER":
		r, err := goingOn(e)
		if err != nil {
			return err
		}
		r.Used = nil
		return m.Reports.Put(admission.Event{CallID: r.CallID, Tell: func(ctx context.Context) error { return m.answered(ctx, r) }})
	case "SESSION_HEARTBEAT":
		r, err := goingOn(e)
		if err != nil || m.hasTime(r.CallID, *r.Used) {
			return err
		}
		return m.Reports.Put(admission.Event{CallID: r.CallID, Tell: func(ctx context.Context) error { return m.extend(ctx, s, r) }})
	case "CHANNEL_HANGUP_COMPLETE":
		r, err := reportOf(func(name string) string { return e.value("variable_" + name) }, e.value("Unique-ID"))
		if err != nil {
			return err
		}
		s.api("sched_del " + taskGroup + r.CallID)
		return m.Reports.Put(admission.Event{CallID: r.CallID, Last: true, Tell: func(ctx context.Context) error {
			m.forget(r.CallID)
			_, err := m.Calls.End(ctx, r)
			return err
		}})
	}
	return nil
}

func (m *Meter) answered(ctx context.Context, r tollkeeper.Report) error {
	d, err := m.Calls.Answer(ctx, r)
	if err == nil {
		m.Observe("answer", d)
		m.granted(r.CallID, 0, d.GrantedSeconds)
	}
	return err
}

// extend asks for more time for a call and moves its end in FreeSWITCH. It does so
// after a final grant too: credit may have come in since.
func (m *Meter) extend(ctx context.Context, s *socket, r tollkeeper.Report) error {
	d, err := m.Calls.Extend(ctx, r)
	if err != nil {
		return err
	}
	m.Observe("extend", d)
	m.granted(r.CallID, *r.Used, d.GrantedSeconds)
	if err := s.api("sched_del " + taskGroup + r.CallID); err != nil {
		return err
	}
	end := "uuid_kill " + r.CallID + " ALLOTTED_TIMEOUT"
	if d.GrantedSeconds > 0 {
		end = fmt.Sprintf("sched_api +%d %s%s %s", d.GrantedSeconds, taskGroup, r.CallID, end)
	}
	return s.api(end)
}

// granted notes how long a call may be, when more was granted after it was used for
// a while: all by FreeSWITCH's clock, which ends it.
func (m *Meter) granted(call string, used time.Duration, seconds int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.grants[call] = used + time.Duration(seconds)*time.Second
}

// hasTime reports whether a call need not be extended yet.
func (m *Meter) hasTime(call string, used time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.grants[call]-used > extendAhead
}

func (m *Meter) forget(call string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.grants, call)
}

// goingOn reads the report of a call in progress: the time since the answer, as
// FreeSWITCH's clock has it.
func goingOn(e headers) (r tollkeeper.Report, err error) {
	if r.CallID = e.value("Unique-ID"); clean(r.CallID) != r.CallID || r.CallID == "" || len(r.CallID) > 255 {
		return r, tollkeeper.Invalid("Unique-ID: must have 1 to 255 visible ASCII characters")
	}
	if r.Customer, err = tollkeeper.ParseID(e.value("variable_" + customerVariable)); err != nil {
		return r, tollkeeper.Invalid(customerVariable + ": must be a customer's id, 24 hexadecimal digits")
	}
	now, nowErr := strconv.ParseInt(e.value("Event-Date-Timestamp"), 10, 64)
	answered, answeredErr := strconv.ParseInt(e.value("Caller-Channel-Answered-Time"), 10, 64)
	if nowErr != nil || answeredErr != nil {
		return r, tollkeeper.Invalid("Event-Date-Timestamp, Caller-Channel-Answered-Time: must be microseconds since 1970-01-01")
	}
	var used time.Duration
	if answered > 0 {
		used = time.Duration(min(max(0, (now-answered)/1000), maxCallMillis)) * time.Millisecond
	}
	r.Used = &used
	return r, nil
}
