package asterisk

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// customerVariable says on a channel whose call it is that was let through. The
// manager interface shows it with the channel's events (channelvars), and the call
// record carries it.
const customerVariable = "TOLLKEEPER_CUSTOMER"

// authorize decides about the call of a channel, and tells the dialplan by variables.
// The script's address may have a query: direction, source (the address the call came
// from), trunk, customer, and whole=yes for one grant for all of the call.
func (a *AGI) authorize(ctx context.Context, s *session) error {
	attempt, err := s.attempt()
	if err != nil {
		return s.failed(err)
	}
	d, err := a.Calls.Authorize(ctx, attempt)
	if err != nil {
		return s.failed(err)
	}
	a.Observe("authorize", d)
	if !d.Allowed {
		return s.setAll("TOLLKEEPER_DECISION", "deny", "TOLLKEEPER_REASON", string(d.Reason), "TOLLKEEPER_SIP_CODE", strconv.Itoa(d.Reason.SIPCode()),
			"TOLLKEEPER_CAUSE", strconv.Itoa(causes[d.Reason.SIPCode()]))
	}
	if err := s.setAll("TOLLKEEPER_DECISION", "allow", "TOLLKEEPER_REASON", string(d.Reason), customerVariable, d.Customer.String(),
		"CDR(tollkeeper_customer)", d.Customer.String(), "TOLLKEEPER_TO", d.To, "TOLLKEEPER_SECONDS", strconv.FormatInt(d.GrantedSeconds, 10),
		"TOLLKEEPER_BYPASS", flag(d.Media.Bypass), "TOLLKEEPER_RECORD", flag(d.Media.Record), "TOLLKEEPER_HOLD_MUSIC", d.Media.HoldMusic,
		// Until the manager interface tells of the answer, the call may ring as well.
		"TIMEOUT(absolute)", strconv.FormatInt(d.GrantedSeconds+a.RingSeconds, 10)); err != nil {
		return err
	}
	return s.instruct(&d)
}

// instruct sets what only some calls have.
func (s *session) instruct(d *tollkeeper.Decision) error {
	var more []string
	if d.CallerID != "" {
		more = append(more, "CALLERID(num)", d.CallerID)
	}
	if d.CallerName.Display != "" {
		more = append(more, "CALLERID(name)", d.CallerName.Display, "TOLLKEEPER_CALLER_NAME_FULL", d.CallerName.Full)
	}
	if d.Media.HoldMusic != "" {
		more = append(more, "CHANNEL(musicclass)", musicClass)
	}
	if !d.Media.Record {
		return s.setAll(more...)
	}
	more = append(more, "TOLLKEEPER_UPLOAD", d.Upload.URL, "TOLLKEEPER_CONSENT", d.Media.Consent.String(), "TOLLKEEPER_PROMPT", d.Media.Prompt)
	if err := s.setAll(more...); err != nil {
		return err
	}
	_, err := s.command("EXEC MixMonitor " + quoted(d.CallID+".wav,b")) // b: while the parties talk
	return err
}

// musicClass is the class of musiconhold.conf that plays TOLLKEEPER_HOLD_MUSIC.
const musicClass = "tollkeeper"

// causes are the causes that Hangup takes for the SIP statuses of denials (ITU-T
// Q.850, table 1; the channel drivers turn them back).
var causes = map[int]int{402: 21, 403: 21, 404: 1, 484: 28, 486: 17, 503: 34}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// failed tells the dialplan that there is no decision, and returns the error for the
// log.
func (s *session) failed(err error) error {
	if told := s.setAll("TOLLKEEPER_DECISION", "error", "TOLLKEEPER_REASON", string(tollkeeper.ErrorCode(err))); told != nil {
		return fmt.Errorf("%w; and then %w", err, told)
	}
	return err
}

