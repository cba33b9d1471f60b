package api_test

import (
	"strings"
	"testing"
	"time"

	"tollkeeper"
)

func TestPatch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	user := s.operator.ID.String()
	id := s.customer(t, `"websiteUrl":"acme.example","logo":"acme.example/l.png","adminUserId":"`+user+`","billingUserId":"`+user+
		`","callRecordingUserId":"`+user+`","supportUserId":"`+user+`","transcribeCalls":1,"credit":500`)
	stored := `"websiteUrl":"acme.example","logo":"acme.example/l.png","adminUserId":"{user}","billingUserId":"{user}",
"callRecordingUserId":"{user}","supportUserId":"{user}","transcribeCalls":1,"credit":500`
	var rows []row
	patch := func(body, change string) {
		stored = strings.TrimSuffix(strings.TrimPrefix(merge("{"+stored+"}", change), "{"), "}")
		rows = append(rows, row{request: "PATCH /customers/{customer}", body: body, want: record(stored)})
	}
	refuse := func(body string, faults ...string) {
		rows = append(rows, row{request: "PATCH /customers/{customer}", body: body, status: 400, want: invalid(faults...)})
	}
	patch(`{}`, ``)
	patch(`{"name":"Other"}`, `"name":"Other"`)
	patch(`{"credit":-5}`, `"credit":-5`)
	patch(`{"cdrRetention":0,"maxOutboundCallRate":0,"accountLock":0}`, `"cdrRetention":0,"maxOutboundCallRate":0,"accountLock":0`)
	patch(`{"defaultBillMethod":"paymentmethod"}`, `"defaultBillMethod":"paymentmethod"`)
	patch(`{"createdByIP":"::1"}`, `"createdByIP":"0000:0000:0000:0000:0000:0000:0000:0001"`)
	patch(`{"transcribeCalls":0}`, `"transcribeCalls":0`)
	patch(`{"websiteUrl":null}`, `"websiteUrl":null`)
	patch(`{"websiteUrl":null}`, ``)
	for _, field := range []string{"logo", "adminUserId", "billingUserId", "callRecordingUserId", "supportUserId"} {
		patch(`{"`+field+`":null}`, `"`+field+`":null`)
	}
	for field, fault := range map[string]string{
		"name": notText, "credit": notInteger, "automaticRefillAmount": notInteger, "lowBalanceAlertAmount": notInteger, "internationalCalling": notFlag,
		"createdByIP": notAddress, "mediaBypass": notFlag, "accountLock": notFlag, "callRecording": notFlag, "cdrRetention": notInteger,
		"cnamLookUps": notFlag, "holdMusic": notFlag, "transcribeCalls": notFlag, "maxOutboundCallRate": notInteger,
		"defaultBillMethod": `must be "credit" or "paymentmethod"`,
		"_id":               "is read-only", "createdByUserId": "is read-only", "updatedByUserId": "is read-only", "createdAt": "is read-only", "updatedAt": "is read-only",
	} {
		refuse(`{"`+field+`":null}`, field+": "+fault)
	}
	refuse(`{"name":"","credit":"1","shoeSize":4}`, "name: must have 1 to 45 characters", "credit: "+notInteger, "shoeSize: is not a field of a customer")
	refuse(`{"adminUserId":"69a555184b1f8c3a5e000003"}`, "adminUserId: must be the id of an existing user")
	refuse(`{"name":"Kept out","credit":"1"}`, "credit: "+notInteger)
	refuse(``, "body: must be a JSON object")
	refuse(`{"_id":"69a555184b1f8c3a5e000003"}`, "_id: is read-only")
	refuse(`{"_id":7}`, "_id: is read-only")
	refuse(`{"createdAt":"2026-03-02T09:15:04.001Z"}`, "createdAt: is read-only")
	refuse(`{"createdAt":"yesterday"}`, "createdAt: is read-only")
	refuse(`{"updatedByUserId":"`+id+`"}`, "updatedByUserId: is read-only")
	for _, same := range []string{
		`"_id":"{customer}"`, `"_id":"` + strings.ToUpper(id) + `"`, `"createdByUserId":"{user}"`, `"updatedByUserId":"` + strings.ToUpper(user) + `"`,
		`"createdAt":"2026-03-02T09:15:04.000Z"`, `"createdAt":"2026-03-02T09:15:04Z"`, `"updatedAt":"2026-03-02T10:15:04+01:00"`,
		`"createdAt":"2026-03-02T09:15:04.000000Z"`,
	} {
		patch(`{`+same+`}`, ``)
	}
	s.run(t, rows, "{customer}", id, "{user}", user)
	if stored := member(t, s.ask(t, "GET /customers/"+id, ""), "name"); stored != "Other" {
		t.Errorf("a refused patch left the name %v", stored)
	}
}

