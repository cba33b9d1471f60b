package api_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

const callDeck = `prefix,destination,price,connect_fee,minimum,increment
1,North America,0.60,0,1,1
1787,Puerto Rico,0.60,0,1,1
1876,Jamaica,1.20,0,1,1
1900,Premium,6.00,0,1,1
44,United Kingdom,0.12,0.05,30,6
49,Germany,0,0,1,1
`

// Numbers of every kind of destination.
const (
	domestic   = "+12125550101"
	puertoRico = "+17875550101"
	jamaica    = "+18765550101"
	premium    = "+19005550101"
	britain    = "+442071838750"
	france     = "+33123456789" // not in the deck
)

// authorize is a row that asks for an outbound call of the table's customer.
func authorize(callID, to, more, want string) row {
	if more != "" {
		more = "," + more
	}
	return row{name: callID, request: "POST /calls", want: want,
		body: `{"callId":"` + callID + `","customer":"{customer}","direction":"outbound","from":"+12125550100","to":"` + to + `"` + more + `}`}
}

// denial is the whole answer to a call that is refused.
func denial(callID, to, reason string, sipCode int) string {
	price := ""
	switch reason {
	case "price_cap", "daily_spend_cap", "insufficient_credit", "unbilled_limit": // checked after the price is known
		price = map[string]string{
			"+12125550101": `"prefix":"1","destination":"North America","pricePerMinuteMicros":600000,"connectFeeMicros":0,`,
			"+17875550101": `"prefix":"1787","destination":"Puerto Rico","pricePerMinuteMicros":600000,"connectFeeMicros":0,`,
			"+18765550101": `"prefix":"1876","destination":"Jamaica","pricePerMinuteMicros":1200000,"connectFeeMicros":0,`,
			"+19005550101": `"prefix":"1900","destination":"Premium","pricePerMinuteMicros":6000000,"connectFeeMicros":0,`,
		}[to]
	}
	return fmt.Sprintf(`{"callId":%q,"leg":"","decision":"deny","reason":%q,"sipCode":%d,"grantedSeconds":0,"final":true,"customer":"{customer}","to":%q,%s"heldMicros":0,"emergency":false}`,
		callID, reason, sipCode, to, price)
}

const mediaOff = `"media":{"bypass":false,"bypassReason":"off","record":false,"transcribe":false,"holdMusic":""}`

// permission is the whole answer to a call that is let through to North America.
func permission(callID string, members string) string {
	return merge(`{"callId":"`+callID+`","leg":"","decision":"allow","reason":"ok","sipCode":200,"grantedSeconds":60,"final":false,"customer":"{customer}",
"to":"`+domestic+`","prefix":"1","destination":"North America","pricePerMinuteMicros":600000,"connectFeeMicros":0,"heldMicros":600000,"emergency":false,`+mediaOff+`}`, members)
}

// emergency is the whole answer to an emergency call.
func emergency(callID, to, members string) string {
	return merge(fmt.Sprintf(`{"callId":%q,"leg":"","decision":"allow","reason":"ok","sipCode":200,"grantedSeconds":14400,"final":false,"customer":"{customer}","to":%q,
"heldMicros":0,"emergency":true,%s}`, callID, to, mediaOff), members)
}

// TestCallersBytes refuses no call for what its caller has sent in place of a number.
func TestCallersBytes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":100`)
	s.deck(t, "default", callDeck)
	for name, more := range map[string]string{
		"NUL": `"from":"a\u0000b"`, "no UTF-8": "\"from\":\"J\xf6rg\"", "half a character": `"from":"\ud83d"`,
		"long": `"from":"` + strings.Repeat("x", 3000) + `"`, "privacy": `"privacy":"` + strings.Repeat("x", 3000) + "\xff" + `\u0000"`,
	} {
		body := `{"callId":"` + strings.ReplaceAll(name, " ", "-") + `","customer":"` + id + `","direction":"outbound","to":"911",` + more + `}`
		if a := s.do(t, "POST /calls", body); !strings.Contains(a.body, `"decision":"allow"`) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	s.do(t, "POST /calls", `{"callId":"c","customer":"`+id+`","direction":"outbound","to":"911","from":5}`).
		expect(t, 400, invalid("from: must be a string"))
}