func (s *session) setAll(namesAndValues ...string) error {
	for i := 0; i < len(namesAndValues); i += 2 {
		if err := s.set(namesAndValues[i], namesAndValues[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// attempt is the call of the session's channel. Its account code is a customer's id
// or the name of a trunk.
func (s *session) attempt() (a admission.Attempt, err error) {
	var faults []string
	a = admission.Attempt{Authorization: tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: s.environment["uniqueid"]}, Direction: tollkeeper.Outbound,
		From: known(s.environment["callerid"]), To: s.environment["extension"], WholeCall: s.query.Get("whole") == "yes",
	}, Trunk: s.query.Get("trunk"), NoName: hidden(s.environment["callingpres"])}
	switch d := tollkeeper.Direction(s.query.Get("direction")); d {
	case "", tollkeeper.Outbound:
	case tollkeeper.Inbound:
		a.Direction = d
	default:
		faults = append(faults, `direction: must be "outbound" or "inbound"`)
	}
	if source := s.query.Get("source"); source != "" {
		if a.Source, a.Port, err = addressOf(source); err != nil {
			faults = append(faults, "source: must be an address, perhaps with a port")
		}
	}
	account := s.environment["accountcode"]
	named := s.query.Get("customer")
	if id, err := tollkeeper.ParseID(account); err == nil && named == "" {
		a.Customer = id
	} else if a.Trunk == "" {
		a.Trunk = account
	}
	if named != "" {
		if a.Customer, err = tollkeeper.ParseID(named); err != nil {
			faults = append(faults, "customer: must be an id, 24 hexadecimal digits")
		}
	}
	for _, part := range []struct{ name, value string }{{"agi_uniqueid", a.CallID}, {"agi_extension", a.To}} {
		if len(part.value) < 1 || len(part.value) > 255 {
			faults = append(faults, part.name+": must have 1 to 255 characters")
		}
	}
	if faults != nil {
		return a, tollkeeper.Invalid(faults...)
	}
	return a, nil
}

// known returns a value, and "" for Asterisk's word that there is none.
func known(value string) string {
	if value == "unknown" {
		return ""
	}
	return value
}

// hidden reports whether Asterisk's presentation of the caller's number is restricted, or
// the number not available: bits 6 and 7 of octet 3a (ITU-T Q.931, section 4.5.10).
func hidden(presentation string) bool {
	const restricted, unavailable, mask = 1 << 5, 2 << 5, 3 << 5
	bits, err := strconv.Atoi(presentation)
	return err == nil && (bits&mask == restricted || bits&mask == unavailable)
}

func addressOf(text string) (address netip.Addr, port uint16, err error) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr(), both.Port(), nil
	}
	address, err = netip.ParseAddr(text)
	return address, 0, err
}

// end charges the call of a channel that is being hung up. What cannot be stored now
// is told again, beside the dialplan, which goes on.
func (a *AGI) end(ctx context.Context, s *session) error {
	customer, err := s.variable(customerVariable)
	if err != nil || customer == "" {
		return err // no call was let through
	}
	r, err := s.report(customer)
	if err != nil {
		return err
	}
	if _, err = a.Calls.End(ctx, r); tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
		return err
	}
	return a.Reports.Put(admission.Event{CallID: r.CallID, Last: true, Tell: func(ctx context.Context) error {
		_, err := a.Calls.End(ctx, r)
		return err
	}})
}

// report reads how long the parties have talked, and why the call has ended, from the
// variables that Dial leaves.
func (s *session) report(customer string) (r tollkeeper.Report, err error) {
	if r.Customer, err = tollkeeper.ParseID(customer); err != nil {
		return r, tollkeeper.Invalid(customerVariable + ": must be an id, 24 hexadecimal digits")
	}
	r.CallID = s.environment["uniqueid"]
	var values [3]string
	for i, name := range []string{"ANSWEREDTIME_MS", "ANSWEREDTIME", "DIALSTATUS"} {
		if values[i], err = s.variable(name); err != nil {
			return r, err
		}
	}
	unit, text := time.Millisecond, values[0]
	if text == "" {
		unit, text = time.Second, values[1]
	}
	n, err := strconv.ParseInt(first(text, "0"), 10, 64)
	if err != nil || n < 0 || n > int64(maxCall/unit) {
		return r, tollkeeper.Invalid("ANSWEREDTIME: must be the time since the answer, at most 31 days")
	}
	used := time.Duration(n) * unit
	r.Used, r.Cause = &used, causeOf(values[2])
	return r, nil
}

// maxCall is the longest call that can be reported, as by the REST API.
const maxCall = 31 * 24 * time.Hour

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// causeOf names the outcome of Dial as the other doors do.
func causeOf(dialStatus string) string {
	switch dialStatus {
	case "ANSWER":
		return "normal_clearing"
	case "BUSY":
		return "user_busy"
	case "NOANSWER":
		return "no_answer"
	case "CANCEL", "":
		return "originator_cancel"
	case "CONGESTION":
		return "normal_circuit_congestion"
	case "CHANUNAVAIL":
		return "no_route_destination"
	}
	return strings.ToLower(dialStatus[:min(len(dialStatus), 64)])
}
