package asterisk

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
	Observe  Observer
	Log      *slog.Logger
	Address  string // host:port of the manager interface
	Username string
	Secret   string
	Now      func() time.Time
}

// Meter follows the calls of one Asterisk over its manager interface: it tells the
// ledger of answers, extends the calls that go on, and moves the absolute timeout at
// which Asterisk ends them.
type Meter struct {
	MeterConfig

	mu    sync.Mutex // guards calls
	calls map[string]following
}

// following is a call that was answered.
type following struct {
	channel  string
	customer tollkeeper.ID // zero where the events do not say
	deadline time.Time     // until when it may go on
}

// NewMeter makes a meter, which is then to be run.
func NewMeter(config MeterConfig) *Meter {
	return &Meter{MeterConfig: config}
}

const (
	// extendAhead is how long before the end of its grant a call is extended. It is
	// time for another attempt, should one go wrong.
	extendAhead = 10 * time.Second
	// extendAgain is when that other attempt is made.
	extendAgain = 3 * time.Second
	// lookEvery is how often the calls are looked at that may need more time.
	lookEvery = 500 * time.Millisecond
)

// Run follows the calls until ctx is done or the connection is lost, which is the
// error; it is then to be run again.
func (m *Meter) Run(ctx context.Context) error {
	conn, err := dial(ctx, m.Address, m.Username, m.Secret)
	if err != nil {
		return fmt.Errorf("manager interface %s: %w", m.Address, err)
	}
	m.Log.Info("asterisk is followed", "address", m.Address)
	m.mu.Lock()
	m.calls = map[string]following{}
	m.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, conn.close)
	defer stop()
	defer conn.close()
	var looking sync.WaitGroup
	looking.Go(func() { m.look(ctx, conn) })
	defer looking.Wait()
	defer cancel()
	// What is under way is told of once more: nobody may have followed it for a while.
	if err := conn.action("CoreShowChannels"); err != nil {
		return fmt.Errorf("manager interface %s: %w", m.Address, err)
	}
	for {
		e, err := conn.next()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("manager interface %s: %w", m.Address, err)
		}
		if err := m.follow(conn, e); err != nil {
			m.Log.Error("asterisk event", "event", e.value("Event"), "call", e.value("Uniqueid"), "error", err.Error())
		}
	}
}

// Probe logs in to a manager interface, and leaves it. The error does not repeat the
// secret.
func Probe(ctx context.Context, address, username, secret string) error {
	conn, err := dial(ctx, address, username, secret)
	if err == nil {
		conn.close()
	}
	return err
}

// look extends the calls whose grant will soon be used up, and keeps the connection
// alive.
func (m *Meter) look(ctx context.Context, conn *manager) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	pinged := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for id, call := range m.due() {
			if err := m.extend(conn, id, call); err != nil {
				m.Log.Error("asterisk: extend a call", "call", id, "error", err.Error())
			}
		}
		if time.Since(pinged) >= pingEvery {
			pinged = time.Now()
			conn.action("Ping")
		}
	}
}

// due takes the calls that need more time. They are due again soon if they get none.
func (m *Meter) due() map[string]following {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := map[string]following{}
	for id, call := range m.calls {
		if call.deadline.Sub(m.Now()) <= extendAhead {
			due[id] = call
			call.deadline = m.Now().Add(extendAhead + extendAgain)
			m.calls[id] = call
		}
	}
	return due
}

// follow passes one event on.
func (m *Meter) follow(conn *manager, e message) error {
	switch e.value("Event") {
	case "DialEnd":
		if customer := e.channelVariable(customerVariable); customer != "" && e.value("DialStatus") == "ANSWER" {
			return m.answered(conn, e, customer)
		}
	case "CoreShowChannel":
		if e.value("ChannelState") == channelUp {
			return m.extend(conn, e.value("Uniqueid"), following{channel: e.value("Channel")})
		}
	case "Hangup":
		return m.hungUp(e)
	case "Cdr":
		return m.record(e)
	}
	return nil
}

// channelUp is the state of a channel that was answered.
const channelUp = "6"

