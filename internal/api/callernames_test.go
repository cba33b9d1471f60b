package api_test

import "testing"

// TestCallerNames replaces the carrier's list of names, whole or not at all.
func TestCallerNames(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	put := func(name, request, csv string, status int, want string) row {
		return row{name: name, request: request, body: csv, headers: []string{"Content-Type: text/csv"}, status: status, want: want}
	}
	const empty = `{"total":0,"limit":25,"skip":0,"data":[]}`
	s.run(t, []row{
		{request: "GET /callernames", want: empty},
		put("a dry run", "PUT /callernames?dryRun=true", "number,name\n+12125550100,Acme\n", 200, `{"names":1,"dryRun":true}`),
		{request: "GET /callernames", want: empty},
		put("a list", "PUT /callernames", "number,name\n+12125550100,Acme\n+12125550101,Müller\n", 200, `{"names":2,"dryRun":false}`),
		{request: "GET /callernames?number=%2B12125550101", want: `{"total":1,"limit":25,"skip":0,"data":[{"_id":"{any}","number":"+12125550101","name":"Müller"}]}`},
		{request: "GET /callernames?$search=acm&$select=name", want: `{"total":1,"limit":25,"skip":0,"data":[{"_id":"{any}","number":"+12125550100","name":"Acme"}]}`},
		put("faults", "PUT /callernames", "number,name\n12,Acme\n+12125550101,\n", 400,
			`{"name":"BadRequest","message":"the list of names has 2 faults; nothing was imported","code":400,"className":"bad-request","errors":[
 "line 2, column \"number\": after +1 come 10 digits, here are 1; got \"12\"","line 3, column \"name\": must have a letter or digit; got \"\""]}`),
		put("an option", "PUT /callernames?append=true", "number,name\n", 400, invalid("append: is not known here")),
		put("no boolean", "PUT /callernames?dryRun=perhaps", "number,name\n", 400, invalid("dryRun: must be true or false")),
		{name: "JSON", request: "PUT /callernames", body: "{}", status: 400, want: invalid("Content-Type: must be text/csv")},
		{request: "GET /callernames?$limit=0", want: `{"total":2,"limit":0,"skip":0,"data":[]}`},
		put("a shorter list", "PUT /callernames", "name,number\nSmith,2125550102\n", 200, `{"names":1,"dryRun":false}`),
		{request: "GET /callernames", want: `{"total":1,"limit":25,"skip":0,"data":[{"_id":"{any}","number":"+12125550102","name":"Smith"}]}`},
	})
}
