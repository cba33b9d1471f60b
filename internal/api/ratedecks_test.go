package api_test

import (
	"strings"
	"testing"
	"time"
)

const smallDeck = "prefix,destination,price,connect_fee,increment\n1,United States,0.0090,0,6/6\n44,United Kingdom,0.0140,0.01,60/60\n4420,\"United Kingdom, London\",0.0120,0,60/60\n"

const noDifference = `{"new":{"count":0,"examples":[]},"dearer":{"count":0,"examples":[]},"cheaper":{"count":0,"examples":[]},"changed":{"count":0,"examples":[]},"gone":{"count":0,"examples":[]},"unchanged":0}`

// imports is the answer to an import, with the members of the difference that
// are not empty.
func imports(members, difference string) string {
	return merge(`{"name":"default","dryRun":false,"createdAt":null,"difference":`+merge(noDifference, difference)+`}`, members)
}

func csvRow(name, request, csv string, status int, want string) row {
	return row{name: name, request: request, body: csv, headers: []string{"Content-Type: text/csv"}, status: status, want: want}
}

func TestImportDeck(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const put = "PUT /ratedecks/default"
	terms := func(destination, price, fee, minimum, increment string) string {
		return `{"destination":"` + destination + `","pricePerMinuteMicros":` + price + `,"connectFeeMicros":` + fee + `,"minimumSeconds":` + minimum + `,"incrementSeconds":` + increment + `}`
	}
	const usa, uk, london = "United States", "United Kingdom", "United Kingdom, London"
	first := `"new":{"count":3,"examples":[{"prefix":"1","destination":"` + usa + `","new":` + terms(usa, "9000", "0", "6", "6") + `},
{"prefix":"44","destination":"` + uk + `","new":` + terms(uk, "14000", "10000", "60", "60") + `},
{"prefix":"4420","destination":"` + london + `","new":` + terms(london, "12000", "0", "60", "60") + `}]}`
	second := `"new":{"count":1,"examples":[{"prefix":"33","destination":"France","new":` + terms("France", "1", "0", "1", "1") + `}]},
"dearer":{"count":1,"examples":[{"prefix":"1","destination":"` + usa + `","old":` + terms(usa, "9000", "0", "6", "6") + `,"new":` + terms(usa, "9001", "0", "6", "6") + `}]},
"cheaper":{"count":1,"examples":[{"prefix":"44","destination":"` + uk + `","old":` + terms(uk, "14000", "10000", "60", "60") + `,"new":` + terms(uk, "13000", "10000", "60", "60") + `}]},
"gone":{"count":1,"examples":[{"prefix":"4420","destination":"` + london + `","old":` + terms(london, "12000", "0", "60", "60") + `}]}`
	const changed = "\ufeffIncrement;Rate;Country;Code;Setup fee\r\n6/6;0,009001;United States;+1;0\r\n1/1;0,000001;France;33;0\r\n60/60;0,013;United Kingdom;44;0,01\r\n"
	s.run(t, []row{
		{name: "none yet", request: "GET /ratedecks", want: `{"total":0,"limit":25,"skip":0,"data":[]}`},
		{name: "no such deck", request: "GET /ratedecks/default", status: 404, want: failure(404, "no rate deck default exists")},
		csvRow("dry run", put+"?dryRun=true", smallDeck, 200, imports(`"rates":3,"dryRun":true`, first)),
		{name: "a dry run leaves nothing", request: "GET /ratedecks", want: `{"total":0,"limit":25,"skip":0,"data":[]}`},
		csvRow("first", put, smallDeck, 200, imports(`"rates":3,"version":1`, first)),
		csvRow("the same again", put, smallDeck, 200, imports(`"rates":3,"version":2`, `"unchanged":3`)),
		csvRow("other names, separators, BOM and comma", put, changed, 200, imports(`"rates":3,"version":3`, second)),
		{name: "versions, newest first", request: "GET /ratedecks/default?$limit=2", want: `{"total":3,"limit":2,"skip":0,"data":[
{"name":"default","version":3,"rates":3,"inForce":true,"createdAt":"{time}"},{"name":"default","version":2,"rates":3,"inForce":false,"createdAt":"{time}"}]}`},
		{name: "decks", request: "GET /ratedecks", want: `{"total":1,"limit":25,"skip":0,"data":[{"name":"default","version":3,"rates":3,"inForce":true,"createdAt":"{time}"}]}`},
		{name: "roll back", request: "POST /ratedecks/default/rollback", body: `{"version":1}`, want: imports(`"rates":3,"version":4,"rollbackOf":1`,
			`"new":{"count":1,"examples":[{"prefix":"4420","destination":"`+london+`","new":`+terms(london, "12000", "0", "60", "60")+`}]},
"gone":{"count":1,"examples":[{"prefix":"33","destination":"France","old":`+terms("France", "1", "0", "1", "1")+`}]},
"cheaper":{"count":1,"examples":[{"prefix":"1","destination":"`+usa+`","old":`+terms(usa, "9001", "0", "6", "6")+`,"new":`+terms(usa, "9000", "0", "6", "6")+`}]},
"dearer":{"count":1,"examples":[{"prefix":"44","destination":"`+uk+`","old":`+terms(uk, "13000", "10000", "60", "60")+`,"new":`+terms(uk, "14000", "10000", "60", "60")+`}]}`)},
		{name: "roll back to nothing", request: "POST /ratedecks/default/rollback", body: `{"version":9}`, status: 400, want: invalid("version: must be a version of the deck")},
		{name: "roll back without a version", request: "POST /ratedecks/default/rollback", body: `{}`, status: 400, want: invalid("version: is required")},
		{name: "roll back no deck", request: "POST /ratedecks/x/rollback", body: `{"version":1}`, status: 404, want: failure(404, "no rate deck x exists")},
		{name: "the default deck can go when nobody needs it", request: "DELETE /ratedecks/default", want: `{"name":"default","version":4,"rates":3,"rollbackOf":1,"inForce":true,"createdAt":"{time}"}`},
		{name: "it is gone", request: "DELETE /ratedecks/default", status: 404, want: failure(404, "no rate deck default exists")},
	})
}

