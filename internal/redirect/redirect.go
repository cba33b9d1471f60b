// Package redirect is the door for switches that can do nothing but SIP (RFC 3261): a
// redirect server. An INVITE is answered by 302 with what was granted in headers, or by
// the status of the denial; OPTIONS says that somebody is there.
//
// It hears of no answer and no end: a call gets one grant for all of it, and its end is
// told by another door.
package redirect

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// Calls decides about calls, and returns when what it decided is durable.
type Calls interface {
	Authorize(context.Context, admission.Attempt) (tollkeeper.Decision, error)
}

// Headers of requests, which the switches are believed, and of answers.
const (
	headerCustomer       = "X-Tollkeeper-Customer"
	headerTrunk          = "X-Tollkeeper-Trunk"
	headerSource         = "X-Tollkeeper-Source"
	headerDirection      = "X-Tollkeeper-Direction"
	headerReason         = "X-Tollkeeper-Reason"
	headerSeconds        = "X-Tollkeeper-Seconds"
	headerEmergency      = "X-Tollkeeper-Emergency"
	headerBypass         = "X-Tollkeeper-Bypass"
	headerRecord         = "X-Tollkeeper-Record"
	headerHoldMusic      = "X-Tollkeeper-Hold-Music"
	headerCallerName     = "X-Tollkeeper-Caller-Name"
	headerCallerNameFull = "X-Tollkeeper-Caller-Name-Full"
	headerCallerID       = "X-Tollkeeper-Caller-Id"
)

// answerTimeout bounds the work on one call: no caller waits longer.
const answerTimeout = 10 * time.Second

// Seconds after which a switch that was turned away may ask again.
const (
	retryRate  = 1 // the window of calls per second
	retryFault = 10
)

// statuses maps the failures of requests to SIP (RFC 3261, section 21).
var statuses = map[tollkeeper.Code]int{
	tollkeeper.CodeInvalid:          400,
	tollkeeper.CodeUnauthenticated:  403,
	tollkeeper.CodeForbidden:        403,
	tollkeeper.CodeNotFound:         404,
	tollkeeper.CodeMethodNotAllowed: 405,
	tollkeeper.CodeNotAcceptable:    406,
	tollkeeper.CodeConflict:         482, // the same Call-ID with other parties: it has come round
	tollkeeper.CodeTooManyRequests:  503,
	tollkeeper.CodeInternal:         500,
	tollkeeper.CodeUnavailable:      503,
}

// phrases are the reason phrases of the statuses that we send.
var phrases = map[int]string{
	302: "Moved Temporarily", 400: "Bad Request", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	406: "Not Acceptable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 484: "Address Incomplete", 486: "Busy Here",
	500: "Server Internal Error", 503: "Service Unavailable", 603: "Decline",
}

// invite answers an INVITE.
func (d *Door) invite(r *sip.Request, tx sip.ServerTransaction) {
	if to := r.To(); to != nil && to.Params.Has("tag") {
		d.respond(r, tx, refusal(r, 481, "no call is known here"))
		return
	}
	if !d.enter() {
		d.Count(Crowded)
		d.respond(r, tx, again(refusal(r, 503, "too many calls at once"), retryFault))
		return
	}
	defer d.leave()
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	attempt, err := read(r)
	if err != nil {
		d.fail(r, tx, err)
		return
	}
	decision, err := d.Calls.Authorize(ctx, attempt)
	if err != nil {
		d.fail(r, tx, err)
		return
	}
	d.Observe("authorize", decision)
	d.Log.Info("redirect", "from", r.Source(), "callId", attempt.CallID, "reason", decision.Reason, "customer", decision.Customer.String())
	d.Count(Answered)
	if decision.Allowed {
		d.respond(r, tx, d.grant(r, &decision))
		return
	}
	denied := refusal(r, decision.Reason.SIPCode(), string(decision.Reason))
	denied.AppendHeader(sip.NewHeader(headerReason, string(decision.Reason)))
	switch {
	case decision.Reason.SIPCode() == 503:
		again(denied, retryRate)
	case d.Decline:
		denied.StatusCode, denied.Reason = 603, phrases[603]
	}
	d.respond(r, tx, denied)
}

// fail answers a request that could not be decided.
func (d *Door) fail(r *sip.Request, tx sip.ServerTransaction, err error) {
	d.Count(Failed)
	d.Log.Warn("redirect", "from", r.Source(), "error", err.Error())
	code := tollkeeper.ErrorCode(err)
	status := cmp.Or(statuses[code], 500)
	refused := refusal(r, status, string(code))
	if status == 503 {
		again(refused, retryFault)
	}
	d.respond(r, tx, refused)
}