// TestDenials reaches every reason by a request that deserves all the later ones
// too, and takes them away one by one: so it proves the order of the checks.
func TestDenials(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"maxOutboundCallRate":2,"credit":100`)
	s.deck(t, "default", callDeck)
	patch := func(what, body string) row {
		return row{name: what + " " + body, request: "PATCH /customers/{customer}" + what, body: body, want: `"{any}"`}
	}
	const limits = `"maxConcurrentCalls":2,"maxPricePerMinuteMicros":700000,"dailySpendMicros":600000`
	s.run(t, []row{
		patch("/limits", `{"outboundBarred":true,`+limits+`}`),
		patch("/status", `{"status":"suspended"}`),
		{name: "no customer", request: "POST /calls", body: `{"callId":"c","direction":"outbound","to":"` + jamaica + `"}`,
			want: merge(denial("c", jamaica, "unknown_customer", 403), `"customer":null`)},
		{name: "unknown customer", request: "POST /calls", body: `{"callId":"c","customer":"69a555184b1f8c3a5e000003","direction":"outbound","to":"` + jamaica + `"}`,
			want: merge(denial("c", jamaica, "unknown_customer", 403), `"customer":"69a555184b1f8c3a5e000003"`)},
		{name: "inbound of no customer", request: "POST /calls", body: `{"callId":"c","direction":"inbound","to":"` + domestic + `"}`,
			want: merge(denial("c", domestic, "unknown_customer", 403), `"customer":null`)},
		authorize("suspended", jamaica, "", denial("suspended", jamaica, "suspended", 403)),
		patch("/status", `{"status":"fraud"}`),
		authorize("fraud", jamaica, "", denial("fraud", jamaica, "suspended", 403)),
		patch("/status", `{"status":"terminated"}`),
		authorize("terminated", domestic, "", denial("terminated", domestic, "suspended", 403)),
		patch("/status", `{"status":"active"}`),
		authorize("barred", jamaica, "", denial("barred", jamaica, "outbound_barred", 403)),
		authorize("barred before the number is read", "+12", "", denial("barred before the number is read", "+12", "outbound_barred", 403)).visibly(),
		patch("/limits", `{"outboundBarred":false}`),
		authorize("invalid", "+12", "", denial("invalid", "+12", "invalid_number", 484)),
		authorize("no-number", "hello", "", denial("no-number", "hello", "invalid_number", 484)),
		authorize("jamaica", jamaica, "", denial("jamaica", jamaica, "international_barred", 403)),
		authorize("jamaica-national", "18765550101", "", denial("jamaica-national", jamaica, "international_barred", 403)),
		authorize("britain", "011442071838750", "", denial("britain", britain, "international_barred", 403)),
		authorize("satellite", "+870773123456", "", denial("satellite", "+870773123456", "international_barred", 403)),
		authorize("premium", premium, "", denial("premium", premium, "premium_barred", 403)),
		authorize("first", domestic, "", permission("first", "")),
		authorize("daily", puertoRico, "", denial("daily", puertoRico, "daily_spend_cap", 402)),
		patch("/limits", `{"dailySpendMicros":null}`),
		authorize("rest", puertoRico, "", permission("rest", `"to":"`+puertoRico+`","prefix":"1787","destination":"Puerto Rico","grantedSeconds":40,"heldMicros":400000,"final":true`)),
		authorize("rate", domestic, "", denial("rate", domestic, "rate_limited", 503)),
		patch("", `{"internationalCalling":1}`),
		authorize("rate2", jamaica, "", denial("rate2", jamaica, "rate_limited", 503)),
	}, "{customer}", id)
	s.clock.advance(time.Second)
	s.run(t, []row{
		authorize("concurrent", jamaica, "", denial("concurrent", jamaica, "too_many_calls", 486)),
		authorize("concurrent2", france, "", denial("concurrent2", france, "too_many_calls", 486)),
		patch("/limits", `{"maxConcurrentCalls":3,"dailySpendMicros":1000000}`),
		authorize("no-price", france, "", denial("no-price", france, "no_price", 404)),
		authorize("price-cap", jamaica, "", denial("price-cap", jamaica, "price_cap", 403)),
		authorize("price-cap-premium", premium, "", denial("price-cap-premium", premium, "price_cap", 403)),
		authorize("no-credit", domestic, "", denial("no-credit", domestic, "insufficient_credit", 402)),
		patch("/limits", `{"dailySpendMicros":999999}`),
		authorize("spent", domestic, "", denial("spent", domestic, "daily_spend_cap", 402)),
		patch("/limits", `{"maxPricePerMinuteMicros":null,"dailySpendMicros":null}`),
		authorize("jamaica2", jamaica, "", denial("jamaica2", jamaica, "insufficient_credit", 402)),
		authorize("free", "+4930123456", "", permission("free", `"to":"+4930123456","prefix":"49","destination":"Germany","pricePerMinuteMicros":0,"heldMicros":0`)),
		{name: "inbound needs no credit but a place", request: "POST /calls", body: `{"callId":"in","customer":"{customer}","direction":"inbound","from":"+33123456789","to":"` + domestic + `"}`,
			want: denial("in", domestic, "too_many_calls", 486)},
	}, "{customer}", id)
}

// visibly replaces the spaces of a call id, which a switch never sends.
func (r row) visibly() row {
	name := strings.ReplaceAll(r.name, " ", "-")
	r.body, r.want = strings.ReplaceAll(r.body, r.name, name), strings.ReplaceAll(r.want, r.name, name)
	return r
}

func TestUnbilledLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"defaultBillMethod":"paymentmethod","maxOutboundCallRate":0`)
	s.deck(t, "default", callDeck)
	s.ask(t, "PATCH /customers/"+id+"/limits", `{"unbilledMicros":1000000}`)
	s.run(t, []row{
		authorize("a", domestic, "", permission("a", "")),
		authorize("b", domestic, "", permission("b", `"grantedSeconds":40,"heldMicros":400000,"final":true`)),
		authorize("c", domestic, "", denial("c", domestic, "unbilled_limit", 402)),
		{request: "GET /customers/{customer}/balance", want: `{"postedMicros":0,"heldMicros":0,"availableMicros":0,"unbilledMicros":0,"unbilledHeldMicros":1000000}`},
		{request: "POST /calls/a/end", body: `{"durationSeconds":60}`, want: `"{any}"`},
		{request: "POST /calls/b/end", body: `{"durationSeconds":0}`, want: `"{any}"`},
		{request: "GET /customers/{customer}/balance", want: `{"postedMicros":0,"heldMicros":0,"availableMicros":0,"unbilledMicros":600000,"unbilledHeldMicros":0}`},
		{name: "the record's credit is not touched", request: "GET /customers/{customer}", want: record(`"defaultBillMethod":"paymentmethod","maxOutboundCallRate":0`)},
		authorize("d", domestic, "", permission("d", `"grantedSeconds":40,"heldMicros":400000,"final":true`)),
	}, "{customer}", id)
}