// TestPatchKeepsTime checks when a write counts as one.
func TestPatchKeepsTime(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	before := s.do(t, "GET /customers/"+id, "")
	s.clock.advance(time.Minute)
	nothing := s.do(t, "PATCH /customers/"+id, `{"name":"Acme","credit":0}`)
	if nothing.body != before.body || nothing.header.Get("ETag") != before.header.Get("ETag") {
		t.Errorf("a patch that changes nothing answered %s, want %s", nothing.body, before.body)
	}
	if total := member(t, s.ask(t, "GET /customers/"+id+"/audit", ""), "total"); total != member(t, `{"n":1}`, "n") {
		t.Errorf("%v audit entries, want the creation only", total)
	}
	changed := s.do(t, "PATCH /customers/"+id, `{"name":"Other"}`)
	changed.expect(t, 200, record(`"name":"Other","createdAt":"2026-03-02T09:15:04.000Z","updatedAt":"2026-03-02T09:16:04.000Z"`))
	if changed.header.Get("ETag") == before.header.Get("ETag") {
		t.Error("a patch left the ETag as it was")
	}
	s.do(t, "GET /customers/"+id+"/audit?$limit=1", "").expect(t, 200, `{"total":2,"limit":1,"skip":0,"data":[{"_id":"{id}","customer":"`+id+`","subject":"`+id+`",
"actor":"user:`+s.operator.ID.String()+`","actorType":"user","action":"customer.patch","address":"127.0.0.1","userAgent":"{any}",
"createdAt":"2026-03-02T09:16:04.000Z","changes":[{"field":"name","from":"Acme","to":"Other"}]}]}`)
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	tag := s.do(t, "GET /customers/"+id, "").header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) || len(tag) < 3 {
		t.Fatalf("ETag %s, want a strong one (RFC 9110, section 8.8.3)", tag)
	}
	changed := failure(409, "the record was changed by someone else; read it again")
	s.run(t, []row{
		{name: "stale", request: "PATCH /customers/{customer}", body: `{"name":"x"}`, headers: []string{`If-Match: "0-0"`}, status: 409, want: changed},
		{name: "weak", request: "PATCH /customers/{customer}", body: `{"name":"x"}`, headers: []string{"If-Match: W/" + tag}, status: 409, want: changed},
		{name: "stale delete", request: "DELETE /customers/{customer}", headers: []string{`If-Match: "0-0"`}, status: 409, want: changed},
		{name: "any", request: "PATCH /customers/{customer}", body: `{"name":"Acme"}`, headers: []string{"If-Match: *"}, want: record("")},
		{name: "in a list", request: "PATCH /customers/{customer}", body: `{"name":"B"}`, headers: []string{`If-Match: "x" , ` + tag}, want: record(`"name":"B"`)},
		{name: "overtaken", request: "PATCH /customers/{customer}", body: `{"name":"C"}`, headers: []string{"If-Match: " + tag}, status: 409, want: changed},
		{name: "of nobody", request: "PATCH /customers/69a555184b1f8c3a5e000003", body: `{"name":"C"}`, headers: []string{"If-Match: *"}, status: 404,
			want: failure(404, "no customer 69a555184b1f8c3a5e000003 exists")},
	}, "{customer}", id)
	tag = s.do(t, "GET /customers/"+id, "").header.Get("ETag")
	s.ask(t, "POST /customers/"+id+"/ledger", `{"amountMicros":10000,"reason":"gift","key":"k"}`)
	if now := s.do(t, "GET /customers/"+id, "").header.Get("ETag"); now == tag {
		t.Error("the credit changed, the ETag did not")
	}
	tag = s.do(t, "HEAD /customers/"+id, "").header.Get("ETag")
	s.do(t, "DELETE /customers/"+id, "", "If-Match: "+tag).expect(t, 200, record(`"name":"B","credit":1`))
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const key = "Idempotency-Key: k1"
	first := s.do(t, "POST /customers", good, key)
	first.expect(t, 200, record(""))
	s.clock.advance(time.Minute)
	again := s.do(t, "POST /customers", good, key)
	if again.status != 200 || again.body != first.body || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("the repeat answered %d %s, want %s", again.status, again.body, first.body)
	}
	id := member(t, first.body, "_id").(string)
	other, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "other@example.com"}.WithAllRights(), "")
	must(t, err)
	tag := first.header.Get("ETag")
	conflict := failure(409, "this Idempotency-Key was used for another request")
	s.run(t, []row{
		{name: "another body", request: "POST /customers", body: good + " ", headers: []string{key}, status: 409, want: conflict},
		{name: "another path", request: "PATCH /customers/{customer}", body: good, headers: []string{key}, status: 409, want: conflict},
		{name: "another principal", request: "POST /customers", body: good, headers: []string{key, "Authorization: " + s.tokenOf(t, other)}, want: record("")},
		{name: "a failure is not kept", request: "POST /customers", body: `{"adminUserId":"69a555184b1f8c3a5e000003","name":"x","defaultBillMethod":"credit"}`,
			headers: []string{"Idempotency-Key: k2"}, status: 400, want: invalid("adminUserId: must be the id of an existing user")},
		{name: "its key may be used again", request: "POST /customers", body: good, headers: []string{"Idempotency-Key: k2"}, want: record("")},
		{name: "longest key", request: "POST /customers", body: good, headers: []string{"Idempotency-Key: " + strings.Repeat("k", 255)}, want: record("")},
		{name: "key too long", request: "POST /customers", body: good, headers: []string{"Idempotency-Key: " + strings.Repeat("k", 256)}, status: 400,
			want: invalid("Idempotency-Key: must have 1 to 255 visible ASCII characters")},
		{name: "key with a space", request: "POST /customers", body: good, headers: []string{"Idempotency-Key: a b"}, status: 400,
			want: invalid("Idempotency-Key: must have 1 to 255 visible ASCII characters")},
		{name: "patch", request: "PATCH /customers/{customer}", body: `{"name":"B"}`, headers: []string{"Idempotency-Key: k3", "If-Match: " + tag}, want: record(`"name":"B"`)},
		{name: "patch repeated though the tag is stale by now", request: "PATCH /customers/{customer}", body: `{"name":"B"}`,
			headers: []string{"Idempotency-Key: k3", "If-Match: " + tag}, want: record(`"name":"B"`)},
		{name: "patch with another condition", request: "PATCH /customers/{customer}", body: `{"name":"B"}`,
			headers: []string{"Idempotency-Key: k3", "If-Match: *"}, status: 409, want: conflict},
		{name: "delete", request: "DELETE /customers/{customer}", headers: []string{"Idempotency-Key: k4"}, want: record(`"name":"B"`)},
	}, "{customer}", id)
	if exported := s.ask(t, "GET /audit/export", ""); exported == "" { // leaves its last page in the buffer that the next request may get
		t.Error("the trail has no entries")
	}
	s.run(t, []row{
		{name: "delete repeated", request: "DELETE /customers/{customer}", headers: []string{"Idempotency-Key: k4"}, want: record(`"name":"B"`)},
		{name: "delete without the key", request: "DELETE /customers/{customer}", status: 404, want: failure(404, "no customer "+id+" exists")},
	}, "{customer}", id)
	s.clock.advance(25 * time.Hour)
	s.do(t, "POST /customers", good+" ", key).expect(t, 200, record(""))
}

