package radius

import (
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"strings"

	"tollkeeper"
)

// rejections says which failures an Access-Request is refused for. The others are not
// answered, so that the switch asks again, or another server.
var rejections = map[tollkeeper.Code]bool{
	tollkeeper.CodeInvalid:          true,
	tollkeeper.CodeUnauthenticated:  true,
	tollkeeper.CodeForbidden:        true,
	tollkeeper.CodeNotFound:         true,
	tollkeeper.CodeMethodNotAllowed: true,
	tollkeeper.CodeNotAcceptable:    true,
	tollkeeper.CodeConflict:         true,
	tollkeeper.CodeTooManyRequests:  false,
	tollkeeper.CodeInternal:         false,
	tollkeeper.CodeUnavailable:      false,
}

// access answers an Access-Request; nil is no answer. One that names no called number
// only asks who somebody is.
func (d *Door) access(ctx context.Context, c *Client, p *packet) (*reply, error) {
	decision, asked, err := d.decide(ctx, c, p)
	if err != nil {
		return refusal(p, err), err
	}
	switch {
	case decision == nil:
		return newReply(accessAccept, p), nil
	case decision.Allowed && decision.GrantedSeconds > 0:
		r := newReply(accessAccept, p)
		d.grant(ctx, c, r, decision)
		if asked == sipCallerAVPs || asked == sipCalleeAVPs {
			r.script(decision)
		}
		return r, nil
	case asked == sipCallerAVPs || asked == sipCalleeAVPs: // a script reads no rejection
		r := newReply(accessAccept, p)
		r.script(decision)
		return r, nil
	}
	r := newReply(accessReject, p)
	r.text(replyMessage, string(decision.Reason))
	r.cisco(h323ReturnCode, "h323-return-code="+strconv.Itoa(returnCode(decision.Reason)))
	return r, nil
}

// decide finds out who asks, and what the ledger says; no decision where nothing was
// asked but that.
func (d *Door) decide(ctx context.Context, c *Client, p *packet) (*tollkeeper.Decision, uint32, error) {
	q, err := read(p)
	if err != nil {
		return nil, 0, err
	}
	if err := d.identify(ctx, c, p, &q); err != nil {
		return nil, 0, err
	}
	if q.to == "" && !q.goesOn {
		return nil, 0, nil
	}
	if q.CallID == "" {
		return nil, 0, tollkeeper.Invalid("call id: is required, in Acct-Session-Id, h323-conf-id or Cisco-AVPair call-id=")
	}
	operation, ask := "authorize", func() (tollkeeper.Decision, error) { return d.Calls.Authorize(ctx, q.attempt(c)) }
	if q.goesOn {
		operation, ask = "extend", func() (tollkeeper.Decision, error) { return d.Calls.Extend(ctx, q.report(c)) }
	}
	decision, err := ask()
	if err != nil {
		return nil, 0, err
	}
	d.Observe(operation, decision)
	d.Log.Info("radius", "operation", operation, "client", c.Name, "callId", q.CallID, "reason", decision.Reason, "customer", decision.Customer.String())
	return &decision, q.asked, nil
}

// identify checks what a request proves, and lets that say whose the call is. Without
// a proof the client, which is trusted, says it.
func (d *Door) identify(ctx context.Context, c *Client, p *packet, q *question) error {
	digest, digested := digestIn(p)
	password, plain := p.password([]byte(c.Secret))
	if !digested && !(plain && c.Passwords) {
		return nil
	}
	user := digest.user
	if !digested {
		user = p.text(userName)
	}
	known, found, err := d.Trunks.Digest(ctx, user)
	if err != nil {
		return err
	}
	proven := digested && digest.proves(known)
	if !digested {
		ha1 := hexMD5(user + ":" + known.Realm + ":" + string(password))
		proven = subtle.ConstantTimeCompare([]byte(ha1), []byte(known.HA1)) == 1
	}
	if !found || !proven {
		return tollkeeper.Errorf(tollkeeper.CodeUnauthenticated, "wrong user or password")
	}
	q.user, q.trunk, q.customer = known.User, "", tollkeeper.ID{}
	return nil
}