func TestEmergencyPassesEverything(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"maxOutboundCallRate":1,"holdMusic":1`)
	s.ask(t, "PATCH /customers/"+id+"/limits", `{"outboundBarred":true,"maxConcurrentCalls":1,"maxPricePerMinuteMicros":1,"dailySpendMicros":1}`)
	var rows []row
	for _, status := range []string{"active", "suspended", "fraud", "terminated"} {
		rows = append(rows, row{request: "PATCH /customers/{customer}/status", body: `{"status":"` + status + `"}`, want: `"{any}"`})
		for _, number := range []string{"911", "933", "112", "999", "988"} {
			name := status + number
			rows = append(rows, authorize(name, number, "", emergency(name, number,
				`"media":{"bypass":false,"bypassReason":"off","record":false,"transcribe":false,"holdMusic":"`+holdMusic+`"}`)))
		}
	}
	rows = append(rows,
		row{name: "no customer", request: "POST /calls", body: `{"callId":"x","direction":"outbound","to":"911"}`,
			want: emergency("x", "911", `"customer":null,"media":{"bypass":false,"bypassReason":"off","record":false,"transcribe":false,"holdMusic":""}`)},
		row{name: "unknown customer", request: "POST /calls", body: `{"callId":"y","customer":"69a555184b1f8c3a5e000003","direction":"outbound","to":"911"}`,
			want: emergency("y", "911", `"customer":null,"media":{"bypass":false,"bypassReason":"off","record":false,"transcribe":false,"holdMusic":""}`)},
		row{name: "free of charge", request: "POST /calls/active911/end", body: `{"durationSeconds":600}`, want: `"{any}"`},
		row{request: "GET /customers/{customer}/balance", want: `{"postedMicros":0,"heldMicros":0,"availableMicros":0,"unbilledMicros":0,"unbilledHeldMicros":0}`},
		row{request: "GET /cdrs?callId=active911&emergency=true&chargeMicros=0&billedSeconds=0&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
	)
	s.run(t, rows, "{customer}", id)
}

// TestSlices follows one call as its slices grow.
func TestSlices(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":1000,"maxOutboundCallRate":0`)
	s.deck(t, "default", callDeck)
	extend := func(used, granted int, held string, members string) row {
		return row{name: "extend at " + strconv.Itoa(used), request: "POST /calls/c/extend", body: `{"usedSeconds":` + strconv.Itoa(used) + `}`,
			want: permission("c", `"grantedSeconds":`+strconv.Itoa(granted)+`,"heldMicros":`+held+members)}
	}
	s.run(t, []row{
		authorize("c", domestic, "", permission("c", "")),
		{name: "answer", request: "POST /calls/c/answer", body: `{}`, want: permission("c", "")},
		{name: "answer again, without a body", request: "POST /calls/c/answer", want: permission("c", "")},
		extend(50, 120, "1700000", ""),
		extend(50, 120, "1700000", ""),
		extend(150, 240, "3900000", ""),
		{name: "late", request: "POST /calls/c/extend", body: `{"usedSeconds":50}`, want: permission("c", `"grantedSeconds":240,"heldMicros":3900000`)},
		extend(300, 480, "7800000", ""),
		{name: "in milliseconds", request: "POST /calls/c/extend", body: `{"usedMillis":699001}`, want: permission("c", `"grantedSeconds":300,"heldMicros":10000000,"final":true`)},
		extend(999, 1, "10000000", `,"final":true`),
		extend(1000, 0, "10000000", `,"final":true,"decision":"deny","reason":"insufficient_credit","sipCode":402,"media":null`),
		{name: "live", request: "GET /calls?$select=usedSeconds", want: `{"total":1,"limit":25,"skip":0,"data":[{"_id":"{id}","callId":"c","leg":"","direction":"outbound","from":"+12125550100",
"to":"+12125550101","startedAt":"{time}","grantedSeconds":1000,"usedSeconds":1000,"expiresAt":"{time}","final":true,"heldMicros":10000000,"emergency":false}]}`},
		{name: "end", request: "POST /calls/c/end", body: `{"durationSeconds":1000,"cause":"credit_exhausted"}`, want: ended("c", `"durationSeconds":1000,"durationMillis":1000000,"billedSeconds":1000,"chargeMicros":10000000,"cause":"credit_exhausted"`)},
		{name: "end again, with another duration", request: "POST /calls/c/end", body: `{"durationSeconds":5}`, want: ended("c", `"durationSeconds":1000,"durationMillis":1000000,"billedSeconds":1000,"chargeMicros":10000000,"cause":"credit_exhausted"`)},
		{name: "extend too late", request: "POST /calls/c/extend", body: `{"usedSeconds":5}`, want: permission("c", `"grantedSeconds":0,"heldMicros":0,"final":true`)},
		{name: "answer too late", request: "POST /calls/c/answer", want: permission("c", `"grantedSeconds":0,"heldMicros":0,"final":true`)},
		authorize("c", domestic, "", permission("c", "")),
		authorize("c", puertoRico, "", failure(409, `call "c" was authorised before with other parties`)).but("with other parties", 409, failure(409, `call "c" was authorised before with other parties`)),
	}, "{customer}", id)
}

