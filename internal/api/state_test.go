package api_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	const path = "/customers/{customer}/status"
	oneOf := `status: must be "active" or "suspended" or "terminated" or "fraud"`
	s.run(t, []row{
		{request: "GET " + path, want: `{"customer":"{customer}","status":"active"}`},
		{request: "PATCH " + path, body: `{"status":"suspended","reason":"unpaid"}`, want: `{"customer":"{customer}","status":"suspended","reason":"unpaid"}`},
		{request: "GET " + path, want: `{"customer":"{customer}","status":"suspended","reason":"unpaid"}`},
		{request: "PATCH " + path, body: `{"status":"fraud","reason":""}`, want: `{"customer":"{customer}","status":"fraud"}`},
		{request: "PATCH " + path, body: `{"status":"terminated"}`, want: `{"customer":"{customer}","status":"terminated"}`},
		{request: "PATCH " + path, body: `{"status":"active"}`, want: `{"customer":"{customer}","status":"active"}`},
		{request: "PATCH " + path, body: `{}`, status: 400, want: invalid("status: is required")},
		{request: "PATCH " + path, body: `{"status":"Active"}`, status: 400, want: invalid(oneOf)},
		{request: "PATCH " + path, body: `{"status":null,"reason":7,"x":1}`, status: 400, want: invalid(oneOf, "reason: must be a string", "x: is not known here")},
		{name: "reason too long", request: "PATCH " + path, body: `{"status":"active","reason":"` + strings.Repeat("é", 256) + `"}`, status: 400,
			want: invalid("reason: must have at most 255 characters")},
		{request: "PATCH /customers/69a555184b1f8c3a5e000003/status", body: `{"status":"active"}`, status: 404, want: failure(404, "no customer 69a555184b1f8c3a5e000003 exists")},
	}, "{customer}", id)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	const path = "/customers/{customer}/limits"
	const defaults = `{"customer":"{customer}","maxConcurrentCalls":0,"maxPricePerMinuteMicros":0,"dailySpendMicros":0,"unbilledMicros":100000000,
"outboundBarred":false,"overridden":[]}`
	const highest = `{"customer":"{customer}","maxConcurrentCalls":2147483647,"maxPricePerMinuteMicros":9223372036854775807,
"dailySpendMicros":9223372036854775807,"unbilledMicros":9223372036854775807,"outboundBarred":true,
"overridden":["maxConcurrentCalls","maxPricePerMinuteMicros","dailySpendMicros","unbilledMicros","outboundBarred"]}`
	s.run(t, []row{
		{request: "GET " + path, want: defaults},
		{request: "PATCH " + path, body: `{}`, want: defaults},
		{request: "PATCH " + path, body: `{"maxConcurrentCalls":2147483647,"maxPricePerMinuteMicros":9223372036854775807,"dailySpendMicros":9223372036854775807,
"unbilledMicros":9223372036854775807,"outboundBarred":true}`, want: highest},
		{request: "GET " + path, want: highest},
		{request: "PATCH " + path, body: `{"maxConcurrentCalls":null,"maxPricePerMinuteMicros":null,"dailySpendMicros":null,"outboundBarred":null}`,
			want: merge(defaults, `"unbilledMicros":9223372036854775807,"overridden":["unbilledMicros"]`)},
		{request: "PATCH " + path, body: `{"unbilledMicros":0}`, want: merge(defaults, `"unbilledMicros":0,"overridden":["unbilledMicros"]`)},
		{request: "PATCH " + path, body: `{"unbilledMicros":null}`, want: defaults},
		{request: "PATCH " + path, body: `{"maxConcurrentCalls":2147483648,"maxPricePerMinuteMicros":-1,"dailySpendMicros":9223372036854775808,"unbilledMicros":"1",
"outboundBarred":1,"x":1}`, status: 400, want: invalid("maxConcurrentCalls: must be an integer from 0 to 2147483647",
			"maxPricePerMinuteMicros: must be an integer from 0 to 9223372036854775807", "dailySpendMicros: must be an integer from 0 to 9223372036854775807",
			"unbilledMicros: must be an integer from 0 to 9223372036854775807", "outboundBarred: must be true or false", "x: is not known here")},
		{request: "GET " + path, want: defaults},
	}, "{customer}", id)
}

