package radius

import (
	"net/netip"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// question is what a packet says of a call.
type question struct {
	tollkeeper.CallKey
	from, to  string
	direction tollkeeper.Direction
	customer  tollkeeper.ID
	trunk     string // its name
	user      string // digest user, who has proved to be the caller or is said to be
	source    netip.Addr
	used      *time.Duration
	goesOn    bool // the grant is used up, and more is asked for
	hidden    bool // the caller's number shall not be shown
	asked     uint32
}

// maxUsed bounds what a switch may report: 31 days is longer than any call.
const maxUsed = 31 * 24 * time.Hour

// read finds the question in a packet. What several attributes may say is taken from
// the most telling one: the call's id from call-id, h323-conf-id or Acct-Session-Id.
func read(p *packet) (q question, err error) {
	q.direction = tollkeeper.Outbound
	var conference, session, user string
	for kind, v := range p.attributes() {
		switch kind {
		case userName:
			user = string(v)
		case calledStationID:
			q.to = string(v)
		case callingStationID:
			q.from = string(v)
		case acctSessionID:
			session = string(v)
		case state:
			q.goesOn = true
		}
	}
	for kind, v := range p.ciscoAttributes() {
		switch text := string(v); kind {
		case ciscoAVPair:
			q.pair(text)
		case h323ConfID:
			conference = strings.ReplaceAll(strings.TrimPrefix(text, "h323-conf-id="), " ", "-")
		case h323RemoteAddress:
			q.source, _ = netip.ParseAddr(strings.TrimPrefix(text, "h323-remote-address="))
		}
	}
	for _, id := range []string{conference, session} {
		if q.CallID == "" {
			q.CallID = id
		}
	}
	if q.trunk == "" && !q.source.IsValid() && q.customer.IsZero() {
		q.claim(user)
	}
	if q.asked, _ = p.number(serviceType); q.asked == sipCalleeAVPs {
		q.direction = tollkeeper.Inbound
	}
	if seconds, given := p.number(acctSessionTime); given {
		used := min(time.Duration(seconds)*time.Second, maxUsed)
		q.used, q.goesOn = &used, q.goesOn || used > 0
	}
	if customer, err := tollkeeper.ParseID(p.text(class)); err == nil && q.customer.IsZero() {
		q.customer = customer
	}
	return q, q.check()
}

// claim takes User-Name for the name of a trunk or its digest user, or for the id of a
// customer.
func (q *question) claim(user string) {
	id, err := tollkeeper.ParseID(user)
	if err != nil {
		q.trunk, q.user = user, user
	}
	q.customer = id
}

// pair reads "key=value" of a Cisco-AVPair. Keys that are not ours are passed over.
func (q *question) pair(text string) {
	key, v, _ := strings.Cut(text, "=")
	switch key {
	case "call-id":
		q.CallID = v
	case "leg":
		q.Leg = v
	case "trunk":
		q.trunk = v
	case "source":
		q.source, _ = netip.ParseAddr(v)
	case "customer":
		q.customer, _ = tollkeeper.ParseID(v)
	case "privacy":
		q.hidden = admission.Hidden(v)
	case "direction":
		if tollkeeper.Direction(v) == tollkeeper.Inbound {
			q.direction = tollkeeper.Inbound
		}
	}
}

// check says what no call can be asked for with.
func (q *question) check() error {
	var faults []string
	if !admission.Visible(q.CallID) {
		faults = append(faults, "call id: must consist of visible ASCII characters")
	}
	if len(q.Leg) > 64 {
		faults = append(faults, "leg: must have at most 64 characters")
	}
	if len(faults) > 0 {
		return tollkeeper.Invalid(faults...)
	}
	return nil
}

func (q *question) attempt(c *Client) admission.Attempt {
	return admission.Attempt{
		Only: c.Customer, Trunk: q.trunk, User: q.user, Source: q.source.Unmap(), NoName: q.hidden,
		Authorization: tollkeeper.Authorization{
			CallKey: q.CallKey, Customer: q.customer, Direction: q.direction, From: q.from, To: q.to, WholeCall: !c.Slices,
		},
	}
}

func (q *question) report(c *Client) tollkeeper.Report {
	r := tollkeeper.Report{CallKey: q.CallKey, Customer: q.customer, Used: q.used}
	if !c.Customer.IsZero() {
		r.Customer = c.Customer
	}
	return r
}