// ended is the whole record of a call to North America.
func ended(callID, members string) string {
	return merge(`{"_id":"{id}","callId":"`+callID+`","leg":"","customer":"{customer}","direction":"outbound","from":"+12125550100","to":"`+domestic+`","prefix":"1","destination":"North America",
"startedAt":"{time}","answeredAt":"{time}","endedAt":"{time}","durationSeconds":0,"durationMillis":0,"billedSeconds":0,"pricePerMinuteMicros":600000,"connectFeeMicros":0,"chargeMicros":0,
"cause":"normal_clearing","emergency":false,"expired":false,"wholeCall":false,"billMethod":"credit","minimumSeconds":1,"incrementSeconds":1,"deck":"default","deckVersion":1,`+mediaOff+`}`, members)
}

func TestGrantsAndCharges(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":100000,"maxOutboundCallRate":0,"internationalCalling":1`)
	s.deck(t, "default", callDeck)
	const uk = `"to":"+442071838750","prefix":"44","destination":"United Kingdom","pricePerMinuteMicros":120000,"connectFeeMicros":50000`
	end := func(callID, body, want string) row {
		return row{name: callID + " ends " + body, request: "POST /calls/" + callID + "/end", body: body, want: want}
	}
	s.run(t, []row{
		authorize("whole", domestic, `"wholeCall":true`, permission("whole", `"grantedSeconds":14400,"heldMicros":144000000,"final":true`)),
		authorize("hour", domestic, `"wholeCall":true,"maxSeconds":3600`, permission("hour", `"grantedSeconds":3600,"heldMicros":36000000,"final":true`)),
		authorize("short", domestic, `"maxSeconds":10`, permission("short", `"grantedSeconds":10,"heldMicros":100000`)),
		end("whole", `{"durationMillis":59001}`, ended("whole", `"wholeCall":true,"durationSeconds":60,"durationMillis":59001,"billedSeconds":60,"chargeMicros":600000`)),
		authorize("unanswered", domestic, "", permission("unanswered", "")),
		end("unanswered", `{"cause":"no_answer"}`, ended("unanswered", `"answeredAt":null,"cause":"no_answer"`)),
		authorize("zero", domestic, "", permission("zero", "")),
		{request: "POST /calls/zero/answer", want: permission("zero", "")},
		end("zero", `{"durationSeconds":0}`, ended("zero", "")),
		authorize("fee", britain, "", permission("fee", uk+`,"heldMicros":170000`)),
		end("fee", `{"durationSeconds":1}`, ended("fee", uk+`,"durationSeconds":1,"durationMillis":1000,"billedSeconds":30,"chargeMicros":110000,"minimumSeconds":30,"incrementSeconds":6`)),
		authorize("step", britain, "", permission("step", uk+`,"heldMicros":170000`)),
		end("step", `{"durationSeconds":31}`, ended("step", uk+`,"durationSeconds":31,"durationMillis":31000,"billedSeconds":36,"chargeMicros":122000,"minimumSeconds":30,"incrementSeconds":6`)),
		authorize("no-fee", britain, "", permission("no-fee", uk+`,"heldMicros":170000`)),
		end("no-fee", ``, ended("no-fee", uk+`,"answeredAt":null,"minimumSeconds":30,"incrementSeconds":6`)),
		end("unknown", `{}`, "").but("unknown", 404, failure(404, `no call "unknown" is known`)),
		end("hour", `{"durationSeconds":1,"durationMillis":1000}`, "").but("two durations", 400, invalid("durationMillis: must be absent when durationSeconds is given")),
		end("hour", `{"durationSeconds":-1,"cause":"","x":1,"customer":"y"}`, "").but("all faults", 400, invalid(`customer: must be an ObjectId of 24 hex digits`,
			"durationSeconds: must be an integer from 0 to 2678400", "cause: must have 1 to 64 characters", "x: is not known here")),
		end("hour", `{"durationSeconds":1,"customer":"69a555184b1f8c3a5e000003"}`, "").but("the hint of another customer", 404, failure(404, `no call "hour" is known`)),
		end("hour", `{"customer":"{customer}","durationSeconds":1}`, ended("hour", `"wholeCall":true,"durationSeconds":1,"durationMillis":1000,"billedSeconds":1,"chargeMicros":10000`)),
	}, "{customer}", id)
}

func TestCallIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":100000,"maxOutboundCallRate":0`)
	s.deck(t, "default", callDeck)
	long := strings.Repeat("x", 255)
	const noPath = "callId: must not be a dot, two dots or a slash: no path can name it"
	rows := []row{
		authorize("legs", domestic, `"leg":"a"`, permission("legs", `"leg":"a"`)),
		authorize("legs", domestic, `"leg":"b"`, permission("legs", `"leg":"b"`)),
		{request: "POST /calls/legs/end", body: `{"durationSeconds":1}`, status: 404, want: failure(404, `no call "legs" is known`)},
		{request: "POST /calls/legs/end", body: `{"leg":"b","durationSeconds":1}`, want: ended("legs", `"leg":"b","durationSeconds":1,"durationMillis":1000,"billedSeconds":1,"chargeMicros":10000`)},
		{request: "POST /calls", body: `{"callId":"long-from","customer":"{customer}","direction":"outbound","from":"` + long + long + `","to":"` + domestic + `"}`, want: permission("long-from", "")},
		{request: "POST /calls/long-from/end", body: `{"durationSeconds":1}`, want: ended("long-from", `"from":"`+long+`","durationSeconds":1,"durationMillis":1000,"billedSeconds":1,"chargeMicros":10000`)},
		authorize(strings.Repeat("x", 256), domestic, "", "").but("too long", 400, invalid("callId: must have 1 to 255 characters")),
		authorize("caf\u00e9", domestic, "", "").but("not ASCII", 400, invalid("callId: must consist of visible ASCII characters")),
		authorize(".", domestic, "", "").but("a dot", 400, invalid(noPath)),
		authorize("..", domestic, "", "").but("two dots", 400, invalid(noPath)),
		authorize("/", domestic, "", "").but("a slash", 400, invalid(noPath)),
		{request: "POST /calls", body: `{}`, status: 400, want: invalid("callId: is required", "direction: is required", "to: is required")},
		{request: "POST /calls", body: `{"callId":"","leg":"` + strings.Repeat("l", 65) + `","direction":"sideways","from":7,"to":"","wholeCall":1,"customer":"x","maxSeconds":0,"price":0}`, status: 400,
			want: invalid("callId: must have 1 to 255 characters", "leg: must have at most 64 characters", `direction: must be "outbound" or "inbound"`, "from: must be a string",
				"to: must have 1 to 255 characters", "wholeCall: must be true or false", "customer: must be an ObjectId of 24 hex digits", "maxSeconds: must be an integer from 1 to 86400", "price: is not known here")},
	}
	for callID, escaped := range map[string]string{"a/b": "a%2Fb", "a84b4c76e66710@pbx": "a84b4c76e66710@pbx", "a?b#c": "a%3Fb%23c", "50%": "50%25", "...": "...", long: long, "{x}": "%7Bx%7D", "a+b": "a+b", "a//b": "a%2F%2Fb"} {
		rows = append(rows, authorize(callID, domestic, "", permission(callID, "")),
			row{name: "end " + escaped, request: "POST /calls/" + escaped + "/end", body: `{"durationSeconds":1}`,
				want: ended(callID, `"durationSeconds":1,"durationMillis":1000,"billedSeconds":1,"chargeMicros":10000`)})
	}
	s.run(t, rows, "{customer}", id)
}