func TestLedgerEntries(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	const path = "POST /customers/{customer}/ledger"
	entry := func(amount, posted int64, key string) string {
		debit, credit := "adjustments", "customer_credit"
		if amount < 0 {
			debit, credit, amount = credit, debit, -amount
		}
		return `{"_id":"{id}","customer":"{customer}","kind":"adjustment","debitAccount":"` + debit + `","creditAccount":"` + credit + `","amountMicros":` +
			strconv.FormatInt(amount, 10) + `,"releasedMicros":0,"postedMicros":` + strconv.FormatInt(posted, 10) + `,"heldMicros":0,"reason":"r","key":"` + key +
			`","actor":"user:` + s.operator.ID.String() + `","createdAt":"2026-03-02T09:15:04.000Z"}`
	}
	const amountRange = "amountMicros: must be an integer from -9223372036854775807 to 9223372036854775807"
	outOfRange := failure(400, "the amount is out of range")
	s.run(t, []row{
		{request: path, body: `{"amountMicros":1,"reason":"r","key":"a"}`, want: entry(1, 1, "a")},
		{request: path, body: `{"amountMicros":1,"reason":"r","key":"a"}`, want: entry(1, 1, "a")},
		{request: path, body: `{"amountMicros":2,"reason":"r","key":"a"}`, status: 409, want: failure(409, `key "a" was used before with another amount or reason`)},
		{request: path, body: `{"amountMicros":1,"reason":"s","key":"a"}`, status: 409, want: failure(409, `key "a" was used before with another amount or reason`)},
		{request: path, body: `{"amountMicros":-2,"reason":"r","key":"b"}`, status: 409, want: failure(409, "only 0.000001 is available; set allowNegative to debit more")},
		{request: path, body: `{"amountMicros":-2,"reason":"r","key":"b","allowNegative":true}`, want: entry(-2, -1, "b")},
		{request: path, body: `{"amountMicros":1e6,"reason":"r","key":"c"}`, want: entry(1_000_000, 999_999, "c")},
		{request: "GET /customers/{customer}", want: record(`"credit":99`)},
		{request: path, body: `{"amountMicros":9223372036854775807,"reason":"r","key":"d"}`, status: 400, want: outOfRange},
		{request: path, body: `{"amountMicros":4611686018426387904,"reason":"r","key":"e"}`, want: entry(math.MaxInt64/2-999_999, math.MaxInt64/2, "e")},
		{request: "GET /customers/{customer}", want: record(`"credit":2147483647`)},
		{request: path, body: `{"amountMicros":1,"reason":"r","key":"f"}`, status: 400, want: outOfRange},
		{request: path, body: `{"amountMicros":-4611686018427387903,"reason":"r","key":"g"}`, want: entry(-math.MaxInt64/2, 0, "g")},
		{request: path, body: `{"amountMicros":-4611686018427387903,"reason":"r","key":"h","allowNegative":true}`, want: entry(-math.MaxInt64/2, -math.MaxInt64/2, "h")},
		{request: "GET /customers/{customer}", want: record(`"credit":-2147483648`)},
		{request: path, body: `{"amountMicros":-2,"reason":"r","key":"i","allowNegative":true}`, status: 400, want: outOfRange},
		{name: "from the lowest balance", request: "PATCH /customers/{customer}", body: `{"credit":7}`, want: record(`"credit":7`)},
		{request: path, body: `{"amountMicros":-9223372036854775808,"reason":"r","key":"j"}`, status: 400, want: invalid(amountRange)},
		{request: path, body: `{"amountMicros":0,"reason":"r","key":"k"}`, status: 400, want: invalid("amountMicros: must not be 0")},
		{request: path, body: `{"amountMicros":-0.0,"reason":"r","key":"k"}`, status: 400, want: invalid("amountMicros: must not be 0")},
		{request: path, body: `{}`, status: 400, want: invalid("amountMicros: is required", "reason: is required", "key: is required")},
		{request: path, body: `{"amountMicros":"1","reason":"","key":"a b","allowNegative":0,"x":1}`, status: 400, want: invalid(amountRange,
			"reason: must have 1 to 255 characters", "key: must consist of visible ASCII characters", "allowNegative: must be true or false", "x: is not known here")},
		{request: "POST /customers/69a555184b1f8c3a5e000003/ledger", body: `{"amountMicros":1,"reason":"r","key":"a"}`, status: 404,
			want: failure(404, "no customer 69a555184b1f8c3a5e000003 exists")},
	}, "{customer}", id)
}