func TestImportFaults(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.do(t, "PUT /ratedecks/default", "prefix,destination,price\n1,United States,cheap\n12x,Nowhere,0.1\n,Nothing,\n", "Content-Type: text/csv")
	faults, _ := member(t, a.body, "errors").([]any)
	if a.status != 400 || len(faults) < 4 {
		t.Fatalf("answered %d %s, want every fault", a.status, a.body)
	}
	for i, line := range []string{"line 2", "line 3", "line 4", "line 4"} {
		if text := faults[i].(string); !strings.HasPrefix(text, line) || !strings.Contains(text, "column") && !strings.Contains(text, "price") && !strings.Contains(text, "prefix") {
			t.Errorf("fault %d is %q, want %s and the column", i, text, line)
		}
	}
	const put = "PUT /ratedecks/default"
	s.run(t, []row{
		{name: "JSON", request: put, body: "{}", status: 400, want: invalid("Content-Type: must be text/csv")},
		csvRow("options", put+"?dryRun=maybe", smallDeck, 400, invalid("dryRun: must be true or false")),
		csvRow("options twice", put+"?dryRun=false&dryRun=true&effectiveFrom=soon", smallDeck, 400,
			invalid("dryRun: must not be given twice", "effectiveFrom: must be a time such as 2026-04-01T00:00:00Z (RFC 3339)")),
		csvRow("times", put+"?effectiveFrom=tomorrow", smallDeck, 400, invalid("effectiveFrom: must be a time such as 2026-04-01T00:00:00Z (RFC 3339)")),
		csvRow("unknown options", put+"?force=1", smallDeck, 400, invalid("force: is not known here")),
		csvRow("a name with a space", "PUT /ratedecks/a%20b", smallDeck, 400, `{"name":"BadRequest","code":400,"className":"bad-request","message":"{any}","errors":["{any}"]}`),
		csvRow("a name too long", "PUT /ratedecks/"+strings.Repeat("x", 65), smallDeck, 400, `{"name":"BadRequest","code":400,"className":"bad-request","message":"{any}","errors":["{any}"]}`),
		csvRow("empty", put, "", 400, `{"name":"BadRequest","code":400,"className":"bad-request","message":"{any}","errors":["{any}"]}`),
		{name: "nothing was imported", request: "GET /ratedecks", want: `{"total":0,"limit":25,"skip":0,"data":[]}`},
	})
}

