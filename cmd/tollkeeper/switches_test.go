package main_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"tollkeeper/internal/radius/probe"
)

// httpSwitch asks over HTTP.
type httpSwitch struct {
	s     *server
	whole bool
}

func (d *httpSwitch) ask(path, body string) verdict {
	d.s.t.Helper()
	var a struct {
		Decision       string
		GrantedSeconds int64
		Final          bool
		SIPCode        int
		CallerName     string
	}
	d.s.must("POST", path, body, &a)
	return verdict{allow: a.Decision == "allow" && a.GrantedSeconds > 0, seconds: a.GrantedSeconds, final: a.Final, sipCode: a.SIPCode, name: a.CallerName}
}

func (d *httpSwitch) path(c *placed, verb string) string {
	return "/calls/" + url.PathEscape(c.id) + "/" + verb
}

func (d *httpSwitch) authorize(c *placed) verdict {
	call := map[string]any{"callId": c.id, "direction": direction(c), "from": c.from, "to": c.to, "wholeCall": d.whole}
	if c.customer != "" {
		call["customer"] = c.customer
	}
	if c.source != "" {
		call["source"] = c.source
	} else if c.trunk != "" {
		call["trunk"] = c.trunk
	}
	if c.hidden {
		call["privacy"] = "id"
	}
	return d.ask("/calls", d.s.json(call))
}

func (d *httpSwitch) answer(c *placed) { d.ask(d.path(c, "answer"), "") }

func (d *httpSwitch) extend(c *placed, used int64) verdict {
	return d.ask(d.path(c, "extend"), fmt.Sprintf(`{"usedSeconds":%d}`, used))
}

func (d *httpSwitch) end(c *placed, talked int64) {
	d.s.must("POST", d.path(c, "end"), fmt.Sprintf(`{"durationSeconds":%d}`, talked), nil)
}

// radiusSwitch asks by RADIUS.
type radiusSwitch struct {
	s     *server
	probe *probe.Probe
	class map[string]string // of the calls that were allowed
}

// newRadiusSwitch asks the server's door at an address from the same address.
func newRadiusSwitch(s *server, address string) *radiusSwitch {
	s.t.Helper()
	found := regexp.MustCompile(`RADIUS is answered on (` + regexp.QuoteMeta(address) + `:\d+)`).FindStringSubmatch(s.output.String())
	if found == nil {
		s.t.Fatalf("the server does not answer RADIUS: %s", s.output.String())
	}
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)}, udpAddress(found[1]))
	if err != nil {
		s.t.Fatal(err)
	}
	d := &radiusSwitch{s: s, probe: probe.New(conn, "sesame-open"), class: map[string]string{}}
	s.t.Cleanup(func() { d.probe.Close() })
	return d
}

func udpAddress(text string) *net.UDPAddr {
	at, _ := net.ResolveUDPAddr("udp", text)
	return at
}

func (d *radiusSwitch) ask(q probe.Request) probe.Answer {
	d.s.t.Helper()
	a, err := d.probe.Ask(q, patience)
	if err != nil {
		d.s.t.Fatal(err)
	}
	return a
}

// origin is what a switch says of where an unnamed call came from.
func origin(c *placed) string {
	if c.source != "" {
		return "source=" + c.source
	}
	return "trunk=" + c.trunk
}

func (d *radiusSwitch) access(c *placed, more ...probe.Attribute) verdict {
	d.s.t.Helper()
	attributes := append([]probe.Attribute{probe.Text(44, c.id), probe.Text(31, c.from), probe.Text(30, c.to), probe.Cisco(1, "customer="+c.customer), probe.Cisco(1, origin(c))}, more...)
	if c.inbound {
		attributes = append(attributes, probe.Cisco(1, "direction=inbound"))
	}
	if c.hidden {
		attributes = append(attributes, probe.Cisco(1, "privacy=user;id"))
	}
	a := d.ask(probe.Request{Code: probe.AccessRequest, Attributes: attributes})
	if a.Code == probe.AccessAccept {
		d.class[c.id] = a.Text(25)
	}
	v := verdict{allow: a.Code == probe.AccessAccept, seconds: int64(a.Number(27)), final: a.Number(29) == 0}
	for _, pair := range a.Texts(26) { // of Cisco
		if name, found := strings.CutPrefix(pair, "caller-name="); found {
			v.name = name
		}
	}
	return v
}

func (d *radiusSwitch) authorize(c *placed) verdict { return d.access(c) }

func (d *radiusSwitch) extend(c *placed, used int64) verdict {
	return d.access(c, probe.Text(24, "extend"), probe.Number(46, uint32(used)))
}

func (d *radiusSwitch) account(c *placed, more ...probe.Attribute) {
	d.s.t.Helper()
	a := d.ask(probe.Request{Code: probe.AccountingRequest, Attributes: append(more, probe.Text(44, c.id), probe.Text(25, d.class[c.id]))})
	if a.Code != probe.AccountingResponse {
		d.s.t.Errorf("accounting is answered by %d", a.Code)
	}
}

func (d *radiusSwitch) answer(c *placed) { d.account(c, probe.Number(40, 1)) }

func (d *radiusSwitch) end(c *placed, talked int64) {
	d.account(c, probe.Number(40, 2), probe.Number(46, uint32(talked)), probe.Number(49, 1))
}

// json writes a value that can be written.
func (s *server) json(v any) string {
	s.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// merge reads the fields of an object, given without its braces, into another.
func (s *server) merge(fields map[string]any, text string) {
	s.t.Helper()
	if err := json.NewDecoder(strings.NewReader("{" + text + "}")).Decode(&fields); err != nil {
		s.t.Fatal(err)
	}
}
