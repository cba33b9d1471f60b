package api_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestEndBatch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":1000,"maxOutboundCallRate":0`)
	s.deck(t, "default", callDeck)
	outcome := func(callID string, seconds, micros int) string {
		return fmt.Sprintf(`{"callId":%q,"leg":"","cdr":"{id}","billedSeconds":%d,"chargeMicros":%d}`, callID, seconds, micros)
	}
	const missing = `{"callId":"never","leg":"b","code":404,"message":"no call \"never\" is known"}`
	upload := row{name: "upload", request: "POST /calls/end",
		body: `{"calls":[{"callId":"a","durationSeconds":63},{"callId":"never","leg":"b"},{"callId":"b","durationMillis":1500,"cause":"x"},{"callId":"c","durationSeconds":0}]}`,
		want: `{"ended":3,"failed":1,"data":[` + outcome("a", 63, 630000) + `,` + missing + `,` + outcome("b", 2, 20000) + `,` + outcome("c", 0, 0) + `]}`}
	s.run(t, []row{
		authorize("a", domestic, "", `"{any}"`), authorize("b", domestic, "", `"{any}"`), authorize("c", domestic, "", `"{any}"`),
		upload, upload, // again: nothing is charged twice
		{name: "charged once", request: "GET /customers/{customer}/balance",
			want: `{"postedMicros":9350000,"heldMicros":0,"availableMicros":9350000,"unbilledMicros":0,"unbilledHeldMicros":0}`},
		{name: "faults of every call", request: "POST /calls/end", status: 400,
			body: `{"calls":[{"durationSeconds":-1},7,{"callId":"a","more":1}],"note":"x"}`,
			want: failure(400, "the request is not valid", "calls[0].durationSeconds: must be an integer from 0 to 2678400", "calls[0].callId: is required",
				"calls[1]: must be a JSON object", "calls[2].more: is not known here", "note: is not known here")},
		{name: "none", request: "POST /calls/end", status: 400, body: `{"calls":[]}`, want: failure(400, "calls: must have at least 1 call", "calls: must have at least 1 call")},
		{name: "no list", request: "POST /calls/end", status: 400, body: `{"calls":{}}`, want: failure(400, "calls: must be a list of ended calls", "calls: must be a list of ended calls")},
		{name: "too many", request: "POST /calls/end", status: 400, body: `{"calls":[` + strings.Repeat(`{"callId":"a"},`, 1000) + `{"callId":"a"}]}`,
			want: failure(400, "calls: must have at most 1000 calls", "calls: must have at most 1000 calls")},
	}, "{customer}", id)
}

// TestEndBatchOfOthers proves that a customer's switch ends its own calls only.
func TestEndBatchOfOthers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	own, other := s.customer(t, `"credit":100`), s.customer(t, `"credit":100`)
	s.deck(t, "default", callDeck)
	s.ask(t, "POST /calls", `{"callId":"theirs","customer":"`+other+`","direction":"outbound","to":"`+domestic+`"}`)
	token := member(t, s.ask(t, "POST /usertokens", `{"name":"edge","kind":"switch","expiresInYears":1,"customer":"`+own+`"}`), "token").(string)
	s.do(t, "POST /calls/end", `{"calls":[{"callId":"theirs"},{"callId":"theirs","customer":"`+other+`"}]}`, "Authorization: "+token).
		expect(t, 200, `{"ended":0,"failed":2,"data":[{"callId":"theirs","leg":"","code":404,"message":"no call \"theirs\" is known"},{"callId":"theirs","leg":"","code":404,"message":"no call \"theirs\" is known"}]}`)
}

func TestCompactDecision(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":60,"holdMusic":1,"callRecording":1,"maxOutboundCallRate":0`)
	s.deck(t, "default", callDeck)
	allowed := func(seconds int, final bool) string {
		return fmt.Sprintf(`{"decision":"allow","reason":"ok","sipCode":200,"grantedSeconds":%d,"final":%v,"to":%q,"emergency":false,"callerName":"","callerNameFull":"","callerId":"","bypass":false,"record":true,"holdMusic":%q,"uploadUrl":"{any}","consent":"announce","consentPrompt":"notice"}`,
			seconds, final, domestic, holdMusic)
	}
	rows := []row{
		authorize("a", domestic, "", allowed(60, false)),
		{request: "POST /calls/a/answer", want: allowed(60, false)},
		{request: "POST /calls/a/extend", body: `{"usedSeconds":50}`, want: allowed(10, true)},
		authorize("b", domestic, "", `{"decision":"deny","reason":"insufficient_credit","sipCode":402,"grantedSeconds":0,"final":true,"to":"`+domestic+`","emergency":false,"callerName":"","callerNameFull":"","callerId":"","bypass":false,"record":false,"holdMusic":"","uploadUrl":"","consent":"none","consentPrompt":""}`),
	}
	for i := range rows {
		rows[i].headers = []string{"Prefer: return=minimal"}
	}
	s.run(t, rows, "{customer}", id)
	if a := s.do(t, "POST /calls/a/answer", "", "Prefer: return=minimal"); a.header.Get("Preference-Applied") != "return=minimal" {
		t.Errorf("the headers are %v", a.header)
	}
}
