package api_test

import (
	"strings"
	"testing"
	"time"

	"tollkeeper"
)

// TestRetention shows what a lower retention will delete, lets it take effect, hides
// from the customer what the carrier still keeps, and deletes by hand what no retention
// deletes.
func TestRetention(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	owner := s.customer(t, `"credit":1000,"cdrRetention":0`)
	id, err := tollkeeper.ParseID(owner)
	must(t, err)
	u, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "owner@example.com", Customer: id}.WithAllRights(), "")
	must(t, err)
	mine := "Authorization: " + s.tokenOf(t, u)
	call := func(key string) string {
		s.ask(t, "POST /calls", `{"callId":"`+key+`","customer":"`+owner+`","direction":"inbound","from":"+12125550101","to":"+12125550123"}`)
		return member(t, s.ask(t, "POST /calls/"+key+"/end", `{"durationSeconds":1,"cause":"normal_clearing"}`), "_id").(string)
	}
	path := "/customers/" + owner + "/retention"
	byHand, old := call("1"), call("2")
	s.clock.advance(100 * 24 * time.Hour) // 10 June
	young := call("3")
	s.run(t, []row{
		{request: "GET " + path, status: 200, want: `{"customer":"{owner}","months":0,"effectiveMonths":0,"recordMonths":0,"recordingMonths":0,"legalHold":false}`},
		{request: "GET " + path, headers: []string{mine}, status: 200, want: `{"customer":"{owner}","months":0,"effectiveMonths":0,"recordMonths":0,"recordingMonths":0}`},
		{request: "GET " + path + "/preview?months=3", headers: []string{mine}, status: 200, want: `{"customer":"{owner}","months":3,"effectiveAt":"2026-06-17T09:15:04.000Z","recordsBefore":"2025-12-10T00:00:00.000Z","recordingsBefore":"2026-03-10T00:00:00.000Z","records":0,"recordings":0}`},
		{request: "GET " + path + "/preview?months=12", status: 200, want: `{"customer":"{owner}","months":12,"effectiveAt":"2026-06-17T09:15:04.000Z","recordsBefore":"2025-06-10T00:00:00.000Z","recordingsBefore":"2025-06-10T00:00:00.000Z","records":0,"recordings":0}`},
		{request: "GET " + path + "/preview?months=-1", status: 400, want: invalid("months: must be one integer from 0 to 2147483647")},
		{request: "PATCH " + path, body: `{"legalHold":false,"holdReason":"x"}`, status: 400, want: invalid("holdReason: is for a hold only")},
		{request: "DELETE /cdrs/" + byHand, headers: []string{mine}, status: 409, want: failure(409, "the carrier has to keep records for 6 months")},
		{request: "PATCH " + path, body: `{"legalHold":true,"holdReason":"case 7"}`, status: 200, want: `{"customer":"{owner}","months":0,"effectiveMonths":0,"recordMonths":0,"recordingMonths":0,"legalHold":true,"holdReason":"case 7"}`},
		{request: "DELETE /cdrs/" + byHand, status: 409, want: failure(409, "the customer is under a legal hold, and nothing is deleted")},
		{request: "PATCH " + path, body: `{"legalHold":false}`, status: 200, want: `{"customer":"{owner}","months":0,"effectiveMonths":0,"recordMonths":0,"recordingMonths":0,"legalHold":false}`},
		{request: "GET /retention/preview", status: 200, want: `{"customers":0,"records":0,"recordings":0}`},
	}, "{owner}", owner)

	if got := s.ask(t, "GET /customers/"+owner+"/audit", "", mine); strings.Contains(got, "legalHold") {
		t.Errorf("the customer is told of the hold: %s", got)
	}
	if got := s.ask(t, "GET /audit?action=retention.patch", ""); !strings.Contains(got, "case 7") {
		t.Errorf("the carrier's trail: %s", got)
	}
	s.ask(t, "PATCH /customers/"+owner, `{"cdrRetention":2}`)
	if got := s.ask(t, "GET "+path, "", mine); !strings.Contains(got, `"months":2,"effectiveMonths":0,"changesAt":"2026-06-17T09:15:04.000Z"`) {
		t.Errorf("just lowered: %s", got)
	}
	s.ask(t, "GET /cdrs/"+old, "", mine)
	s.clock.advance(8 * 24 * time.Hour)
	if got := s.ask(t, "GET "+path, "", mine); !strings.Contains(got, `"effectiveMonths":2,"recordMonths":6,"recordingMonths":2`) {
		t.Errorf("in effect: %s", got)
	}
	if a := s.do(t, "GET /cdrs/"+old, "", mine); a.status != 404 {
		t.Errorf("hidden from the customer: %d", a.status)
	}
	for request, want := range map[string]string{"GET /cdrs?$limit=0": `"total":1`, "GET /cdrs?_id=" + young + "&$limit=0": `"total":1`, "GET /cdrs?_id=" + old + "&$limit=0": `"total":0`} {
		if got := s.ask(t, request, "", mine); !strings.Contains(got, want) {
			t.Errorf("%s of the customer: %s, want %s", request, got, want)
		}
	}
	s.ask(t, "GET /cdrs/"+old, "")
	if a := s.do(t, "DELETE /cdrs/"+young, "", mine); a.status != 409 || !strings.Contains(a.body, "after 2 months") {
		t.Errorf("by hand under a retention: %d %s", a.status, a.body)
	}
	s.ask(t, "PATCH /customers/"+owner, `{"cdrRetention":0}`)
	s.clock.advance(120 * 24 * time.Hour)
	s.ask(t, "DELETE /cdrs/"+byHand, "", mine)
	if a := s.do(t, "GET /cdrs/"+byHand, ""); a.status != 404 {
		t.Errorf("what was deleted by hand: %d", a.status)
	}
}