// TestMedia asks for every combination of the switches that decide about media.
func TestMedia(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	flag := func(on bool) string { return map[bool]string{true: "1", false: "0"}[on] }
	for i := range 32 {
		bypass, record, transcribe, music, names := i&1 > 0, i&2 > 0, i&4 > 0, i&8 > 0, i&16 > 0
		id := s.customer(t, `"credit":1000,"mediaBypass":`+flag(bypass)+`,"callRecording":`+flag(record)+`,"transcribeCalls":`+flag(transcribe)+`,"holdMusic":`+flag(music)+`,"cnamLookUps":`+flag(names))
		reason, address := "", ""
		switch {
		case !bypass:
			reason = "off"
		case record:
			reason = "recording"
		case transcribe:
			reason = "transcription"
		case music:
			reason = "hold_music"
		}
		if music {
			address = holdMusic
		}
		recorded := ""
		if record || transcribe {
			recorded = `,"consent":"announce","consentPrompt":"notice","recordChannels":2,"recordFormat":"wav","uploadUrl":"{any}","uploadUntil":"{time}"`
		}
		media := fmt.Sprintf(`"media":{"bypass":%t,"bypassReason":%q,"record":%t,"transcribe":%t,"holdMusic":%q%s}`, reason == "", reason, record || transcribe, transcribe, address, recorded)
		in, wanted := fmt.Sprintf("in%d", i), ""
		if names {
			wanted = `,"callerNameWanted":true`
		}
		out := fmt.Sprintf("out%d", i)
		s.run(t, []row{
			authorize(out, domestic, "", permission(out, media)),
			{name: in, request: "POST /calls", body: `{"callId":"` + in + `","customer":"{customer}","direction":"inbound","from":"+12125550100","to":"` + domestic + `"}`,
				want: permission(in, `"prefix":null,"destination":null,"pricePerMinuteMicros":null,"connectFeeMicros":null,"heldMicros":0,`+media+wanted)},
		}, "{customer}", id)
	}
}
