package api

import (
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/query"
)

// maxCallSeconds bounds what a switch may report or ask for: 31 days is longer
// than any call, and its price fits every deck.
const maxCallSeconds = 31 * 86400

// callersText lets a switch pass on whatever bytes a caller has sent: what is no UTF-8 is
// read as U+FFFD.
var callersText = jsontext.AllowInvalidUTF8(true)

func (a *API) authorizeCall(x *exchange) error {
	o, err := x.object(callersText)
	if err != nil {
		return err
	}
	key := tollkeeper.CallKey{CallID: o.visible("callId", 1, 255), Leg: o.text("leg", 0, 64)}
	q := x.attempt(o)
	q.CallKey, q.NoName = key, admission.Hidden(o.anyText("privacy"))
	if q.CallID == "." || q.CallID == ".." || q.CallID == "/" {
		o.fault("callId", "must not be a dot, two dots or a slash: no path can name it")
	}
	if err := o.done(); err != nil {
		return err
	}
	decision, err := a.Calls.Authorize(x.r.Context(), q)
	if err != nil {
		return err
	}
	x.notes = append(x.notes, slog.String("to", a.loggedNumber(decision.To)))
	return a.decide(x, "authorize", decision)
}

// attempt reads a call that somebody wants to place.
func (x *exchange) attempt(o *object) admission.Attempt {
	q := admission.Attempt{Authorization: tollkeeper.Authorization{
		Direction: oneOf(o, "direction", tollkeeper.Outbound, tollkeeper.Inbound),
		From:      o.anyText("from"), To: o.text("to", 1, 255), WholeCall: o.bool("wholeCall"),
	}}
	q.Customer, _ = o.id("customer")
	if seconds := o.integer("maxSeconds", 1, 86400); seconds != nil {
		q.MaxSeconds = *seconds
	}
	o.trunkKey(&q)
	if !x.who.IsStaff() {
		q.Only = x.who.Customer
	}
	return q
}

// trunkKey reads what the switch knows of where a call came from.
func (o *object) trunkKey(t *admission.Attempt) {
	t.Trunk, t.User = o.text("trunk", 0, 45), o.text("digestUser", 0, 64)
	if text := o.text("source", 0, 64); text != "" {
		var err error
		if t.Source, err = netip.ParseAddr(text); err != nil {
			o.fault("source", "must be an address such as 192.0.2.7")
		}
	}
	if port := o.integer("sourcePort", 1, 65535); port != nil {
		t.Port = uint16(*port)
	}
}

func (a *API) decide(x *exchange, operation string, d tollkeeper.Decision) error {
	a.Metrics.Decision(operation, d)
	x.notes = append(x.notes, slog.String("reason", string(d.Reason)), slog.String("customer", d.Customer.String()))
	if prefersMinimal(x.r) {
		x.w.Header().Set("Preference-Applied", "return=minimal")
		return x.answer(compactDecision(&d))
	}
	return x.answer(decisionBody(&d))
}

// loggedNumber hides the last digits of a telephone number, unless the operator
// wants to see them.
func (a *API) loggedNumber(number string) string {
	const hidden = 4
	if a.LogNumbers || len(number) <= hidden {
		return number
	}
	return number[:len(number)-hidden] + strings.Repeat("x", hidden)
}

func (a *API) answerCall(x *exchange) error {
	r, err := x.report("", "")
	if err != nil {
		return err
	}
	d, err := a.Calls.Answer(x.r.Context(), r)
	if err != nil {
		return err
	}
	return a.decide(x, "answer", d)
}

func (a *API) extendCall(x *exchange) error {
	r, err := x.report("usedSeconds", "usedMillis")
	if err != nil {
		return err
	}
	d, err := a.Calls.Extend(x.r.Context(), r)
	if err != nil {
		return err
	}
	return a.decide(x, "extend", d)
}

