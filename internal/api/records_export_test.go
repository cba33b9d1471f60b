package api_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"tollkeeper"
)

// TestExportCDRs exports records whole, by a condition, after one of them, and as a
// customer's own user sees them.
func TestExportCDRs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	mine, other := s.customer(t, `"maxOutboundCallRate":0,"credit":1000`), s.customer(t, `"maxOutboundCallRate":0,"credit":1000`)
	s.deck(t, "default", callDeck)
	for _, call := range []struct{ id, customer, to string }{{"1", mine, domestic}, {"2", other, domestic}, {"3", mine, puertoRico}} {
		s.ask(t, "POST /calls", `{"callId":"`+call.id+`","customer":"`+call.customer+`","direction":"outbound","from":"=1+1","to":"`+call.to+`"}`)
		s.ask(t, "POST /calls/"+call.id+"/end", `{"durationSeconds":30}`)
	}
	rows := func(query string, headers ...string) (calls string, ids []string) {
		t.Helper()
		body := s.ask(t, "GET /cdrs/export"+query, "", headers...)
		table, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || len(table) == 0 || table[0][0] != "_id" || table[0][1] != "callId" || table[0][6] != "from" {
			t.Fatalf("%s: %v\n%s", query, err, body)
		}
		for _, row := range table[1:] {
			if row[6] != "'=1+1" {
				t.Errorf("a formula came through: %q", row[6])
			}
			calls, ids = calls+row[1], append(ids, row[0])
		}
		return calls, ids
	}
	all, ids := rows("")
	if all != "123" {
		t.Fatalf("exported %q", all)
	}
	if calls, _ := rows("?after=" + ids[0]); calls != "23" {
		t.Errorf("after the first came %q", calls)
	}
	if calls, _ := rows("?format=csv&customer=" + mine + "&to=" + strings.ReplaceAll(puertoRico, "+", "%2B")); calls != "3" {
		t.Errorf("by conditions came %q", calls)
	}
	id, err := tollkeeper.ParseID(other)
	if err != nil {
		t.Fatal(err)
	}
	user, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "clerk@carrier.example", Customer: id, PhonePermission: tollkeeper.PermissionRead}, "")
	must(t, err)
	if calls, _ := rows("", "Authorization: "+s.tokenOf(t, user)); calls != "2" {
		t.Errorf("a customer's user got %q", calls)
	}
	lines := s.ask(t, "GET /cdrs/export?format=jsonl", "")
	if n := strings.Count(lines, "\n"); n != 3 || !strings.Contains(lines, `"from":"=1+1"`) {
		t.Errorf("%d lines:\n%s", n, lines)
	}
	if file := s.ask(t, "GET /cdrs/export?format=parquet", ""); !strings.HasPrefix(file, "PAR1") || !strings.HasSuffix(file, "PAR1") {
		t.Errorf("no Parquet file: %q", file)
	}
	s.run(t, []row{
		{name: "faults", request: "GET /cdrs/export?format=xls&after=x&$limit=3", status: 400, want: invalid(
			"$limit: must be absent: an export has every field of every record, in the order of _id",
			"after: must be an ObjectId of 24 hex digits", "format: must be one of csv, jsonl, parquet")},
		{name: "an unknown field", request: "GET /cdrs/export?colour=red", status: 400, want: `"{any}"`},
	})
}
