package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestBarringsByCSV imports all rows of a file or none, names what is wrong by its line,
// and exports what an import takes.
func TestBarringsByCSV(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	put := func(name, query, csv string, status int, want string) row {
		return row{name: name, request: "POST /barrings/import" + query, body: csv, headers: []string{"Content-Type: text/csv"}, status: status, want: want}
	}
	const head = "prefix,region,customer,effect,note\n"
	good := head + "+252,,,deny,\"fraud, again\"\n1876,,,international,\n,JM,{customer},allow,'=why\n"
	bad := func(count int, faults ...string) string {
		message := "the barring table has a fault; nothing was imported"
		if count > 1 {
			message = fmt.Sprintf("the barring table has %d faults; nothing was imported", count)
		}
		return failure(400, message, faults...)
	}
	none := `{"total":0,"limit":0,"skip":0,"data":[]}`
	s.run(t, []row{
		put("dry run", "?dryRun=true", good, 200, `{"rows":3,"changed":3,"dryRun":true}`),
		put("faults", "", head+"+252,JM,,deny,\n+0,,,deny,\n,XX,,maybe,\n+7,,x,deny,\n+7,,{customer},premium,\n+8,,,deny,\n8,,,allow,\n", 400, bad(7,
			`line 2, column "prefix": give either a prefix or a region; got "+252"`,
			`line 3, column "prefix": must be + and 1 to 15 digits, the first not 0, such as +1876; got "+0"`,
			`line 4, column "region": must be a region with a numbering plan (ISO 3166-1 alpha-2), such as JM; got "XX"`,
			`line 4, column "effect": must be "allow", "international", "premium" or "deny"; got "maybe"`,
			`line 5, column "customer": must be the id of a customer, 24 hexadecimal digits, or empty; got "x"`,
			`line 6, column "effect": must be "allow" or "deny" for one customer; got "premium"`,
			`line 8, column "prefix": line 7 is about the same already; got "8"`)),
		put("unknown customer", "", head+"+252,,,deny,\n+252,,69a555184b1f8c3a5e000003,deny,\n", 400, bad(1,
			`line 3, column "customer": there is no customer 69a555184b1f8c3a5e000003`)),
		put("note", "", head+"+252,,,deny,"+strings.Repeat("x", 201)+"\n", 400, `"{any}"`),
		put("no column", "", "prefix,effect\n+252,deny\n", 400, `"{any}"`),
		put("empty", "", head, 400, invalid("body: the file holds no rows")),
		{name: "JSON", request: "POST /barrings/import", body: "{}", status: 400, want: invalid("Content-Type: must be text/csv")},
		{name: "still nothing", request: "GET /barrings?$limit=0", want: none},
		put("import", "", good, 200, `{"rows":3,"changed":3,"dryRun":false}`),
		put("one is other", "", strings.Replace(good, "deny", "premium", 1), 200, `{"rows":3,"changed":1,"dryRun":false}`),
		put("none is other", "", strings.Replace(good, "deny", "premium", 1), 200, `{"rows":3,"changed":0,"dryRun":false}`),
		{request: "GET /barrings?note=%3Dwhy&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /barrings?$limit=0", want: `{"total":3,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /audit?action=barring.import&$limit=0", want: `{"total":4,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /events?type=barring.changed&$limit=0", want: `{"total":4,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /barrings/export?$limit=1", status: 400, want: invalid("$limit: must be absent: an export has all that is found")},
	}, "{customer}", id)
	exported := s.ask(t, "GET /barrings/export?$sort[prefix]=1", "", "Accept: text/csv")
	if want := head + ",JM," + id + ",allow,'=why\n+1876,,,international,\n+252,,,premium,\"fraud, again\"\n"; exported != want {
		t.Errorf("exported was\n%s\nwant\n%s", exported, want)
	}
	if part := s.ask(t, "GET /barrings/export?customer="+id, "", "Accept: text/csv"); strings.Count(part, "\n") != 2 {
		t.Errorf("of one customer:\n%s", part)
	}
	s.run(t, []row{put("what was exported", "", exported, 200, `{"rows":3,"changed":0,"dryRun":false}`)})
}

// TestBarringIsChanged changes what a row does and its note, under its id.
func TestBarringIsChanged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	id := s.customer(t, `"maxOutboundCallRate":0,"credit":1000`)
	made := member(t, s.ask(t, "POST /barrings", `{"customer":"`+id+`","prefix":"+1212","effect":"deny","note":"x"}`), "_id").(string)
	everybodys := member(t, s.ask(t, "POST /barrings", `{"region":"JM","effect":"premium"}`), "_id").(string)
	body := func(rest string) string {
		return `{"_id":"` + made + `","customer":"{customer}","prefix":"+1212",` + rest + `"createdAt":"{time}","createdBy":"{any}"}`
	}
	patch := func(body, want string) row { return row{request: "PATCH /barrings/" + made, body: body, want: want} }
	s.run(t, []row{
		authorize("1", domestic, "", denial("1", domestic, "destination_barred", 403)),
		patch(`{"effect":"allow"}`, body(`"effect":"allow","note":"x",`)),
		authorize("2", domestic, "", `"{any}"`),
		patch(`{"note":null}`, body(`"effect":"allow",`)),
		patch(`{}`, body(`"effect":"allow",`)),
		patch(`{"effect":"allow"}`, body(`"effect":"allow",`)),
		{request: "PATCH /barrings/" + made, body: `{"effect":"premium"}`, status: 400, want: invalid(`effect: must be "allow" or "deny" for one customer`)},
		{request: "PATCH /barrings/" + made, body: `{"prefix":"+44","effect":"maybe"}`, status: 400, want: `"{any}"`},
		{request: "PATCH /barrings/" + everybodys, body: `{"effect":"international"}`, want: `"{any}"`},
		{request: "PATCH /barrings/69a555184b1f8c3a5e000003", body: `{"effect":"deny"}`, status: 404, want: failure(404, "no barring 69a555184b1f8c3a5e000003 exists")},
		{request: "GET /audit?action=barring.patch&$limit=0", want: `{"total":3,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /events?type=barring.changed&customer={customer}&$limit=0", want: `{"total":3,"limit":0,"skip":0,"data":[]}`},
	}, "{customer}", id)
}
