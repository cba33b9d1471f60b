package diameter

import (
	"context"
	"strings"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// maxUsed bounds the seconds that one message may tell of.
const maxUsed = 30 * 24 * time.Hour

// question is what a Credit-Control-Request asks.
type question struct {
	requestKey
	kind     uint32
	customer tollkeeper.ID
	trunk    string // of the call, or its digest user
	inbound  bool
	from, to string
	used     time.Duration // since the last message
	services []*diam.AVP   // Multiple-Services-Credit-Control, where it came so
}

// ask reads a Credit-Control-Request.
func ask(m *diam.Message) (q question, err error) {
	var faults []string
	q.session = text(m.AVP, avp.SessionID, 0)
	if len(q.session) == 0 || len(q.session) > 255 || !admission.Visible(q.session) {
		faults = append(faults, "Session-Id: must have 1 to 255 visible ASCII characters")
	}
	given := false
	if q.number, given = number(m.AVP, avp.CCRequestNumber, 0); !given {
		faults = append(faults, "CC-Request-Number: is required")
	}
	if q.kind, _ = number(m.AVP, avp.CCRequestType, 0); q.kind < initialRequest || q.kind > terminationRequest {
		faults = append(faults, "CC-Request-Type: must be INITIAL_REQUEST, UPDATE_REQUEST or TERMINATION_REQUEST; events are not charged")
	}
	ims := group(group(m.AVP, avp.ServiceInformation, tgpp), avp.IMSInformation, tgpp)
	q.parties(ims)
	q.subscriber(m.AVP)
	q.trunkGroup(group(ims, avp.TrunkGroupID, tgpp))
	q.usage(m.AVP)
	for _, a := range m.AVP {
		if a.Code == avp.MultipleServicesCreditControl && a.VendorID == 0 {
			q.services = append(q.services, a)
			q.usage(within(a))
		}
	}
	if q.kind == initialRequest && q.to == "" {
		faults = append(faults, "Called-Party-Address: is required in Service-Information, IMS-Information")
	}
	if len(faults) > 0 {
		return q, tollkeeper.Invalid(faults...)
	}
	return q, nil
}

// subscriber reads whose call it is: a Subscription-Id that is the id of a customer, or
// else the name of a trunk or its digest user.
func (q *question) subscriber(avps []*diam.AVP) {
	for _, a := range avps {
		if a.Code != avp.SubscriptionID {
			continue
		}
		data := party(text(within(a), avp.SubscriptionIDData, 0))
		if id, err := tollkeeper.ParseID(data); err == nil {
			q.customer = id
		} else if q.trunk == "" {
			q.trunk = data
		}
	}
}

// noTrunk is what clients say that have no name for a trunk, as Kamailio's examples do.
const noTrunk = "0"

// trunkGroup reads the trunk on which a customer's call came, which tells more than the
// subscriber: that one may be a calling number.
func (q *question) trunkGroup(avps []*diam.AVP) {
	if name := text(avps, avp.IncomingTrunkGroupID, tgpp); name != "" && name != noTrunk && !q.inbound {
		q.trunk = name
	}
}

// terminatingRole is Role-Of-Node of a node that serves the called party (TS 32.299,
// section 7.2.158).
const terminatingRole = 1

// parties reads who calls whom.
func (q *question) parties(ims []*diam.AVP) {
	q.from = party(text(ims, avp.CallingPartyAddress, tgpp))
	q.to = party(text(ims, avp.CalledPartyAddress, tgpp))
	role, _ := number(ims, avp.RoleOfNode, tgpp)
	q.inbound = role == terminatingRole
}

// party is the number, or user, of a SIP or tel URI.
func party(uri string) string {
	for _, scheme := range []string{"sip:", "sips:", "tel:"} {
		if rest, found := strings.CutPrefix(uri, scheme); found {
			uri = rest
			break
		}
	}
	if end := strings.IndexAny(uri, "@;?"); end >= 0 {
		uri = uri[:end]
	}
	return uri
}

// usage adds the seconds of each Used-Service-Unit.
func (q *question) usage(avps []*diam.AVP) {
	for _, a := range avps {
		if a.Code != avp.UsedServiceUnit || a.VendorID != 0 {
			continue
		}
		if seconds, given := number(within(a), avp.CCTime, 0); given {
			q.used = min(q.used+time.Duration(seconds)*time.Second, maxUsed)
		}
	}
}

// credit answers a Credit-Control-Request, beside those that come after it.
func (p *peer) credit(m *diam.Message) error {
	d := p.door
	q, err := ask(m)
	if err != nil {
		return p.refuse(m, q, err)
	}
	known, first := d.answers.Begin(q.requestKey, time.Now())
	switch {
	case !first && known == nil:
		return nil // it is being answered
	case !first:
		d.Count(Repeated)
		return p.send(p.creditAnswer(m, q, *known))
	}
	p.slots <- struct{}{} // a peer that asks more than that at once has to wait
	p.pending.Go(func() {
		defer func() { <-p.slots }()
		p.settle(m, q)
	})
	return nil
}

// settle decides about a request, and answers it.
func (p *peer) settle(m *diam.Message, q question) {
	o, err := p.door.decide(q)
	if err != nil {
		p.door.answers.Done(q.requestKey, nil, time.Now())
		p.refuse(m, q, err)
		return
	}
	p.door.answers.Done(q.requestKey, &o, time.Now())
	p.door.Count(Answered)
	p.send(p.creditAnswer(m, q, o))
}

var errCrowded = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "too many requests at once")

// decide puts a question to the ledger.
func (d *Door) decide(q question) (outcome, error) {
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	default:
		return outcome{}, errCrowded
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	var decision tollkeeper.Decision
	var err error
	operation := "extend"
	switch q.kind {
	case initialRequest:
		operation = "authorize"
		decision, err = d.Calls.Authorize(ctx, q.attempt())
		if err == nil && decision.Allowed {
			d.sessions.start(q.session, time.Now())
		}
	case updateRequest:
		decision, err = d.Calls.Extend(ctx, q.report(d.sessions))
	case terminationRequest:
		return d.end(ctx, q.report(d.sessions))
	}
	if err != nil {
		return outcome{}, err
	}
	d.Observe(operation, decision)
	d.Log.Info("diameter", "operation", operation, "callId", q.session, "reason", decision.Reason, "customer", decision.Customer.String())
	return verdict(&decision), nil
}

// attempt is the call that is to be authorised. Credit control has no place for the
// caller's name.
func (q *question) attempt() admission.Attempt {
	t := admission.Attempt{NoName: true, Authorization: tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: q.session}, Customer: q.customer, Direction: tollkeeper.Outbound, From: q.from, To: q.to,
	}}
	if q.inbound {
		t.Direction = tollkeeper.Inbound
	}
	if q.customer.IsZero() {
		t.Trunk, t.User = q.trunk, q.trunk
	}
	return t
}

// report is what the ledger is told of a call that goes on or is over.
func (q *question) report(s *sessions) tollkeeper.Report {
	return tollkeeper.Report{CallKey: tollkeeper.CallKey{CallID: q.session}, Customer: q.customer, Used: s.add(q.requestKey, q.used, time.Now())}
}

// end ends a call.
func (d *Door) end(ctx context.Context, r tollkeeper.Report) (outcome, error) {
	r.Cause = "normal_clearing"
	record, err := d.Calls.End(ctx, r)
	if err != nil {
		return outcome{}, err
	}
	d.sessions.end(r.CallID)
	d.Log.Info("diameter", "operation", "end", "callId", r.CallID, "customer", record.Customer.String(), "chargeMicros", int64(record.Charge))
	return outcome{result: success}, nil
}
