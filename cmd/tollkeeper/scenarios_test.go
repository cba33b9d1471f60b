package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
)

// A switchDriver speaks to the server as one kind of switch does. All drivers play the
// same scenarios, and the money must be the same.
type switchDriver interface {
	authorize(c *placed) verdict
	answer(c *placed)
	extend(c *placed, used int64) verdict // not called after a final grant
	end(c *placed, talked int64)          // 0: never answered
}

// placed is one call of a scenario, as the switch sees it.
type placed struct {
	id, customer, from, to string
	trunk, source          string // by which it comes, where the switch does not know the customer; it goes by the source where it can
	inbound, hidden        bool   // hidden: the caller does not want the number to be shown
}

// verdict is what the switch understood.
type verdict struct {
	allow   bool
	seconds int64
	final   bool
	sipCode int    // 0: the protocol does not tell it
	name    string // of the caller

	nameless bool // the protocol has no place for names
}

// scenario is what happens to one customer.
type scenario struct {
	name     string
	customer string // what differs in the record from 100 cents of credit, calls abroad and no limit of the rate
	limits   string // fields of its limits
	status   string // its status, where not active
	overlap  bool   // the calls are placed one right after the other, and then answered
	twice    bool   // the switch sends each message twice
	unnamed  bool   // the switch does not know the customer, whose number and trunk tell it
	calls    []expected
	charged  int64 // micro-units, by all calls
}

// expected is a call, and what must become of it.
type expected struct {
	to      string
	inbound bool
	hidden  bool   // the caller does not want the number to be shown
	wish    int64  // seconds the parties want to talk; 0: nobody answers
	reason  string // "": it is allowed
	sipCode int
	talks   int64 // seconds they get
	billed  int64
	name    string // of the caller, as telephones show it

	bySource bool // of an unnamed one: the switch knows where it came from, and not the trunk
}

const (
	london = "+442071838750"
	lyon   = "+33478000000" // has no price
)

// scenarios are priced by importDeck: one cent a minute to London, by whole minutes.
var scenarios = []scenario{
	{name: "a call", calls: []expected{{to: london, wish: 63, talks: 63, billed: 120}}, charged: 20_000},
	{name: "every message twice", twice: true, calls: []expected{{to: london, wish: 63, talks: 63, billed: 120}}, charged: 20_000},
	{name: "a long call", calls: []expected{{to: london, wish: 1000, talks: 1000, billed: 1020}}, charged: 170_000},
	{name: "nobody answers", calls: []expected{{to: london}}},
	{name: "credit runs out", customer: `"credit":2`, calls: []expected{{to: london, wish: 300, talks: 120, billed: 120}}, charged: 20_000},
	{name: "no credit", customer: `"credit":0`, calls: []expected{{to: london, reason: "insufficient_credit", sipCode: 402}}},
	{name: "the last cent is held", customer: `"credit":1`, overlap: true, calls: []expected{
		{to: london, wish: 10, talks: 10, billed: 60}, {to: london, reason: "insufficient_credit", sipCode: 402}}, charged: 10_000},
	{name: "by invoice", customer: `"credit":0,"defaultBillMethod":"paymentmethod"`, calls: []expected{{to: london, wish: 5, talks: 5, billed: 60}}, charged: 10_000},
	{name: "abroad is barred", customer: `"internationalCalling":0`, calls: []expected{{to: london, reason: "international_barred", sipCode: 403}}},
	{name: "outbound is barred", limits: `"outboundBarred":true`, calls: []expected{{to: london, reason: "outbound_barred", sipCode: 403}}},
	{name: "suspended", status: "suspended", calls: []expected{{to: london, reason: "suspended", sipCode: 403}}},
	{name: "no price", calls: []expected{{to: lyon, reason: "no_price", sipCode: 404}}},
	{name: "no number", calls: []expected{{to: "12", reason: "invalid_number", sipCode: 484}}},
	{name: "too dear", limits: `"maxPricePerMinuteMicros":9999`, calls: []expected{{to: london, reason: "price_cap", sipCode: 403}}},
	{name: "too many at once", limits: `"maxConcurrentCalls":1`, overlap: true, calls: []expected{
		{to: london, wish: 60, talks: 60, billed: 60}, {to: london, reason: "too_many_calls", sipCode: 486}}, charged: 10_000},
	{name: "too many a second", customer: `"maxOutboundCallRate":1`, overlap: true, calls: []expected{
		{to: london}, {to: london, reason: "rate_limited", sipCode: 503}}},
	{name: "emergency", customer: `"credit":0`, status: "suspended", calls: []expected{{to: "911", wish: 600, talks: 600}}},
	{name: "inbound", customer: `"credit":0`, calls: []expected{{to: "+12125550101", inbound: true, wish: 90, talks: 90, billed: 90}}},
	{name: "whose, by number, trunk and source", unnamed: true, calls: []expected{{inbound: true, wish: 63, talks: 63, billed: 120},
		{to: london, wish: 63, talks: 63, billed: 120}, {to: london, bySource: true, wish: 63, talks: 63, billed: 120}}, charged: 60_000},
	{name: "the caller's name", customer: `"credit":0,"cnamLookUps":1`, calls: []expected{
		{to: "+12125550101", inbound: true, wish: 90, talks: 90, billed: 90, name: "MULLER & SOHNE"}}, charged: dipPrice},
	{name: "the caller's name, every message twice", customer: `"cnamLookUps":1`, twice: true, calls: []expected{
		{to: "+12125550101", inbound: true, wish: 90, talks: 90, billed: 90, name: "MULLER & SOHNE"}, {to: "+12125550101", inbound: true, name: "MULLER & SOHNE"},
		{to: london, wish: 63, talks: 63, billed: 120}}, charged: 2*dipPrice + 20_000},
	{name: "the caller hides the number", customer: `"cnamLookUps":1`, calls: []expected{{to: "+12125550101", inbound: true, hidden: true, wish: 90, talks: 90, billed: 90}}},
}

