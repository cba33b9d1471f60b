package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tollkeeper"
)

// TestBarring makes, changes and deletes rules, for everybody and for one customer, who
// sees those about itself.
func TestBarring(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	staff, owner, at := s.signedIn(operatorEmail), s.ofCustomer("owner@example.com"), "/console/customers/"+c.ID.String()
	const table = "/console/barrings"
	staff.get(table).is(200).has("No rule yet", "New rule", table+"/import", table+"/export")
	staff.get(table+"/new").has("As premium rate", "As abroad")
	staff.post(table+"/new", url.Values{"prefix": {"0"}, "effect": {"deny"}}).is(http.StatusUnprocessableEntity).has("and 1 to 15 digits")
	rule := staff.post(table+"/new", url.Values{"prefix": {" 252 "}, "effect": {"deny"}, "note": {"<i>fraud"}}).at(table).has("The rule about &#43;252 was saved.", "Denied", "&lt;i&gt;fraud", "Everybody").lacks("<i>").linkTo(table + "/")
	staff.post(rule, url.Values{"effect": {"maybe"}}).is(http.StatusUnprocessableEntity)
	staff.post(rule, url.Values{"effect": {"premium"}, "note": {""}}).at(rule).has("As premium rate").lacks("fraud")
	owner.get(rule).is(http.StatusNotFound)

	staff.get(at+"/barrings").is(200).has("No rule yet", "New rule")
	staff.get(table + "/new?customer=" + c.ID.String()).has("Let through").lacks("As premium rate")
	staff.post(table+"/new", url.Values{"customer": {c.ID.String()}, "prefix": {"jm"}, "effect": {"allow"}}).at(at+"/barrings").has("JM", "Let through")
	own := owner.get(at+"/barrings").is(200).has("JM").lacks("New rule", "&#43;252").linkTo(table + "/")
	owner.get(own).is(200).has("Let through").lacks(`name="effect"`, own+"/delete")
	owner.post(table+"/new", url.Values{"customer": {c.ID.String()}, "prefix": {"+44"}, "effect": {"allow"}}).is(http.StatusUnprocessableEntity)
	owner.get(at + "/barrings").lacks("&#43;44")
	staff.get(table + "?customer=0").has("&#43;252").lacks(">JM<")
	if file := staff.get(table + "/export").is(200); file.body != "prefix,region,customer,effect,note\n+252,,,premium,\n,JM,"+c.ID.String()+",allow,\n" {
		t.Errorf("the export is %q", file.body)
	}
	staff.get(rule + "/delete").has("Delete the rule about &#43;252?")
	staff.post(rule+"/delete", nil).at(table).has("The rule about &#43;252 was deleted.")
	staff.post(own+"/delete", nil).has("The rule about JM was deleted.")
	staff.get(table).has("No rule yet")
}

// TestBarringPlan shows what the numbering plan says of regions, with the rules that
// override it, and leads to making one.
func TestBarringPlan(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	staff, owner := s.signedIn(operatorEmail), s.ofCustomer("owner@example.com")
	const table, plan = "/console/barrings", "/console/barrings/plan"
	staff.get(table).has(plan)
	staff.get(plan).is(200).has("Premium rate of a domestic region", "As premium rate", "No region: satellite", "Afghanistan", "As abroad", table+"/new?about=AF")
	staff.get(plan+"?q=jamaica").has("<code>JM</code>", "As abroad").lacks("Afghanistan", "Premium rate of")
	staff.get(plan+"?q=pr").has("Puerto Rico", "Let through").lacks("Jamaica")
	staff.get(plan+"?plan=allow").has("United States", "Guam").lacks("Jamaica")
	staff.get(plan + "?q=atlantis").is(200).lacks("Jamaica")
	staff.get(plan+"?size=25&page=2").has(`rel="prev"`, `rel="next"`).lacks("Afghanistan")
	staff.get(table + "/new?about=JM").has(`value="JM"`)
	rule := staff.post(table+"/new?about=JM", url.Values{"prefix": {"JM"}, "effect": {"deny"}}).at(table).linkTo(table + "/")
	staff.get(plan+"?q=jm").has("As abroad", "Denied", rule)
	if csv := staff.get(plan + "?q=jm&format=csv").is(200); csv.body != "name,region,plan,rule\nJamaica,JM,international,deny\n" {
		t.Errorf("as CSV: %q", csv.body)
	}
	owner.get("/console/customers/" + c.ID.String() + "/barrings").has(plan)
	owner.get(plan+"?q=jm").is(200).has("As abroad").lacks("Denied", "New rule")
	owner.send(http.MethodGet, plan+"?q=alemania", "", http.Header{"Accept-Language": {"es-MX"}}).is(200).has("Alemania", "DE")
}

// TestImports takes in rules, numbers and caller names from CSV: it checks them first,
// names what is wrong by its line, and stores nothing before it is told to.
func TestImports(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.signedIn(operatorEmail)
	for _, row := range []struct{ list, head, good, bad, fault, checked, done, shown string }{
		{"/console/barrings", "prefix,region,customer,effect,note\n", "+252,,,deny,fraud\n", "+252,,,maybe,\n", "line 2, column &#34;effect&#34;",
			"Rules in the file: 1. New or changed: 1.", "Rules in the file: 1. New or changed: 1.", "fraud"},
		{"/console/numbers", "number,customer,label\n", "+12125550101,,Desk\n", "hello,,\n", "line 2, column &#34;number&#34;",
			"New numbers in the file: 1.", "Numbers made: 1.", "Desk"},
		{"/console/callernames", "number,name\n", "+12125550100,Müller & Söhne\n", "+12125550100,\n", "line 2, column &#34;name&#34;",
			"The list would have 1 names", "The list has 1 names now.", "Müller &amp; Söhne"},
	} {
		at := row.list + "/import"
		v.get(row.list).has(at)
		v.get(at).is(200).has("CSV file")
		v.upload(at, "file", nil).is(http.StatusUnprocessableEntity).has("choose a file")
		v.upload(at, "file", []byte(row.head+row.bad)).is(http.StatusUnprocessableEntity).has(row.fault)
		v.upload(at, "file", []byte(row.head+row.good)).is(200).has(row.checked, `name="apply"`)
		v.get(row.list).lacks(row.shown)
		v.post(at, url.Values{"csv": {row.head + row.good}, "apply": {"1"}}).is(http.StatusUnprocessableEntity)
		v.uploadText(at, strings.ReplaceAll(row.head+row.good, "\n", "\r\n")).at(row.list).has(row.done, row.shown)
	}
	v.get("/console/callernames?q=12125550100").has("Müller")
	v.get("/console/callernames?number=%2B12125550100").has("Müller")
	v.get("/console/callernames?number=%2B12125550199").lacks("Müller")
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	owner := s.ofCustomer("owner@example.com")
	owner.get("/console/callernames").is(http.StatusForbidden)
	owner.upload("/console/callernames/import", "file", []byte("number,name\n")).is(http.StatusForbidden).has("own staff")
}

// uploadText posts what the form about a checked file holds.
func (v *visitor) uploadText(path, csv string) *answer {
	v.t.Helper()
	body := "--x\r\nContent-Disposition: form-data; name=\"csv\"\r\n\r\n" + csv + "\r\n--x\r\nContent-Disposition: form-data; name=\"apply\"\r\n\r\n1\r\n--x--\r\n"
	return v.send(http.MethodPost, path, body, http.Header{"Content-Type": {"multipart/form-data; boundary=x"}, "Sec-Fetch-Site": {"same-origin"}})
}
