package main_test

import (
	"bufio"
	"cmp"
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
)

// diameterSwitch asks by Diameter, as an IMS core does: it tells what was used since
// the last message, and nothing of the answer.
type diameterSwitch struct {
	s       *server
	conn    net.Conn
	in      *bufio.Reader
	numbers map[string]uint32 // the next CC-Request-Number of each call
	told    map[string]int64  // seconds of each call
}

func newDiameterSwitch(s *server) *diameterSwitch {
	s.t.Helper()
	found := regexp.MustCompile(`Diameter is answered on (\S+)`).FindStringSubmatch(s.output.String())
	if found == nil {
		s.t.Fatalf("the server does not answer Diameter: %s", s.output.String())
	}
	conn, err := net.Dial("tcp", found[1])
	must(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	d := &diameterSwitch{s: s, conn: conn, in: bufio.NewReader(conn), numbers: map[string]uint32{}, told: map[string]int64{}}
	hello := d.request(diam.CapabilitiesExchange, 0)
	add(s.t, hello, avp.AuthApplicationID, datatype.Unsigned32(4))
	if code := result(d.ask(hello)); code != 2001 {
		s.t.Fatalf("capabilities are answered by %d", code)
	}
	return d
}

func (d *diameterSwitch) request(command, application uint32) *diam.Message {
	m := diam.NewRequest(command, application, dict.Default)
	add(d.s.t, m, avp.OriginHost, datatype.DiameterIdentity("scscf.example.com"))
	add(d.s.t, m, avp.OriginRealm, datatype.DiameterIdentity("example.com"))
	return m
}

func (d *diameterSwitch) ask(m *diam.Message) *diam.Message {
	d.s.t.Helper()
	_, err := m.WriteTo(d.conn)
	must(d.s.t, err)
	d.conn.SetReadDeadline(time.Now().Add(patience))
	a, err := diam.ReadMessage(d.in, dict.Default)
	must(d.s.t, err)
	return a
}

func add(t *testing.T, m *diam.Message, code any, v datatype.Type) {
	t.Helper()
	_, err := m.NewAVP(code, avp.Mbit, 0, v)
	must(t, err)
}

func result(m *diam.Message) uint32 { return unsigned(m, avp.ResultCode) }

// unsigned is the number at a path of AVPs; 0 where there is none.
func unsigned(m *diam.Message, path ...any) uint32 {
	found, err := m.FindAVPsWithPath(path, 0)
	if err != nil || len(found) == 0 {
		return 0
	}
	n, _ := found[0].Data.(datatype.Unsigned32)
	return uint32(n)
}

// credit sends a request of one kind; used is what was used since the last one.
func (d *diameterSwitch) credit(c *placed, kind, number uint32, used int64) verdict {
	d.s.t.Helper()
	const tgpp = 10415
	role := datatype.Enumerated(0)
	if c.inbound {
		role = 1
	}
	m := d.request(diam.CreditControl, 4)
	add(d.s.t, m, avp.SessionID, datatype.UTF8String(c.id))
	add(d.s.t, m, avp.CCRequestType, datatype.Enumerated(kind))
	add(d.s.t, m, avp.CCRequestNumber, datatype.Unsigned32(number))
	add(d.s.t, m, avp.SubscriptionID, &diam.GroupedAVP{AVP: []*diam.AVP{
		diam.NewAVP(avp.SubscriptionIDType, avp.Mbit, 0, datatype.Enumerated(2)),
		diam.NewAVP(avp.SubscriptionIDData, avp.Mbit, 0, datatype.UTF8String("sip:"+cmp.Or(c.customer, c.trunk)+"@example.com")),
	}})
	if kind != 1 {
		add(d.s.t, m, avp.UsedServiceUnit, &diam.GroupedAVP{AVP: []*diam.AVP{diam.NewAVP(avp.CCTime, avp.Mbit, 0, datatype.Unsigned32(used))}})
	}
	m.AddAVP(diam.NewAVP(avp.ServiceInformation, avp.Mbit|avp.Vbit, tgpp, &diam.GroupedAVP{AVP: []*diam.AVP{
		diam.NewAVP(avp.IMSInformation, avp.Mbit|avp.Vbit, tgpp, &diam.GroupedAVP{AVP: []*diam.AVP{
			diam.NewAVP(avp.RoleOfNode, avp.Mbit|avp.Vbit, tgpp, role),
			diam.NewAVP(avp.CallingPartyAddress, avp.Mbit|avp.Vbit, tgpp, datatype.UTF8String("tel:"+c.from)),
			diam.NewAVP(avp.CalledPartyAddress, avp.Mbit|avp.Vbit, tgpp, datatype.UTF8String("sip:"+c.to+"@example.com;user=phone")),
		}}),
	}}))
	a := d.ask(m)
	final, _ := a.FindAVPsWithPath([]any{avp.FinalUnitIndication}, 0)
	return verdict{allow: result(a) == 2001, seconds: int64(unsigned(a, avp.GrantedServiceUnit, avp.CCTime)), final: len(final) > 0, nameless: true}
}

func (d *diameterSwitch) authorize(c *placed) verdict {
	d.numbers[c.id] = 1
	return d.credit(c, 1, 0, 0)
}

func (d *diameterSwitch) answer(*placed) {}

// extend asks for more; said twice, it is the same request with the same number.
func (d *diameterSwitch) extend(c *placed, used int64) verdict {
	if used == d.told[c.id] {
		return d.credit(c, 2, d.numbers[c.id]-1, 0)
	}
	since := used - d.told[c.id]
	d.told[c.id] = used
	d.numbers[c.id]++
	return d.credit(c, 2, d.numbers[c.id]-1, since)
}

func (d *diameterSwitch) end(c *placed, talked int64) {
	if v := d.credit(c, 3, d.numbers[c.id], talked-d.told[c.id]); !v.allow {
		d.s.t.Errorf("the end of %s is not taken", c.id)
	}
}