func TestCustomerRateDeck(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	s.deck(t, "gold", "prefix,destination,price\n1,United States,0.01\n")
	const path = "/customers/{customer}/ratedeck"
	s.run(t, []row{
		{request: "GET " + path, want: `{"customer":"{customer}","name":"default","assigned":false}`},
		{request: "PUT " + path, body: `{"name":"gold"}`, want: `{"customer":"{customer}","name":"gold","assigned":true}`},
		{request: "GET " + path, want: `{"customer":"{customer}","name":"gold","assigned":true}`},
		{request: "PUT " + path, body: `{"name":"silver"}`, status: 400, want: invalid("name: must be the name of an existing rate deck")},
		{request: "PUT " + path, body: `{}`, status: 400, want: invalid("name: is required")},
		{request: "PUT " + path, body: `{"name":null,"x":1}`, status: 400, want: invalid("name: must be a string", "x: is not known here")},
		{name: "a deck in use stays", request: "DELETE /ratedecks/gold", status: 409, want: failure(409, "{any}")},
		{request: "DELETE " + path, want: `{"customer":"{customer}","name":"default","assigned":false}`},
		{request: "DELETE " + path, want: `{"customer":"{customer}","name":"default","assigned":false}`},
		{request: "DELETE /ratedecks/gold", want: `{"name":"gold","version":1,"rates":1,"inForce":true,"createdAt":"{time}"}`},
		{request: "PUT /customers/69a555184b1f8c3a5e000003/ratedeck", body: `{"name":"gold"}`, status: 404, want: failure(404, "no customer 69a555184b1f8c3a5e000003 exists")},
	}, "{customer}", id)
}

func TestUsers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	customer := s.customer(t, "")
	created := s.ask(t, "POST /users", `{"email":"ann@example.com","password":"quite-long-enough","first":"Ann","last":"Lee","customer":"`+customer+`"}`)
	id := member(t, created, "_id").(string)
	const ann = `{"_id":"{user}","email":"ann@example.com","first":"Ann","last":"Lee","timezone":"America/New_York","customer":"{customer}","createdAt":"2026-03-02T09:15:04.000Z","updatedAt":"2026-03-02T09:15:04.000Z"}`
	const taken = "email: another user has this address"
	s.run(t, []row{
		{request: "GET /users/{user}", want: ann},
		{request: "PATCH /users/{user}", body: `{}`, want: ann},
		{request: "PATCH /users/{user}", body: `{"_id":"{user}","createdAt":"2026-03-02T09:15:04Z","updatedAt":"2026-03-02T09:15:04.000Z"}`, want: ann},
		{request: "PATCH /users/{user}", body: `{"first":null,"customer":null}`, want: merge(ann, `"first":null,"customer":null`)},
		{request: "PATCH /users/{user}", body: `{"first":"Ann","customer":"{customer}"}`, want: ann},
		{request: "PATCH /users/{user}", body: `{"_id":"{customer}","createdAt":"x"}`, status: 400, want: invalid("_id: is read-only", "createdAt: is read-only")},
		{request: "PATCH /users/{user}", body: `{"email":"OPERATOR@example.com"}`, status: 409, want: failure(409, taken)},
		{request: "POST /users", body: `{"email":"Ann@Example.com","password":"quite-long-enough"}`, status: 409, want: failure(409, taken)},
		{request: "POST /users", body: `{}`, status: 400, want: invalid("email: is required", "password: is required")},
		{request: "POST /users", body: `{"email":"x","password":"1234567","first":"","last":7,"customer":"x","roles":[]}`, status: 400,
			want: invalid("email: must have 3 to 254 characters", "first: must have 1 to 45 characters", "last: must be a string",
				"customer: must be an ObjectId of 24 hex digits", "password: must have 8 to 255 characters", "roles: is not known here")},
		{request: "POST /users", body: `{"email":"Ann <ann2@example.com>","password":"quite-long-enough"}`, status: 400, want: invalid("email: must be an e-mail address")},
		{request: "POST /users", body: `{"email":"a@b.c","password":"quite-long-enough","customer":"69a555184b1f8c3a5e000003"}`, status: 400,
			want: invalid("customer: must be the id of an existing customer")},
		{request: "PATCH /customers/{customer}", body: `{"supportUserId":"{user}"}`, want: record(`"supportUserId":"{user}"`)},
		{name: "a contact stays", request: "DELETE /users/{user}", status: 409, want: failure(409, "the user is a contact of a customer; name another first")},
		{request: "PATCH /customers/{customer}", body: `{"supportUserId":null}`, want: record("")},
		{request: "DELETE /users/{user}", want: ann},
		{request: "GET /users/{user}", status: 404, want: failure(404, "no user "+id+" exists")},
		{request: "GET /users?email=operator@example.com&$select=email", want: `{"total":1,"limit":25,"skip":0,"data":[{"_id":"{id}","email":"operator@example.com","timezone":"America/New_York","createdAt":"{time}","updatedAt":"{time}"}]}`},
	}, "{user}", id, "{customer}", customer)
}