// dipPrice is what a look-up of a caller's name costs, in micro-units.
const dipPrice = 4_000

// asksForNames starts a provider of names, and returns the settings by which it is asked.
func asksForNames(t *testing.T) []string {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/12125550100" || r.Header.Get("X-Key") != "sesame" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, `{"name":"Müller & Söhne GmbH"}`)
	}))
	t.Cleanup(provider.Close)
	return []string{"--cnam-url", provider.URL + "/{digits}", "--cnam-headers", "X-Key: {secret}", "--cnam-secret", "sesame",
		"--cnam-pointer", "/name", "--cnam-networks", "127.0.0.0/8", "--cnam-price", "0.004", "--cnam-deadline-millis", "5000"}
}

// play plays all scenarios by a driver on a server, and checks money and records.
func play(t *testing.T, s *server, prefix string, d switchDriver) {
	t.Helper()
	for i := range scenarios {
		sc := &scenarios[i]
		customer, number := s.scenarioCustomer(sc), ""
		if sc.unnamed {
			number = s.findable(customer)
		}
		calls := make([]*placed, len(sc.calls))
		verdicts := make([]verdict, len(sc.calls))
		by := d
		if sc.twice {
			by = twice{d}
		}
		for n, c := range sc.calls {
			calls[n] = &placed{id: fmt.Sprintf("%s-%d-%d", prefix, i, n), customer: customer, from: "+12125550100", to: c.to, inbound: c.inbound, hidden: c.hidden}
			if sc.unnamed {
				calls[n].customer, calls[n].trunk = "", number
			}
			if c.bySource {
				calls[n].source = sourceOf(number)
			}
			if calls[n].to == "" {
				calls[n].to = "+" + number
			}
			verdicts[n] = by.authorize(calls[n])
			if !sc.overlap {
				converse(by, calls[n], c.wish, verdicts[n])
			}
		}
		if sc.overlap {
			for n, c := range sc.calls {
				converse(by, calls[n], c.wish, verdicts[n])
			}
		}
		charged := sc.charged
		for n := range sc.calls {
			if verdicts[n].nameless && sc.calls[n].name != "" { // it is not looked up then
				charged -= dipPrice
			}
			if fault := s.judge(calls[n], &sc.calls[n], verdicts[n]); fault != "" {
				t.Errorf("%s: call %d: %s", sc.name, n, fault)
			}
		}
		var b struct{ PostedMicros, HeldMicros, UnbilledMicros, UnbilledHeldMicros int64 }
		s.must("GET", "/customers/"+customer+"/balance", "", &b)
		spent := b.UnbilledMicros + s.creditOf(sc) - b.PostedMicros
		if spent != charged || b.HeldMicros != 0 || b.UnbilledHeldMicros != 0 {
			t.Errorf("%s: charged %d, not %d; the balance is %+v", sc.name, spent, charged, b)
		}
	}
}

// converse plays what follows a verdict: the parties talk as long as they want and may.
func converse(d switchDriver, c *placed, wish int64, v verdict) {
	if !v.allow {
		return
	}
	if wish > 0 {
		d.answer(c)
	}
	may := v.seconds
	for may < wish && !v.final {
		if v = d.extend(c, may); !v.allow {
			break
		}
		may += v.seconds
	}
	d.end(c, min(wish, may))
}

// judge compares a call with what was expected of it; "" is right.
func (s *server) judge(c *placed, want *expected, v verdict) string {
	if v.allow != (want.reason == "") || v.sipCode != 0 && want.sipCode != 0 && v.sipCode != want.sipCode {
		return fmt.Sprintf("the switch understood %+v, not %q, %d", v, want.reason, want.sipCode)
	}
	name := want.name
	if v.nameless {
		name = ""
	}
	if v.name != name {
		return fmt.Sprintf("the switch was told that %q calls, not %q", v.name, name)
	}
	var found struct {
		Total int64
		Data  []struct {
			DurationSeconds, BilledSeconds int64
			AnsweredAt, CallerName         string
		}
	}
	s.must("GET", "/cdrs?callId="+c.id, "", &found)
	if want.reason != "" {
		if found.Total != 0 {
			return "a denied call has a record"
		}
		return ""
	}
	if found.Total != 1 {
		return fmt.Sprintf("%d records", found.Total)
	}
	if r := found.Data[0]; r.CallerName != name || r.DurationSeconds != want.talks || r.BilledSeconds != want.billed || (r.AnsweredAt != "") != (want.wish > 0) {
		return fmt.Sprintf("the record is %+v, not %d seconds, %d billed", r, want.talks, want.billed)
	}
	return ""
}

