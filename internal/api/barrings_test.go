package api_test

import (
	"strings"
	"testing"
)

// TestBarrings writes rows, and has calls refused and let through by them at once.
func TestBarrings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	id, other := s.customer(t, `"maxOutboundCallRate":0,"credit":1000`), s.customer(t, "")
	bar := func(body, want string) row { return row{request: "POST /barrings", body: body, want: want} }
	refused := func(callID, to, reason string) row {
		return authorize(callID, to, "", denial(callID, to, reason, 403))
	}
	allowed := func(callID, to string) row { return authorize(callID, to, "", `"{any}"`) }
	s.run(t, []row{
		refused("1", jamaica, "international_barred"),
		bar(`{"customer":"{customer}","region":"JM","effect":"allow"}`, `{"_id":"{id}","customer":"{customer}","region":"JM","effect":"allow","createdAt":"{time}","createdBy":"{any}"}`),
		bar(`{"prefix":"+1212","effect":"deny","note":"test"}`, `{"_id":"{id}","prefix":"+1212","effect":"deny","note":"test","createdAt":"{time}","createdBy":"{any}"}`),
		refused("2", domestic, "destination_barred"),
		{request: "POST /calls", body: `{"callId":"911","customer":"{customer}","direction":"outbound","to":"911"}`, want: emergency("911", "911", "")},
		bar(`{"prefix":"+1212","effect":"premium"}`, `"{any}"`),
		{request: "GET /barrings?$limit=0", want: `{"total":2,"limit":0,"skip":0,"data":[]}`},
		refused("3", domestic, "premium_barred"),
		bar(`{"prefix":"+1787","effect":"international"}`, `"{any}"`),
		refused("4", puertoRico, "international_barred"),
		bar(`{"customer":"{customer}","prefix":"+1787","effect":"allow"}`, `"{any}"`),
		allowed("5", puertoRico),
		refused("6", premium, "premium_barred"),
		{request: "POST /barrings", body: `{"prefix":"876","region":"XX","effect":"maybe","why":1}`, status: 400, want: `"{any}"`},
		{request: "POST /barrings", body: `{"effect":"deny"}`, status: 400, want: invalid("prefix: give either a prefix or a region")},
		{request: "POST /barrings", body: `{"prefix":"1876","effect":"deny"}`, status: 400, want: invalid("prefix: must be + and 1 to 15 digits, the first not 0, such as +1876")},
		{request: "POST /barrings", body: `{"region":"001","effect":"deny"}`, status: 400, want: `"{any}"`},
		{request: "POST /barrings", body: `{"region":"XX","effect":"deny"}`, status: 400, want: invalid("region: must be a region with a numbering plan (ISO 3166-1 alpha-2), such as JM")},
		{request: "POST /barrings", body: `{"customer":"{customer}","region":"JM","effect":"premium"}`, status: 400, want: invalid(`effect: must be "allow" or "deny" for one customer`)},
		{request: "POST /barrings", body: `{"customer":"69a555184b1f8c3a5e000003","region":"JM","effect":"deny"}`, status: 400, want: invalid("customer: must be the id of an existing customer")},
		{request: "GET /events?type=barring.changed&$limit=0", want: `{"total":5,"limit":0,"skip":0,"data":[]}`},
	}, "{customer}", id, "{other}", other)
	why := s.ask(t, "POST /calls/check", `{"customer":"`+id+`","direction":"outbound","to":"`+puertoRico+`"}`)
	if detail := "the barring table says allow to +1787 for the customer; internationalCalling is 0"; !strings.Contains(why, detail) {
		t.Errorf("a check does not tell of the row: %s", why)
	}
	deny := member(t, s.ask(t, "POST /barrings", `{"customer":"`+id+`","prefix":"+18765","effect":"deny"}`), "_id").(string)
	s.run(t, []row{
		refused("7", jamaica, "destination_barred"),
		{request: "GET /barrings/" + deny, want: `{"_id":"` + deny + `","customer":"{customer}","prefix":"+18765","effect":"deny","createdAt":"{time}","createdBy":"{any}"}`},
		{request: "DELETE /barrings/" + deny, want: `"{any}"`},
		{request: "DELETE /barrings/" + deny, status: 404, want: failure(404, "no barring "+deny+" exists")},
		{name: "allowed again", request: "POST /calls", body: `{"callId":"8","customer":"{customer}","direction":"outbound","to":"` + jamaica + `"}`, want: `"{any}"`},
		{request: "GET /calls?to=%2B18765550101&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /audit?action=barring.remove&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /barrings/plan", want: `"{any}"`},
	}, "{customer}", id)
}
