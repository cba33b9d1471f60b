package api_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// porting is a customer whose numbers other carriers ask for, and another customer, who
// is not locked.
type porting struct {
	*server
	t            *testing.T
	owner, other string
	user         tollkeeper.User // of the owner's
	mine         string          // header that signs the user in
}

const (
	accountNumber = "AB-12 3"
	portingPIN    = "4711"
)

func newPorting(t *testing.T) *porting {
	t.Helper()
	p := &porting{server: newServer(t), t: t}
	p.deck(t, "default", callDeck)
	p.owner, p.other = p.customer(t, `"credit":1000,"internationalCalling":1`), p.customer(t, `"accountLock":0`)
	id, err := tollkeeper.ParseID(p.owner)
	must(t, err)
	p.user, err = p.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "owner@example.com", Customer: id}.WithAllRights(), operatorHash())
	must(t, err)
	p.mine = "Authorization: " + p.tokenOf(t, p.user)
	for number, customer := range map[string]string{"+12125550101": p.owner, "+12125550102": p.owner, "+12125550103": p.owner, "+12125550109": p.other} {
		p.ask(t, "POST /numbers", `{"number":"`+number+`","customer":"`+customer+`"}`)
	}
	p.secrecy.keep(portingPIN)
	p.ask(t, "PATCH /customers/"+p.owner+"/porting", `{"accountNumber":"`+accountNumber+`","pin":"`+portingPIN+`"}`)
	return p
}

// request asks for a number, of which the members may say more.
func (p *porting) request(number, members string) string {
	p.t.Helper()
	return p.ask(p.t, "POST /portouts", merge(`{"numbers":["`+number+`"],"gainingCarrier":"Example","accountNumber":"ab123","pin":"`+portingPIN+`","requestedDate":"2026-03-09"}`, members))
}

// is compares how a request stands, and returns its id.
func (p *porting) is(name, got, state, reasons string) string {
	p.t.Helper()
	if !strings.Contains(got, `"state":"`+state+`","reasons":[`+reasons+`]`) {
		p.t.Errorf("%s: %s, want %s %s", name, got, state, reasons)
	}
	return member(p.t, got, "_id").(string)
}

const asIs = `"pin":"` + portingPIN + `"` // leaves a request as it is