func (a *API) endCall(x *exchange) error {
	r, err := x.report("durationSeconds", "durationMillis")
	if err != nil {
		return err
	}
	record, err := a.Calls.End(x.r.Context(), r)
	if err != nil {
		return err
	}
	x.notes = append(x.notes, slog.String("customer", record.Customer.String()), slog.Int64("chargeMicros", int64(record.Charge)))
	return x.answer(cdrBody(&record, nil))
}

// report reads what a switch says of a call. The seconds and milliseconds keys
// name the fields of its duration; "" where there is none.
func (x *exchange) report(secondsKey, millisKey string) (r tollkeeper.Report, err error) {
	o, err := x.optionalObject()
	if err != nil {
		return r, err
	}
	return x.reportOn(o, secondsKey, millisKey)
}

// reportOn is report for an object of which something else has been read.
func (x *exchange) reportOn(o *object, secondsKey, millisKey string) (r tollkeeper.Report, err error) {
	r = x.reportIn(o, secondsKey, millisKey)
	if r.CallID = x.r.PathValue("callId"); len(r.CallID) > 255 || !admission.Visible(r.CallID) {
		return r, tollkeeper.Errorf(tollkeeper.CodeNotFound, "no such call is known")
	}
	if !x.mine(r.Customer) {
		return r, unknownCall(r)
	}
	return r, o.done()
}

func unknownCall(r tollkeeper.Report) error {
	return tollkeeper.Errorf(tollkeeper.CodeNotFound, "no call %q is known", r.CallID)
}

// reportIn reads a report's fields but for its call id. A caller who can speak of
// one customer only speaks of that one.
func (x *exchange) reportIn(o *object, secondsKey, millisKey string) (r tollkeeper.Report) {
	r.Leg = o.text("leg", 0, 64)
	r.Customer, _ = o.id("customer")
	if r.Customer.IsZero() {
		r.Customer = x.who.Customer
	}
	if secondsKey != "" {
		r.Used = o.duration(secondsKey, millisKey)
	}
	if secondsKey == "durationSeconds" {
		if _, given := o.value("cause"); given {
			r.Cause = o.text("cause", 1, 64)
		}
	}
	return r
}

// duration reads a duration given in seconds or in milliseconds; nil when it is
// not given.
func (o *object) duration(secondsKey, millisKey string) *time.Duration {
	seconds := o.integer(secondsKey, 0, maxCallSeconds)
	millis := o.integer(millisKey, 0, maxCallSeconds*1000)
	var d time.Duration
	switch {
	case seconds != nil && millis != nil:
		o.fault(millisKey, "must be absent when "+secondsKey+" is given")
		return nil
	case seconds != nil:
		d = time.Duration(*seconds) * time.Second
	case millis != nil:
		d = time.Duration(*millis) * time.Millisecond
	default:
		return nil
	}
	return &d
}

func decisionBody(d *tollkeeper.Decision) []byte {
	w := newWire(nil)
	w.text("callId", d.CallID)
	w.text("leg", d.Leg)
	w.decision(d)
	return w.end()
}

// decision writes all that a decision says of a call.
func (w *wire) decision(d *tollkeeper.Decision) {
	w.verdict(d)
	w.id("customer", d.Customer)
	w.text("to", d.To)
	w.tariff(&d.Tariff)
	w.micros("heldMicros", d.Held)
	w.bool("emergency", d.Emergency)
	if d.Media.CallerName {
		w.bool("callerNameWanted", true)
	}
	w.optional("callerName", d.CallerName.Display)
	w.optional("callerNameFull", d.CallerName.Full)
	w.optional("callerId", d.CallerID)
	if d.Allowed {
		w.media(&d.Media, &d.Upload)
	}
}

// verdict writes what every switch obeys.
func (w *wire) verdict(d *tollkeeper.Decision) {
	decision := "deny"
	if d.Allowed {
		decision = "allow"
	}
	w.text("decision", decision)
	w.text("reason", string(d.Reason))
	w.int("sipCode", int64(d.Reason.SIPCode()))
	w.int("grantedSeconds", min(d.GrantedSeconds, math.MaxInt32))
	w.bool("final", d.Final)
}