// read finds in an INVITE what is asked. The called number is that of the Request-URI,
// the calling one that of P-Asserted-Identity (RFC 3325) or From. With Privacy (RFC 3323)
// the caller's name is not looked up.
func read(r *sip.Request) (t admission.Attempt, err error) {
	t.Direction, t.WholeCall, t.To = tollkeeper.Outbound, true, r.Recipient.User
	if id := r.CallID(); id != nil {
		t.CallID = id.Value()
	}
	if from := r.From(); from != nil {
		t.From = from.Address.User
	}
	var asserted sip.Uri
	if h := r.GetHeader("P-Asserted-Identity"); h != nil {
		params := sip.NewParams()
		if _, err := sip.ParseAddressValue(h.Value(), &asserted, &params); err == nil && asserted.User != "" {
			t.From = asserted.User
		}
	}
	var faults []string
	if len(t.CallID) == 0 || len(t.CallID) > 255 || !admission.Visible(t.CallID) {
		faults = append(faults, "Call-ID: must have 1 to 255 visible ASCII characters")
	}
	if t.To == "" {
		faults = append(faults, "Request-URI: must name a number")
	}
	text := func(name string) string {
		if h := r.GetHeader(name); h != nil {
			return h.Value()
		}
		return ""
	}
	if v := text(headerCustomer); v != "" {
		if t.Customer, err = tollkeeper.ParseID(v); err != nil {
			faults = append(faults, headerCustomer+": must be the id of a customer")
		}
	}
	if tollkeeper.Direction(text(headerDirection)) == tollkeeper.Inbound {
		t.Direction = tollkeeper.Inbound
	}
	t.Trunk, t.NoName = text(headerTrunk), admission.Hidden(text("Privacy"))
	if source, err := netip.ParseAddrPort(r.Source()); err == nil {
		t.Source, t.Port = source.Addr().Unmap(), source.Port()
	}
	if v := text(headerSource); v != "" {
		t.Port = 0
		if t.Source, err = netip.ParseAddr(v); err != nil {
			faults = append(faults, headerSource+": must be an address")
		}
	}
	if len(faults) > 0 {
		return t, tollkeeper.Invalid(faults...)
	}
	return t, nil
}

// grant redirects an allowed call to where the switch finds its way, and says what was
// granted.
func (d *Door) grant(r *sip.Request, decision *tollkeeper.Decision) *sip.Response {
	res := response(r, 302)
	res.AppendHeader(sip.NewHeader("Contact", fmt.Sprintf("<sip:%s@%s>", decision.To, cmp.Or(d.Next, r.Source()))))
	add := func(name, v string) { res.AppendHeader(sip.NewHeader(name, v)) }
	add(headerSeconds, strconv.FormatInt(decision.GrantedSeconds, 10))
	for _, flag := range []struct {
		name string
		set  bool
	}{{headerEmergency, decision.Emergency}, {headerBypass, decision.Media.Bypass}, {headerRecord, decision.Media.Record}} {
		if flag.set {
			add(flag.name, "1")
		}
	}
	for _, text := range []struct{ name, v string }{
		{headerHoldMusic, decision.Media.HoldMusic}, {headerCallerName, decision.CallerName.Display}, {headerCallerNameFull, decision.CallerName.Full}, {headerCallerID, decision.CallerID},
	} {
		if text.v != "" {
			add(text.name, text.v)
		}
	}
	return res
}

func response(r *sip.Request, status int) *sip.Response {
	return sip.NewResponseFromRequest(r, status, phrases[status], nil)
}

// refusal refuses a request, and says why (RFC 3326).
func refusal(r *sip.Request, status int, why string) *sip.Response {
	res := response(r, status)
	res.AppendHeader(sip.NewHeader("Reason", fmt.Sprintf("SIP;cause=%d;text=%q", status, why)))
	return res
}

// again says after how many seconds to come again (RFC 3261, section 20.33).
func again(res *sip.Response, seconds int) *sip.Response {
	res.AppendHeader(sip.NewHeader("Retry-After", strconv.Itoa(seconds)))
	return res
}

// respond sends an answer. One that cannot be sent is asked for again.
func (d *Door) respond(r *sip.Request, tx sip.ServerTransaction, res *sip.Response) {
	if err := tx.Respond(res); err != nil {
		d.Log.Warn("redirect", "to", r.Source(), "error", err.Error())
	}
}
