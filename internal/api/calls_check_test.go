package api_test

import "testing"

// TestCheckCall asks what would become of calls, places them, and asks again: the checks
// left nothing behind.
func TestCheckCall(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"maxOutboundCallRate":1,"credit":100`)
	s.deck(t, "default", callDeck)
	check := func(name, body, want string) row {
		return row{name: name, request: "POST /calls/check", body: body, want: want}
	}
	const allowed = `{"decision":"allow","reason":"ok","sipCode":200,"grantedSeconds":60,"final":false,"customer":"{customer}",
"to":"` + domestic + `","prefix":"1","destination":"North America","pricePerMinuteMicros":600000,"connectFeeMicros":0,"heldMicros":600000,"emergency":false,` + mediaOff + `,
"region":"US","domestic":true,"premium":false,"deck":"default","deckVersion":1,"minimumSeconds":1,"incrementSeconds":1,"rules":"{any}"}`
	call := `{"customer":"{customer}","direction":"outbound","from":"+12125550100","to":"` + domestic + `"}`
	s.run(t, []row{
		check("allowed", call, allowed),
		check("and once more, against no rate", call, allowed),
		authorize("placed", domestic, "", permission("placed", "")),
		check("the rate is used up", call, merge(allowed, `"decision":"deny","reason":"rate_limited","sipCode":503,"grantedSeconds":0,"final":true,"heldMicros":0,
"prefix":null,"destination":null,"pricePerMinuteMicros":null,"connectFeeMicros":null,"media":null,"deck":null,"deckVersion":null,"minimumSeconds":null,"incrementSeconds":null`)),
		check("nobody", `{"direction":"inbound","to":"`+domestic+`"}`, `{"decision":"deny","reason":"unknown_customer","sipCode":403,"grantedSeconds":0,"final":true,"to":"`+domestic+`",
"heldMicros":0,"emergency":false,"region":"US","domestic":true,"premium":false,"rules":"{any}"}`),
		{name: "faults", request: "POST /calls/check", body: `{"callId":"x","direction":"sideways"}`, status: 400,
			want: invalid(`direction: must be "outbound" or "inbound"`, "to: is required", "callId: is not known here")},
	}, "{customer}", id)
}
