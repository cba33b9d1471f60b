package api_test

import (
	"strings"
	"testing"
	"time"

	"tollkeeper"
)

// TestPortouts validates requests, holds those for a locked account, and lets the
// owner, and after the deadline the policy, decide. Calls go on as if nothing were.
func TestPortouts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	owner, other := s.customer(t, `"credit":1000,"internationalCalling":1`), s.customer(t, `"accountLock":0`)
	id, err := tollkeeper.ParseID(owner)
	must(t, err)
	u, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "owner@example.com", Customer: id}.WithAllRights(), operatorHash())
	must(t, err)
	mine := "Authorization: " + s.tokenOf(t, u)
	for number, customer := range map[string]string{"+12125550101": owner, "+12125550102": owner, "+12125550103": owner, "+12125550109": other} {
		s.ask(t, "POST /numbers", `{"number":"`+number+`","customer":"`+customer+`"}`)
	}
	s.secrecy.keep("4711")
	s.ask(t, "PATCH /customers/"+owner+"/porting", `{"accountNumber":"AB-12 3","pin":"4711"}`)
	request := func(numbers, members string) string {
		return s.ask(t, "POST /portouts", merge(`{"gainingCarrier":"Example","accountNumber":"ab123","pin":"4711","requestedDate":"2026-03-05"}`, `"numbers":["`+numbers+`"],`+members))
	}
	want := func(name, got, state, reasons string) string {
		t.Helper()
		if !strings.Contains(got, `"state":"`+state+`","reasons":[`+reasons+`]`) {
			t.Errorf("%s: %s, want %s %s", name, got, state, reasons)
		}
		return member(t, got, "_id").(string)
	}
	want("nobody's number", request("+12125550199", `"a":null`), "refused", `"number_not_found"`)
	want("all at once", request(`+12125550101","+12125550109`, `"accountNumber":"x","pin":"1"`), "refused", `"numbers_of_different_accounts","wrong_account_number","wrong_pin"`)
	want("unlocked", s.ask(t, "POST /portouts", `{"numbers":["+12125550109"],"gainingCarrier":"E","accountNumber":"`+other+`","requestedDate":"2026-03-02"}`), "approved", "")
	first := want("locked", request("+12125550101", `"authorizedPerson":"Ada"`), "held", `"account_locked"`)
	want("again", request("+12125550101", `"a":null`), "refused", `"port_in_progress"`)
	second := want("another", request("+12125550102", `"a":null`), "held", `"account_locked"`)
	s.run(t, []row{
		{request: "POST /portouts/{first}/decision", body: `{"decision":"approve","password":"correct horse"}`, status: 403, want: failure(403, "only the customer's own users may do this")},
		{request: "POST /portouts/{first}/decision", body: `{"decision":"approve","password":"wrong"}`, headers: []string{mine}, status: 400, want: invalid("password: is wrong")},
		{request: "PATCH /portouts/{first}", body: `{"state":"completed"}`, status: 409, want: failure(409, "the port-out is held; it cannot be completed")},
		{request: "POST /portouts", body: `{"numbers":["+12125550101","+12125550101"],"gainingCarrier":"","accountNumber":"1","requestedDate":"2026-03-01"}`, status: 400, want: invalid(
			"numbers: must be a list of 1 to 100 telephone numbers, each once", "gainingCarrier: must have 1 to 100 characters", "requestedDate: must not be in the past")},
	}, "{first}", first)
	got := s.ask(t, "POST /calls", `{"callId":"1","customer":"`+owner+`","direction":"outbound","from":"+12125550101","to":"+442071838750"}`)
	if !strings.Contains(got, `"decision":"allow"`) {
		t.Errorf("the lock touched a call: %s", got)
	}
	want("by the owner", s.ask(t, "POST /portouts/"+first+"/decision", `{"decision":"approve","password":"correct horse"}`, mine), "approved", "")
	s.ask(t, "PATCH /portouts/"+first, `{"state":"completed"}`)
	if got := s.ask(t, "GET /numbers/+12125550101", ""); !strings.Contains(got, `"status":"ported"`) || strings.Contains(got, owner) {
		t.Errorf("a number that has moved: %s", got)
	}
	if n, err := s.store.DecideOverduePortouts(t.Context()); n != 0 || err != nil {
		t.Errorf("%d decided before their time (%v)", n, err)
	}
	s.clock.advance(48 * time.Hour)
	if n, err := s.store.DecideOverduePortouts(t.Context()); n != 1 || err != nil {
		t.Errorf("%d decided by the policy (%v), want 1", n, err)
	}
	want("by the policy", s.ask(t, "GET /portouts/"+second, "", mine), "refused", `"not_decided_in_time"`)
	if a := s.do(t, "POST /portouts/"+second+"/decision", `{"decision":"approve","password":"correct horse"}`, mine); a.status != 409 {
		t.Errorf("decided twice: %d %s", a.status, a.body)
	}
	s.ask(t, "PATCH /customers/"+owner, `{"accountLock":0}`)
	third := `"requestedDate":"2026-03-09"`
	cooling := want("just unlocked", request("+12125550103", third), "held", `"cooling_off"`)
	if a := s.do(t, "PATCH /numbers/+12125550102", `{"customer":null}`); a.status != 409 {
		t.Errorf("taken back in the cooling-off: %d %s", a.status, a.body)
	}
	s.ask(t, "PATCH /portouts/"+cooling, `{"state":"cancelled"}`)
	s.clock.advance(time.Hour)
	want("unlocked an hour ago", request("+12125550103", third), "approved", "")
	for range 4 {
		request("+12125550102", third+`,"pin":"1"`)
	}
	want("four wrong", request("+12125550102", third+`,"pin":"2"`), "refused", `"wrong_pin"`)
	want("five wrong", request("+12125550102", third), "refused", `"too_many_attempts"`)
	if got := s.ask(t, "GET /events?type=portout.requested&$limit=0", ""); !strings.Contains(got, `"total":1`) {
		t.Errorf("the requests that were told of: %s", got)
	}
}
