package api_test

import (
	"strings"
	"testing"
	"time"

	"tollkeeper/internal/credential"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	owner, other := s.customer(t, ""), s.customer(t, `"accountLock":0`)
	number := func(members string) string {
		return merge(`{"_id":"{id}","number":"+12125550101","status":"active","inboundPricePerMinuteMicros":0,"inboundMinimumSeconds":1,
"inboundIncrementSeconds":1,"createdAt":"{time}","updatedAt":"{time}"}`, members)
	}
	const locked = "the account lock of customer {owner} protects its numbers; the owner must unlock the account (accountLock 0) first"
	s.run(t, []row{
		{request: "POST /numbers", body: `{"number":"(212) 555-0101","label":"Desk"}`, want: number(`"label":"Desk"`)},
		{request: "POST /numbers", body: `{"number":"+12125550101"}`, status: 409, want: failure(409, "number: +12125550101 exists already; change it instead")},
		{request: "POST /numbers", body: `{"number":"911","status":"ported","inboundMinimumSeconds":0}`, status: 400, want: invalid(
			"number: must be a telephone number such as +12125550101", `status: must be "active" or "inactive"`, "inboundMinimumSeconds: must be an integer from 1 to 86400")},
		{request: "PATCH /numbers/+12125550101", body: `{"customer":"{other}"}`, want: number(`"label":"Desk","customer":"{other}","ownedAt":"{time}"`)},
		{request: "PATCH /numbers/+12125550101", body: `{"customer":"69a555184b1f8c3a5e0000ff"}`, status: 400, want: invalid("customer: must be the id of an existing customer")},
		{request: "PATCH /numbers/+12125550101", body: `{"customer":"{owner}","label":null}`, headers: []string{`If-Match: "1"`}, status: 409, want: failure(409, "the record was changed by someone else; read it again")},
		{request: "PATCH /numbers/+12125550101", body: `{"customer":"{owner}","label":null}`, headers: []string{`If-Match: "2"`}, want: number(`"customer":"{owner}","ownedAt":"{time}"`)},
		{request: "PATCH /numbers/+12125550101", body: `{"customer":null}`, status: 409, want: failure(409, locked)},
		{request: "PATCH /numbers/+12125550101", body: `{"customer":"{other}"}`, status: 409, want: failure(409, locked)},
		{request: "DELETE /numbers/+12125550101", status: 409, want: failure(409, locked)},
		{request: "DELETE /customers/{owner}", status: 409, want: failure(409, locked)},
		{request: "GET /numbers/+12125550101/owners?$select=customer,until", want: `{"total":2,"limit":25,"skip":0,"data":[
{"_id":"{id}","number":"+12125550101","customer":"{owner}","from":"{time}"},{"_id":"{id}","number":"+12125550101","customer":"{other}","from":"{time}","until":"{time}"}]}`},
		{request: "PATCH /customers/{owner}?", body: `{"accountLock":0}`, want: record(`"accountLock":0`)},
	}, "{owner}", owner, "{other}", other)
	s.clock.advance(time.Hour) // the cooling-off
	s.run(t, []row{
		{request: "DELETE /customers/{owner}", want: record(`"accountLock":0`)},
		{request: "GET /numbers/+12125550101", want: number("")},
		{request: "DELETE /numbers/+12125550101", want: number("")},
		{request: "GET /numbers/+12125550101", status: 404, want: failure(404, "no number +12125550101 exists")},
		{request: "GET /numbers/+12125550101/owners?$limit=0", want: `{"total":2,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /events?customer={other}&type[$in]=number.assigned&type[$in]=number.released&$limit=0", want: `{"total":2,"limit":0,"skip":0,"data":[]}`},
	}, "{owner}", owner, "{other}", other)
}

// TestServers makes trunks, finds calls by them, and fills one.
func TestServers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	owner := s.customer(t, `"credit":1000,"maxOutboundCallRate":0,"internationalCalling":1`)
	s.secrecy.keep("secret of harbour")
	trunk := `{"_id":"{id}","name":"Harbour","customer":"{owner}","status":"active","host":"192.0.2.7","port":5061,"callerId":"+12125550101",
"digestUser":"harbour","digestRealm":"test","maxConcurrentCalls":1,"maxOutboundCallRate":0,"createdAt":"{time}","updatedAt":"{time}"}`
	s.run(t, []row{
		{request: "POST /servers", body: `{"name":"Harbour","customer":"{owner}","host":"192.0.2.7","port":5061,"callerId":"12125550101",
"digestUser":"harbour","digestPassword":"secret of harbour","maxConcurrentCalls":1}`, want: trunk},
		{request: "POST /servers", body: `{"name":"HARBOUR","customer":"{owner}"}`, status: 409, want: failure(409, "name: another server has this name")},
		{request: "POST /servers", body: `{"name":"b","customer":"{owner}","host":"192.0.2.7","port":5061}`, status: 409, want: failure(409, "host: another server has this host and port")},
		{request: "POST /servers", body: `{"name":"","customer":"{owner}","host":"192.0.2.7/24","digestUser":"a:b"}`, status: 400, want: invalid(
			"name: must have 1 to 45 characters", "host: must be an address or a network such as 192.0.2.0/24",
			`digestUser: must consist of visible ASCII characters, without : and "`)},
		{request: "POST /servers", body: `{"name":"b","customer":"{owner}","digestUser":"b"}`, status: 400, want: invalid("digestPassword: is required with another digestUser")},
		{request: "POST /servers", body: `{"name":"net","customer":"{owner}","host":"192.0.2.0/24"}`, want: `{"_id":"{id}","name":"net","customer":"{owner}",
"status":"active","host":"192.0.2.0/24","maxConcurrentCalls":0,"maxOutboundCallRate":0,"createdAt":"{time}","updatedAt":"{time}"}`},
	}, "{owner}", owner)
	stored, err := s.store.Trunks(t.Context())
	must(t, err)
	weak, strong := credential.DigestHashes("harbour", "test", "secret of harbour")
	if d := stored[0].Digest; d.HA1 != weak || d.HA1SHA256 != strong {
		t.Errorf("the digest is %+v", d)
	}
	if told := s.ask(t, "GET /digests/harbour", ""); told != `{"user":"harbour","realm":"test","ha1":"`+weak+`","ha1Sha256":"`+strong+`"}` {
		t.Errorf("a switch is told %s", told)
	}
	s.run(t, []row{{request: "GET /digests/nobody", status: 404, want: failure(404, "no digest user nobody exists")}})
	ask := func(id, members string) string {
		return s.ask(t, "POST /calls", merge(`{"direction":"outbound","from":"101","to":"+442071838750"}`, `"callId":"`+id+`",`+members))
	}
	for _, test := range []struct{ id, members, want string }{
		{"1", `"source":"192.0.2.7","sourcePort":5061`, `"callerId":"+12125550101"`},
		{"2", `"trunk":"harbour"`, `"reason":"too_many_calls"`},
		{"3", `"digestUser":"HARBOUR"`, `"reason":"too_many_calls"`},
		{"4", `"source":"::ffff:192.0.2.7"`, `"decision":"allow"`}, // the port decides: it came by the network
		{"5", `"source":"192.0.3.7"`, `"reason":"unknown_customer"`},
	} {
		if got := ask(test.id, test.members); !strings.Contains(got, test.want) {
			t.Errorf("call %s: %s, want %s", test.id, got, test.want)
		}
	}
	id := stored[0].ID.String()
	if got := s.ask(t, "GET /calls?server="+id+"&$limit=0", ""); !strings.Contains(got, `"total":1`) {
		t.Errorf("calls of the trunk: %s", got)
	}
	s.ask(t, "PATCH /servers/"+id, `{"maxConcurrentCalls":0}`)
	s.clock.advance(time.Second)
	ask("6", `"trunk":"harbour"`)
	s.ask(t, "PATCH /servers/"+id, `{"maxConcurrentCalls":2}`)
	s.clock.advance(time.Second)
	if got := ask("7", `"trunk":"harbour"`); !strings.Contains(got, `"too_many_calls"`) {
		t.Errorf("calls in progress were not counted: %s", got)
	}
	s.ask(t, "POST /calls/6/end", `{"durationSeconds":0}`)
	ask("8", `"trunk":"harbour"`)
	s.ask(t, "DELETE /servers/"+id, "")
	s.clock.advance(time.Second)
	if got := ask("9", `"trunk":"harbour"`); !strings.Contains(got, `"unknown_customer"`) {
		t.Errorf("by a trunk that is gone: %s", got)
	}
	s.ask(t, "POST /calls/8/end", `{"durationSeconds":1}`)
}

// TestInboundCalls belong to the owner of their number, at its price.
func TestInboundCalls(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	owner, other := s.customer(t, `"credit":100,"accountLock":0`), s.customer(t, `"credit":100`)
	s.ask(t, "POST /numbers", `{"number":"+12125550101","customer":"`+owner+`","inboundPricePerMinuteMicros":20000}`)
	ask := func(id string) string {
		return s.ask(t, "POST /calls", `{"callId":"`+id+`","direction":"inbound","from":"+442071838750","to":"+12125550101"}`)
	}
	if got := ask("1"); !strings.Contains(got, owner) || !strings.Contains(got, `"pricePerMinuteMicros":20000`) {
		t.Errorf("the owner's call: %s", got)
	}
	if got := s.ask(t, "POST /calls/1/end", `{"durationSeconds":30}`); !strings.Contains(got, `"chargeMicros":10000`) {
		t.Errorf("the record: %s", got)
	}
	s.ask(t, "PATCH /numbers/+12125550101", `{"customer":"`+other+`"}`)
	s.clock.advance(time.Second)
	if got := ask("2"); !strings.Contains(got, other) {
		t.Errorf("after the number moved: %s", got)
	}
	s.ask(t, "PATCH /numbers/+12125550101", `{"status":"inactive"}`)
	s.clock.advance(time.Second)
	if got := ask("3"); !strings.Contains(got, `"unknown_customer"`) {
		t.Errorf("to an inactive number: %s", got)
	}
}