// compactDecision is what a routing script needs of a decision. Its keys are flat
// and always the same, so that a script that lacks a JSON parser can find them.
func compactDecision(d *tollkeeper.Decision) []byte {
	w := newWire(nil)
	w.verdict(d)
	w.text("to", d.To)
	w.bool("emergency", d.Emergency)
	w.text("callerName", d.CallerName.Display)
	w.text("callerNameFull", d.CallerName.Full)
	w.text("callerId", d.CallerID)
	w.bool("bypass", d.Media.Bypass)
	w.bool("record", d.Media.Record)
	w.text("holdMusic", d.Media.HoldMusic)
	w.text("uploadUrl", d.Upload.URL)
	w.text("consent", d.Media.Consent.String())
	w.text("consentPrompt", d.Media.Prompt)
	return w.end()
}

// tariff writes the price of a call, where it has one.
func (w *wire) tariff(t *tollkeeper.Tariff) {
	w.optional("prefix", t.Prefix)
	w.optional("destination", t.Destination)
	if t.Prefix != "" {
		w.micros("pricePerMinuteMicros", t.PricePerMinute)
		w.micros("connectFeeMicros", t.ConnectFee)
	}
}

// media writes how the media of a call are treated, for a switch with where its
// recording goes.
func (w *wire) media(m *tollkeeper.Media, upload *tollkeeper.Upload) {
	if !w.begin("media") {
		return
	}
	keep := w.keep
	w.keep = nil
	w.bool("bypass", m.Bypass)
	w.text("bypassReason", string(m.BypassReason))
	w.bool("record", m.Record)
	w.bool("transcribe", m.Transcribe)
	w.text("holdMusic", m.HoldMusic)
	if m.Record {
		w.text("consent", m.Consent.String())
		w.optional("consentPrompt", m.Prompt)
	}
	if upload.URL != "" {
		w.int("recordChannels", recordChannels)
		w.text("recordFormat", string(tollkeeper.AudioWAV))
		w.text("uploadUrl", upload.URL)
		w.time("uploadUntil", upload.Expires)
	}
	w.keep = keep
	w.close()
}

// recordChannels asks for one channel for each party, so that a transcript knows who
// speaks. In WAV they stay apart; it is taken in other formats too.
const recordChannels = 2

// noUpload is for those who only read about a call.
var noUpload tollkeeper.Upload

func (a *API) findCalls(x *exchange) error {
	return list(x, query.Calls, a.Store.FindCalls, callBody)
}

func callBody(c *tollkeeper.Call, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", c.ID)
	w.text("callId", c.CallID)
	w.text("leg", c.Leg)
	w.id("customer", c.Customer)
	w.id("server", c.Trunk)
	w.text("direction", string(c.Direction))
	w.text("from", c.From)
	w.text("to", c.To)
	w.time("startedAt", c.StartedAt)
	w.time("answeredAt", c.AnsweredAt)
	w.int("grantedSeconds", min(c.Granted, math.MaxInt32))
	w.int("usedSeconds", tollkeeper.WholeSeconds(c.Used))
	w.time("expiresAt", c.ExpiresAt)
	w.bool("final", c.Final)
	w.tariff(&c.Tariff)
	w.micros("heldMicros", c.Held)
	w.bool("emergency", c.Emergency)
	w.bool("wholeCall", c.WholeCall)
	w.optional("billMethod", string(c.Tariff.BillMethod))
	w.deck(&c.Tariff)
	w.media(&c.Media, &noUpload)
	return w.end()
}

func (w *wire) deck(t *tollkeeper.Tariff) {
	if t.Deck != "" {
		w.text("deck", t.Deck)
		w.int("deckVersion", t.DeckVersion)
	}
}