// twice sends each message twice, and goes by the second answer.
type twice struct{ switchDriver }

func (d twice) authorize(c *placed) verdict {
	d.switchDriver.authorize(c)
	return d.switchDriver.authorize(c)
}

func (d twice) answer(c *placed) {
	d.switchDriver.answer(c)
	d.switchDriver.answer(c)
}

func (d twice) extend(c *placed, used int64) verdict {
	d.switchDriver.extend(c, used)
	return d.switchDriver.extend(c, used)
}

func (d twice) end(c *placed, talked int64) {
	d.switchDriver.end(c, talked)
	d.switchDriver.end(c, talked)
}

// scenarioCustomer makes the customer of a scenario.
func (s *server) scenarioCustomer(sc *scenario) string {
	s.t.Helper()
	fields := map[string]any{"name": sc.name, "credit": 100, "internationalCalling": 1, "maxOutboundCallRate": 0, "defaultBillMethod": "credit"}
	s.merge(fields, sc.customer)
	var made struct {
		ID string `json:"_id"`
	}
	s.must("POST", "/customers", s.json(fields), &made)
	if sc.limits != "" {
		s.must("PATCH", "/customers/"+made.ID+"/limits", "{"+sc.limits+"}", nil)
	}
	if sc.status != "" {
		s.must("PATCH", "/customers/"+made.ID+"/status", fmt.Sprintf(`{"status":%q}`, sc.status), nil)
	}
	return made.ID
}

// found counts the numbers that findable has made.
var found atomic.Int64

// findable gives a customer a number, at the price of a call to London, and a trunk that
// is named like it without the +. It returns that name when the doors know the trunk.
func (s *server) findable(customer string) string {
	s.t.Helper()
	name := fmt.Sprintf("1212555%04d", 200+found.Add(1))
	s.must("POST", "/numbers", s.json(map[string]any{"number": "+" + name, "customer": customer,
		"inboundPricePerMinuteMicros": 10_000, "inboundMinimumSeconds": 60, "inboundIncrementSeconds": 60}), nil)
	s.must("POST", "/servers", s.json(map[string]any{"name": name, "customer": customer, "host": sourceOf(name), "digestUser": name, "digestPassword": "correct horse"}), nil)
	until(s.t, "the doors know a trunk", func() bool {
		if s.tick != nil {
			s.tick()
		}
		var check struct{ Customer string }
		s.must("POST", "/calls/check", s.json(map[string]any{"trunk": name, "direction": "outbound", "to": london}), &check)
		return check.Customer == customer
	})
	return name
}

// sourceOf is where the calls of a trunk that findable has made come from.
func sourceOf(trunk string) string {
	n, _ := strconv.Atoi(trunk[len(trunk)-2:])
	return fmt.Sprintf("203.0.113.%d", n)
}

// creditOf is the credit that a scenario's customer has at first, in micro-units.
func (s *server) creditOf(sc *scenario) int64 {
	fields := map[string]any{"credit": 100.0}
	s.merge(fields, sc.customer)
	return int64(fields["credit"].(float64)) * 10_000
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	write(t, clients, "clients:\n- {name: slices, networks: [127.0.0.1], secret: sesame-open, slices: true}\n- {name: whole, networks: [127.0.0.2], secret: sesame-open}\n")
	freeswitch := newFreeSwitchSwitch(t)
	s := start(t, filepath.Join(t.TempDir(), "data"), append(append(asksForNames(t), freeswitch.settings()...), "--radius-listen", "127.0.0.1:0,127.0.0.2:0", "--radius-clients", clients,
		"--sip-listen", "127.0.0.1:0", "--sip-networks", "127.0.0.0/8", "--asterisk-listen", "127.0.0.1:0",
		"--diameter-listen", "127.0.0.1:0", "--diameter-networks", "127.0.0.0/8", "--log-level", "warn")...)
	s.importDeck()
	play(t, s, "http", &httpSwitch{s: s})
	play(t, s, "http-whole", &httpSwitch{s: s, whole: true})
	play(t, s, "radius", newRadiusSwitch(s, "127.0.0.1"))
	play(t, s, "radius-whole", newRadiusSwitch(s, "127.0.0.2"))
	play(t, s, "redirect", newRedirectSwitch(s))
	play(t, s, "diameter", newDiameterSwitch(s))
	play(t, s, "asterisk", newAsteriskSwitch(s))
	play(t, s, "freeswitch", freeswitch.with(s))
	if code := s.terminate(); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	verified(t, s.data)
}