func (m *Meter) answered(conn *manager, e message, customer string) error {
	call := following{channel: e.value("Channel")}
	var err error
	if call.customer, err = tollkeeper.ParseID(customer); err != nil {
		return tollkeeper.Invalid(customerVariable + ": must be an id, 24 hexadecimal digits")
	}
	id := e.value("Uniqueid")
	return m.Reports.Put(admission.Event{CallID: id, Tell: func(ctx context.Context) error {
		d, err := m.Calls.Answer(ctx, tollkeeper.Report{CallKey: tollkeeper.CallKey{CallID: id}, Customer: call.customer})
		if err != nil {
			return err
		}
		m.Observe("answer", d)
		return m.obey(conn, id, call, d)
	}})
}

// extend asks for more time for a call, by the server's clock since its answer. A
// channel that the ledger does not know is none that was let through.
func (m *Meter) extend(conn *manager, id string, call following) error {
	return m.Reports.Put(admission.Event{CallID: id, Tell: func(ctx context.Context) error {
		d, err := m.Calls.Extend(ctx, tollkeeper.Report{CallKey: tollkeeper.CallKey{CallID: id}, Customer: call.customer})
		if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
			m.forget(id)
			return nil
		}
		if err != nil {
			return err
		}
		m.Observe("extend", d)
		return m.obey(conn, id, call, d)
	}})
}

// obey has Asterisk end a call when what was granted is used up.
func (m *Meter) obey(conn *manager, id string, call following, d tollkeeper.Decision) error {
	if d.GrantedSeconds == 0 {
		m.forget(id)
		return conn.action("Hangup", "Channel", call.channel, "Cause", normalClearing)
	}
	m.mu.Lock()
	call.deadline = m.Now().Add(time.Duration(d.GrantedSeconds) * time.Second)
	m.calls[id] = call
	m.mu.Unlock()
	return conn.action("AbsoluteTimeout", "Channel", call.channel, "Timeout", strconv.FormatInt(d.GrantedSeconds, 10))
}

// normalClearing is cause 16 of ITU-T Q.850.
const normalClearing = "16"

func (m *Meter) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.calls, id)
}

// hungUp ends a call whose dialplan did not: the script end comes first and knows
// better how long the parties have talked.
func (m *Meter) hungUp(e message) error {
	id, customer := e.value("Uniqueid"), e.channelVariable(customerVariable)
	if customer == "" {
		return nil
	}
	m.forget(id)
	return m.end(id, customer, nil, causeOf("ANSWER"))
}

// record ends a call by its CDR event, which cdr_manager.conf has carry the customer.
func (m *Meter) record(e message) error {
	customer := e.value("Customer")
	if customer == "" {
		return nil
	}
	n, err := strconv.ParseInt(e.value("BillableSeconds"), 10, 64)
	if err != nil || n < 0 || n > int64(maxCall/time.Second) {
		return tollkeeper.Invalid("BillableSeconds: must be seconds, at most 31 days")
	}
	used := time.Duration(n) * time.Second
	if e.value("Disposition") != "ANSWERED" {
		used = 0
	}
	return m.end(e.value("UniqueID"), customer, &used, dispositions[e.value("Disposition")])
}

// dispositions are the causes of records.
var dispositions = map[string]string{
	"ANSWERED": "normal_clearing", "BUSY": "user_busy", "NO ANSWER": "no_answer", "FAILED": "no_route_destination", "CONGESTION": "normal_circuit_congestion",
}

func (m *Meter) end(id, customer string, used *time.Duration, cause string) error {
	owner, err := tollkeeper.ParseID(customer)
	if err != nil {
		return tollkeeper.Invalid(customerVariable + ": must be an id, 24 hexadecimal digits")
	}
	r := tollkeeper.Report{CallKey: tollkeeper.CallKey{CallID: id}, Customer: owner, Used: used, Cause: cause}
	return m.Reports.Put(admission.Event{CallID: id, Last: true, Tell: func(ctx context.Context) error {
		_, err := m.Calls.End(ctx, r)
		return err
	}})
}