// refusal rejects what will not get better by asking again; nil where it may.
func refusal(p *packet, err error) *reply {
	code := tollkeeper.ErrorCode(err)
	if !rejections[code] {
		return nil
	}
	r := newReply(accessReject, p)
	message := string(code)
	if known := (*tollkeeper.Error)(nil); errors.As(err, &known) {
		message = known.Message
	}
	r.text(replyMessage, message)
	failed := returnServiceNotAvailable
	if code == tollkeeper.CodeUnauthenticated {
		failed = returnInvalidPassword
	}
	r.cisco(h323ReturnCode, "h323-return-code="+strconv.Itoa(failed))
	return r
}

// grant tells how long the call may last, and what to do then.
func (d *Door) grant(ctx context.Context, c *Client, r *reply, decision *tollkeeper.Decision) {
	seconds := strconv.FormatInt(decision.GrantedSeconds, 10)
	r.number(sessionTimeout, uint32(decision.GrantedSeconds))
	if c.Slices && !decision.Final {
		r.number(terminationAction, terminationAskRadius)
		r.text(state, "extend")
	} else {
		r.number(terminationAction, terminationDefault)
	}
	if !decision.Customer.IsZero() {
		r.text(class, decision.Customer.String())
	}
	r.cisco(h323ReturnCode, "h323-return-code=0")
	r.cisco(h323CreditTime, "h323-credit-time="+seconds)
	if decision.CallerName.Display != "" {
		r.cisco(ciscoAVPair, "caller-name="+decision.CallerName.Display)
		r.cisco(ciscoAVPair, "caller-name-full="+decision.CallerName.Full)
	}
	if c.Announces {
		d.announce(ctx, r, decision)
	}
}

// announce tells what a caller may be told: the credit, its currency, and whether it
// is prepaid. A credit that cannot be read is left out.
func (d *Door) announce(ctx context.Context, r *reply, decision *tollkeeper.Decision) {
	model := "1" // debit
	if decision.Tariff.BillMethod == tollkeeper.BillPaymentMethod {
		model = "0" // credit
	}
	r.cisco(h323BillingModel, "h323-billing-model="+model)
	r.cisco(h323Currency, "h323-currency="+d.Currency)
	if available, err := d.Balances.Available(ctx, decision.Customer); err == nil && model == "1" {
		r.cisco(h323CreditAmount, "h323-credit-amount="+units(available))
	}
}

// units writes an amount in units of the currency, rounded down to two decimals.
func units(m tollkeeper.Micros) string {
	cents := max(0, int64(m/tollkeeper.Cent))
	text := strconv.FormatInt(cents, 10)
	text = strings.Repeat("0", max(0, 3-len(text))) + text
	return text[:len(text)-2] + "." + text[len(text)-2:]
}

// scriptNumber and scriptFlag tell a script a number, and whether something is so.
func (r *reply) scriptNumber(name string, n int64) {
	r.text(sipAVP, name+":"+strconv.FormatInt(n, 10))
}

func (r *reply) scriptFlag(name string, set bool) {
	n := int64(0)
	if set {
		n = 1
	}
	r.scriptNumber(name, n)
}

// script tells a routing script of Kamailio or OpenSIPS what it needs, as variables.
func (r *reply) script(d *tollkeeper.Decision) {
	word := "deny"
	if d.Allowed && d.GrantedSeconds > 0 {
		word = "allow"
	}
	r.text(sipAVP, "tk_decision:"+word)
	r.text(sipAVP, "tk_reason:"+string(d.Reason))
	r.scriptNumber("tk_sip_code", int64(d.Reason.SIPCode()))
	r.scriptNumber("tk_seconds", d.GrantedSeconds)
	r.scriptFlag("tk_final", d.Final)
	r.scriptFlag("tk_emergency", d.Emergency)
	r.scriptFlag("tk_bypass", d.Media.Bypass)
	r.scriptFlag("tk_record", d.Media.Record)
	if d.To != "" {
		r.text(sipAVP, "tk_to:"+d.To)
	}
	for name, v := range map[string]string{"tk_caller_name": d.CallerName.Display, "tk_caller_name_full": d.CallerName.Full, "tk_caller_id": d.CallerID, "tk_hold_music": d.Media.HoldMusic} {
		if v != "" {
			r.text(sipAVP, name+":"+v)
		}
	}
}