func TestFutureDeck(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":1000,"maxOutboundCallRate":0`)
	s.deck(t, "default", "prefix,destination,price\n1,United States,0.01\n")
	s.ask(t, "PUT /ratedecks/default?effectiveFrom=2026-03-02T10:00:00Z", "prefix,destination,price\n1,United States,0.02\n", "Content-Type: text/csv")
	price := func(call string, want string) {
		t.Helper()
		if got := member(t, s.call(t, id, call, "+12125550101"), "pricePerMinuteMicros"); got != member(t, `{"n":`+want+`}`, "n") {
			t.Errorf("call %s costs %v, want %s", call, got, want)
		}
	}
	price("before", "10000")
	s.do(t, "GET /ratedecks/default", "").expect(t, 200, `{"total":2,"limit":25,"skip":0,"data":[
{"name":"default","version":2,"rates":1,"inForce":false,"createdAt":"{time}","effectiveFrom":"2026-03-02T10:00:00.000Z"},
{"name":"default","version":1,"rates":1,"inForce":true,"createdAt":"{time}"}]}`)
	s.clock.advance(45*time.Minute - 4*time.Second - time.Millisecond)
	price("just-before", "10000")
	s.clock.advance(time.Millisecond)
	price("at-the-moment", "20000")
	s.deck(t, "default", "prefix,destination,price\n1,United States,0.03\n")
	price("the-next", "30000")
	s.ask(t, "POST /ratedecks/default/rollback", `{"version":1}`)
	price("after-rollback", "10000")
	s.deck(t, "gold", "prefix,destination,price\n1,United States,0.04\n")
	s.ask(t, "PUT /customers/"+id+"/ratedeck", `{"name":"gold"}`)
	price("another-deck", "40000")
	s.ask(t, "DELETE /customers/"+id+"/ratedeck", "")
	price("default-again", "10000")
	s.ask(t, "POST /calls/before/end", `{"durationSeconds":60}`)
	if got := member(t, s.ask(t, "GET /cdrs?callId=before", ""), "data").([]any)[0].(map[string]any)["chargeMicros"]; got != member(t, `{"n":10000}`, "n") {
		t.Errorf("a call is charged %v, want the price it was authorised at", got)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", smallDeck)
	rate := func(prefix, destination, price, fee, seconds string) string {
		return `{"prefix":"` + prefix + `","destination":"` + destination + `","pricePerMinuteMicros":` + price + `,"connectFeeMicros":` + fee + `,"minimumSeconds":` + seconds + `,"incrementSeconds":` + seconds + `}`
	}
	usa, uk, london := rate("1", "United States", "9000", "0", "6"), rate("44", "United Kingdom", "14000", "10000", "60"), rate("4420", "United Kingdom, London", "12000", "0", "60")
	page := func(total string, rates ...string) string {
		return `{"total":` + total + `,"limit":25,"skip":0,"data":[` + strings.Join(rates, ",") + `]}`
	}
	const path = "GET /ratedecks/default/rates"
	s.run(t, []row{
		{request: path, want: page("3", usa, uk, london)},
		{request: path + "?prefix=44", want: page("2", uk, london)},
		{request: path + "?prefix=9", want: page("0")},
		{request: path + "?number=%2B442071838750", want: page("1", london)},
		{request: path + "?number=011442071838750", want: page("1", london)},
		{request: path + "?number=12125550100", want: page("1", usa)},
		{request: path + "?number=%2B33123456789", want: page("0")},
		{request: path + "?$limit=1&$skip=1", want: `{"total":3,"limit":1,"skip":1,"data":[` + uk + `]}`},
		{request: path + "?number=hello", status: 400, want: invalid("number: must be a telephone number")},
		{request: path + "?prefix=4x", status: 400, want: invalid("prefix: must have 1 to 15 digits")},
		{request: path + "?prefix=44&number=44", status: 400, want: invalid("prefix: must be absent when number is given")},
		{request: path + "?destination=x", status: 400, want: invalid("destination: unknown field")},
		{request: "GET /ratedecks/x/rates", status: 404, want: failure(404, "no rate deck x exists")},
		{request: "GET /ratedecks/default/versions/2", headers: []string{"Accept: */*"}, status: 404, want: `{"name":"NotFound","code":404,"className":"not-found","message":"{any}","errors":[]}`},
		{request: "GET /ratedecks/default/versions/x", headers: []string{"Accept: */*"}, status: 404, want: failure(404, "no such version of rate deck default exists")},
		{request: "GET /ratedecks/default/versions/1", headers: []string{"Accept: application/json"}, status: 406, want: failure(406, "this path answers in text/csv")},
	})
	exported := s.do(t, "GET /ratedecks/default/versions/1", "", "Accept: text/csv")
	if exported.status != 200 || !strings.HasPrefix(exported.header.Get("Content-Type"), "text/csv") {
		t.Fatalf("the export answered %d %v", exported.status, exported.header)
	}
	if got := s.deck(t, "default", exported.body); !same(decoded(t, imports(`"rates":3,"version":2`, `"unchanged":3`)), decoded(t, got)) {
		t.Errorf("importing an export answered %s", got)
	}
	if again := s.do(t, "GET /ratedecks/default/versions/2", "", "Accept: text/csv"); again.body != exported.body {
		t.Errorf("exported again, the deck is\n%swant\n%s", again.body, exported.body)
	}
}