// TestPortoutValidation answers at once with all that is wrong.
func TestPortoutValidation(t *testing.T) {
	t.Parallel()
	p := newPorting(t)
	p.is("nobody's number", p.request("+12125550199", asIs), "refused", `"number_not_found"`)
	p.is("all at once", p.request("+12125550101", `"numbers":["+12125550101","+12125550109"],"accountNumber":"x","pin":"1"`), "refused",
		`"numbers_of_different_accounts","wrong_account_number","wrong_pin"`)
	p.is("another's PIN", p.request("+12125550101", `"numbers":["+12125550109","+12125550101"]`), "refused", `"numbers_of_different_accounts","wrong_account_number"`)
	p.is("without a PIN", p.ask(t, "POST /portouts", `{"numbers":["+12125550101"],"gainingCarrier":"E","accountNumber":"AB123","requestedDate":"2026-03-02"}`), "refused", `"wrong_pin"`)
	p.ask(t, "PATCH /numbers/+12125550103", `{"status":"inactive"}`)
	p.is("not active", p.request("(212) 555-0103", asIs), "refused", `"number_not_active"`)
	p.ask(t, "POST /numbers", `{"number":"+12125550104"}`)
	p.is("in stock", p.request("+12125550104", asIs), "refused", `"number_not_active"`)
	p.is("unlocked", p.ask(t, "POST /portouts", `{"numbers":["+12125550109"],"gainingCarrier":"E","accountNumber":"`+p.other+`","requestedDate":"2026-03-02"}`), "approved", "")
	p.is("locked", p.request("+12125550101", `"authorizedPerson":"Ada"`), "held", `"account_locked"`)
	p.is("again", p.request("+12125550101", `"numbers":["+12125550102","+12125550101"]`), "refused", `"port_in_progress"`)
	p.run(t, []row{
		{request: "POST /portouts", body: `{"numbers":["+12125550101","+12125550101"],"gainingCarrier":"","accountNumber":"1","requestedDate":"2026-03-01"}`, status: 400, want: invalid(
			"numbers: must be a list of 1 to 100 telephone numbers, each once", "gainingCarrier: must have 1 to 100 characters", "requestedDate: must not be in the past")},
		{request: "POST /portouts", body: `{"numbers":["911"],"gainingCarrier":"E","accountNumber":"1","requestedDate":"2026-02-30"}`, status: 400, want: invalid(
			"numbers: must be a list of 1 to 100 telephone numbers, each once", "requestedDate: must be a date such as 2026-04-01")},
		{request: "GET /portouts?$search=5550109&$limit=0", want: `{"total":3,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /portouts?state=held&$select=numbers,reasons", want: `{"total":1,"limit":25,"skip":0,"data":[
{"_id":"{id}","numbers":["+12125550101"],"gainingCarrier":"Example","state":"held","reasons":["account_locked"],"createdAt":"{time}"}]}`},
	})
}

// TestHeldPortout waits for the owner, or for the policy. Calls go on as if nothing were.
func TestHeldPortout(t *testing.T) {
	t.Parallel()
	p := newPorting(t)
	first := p.is("locked", p.request("+12125550101", asIs), "held", `"account_locked"`)
	second := p.is("another", p.request("+12125550102", asIs), "held", `"account_locked"`)
	p.run(t, []row{
		{request: "POST /portouts/{first}/decision", body: `{"decision":"approve","password":"correct horse"}`, status: 403, want: failure(403, "only the customer's own users may do this")},
		{request: "POST /portouts/{first}/decision", body: `{"decision":"approve","password":"wrong"}`, headers: []string{p.mine}, status: 400, want: invalid("password: is wrong")},
		{request: "POST /portouts/{first}/decision", body: `{"decision":"approve"}`, headers: []string{p.mine}, status: 400, want: invalid("password: is required")},
		{request: "PATCH /portouts/{first}", body: `{"state":"completed"}`, status: 409, want: failure(409, "the port-out is held; it cannot be completed")},
	}, "{first}", first)
	for direction, to := range map[string]string{"outbound": "+442071838750", "inbound": "+12125550101"} {
		got := p.ask(t, "POST /calls", `{"callId":"`+direction+`","customer":"`+p.owner+`","direction":"`+direction+`","from":"+12125550102","to":"`+to+`"}`)
		if !strings.Contains(got, `"decision":"allow"`) {
			t.Errorf("the lock touched a call: %s", got)
		}
	}
	p.is("by the owner", p.ask(t, "POST /portouts/"+first+"/decision", `{"decision":"approve","password":"correct horse"}`, p.mine), "approved", "")
	p.ask(t, "PATCH /portouts/"+first, `{"state":"completed"}`)
	if got := p.ask(t, "GET /numbers/+12125550101", ""); !strings.Contains(got, `"status":"ported"`) || strings.Contains(got, p.owner) {
		t.Errorf("a number that has moved: %s", got)
	}
	if n, err := p.store.DecideOverduePortouts(t.Context()); n != 0 || err != nil {
		t.Errorf("%d decided before their time (%v)", n, err)
	}
	p.clock.advance(48 * time.Hour)
	if n, err := p.store.DecideOverduePortouts(t.Context()); n != 1 || err != nil {
		t.Errorf("%d decided by the policy (%v), want 1", n, err)
	}
	p.is("by the policy", p.ask(t, "GET /portouts/"+second, "", p.mine), "refused", `"not_decided_in_time"`)
	if a := p.do(t, "POST /portouts/"+second+"/decision", `{"decision":"approve","password":"correct horse"}`, p.mine); a.status != 409 {
		t.Errorf("decided twice: %d %s", a.status, a.body)
	}
	if got := p.ask(t, "GET /events?type=portout.requested&$limit=0", ""); !strings.Contains(got, `"total":2`) {
		t.Errorf("the requests that were told of: %s", got)
	}
	if got := p.ask(t, "GET /audit?subject="+second, ""); !strings.Contains(got, `"total":2`) || !strings.Contains(got, `"actor":"server"`) {
		t.Errorf("the trail of the policy's decision: %s", got)
	}
}

// TestUnlocking lets the lock count for another while, and says so to the owner.
func TestUnlocking(t *testing.T) {
	t.Parallel()
	p := newPorting(t)
	before := p.is("locked", p.request("+12125550101", asIs), "held", `"account_locked"`)
	p.ask(t, "PATCH /customers/"+p.owner, `{"accountLock":0}`, p.mine)
	if got := p.ask(t, "GET /events?type=accountlock.changed", ""); !strings.Contains(got, `"from":1,"to":0}],"protectedUntil":"2026-03-02T10:15:04.000Z"}`) {
		t.Errorf("the unlocking was told so: %s", got)
	}
	if got := p.ask(t, "GET /customers/"+p.owner+"/audit?action=customer.patch", "", p.mine); !strings.Contains(got, `{"field":"accountLock","from":1,"to":0}`) {
		t.Errorf("the trail of the unlocking: %s", got)
	}
	p.is("held before", p.ask(t, "GET /portouts/"+before, ""), "held", `"account_locked"`)
	p.ask(t, "PATCH /portouts/"+before, `{"state":"cancelled"}`)
	cooling := p.is("just unlocked", p.request("+12125550103", asIs), "held", `"cooling_off"`)
	for request, body := range map[string]string{"PATCH /numbers/+12125550102": `{"customer":null}`, "DELETE /numbers/+12125550102": "", "DELETE /customers/" + p.owner: ""} {
		if a := p.do(t, request, body); a.status != 409 || !strings.Contains(a.body, "protected until 2026-03-02T10:15:04Z") {
			t.Errorf("%s in the cooling-off: %d %s", request, a.status, a.body)
		}
	}
	p.ask(t, "PATCH /portouts/"+cooling, `{"state":"cancelled"}`)
	p.clock.advance(time.Hour)
	approved := p.is("unlocked an hour ago", p.request("+12125550103", asIs), "approved", "")
	p.ask(t, "DELETE /customers/"+p.owner, "")
	p.ask(t, "PATCH /portouts/"+approved, `{"state":"completed"}`)
	if got := p.ask(t, "GET /numbers/+12125550103", ""); !strings.Contains(got, `"status":"ported"`) {
		t.Errorf("a number that has moved after its owner was deleted: %s", got)
	}
}

// TestPortoutOfADeletedCustomer is decided by the policy, when nobody else is left.
func TestPortoutOfADeletedCustomer(t *testing.T) {
	t.Parallel()
	p := newPorting(t)
	held := p.is("locked", p.request("+12125550101", asIs), "held", `"account_locked"`)
	p.ask(t, "PATCH /customers/"+p.owner, `{"accountLock":0}`)
	p.clock.advance(time.Hour)
	p.ask(t, "DELETE /customers/"+p.owner, "")
	p.clock.advance(48 * time.Hour)
	if n, err := p.store.DecideOverduePortouts(t.Context()); n != 1 || err != nil {
		t.Errorf("%d decided by the policy (%v), want 1", n, err)
	}
	p.is("by the policy", p.ask(t, "GET /portouts/"+held, ""), "refused", `"not_decided_in_time"`)
}

// TestWrongPINs are compared five times a day and no more, also when many come at once.
func TestWrongPINs(t *testing.T) {
	t.Parallel()
	p := newPorting(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			a := p.do(t, "POST /portouts", `{"numbers":["+12125550102"],"gainingCarrier":"E","accountNumber":"ab123","pin":"1234","requestedDate":"2026-03-09"}`)
			if a.status != 200 {
				t.Errorf("a wrong PIN: %d %s", a.status, a.body)
			}
		})
	}
	wait.Wait()
	if got := p.ask(t, "GET /portouts?$select=reasons", ""); strings.Count(got, `"wrong_pin"`) != 5 || strings.Count(got, `"too_many_attempts"`) != 3 {
		t.Errorf("eight wrong PINs: %s", got)
	}
	p.is("the right one", p.request("+12125550102", asIs), "refused", `"too_many_attempts"`)
	if got := p.ask(t, "GET /audit?action=portout.create", ""); strings.Count(got, `wrong_pin`) != 5 {
		t.Errorf("the trail of wrong PINs: %s", got)
	}
	p.clock.advance(24*time.Hour + time.Second)
	p.is("a day later", p.request("+12125550102", asIs), "held", `"account_locked"`)
}

// TestPINOfAFormerOwner does not count for the owner that a number has got meanwhile.
func TestPINOfAFormerOwner(t *testing.T) {
	t.Parallel()
	p := newPorting(t)
	draft := tollkeeper.Portout{Numbers: []string{"+12125550101"}, GainingCarrier: "E", AccountNumber: accountNumber, RequestedDate: "2026-03-09"}
	made, err := p.store.CreatePortout(t.Context(), tollkeeper.Write{}, draft, credential.HashPassword(portingPIN))
	if err != nil || len(made.Reasons) != 1 || made.Reasons[0] != tollkeeper.PortoutWrongPIN {
		t.Errorf("%+v (%v)", made, err)
	}
}

// TestWhatOwnersMay lets a customer's users see what is theirs, name their numbers and set
// by what port-outs are validated, and nothing more.
func TestWhatOwnersMay(t *testing.T) {
	t.Parallel()
	p := newPorting(t)
	p.ask(t, "PATCH /customers/"+p.other, `{"accountLock":0}`)
	p.ask(t, "POST /servers", `{"name":"mine","customer":"`+p.owner+`"}`)
	theirs := member(t, p.ask(t, "POST /servers", `{"name":"theirs","customer":"`+p.other+`"}`), "_id").(string)
	p.ask(t, "PATCH /numbers/+12125550109", `{"customer":"`+p.owner+`"}`)
	foreign := member(t, p.ask(t, "POST /numbers", `{"number":"+12125550110","customer":"`+p.other+`"}`), "_id").(string)
	asked := p.is("another's", p.ask(t, "POST /portouts", `{"numbers":["+12125550110"],"gainingCarrier":"E","accountNumber":"`+p.other+`","requestedDate":"2026-03-02"}`), "approved", "")
	mine := []string{p.mine}
	staffOnly := failure(403, "only the carrier's own staff may do this")
	p.run(t, []row{
		{request: "PATCH /numbers/+12125550101", headers: mine, body: `{"label":"Desk"}`, want: `"{any}"`},
		{request: "PATCH /numbers/+12125550101", headers: mine, body: `{"label":"Desk","status":"inactive","customer":null,"inboundPricePerMinuteMicros":1}`, status: 403, want: failure(403, "some fields may not be changed",
			"customer: only the carrier's own staff may write it", "status: only the carrier's own staff may write it", "inboundPricePerMinuteMicros: only the carrier's own staff may write it")},
		{request: "PATCH /numbers/+12125550110", headers: mine, body: `{"label":"x"}`, status: 404, want: failure(404, "no number +12125550110 exists")},
		{request: "GET /numbers/{foreign}", headers: mine, status: 404, want: failure(404, "no number {foreign} exists")},
		{request: "POST /numbers", headers: mine, body: `{"number":"+12125550111"}`, status: 403, want: staffOnly},
		{request: "DELETE /numbers/+12125550101", headers: mine, status: 403, want: staffOnly},
		{request: "POST /numbers/import", headers: []string{p.mine, "Content-Type: text/csv"}, body: "number,customer,label\n", status: 403, want: staffOnly},
		{request: "GET /numbers?$limit=0", headers: mine, want: `{"total":4,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /numbers/+12125550109/owners", headers: mine, want: `{"total":1,"limit":25,"skip":0,"data":[
{"_id":"{id}","number":"+12125550109","customer":"{owner}","from":"{time}","fromBy":"{actor}"}]}`},
		{request: "GET /servers?$limit=0", headers: mine, want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /servers/{theirs}", headers: mine, status: 404, want: failure(404, "no server {theirs} exists")},
		{request: "PATCH /servers/{theirs}", headers: mine, body: `{"name":"x"}`, status: 403, want: staffOnly},
		{request: "GET /portouts?$limit=0", headers: mine, want: `{"total":0,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /portouts/{asked}", headers: mine, status: 404, want: failure(404, "no port-out {asked} exists")},
		{request: "POST /portouts/{asked}/decision", headers: mine, body: `{"decision":"refuse","password":"correct horse"}`, status: 404, want: failure(404, "no port-out {asked} exists")},
		{request: "POST /portouts", headers: mine, body: `{}`, status: 403, want: staffOnly},
		{request: "PATCH /portouts/{asked}", headers: mine, body: `{"state":"completed"}`, status: 403, want: staffOnly},
		{request: "PATCH /customers/{owner}/porting", headers: mine, body: `{"pin":null}`, want: `{"customer":"{owner}","accountNumber":"` + accountNumber + `","pinSet":false,"locked":true}`},
		{request: "PATCH /customers/{owner}/porting", headers: mine, body: `{"pin":"12a4"}`, status: 400, want: invalid("pin: must have 4 to 15 digits")},
		{request: "PATCH /customers/{other}/porting", headers: mine, body: `{"pin":null}`, status: 404, want: failure(404, "no customer {other} exists")},
	}, "{owner}", p.owner, "{other}", p.other, "{foreign}", foreign, "{theirs}", theirs, "{asked}", asked, "{actor}", "user:"+p.operator.ID.String())
}
