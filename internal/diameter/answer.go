package diameter

import (
	"errors"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"

	"tollkeeper"
)

// outcome is what there is to say of a Credit-Control-Request.
type outcome struct {
	result  uint32
	seconds uint32 // granted
	final   bool   // the call must end when they are used
}

// verdict is what a decision says.
func verdict(decision *tollkeeper.Decision) outcome {
	if !decision.Allowed {
		if code, known := results[decision.Reason]; known {
			return outcome{result: code}
		}
		return outcome{result: serviceDenied}
	}
	if decision.GrantedSeconds <= 0 {
		return outcome{result: creditLimit}
	}
	return outcome{result: success, seconds: uint32(min(decision.GrantedSeconds, maxSeconds)), final: decision.Final}
}

// failure is what an error says.
func failure(err error) outcome {
	if code, known := failures[tollkeeper.ErrorCode(err)]; known {
		return outcome{result: code}
	}
	return outcome{result: tooBusy}
}

// refuse answers a request that could not be decided.
func (p *peer) refuse(m *diam.Message, q question, err error) error {
	became := Failed
	if err == errCrowded {
		became = Crowded
	}
	p.door.Count(became)
	p.log.Warn("diameter", "callId", q.session, "error", err.Error())
	a := p.creditAnswer(m, q, failure(err))
	message := string(tollkeeper.ErrorCode(err))
	if known := (*tollkeeper.Error)(nil); errors.As(err, &known) {
		message = known.Message
	}
	a.AddAVP(diam.NewAVP(avp.ErrorMessage, 0, 0, datatype.UTF8String(message)))
	return p.send(a)
}

// creditAnswer is a Credit-Control-Answer (RFC 8506, section 3.2). What was asked in
// Multiple-Services-Credit-Control is answered there.
func (p *peer) creditAnswer(m *diam.Message, q question, o outcome) *diam.Message {
	a := p.answer(m, o.result)
	a.AddAVP(unsigned(avp.AuthApplicationID, creditControl))
	a.AddAVP(diam.NewAVP(avp.CCRequestType, avp.Mbit, 0, datatype.Enumerated(q.kind)))
	a.AddAVP(unsigned(avp.CCRequestNumber, q.number))
	switch {
	case len(q.services) == 0:
		for _, unit := range o.units() {
			a.AddAVP(unit)
		}
	case q.kind != terminationRequest:
		a.AddAVP(o.service(q.services[0]))
		for _, other := range q.services[1:] { // a call is one service
			a.AddAVP(outcome{result: ratingFailed}.service(other))
		}
	}
	return a
}

// units are what is granted, and for how long that is good.
func (o outcome) units() (units []*diam.AVP) {
	if o.seconds == 0 {
		return nil
	}
	units = append(units, grouped(avp.GrantedServiceUnit, unsigned(avp.CCTime, o.seconds)),
		unsigned(avp.ValidityTime, o.seconds+ringSeconds)) // final units too: to Kamailio those without it are good for no time
	if o.final {
		units = append(units, grouped(avp.FinalUnitIndication, diam.NewAVP(avp.FinalUnitAction, avp.Mbit, 0, datatype.Enumerated(finalTerminate))))
	}
	return units
}

// service answers one of the services that were asked for.
func (o outcome) service(asked *diam.AVP) *diam.AVP {
	avps := o.units()
	for _, a := range within(asked) {
		if a.Code == avp.RatingGroup || a.Code == avp.ServiceIdentifier {
			avps = append(avps, a)
		}
	}
	return grouped(avp.MultipleServicesCreditControl, append(avps, unsigned(avp.ResultCode, o.result))...)
}

func unsigned(code, n uint32) *diam.AVP {
	return diam.NewAVP(code, avp.Mbit, 0, datatype.Unsigned32(n))
}

func grouped(code uint32, avps ...*diam.AVP) *diam.AVP {
	return diam.NewAVP(code, avp.Mbit, 0, &diam.GroupedAVP{AVP: avps})
}