func TestCreditAndHolds(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":100,"maxOutboundCallRate":0`)
	s.deck(t, "default", "prefix,destination,price\n1,United States,0.60\n")
	s.call(t, id, "c1", "+12125550101")
	balance := func(posted, held string) row {
		return row{request: "GET /customers/{customer}/balance", want: merge(`{"unbilledMicros":0,"unbilledHeldMicros":0}`, posted+","+held)}
	}
	s.run(t, []row{
		balance(`"postedMicros":1000000`, `"heldMicros":600000,"availableMicros":400000`),
		{request: "PATCH /customers/{customer}", body: `{"credit":30}`, want: record(`"credit":30,"maxOutboundCallRate":0`)},
		balance(`"postedMicros":300000`, `"heldMicros":600000,"availableMicros":-300000`),
		{name: "no credit for another call", request: "POST /calls", body: `{"callId":"c2","customer":"{customer}","direction":"outbound","to":"+12125550101"}`,
			want: `{"callId":"c2","leg":"","decision":"deny","reason":"insufficient_credit","sipCode":402,"grantedSeconds":0,"final":true,
"customer":"{customer}","to":"+12125550101","prefix":"1","destination":"United States","pricePerMinuteMicros":600000,"connectFeeMicros":0,"heldMicros":0,"emergency":false}`},
		{name: "a debit takes only what is available", request: "POST /customers/{customer}/ledger", body: `{"amountMicros":-1,"reason":"fee","key":"k"}`, status: 409,
			want: failure(409, "only -0.30 is available; set allowNegative to debit more")},
		{name: "delete with a live call", request: "DELETE /customers/{customer}", status: 409,
			want: failure(409, "calls of the customer are in progress (1); suspend the account and wait for them to end")},
		{request: "GET /customers/{customer}", want: record(`"credit":30,"maxOutboundCallRate":0`)},
	}, "{customer}", id)
	s.ask(t, "POST /calls/c1/end", `{"durationSeconds":1}`)
	s.run(t, []row{
		balance(`"postedMicros":290000`, `"heldMicros":0,"availableMicros":290000`),
		{request: "DELETE /customers/{customer}", want: record(`"credit":29,"maxOutboundCallRate":0`)},
		{request: "GET /customers/{customer}", status: 404, want: failure(404, "no customer "+id+" exists")},
		{request: "GET /customers/{customer}/balance", status: 404, want: failure(404, "no customer "+id+" exists")},
		{name: "the ledger remains, closed", request: "GET /customers/{customer}/ledger?$select=reason&kind[$in]=closing&kind[$in]=opening",
			want: `{"total":2,"limit":25,"skip":0,"data":[
{"_id":"{id}","customer":"{customer}","kind":"closing","debitAccount":"customer_credit","creditAccount":"adjustments","amountMicros":290000,
"releasedMicros":0,"postedMicros":0,"heldMicros":0,"reason":"customer deleted","createdAt":"{time}"},
{"_id":"{id}","customer":"{customer}","kind":"opening","debitAccount":"adjustments","creditAccount":"customer_credit","amountMicros":1000000,
"releasedMicros":0,"postedMicros":1000000,"heldMicros":0,"createdAt":"{time}"}]}`},
		{name: "the adjustment of the patch", request: "GET /customers/{customer}/ledger?kind=adjustment", want: `{"total":1,"limit":25,"skip":0,"data":[
{"_id":"{id}","customer":"{customer}","kind":"adjustment","debitAccount":"customer_credit","creditAccount":"adjustments","amountMicros":700000,
"releasedMicros":0,"postedMicros":300000,"heldMicros":600000,"reason":"credit written","actor":"user:` + s.operator.ID.String() + `","createdAt":"{time}"}]}`},
		{name: "the call record remains", request: "GET /cdrs?customer={customer}&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{name: "the audit trail remains", request: "GET /customers/{customer}/audit?$limit=0", want: `{"total":3,"limit":0,"skip":0,"data":[]}`},
	}, "{customer}", id)
}

// deck imports a rate deck.
func (s *server) deck(t testing.TB, name, csv string) string {
	t.Helper()
	return s.ask(t, "PUT /ratedecks/"+name, csv, "Content-Type: text/csv")
}

// call authorises an outbound call, which must be allowed.
func (s *server) call(t testing.TB, customer, callID, to string) string {
	t.Helper()
	body := s.ask(t, "POST /calls", `{"callId":"`+callID+`","customer":"`+customer+`","direction":"outbound","to":"`+to+`"}`)
	if member(t, body, "decision") != "allow" {
		t.Fatalf("the call was denied: %s", body)
	}
	return body
}
