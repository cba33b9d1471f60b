package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestImportOfNumbers imports all numbers of a file or none, and names what is wrong by
// its line.
func TestImportOfNumbers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	put := func(name, query, csv string, status int, want string) row {
		return row{name: name, request: "POST /numbers/import" + query, body: csv, headers: []string{"Content-Type: text/csv"}, status: status, want: want}
	}
	const head = "number,customer,label\n"
	good := head + "+12125550101,{customer},\"Front, desk\"\n(212) 555-0102,,\n"
	bad := func(count int, faults ...string) string {
		message := "the list of numbers has a fault; nothing was imported"
		if count > 1 {
			message = fmt.Sprintf("the list of numbers has %d faults; nothing was imported", count)
		}
		return failure(400, message, faults...)
	}
	none := `{"total":0,"limit":0,"skip":0,"data":[]}`
	s.run(t, []row{
		put("dry run", "?dryRun=true", good, 200, `{"numbers":2,"dryRun":true}`),
		{request: "GET /numbers?$limit=0", want: none},
		put("two faults, two lines", "", head+"+12125550103,,\nhello,,\n+12125550103,x,\n", 400, bad(3,
			`line 3, column "number": must be a telephone number such as +12125550101; got "hello"`,
			`line 4, column "customer": must be the id of a customer, 24 hexadecimal digits, or empty; got "x"`,
			`line 4, column "number": +12125550103 is in line 2 already; got "+12125550103"`)),
		put("unknown customer", "", head+"+12125550104,,\n+12125550105,69a555184b1f8c3a5e000003,\n", 400, bad(1,
			`line 3, column "customer": there is no customer 69a555184b1f8c3a5e000003`)),
		put("no column", "", "number\n+12125550101\n", 400, `"{any}"`),
		put("empty", "", head, 400, invalid("body: the file holds no numbers")),
		put("another option", "?effectiveFrom=2026-04-01T00:00:00Z", good, 400, invalid("effectiveFrom: is not known here")),
		{name: "JSON", request: "POST /numbers/import", body: "{}", status: 400, want: invalid("Content-Type: must be text/csv")},
		{name: "still nothing", request: "GET /numbers?$limit=0", want: none},
		put("import", "", good, 200, `{"numbers":2,"dryRun":false}`),
		put("again", "", head+"+12125550199,,\n+12125550102,,\n", 400, bad(1, `line 3, column "number": +12125550102 exists already`)),
		{request: "GET /numbers/+12125550101?$select=label", want: `"{any}"`},
		{request: "GET /numbers?customer={customer}&label=Front,%20desk&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /numbers?$limit=0", want: `{"total":2,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /events?customer={customer}&type=number.assigned&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /audit?action=number.import&$limit=0", want: `{"total":2,"limit":0,"skip":0,"data":[]}`},
		put("more columns", "", "price,label,number,customer,INCREMENT,status,note\n0.0050,,+12125550106,,6,inactive,x\n,,+12125550107,,,,y\n", 200, `{"numbers":2,"dryRun":false}`),
		{request: "GET /numbers/+12125550106", want: `{"_id":"{id}","number":"+12125550106","status":"inactive","inboundPricePerMinuteMicros":5000,"inboundMinimumSeconds":1,
"inboundIncrementSeconds":6,"createdAt":"{time}","updatedAt":"{time}"}`},
		{request: "GET /numbers/+12125550107", want: `{"_id":"{id}","number":"+12125550107","status":"active","inboundPricePerMinuteMicros":0,"inboundMinimumSeconds":1,
"inboundIncrementSeconds":1,"createdAt":"{time}","updatedAt":"{time}"}`},
		put("wrong columns", "", "number,customer,label,status,price,minimum,increment\n+12125550108,,,ported,-1,0,86401\n", 400, bad(4,
			`line 2, column "status": must be active, inactive or empty; got "ported"`,
			`line 2, column "price": must be 0 to 1000 in the account currency, such as 0.0050, or empty; got "-1"`,
			`line 2, column "minimum": must be a number of seconds from 1 to 86400, or empty; got "0"`,
			`line 2, column "increment": must be a number of seconds from 1 to 86400, or empty; got "86401"`)),
		{name: "calls find it", request: "POST /calls", body: `{"callId":"in","direction":"inbound","to":"+12125550101"}`, want: `"{any}"`},
		{request: "GET /calls?customer={customer}&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
	}, "{customer}", id)
	var many strings.Builder
	many.WriteString(head)
	for i := range 100_001 {
		fmt.Fprintf(&many, "+1312%07d,,\n", 2000000+i)
	}
	s.run(t, []row{
		put("too many", "", many.String(), 400, bad(1, `line 100002, column "number": there are more than 100000 numbers; import them in several files; got "+13122100000"`)),
		put("as many as there may be", "?dryRun=true", many.String()[:strings.LastIndex(strings.TrimSpace(many.String()), "\n")], 200, `{"numbers":100000,"dryRun":true}`),
		put("too long", "", head+strings.Repeat("x", 17<<20), 400, invalid("body: must have at most 16 MiB")),
	}, "{customer}", id)
}
