package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/client"
	"tollkeeper/internal/credential"
)

// TestWebhooks makes a webhook, looks at what it was sent, and sends it again.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c, other := s.customer("Harbour Coffee", nil), s.customer("Other", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	owner, at := s.ofCustomer("owner@example.com"), "/console/customers/"+c.ID.String()
	owner.get(at+"/webhooks").is(200).has("No webhook yet", "New webhook")
	owner.post("/console/webhooks/new", url.Values{"customer": {c.ID.String()}, "url": {"ftp://receiver.example"}}).is(http.StatusUnprocessableEntity).has("role=\"alert\"")
	made := owner.post("/console/webhooks/new", url.Values{"customer": {c.ID.String()}, "url": {"https://receiver.example/<b>"}, "eventTypes": {"credit.low", "invoice.paid"}}).is(200).has("whsec_")
	hook := made.linkTo("/console/webhooks/")
	owner.get(hook).is(200).has("https://receiver.example/", `value="credit.low" checked`, "Nothing was sent yet").lacks("whsec_", "<b>")
	owner.post(hook, url.Values{"url": {"nowhere"}, "enabled": {"1"}}).is(http.StatusUnprocessableEntity)
	owner.post(hook, url.Values{"url": {"https://receiver.example/x"}, "description": {"ours"}, "enabled": {"0"}}).at(hook).has("The webhook was saved", ">Off<").lacks(`value="credit.low" checked`)
	owner.get(hook + "/deliveries").is(200)
	owner.post(hook+"/deliveries", url.Values{"event": {"69a56b004b1f8c3a5e000021"}}).is(http.StatusConflict) // it is off
	owner.post(hook+"/secret", nil).is(200).has("whsec_")
	s.user(tollkeeper.User{Email: "rival@example.com", Customer: other.ID}.WithAllRights())
	s.ofCustomer("rival@example.com").get(hook).is(http.StatusNotFound)
	owner.post(hook+"/delete", nil).has("The webhook was deleted")
	owner.get(hook).is(http.StatusNotFound)
}

func TestJobsAreTheStaffs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	s.signedIn(operatorEmail).get("/console/jobs").is(200).has("Jobs")
	s.signedIn(operatorEmail).post("/console/jobs/run", url.Values{"job": {"nothing"}}).is(http.StatusNotFound)
	s.ofCustomer("owner@example.com").get("/console/jobs").is(http.StatusForbidden)
}

// TestNumbersAndTrunks gives a customer a number and a trunk, and takes them away.
func TestNumbersAndTrunks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.AccountLock = false })
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	staff, owner, at := s.signedIn(operatorEmail), s.ofCustomer("owner@example.com"), "/console/customers/"+c.ID.String()
	draft := url.Values{"number": {"12"}, "customer": {c.ID.String()}, "label": {"<i>Desk"}, "status": {"active"}, "inboundPricePerMinuteMicros": {"0.012"}, "inboundMinimumSeconds": {"1"}, "inboundIncrementSeconds": {"1"}}
	staff.post("/console/numbers/new", draft).is(http.StatusUnprocessableEntity).has("role=\"alert\"")
	draft.Set("number", "+12125550100")
	draft.Set("inboundMinimumSeconds", "x")
	staff.post("/console/numbers/new", draft).is(http.StatusUnprocessableEntity).has("must be a whole number")
	draft.Set("inboundMinimumSeconds", "6")
	number := staff.post("/console/numbers/new", draft).at("/console/numbers").has("&#43;12125550100 was created", "&lt;i&gt;Desk").lacks("<i>").linkTo("/console/numbers/")
	owner.get(at + "/numbers").is(200).has("12125550100").lacks("New number")
	form := owner.get(number).is(200).has("After a minimum of 6 s", "Owners").lacks("inboundPricePerMinuteMicros", number+"/release")
	owner.post(number, url.Values{"label": {"Front desk"}, "etag": {etagOf(form.body)}}).at(number).has("Front desk")
	owner.post(number, url.Values{"label": {"Older"}, "etag": {etagOf(form.body)}}).is(http.StatusUnprocessableEntity).has("Somebody changed")
	staff.post(number+"/release", nil).at(number).has("In stock")
	owner.get(number).is(http.StatusNotFound)
	staff.post(number+"/delete", nil).at("/console/numbers").has("was deleted")

	trunk := url.Values{"name": {"sbc-1"}, "status": {"active"}, "host": {"not an address"}, "port": {""}, "maxConcurrentCalls": {"10"}, "maxOutboundCallRate": {"0"}}
	staff.post(at+"/trunks/new", trunk).is(http.StatusUnprocessableEntity).has("role=\"alert\"")
	trunk.Set("host", "192.0.2.10")
	page := staff.post(at+"/trunks/new", trunk).at(at+"/trunks").has("sbc-1", "192.0.2.10", "no limit").linkTo("/console/trunks/")
	owner.get(page).is(200).has("192.0.2.10").lacks(`<form method="post" action="` + page)
	owner.get(at + "/trunks").lacks("New trunk")
	trunk.Set("host", "192.0.2.0/28")
	trunk.Set("etag", etagOf(staff.get(page).body))
	staff.post(page, trunk).at(page).has("192.0.2.0/28", "was saved")
	staff.post(page+"/delete", nil).at(at + "/trunks").has("was deleted")
}

// TestPortoutIsDecidedByItsOwner holds a request of another carrier until the owner
// decides with the password.
func TestPortoutIsDecidedByItsOwner(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	staff, v, at := s.signedIn(operatorEmail), s.ofCustomer("owner@example.com"), "/console/customers/"+c.ID.String()
	staff.post("/console/numbers/new", url.Values{"number": {"+12125550100"}, "customer": {c.ID.String()}, "status": {"active"}, "inboundPricePerMinuteMicros": {"0"}, "inboundMinimumSeconds": {"1"}, "inboundIncrementSeconds": {"1"}}).at("/console/numbers")
	v.get(at+"/porting").is(200).has(">Locked<", "No other carrier has asked", "Unlock")
	v.post(at+"/porting", url.Values{"accountNumber": {""}, "pin": {"12"}}).is(http.StatusUnprocessableEntity)
	v.post(at+"/porting", url.Values{"accountNumber": {"HC-1"}, "pin": {"4711"}}).at(at+"/porting").has("HC-1", ">Set<").lacks("4711")
	request := url.Values{"numbers": {"+12125550100"}, "gainingCarrier": {"Rival & Sons"}, "accountNumber": {"HC-1"}, "pin": {"4711"}, "requestedDate": {s.clock.now().AddDate(0, 0, 7).Format("2006-01-02")}}
	v.get("/console/portouts/new").is(200)
	v.post("/console/portouts/new", request).is(http.StatusUnprocessableEntity)
	asked := staff.post("/console/portouts/new", request).at("/console/portouts").has("Waiting for the owner", "Rival &amp; Sons").linkTo("/console/portouts/")
	staff.get(asked).is(200).lacks("verdict=approve").has("It was withdrawn")
	v.get(asked).is(200).has("verdict=approve", "verdict=refuse").lacks("It was withdrawn")
	v.post(asked+"/decision?verdict=approve", url.Values{"password": {"wrong"}}).is(http.StatusUnprocessableEntity)
	v.get(asked + "/decision?verdict=approve").is(200).has("Give numbers away")
	v.post(asked+"/decision?verdict=refuse", url.Values{"password": {password}}).at(asked).has("Your decision was kept", "The owner refused")

	form := v.get(at + "/lock").is(200).has("Unlock Harbour Coffee?")
	v.post(at+"/lock", url.Values{"etag": {etagOf(form.body)}}).at(at+"/porting").has(">Unlocked<", "Lock")
	v.post(at+"/lock", url.Values{"etag": {etagOf(form.body)}}).is(http.StatusUnprocessableEntity) // an old form changes nothing
	v.get(at + "/porting").has(">Unlocked<")
}

// TestOwnerIsTypedByName gives a number to a customer who is named, and says who is alike
// where nobody has the name.
func TestOwnerIsTypedByName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.AccountLock = false }) // a locked one's numbers stay
	s.customer("Twin", nil)
	s.customer("Twin", nil)
	staff := s.signedIn(operatorEmail)
	draft := url.Values{"number": {"+12125550100"}, "status": {"active"}, "inboundPricePerMinuteMicros": {"0"}, "inboundMinimumSeconds": {"1"}, "inboundIncrementSeconds": {"1"}}
	for typed, fault := range map[string]string{"harbour": "alike are: Harbour Coffee", "Nobody": "no customer has this name", "Twin": "several customers have this name"} {
		draft.Set("customer", typed)
		staff.post("/console/numbers/new", draft).is(http.StatusUnprocessableEntity).has(`id="fault-customer"`, fault, `value="`+typed+`"`)
	}
	draft.Set("customer", "Harbour Coffee")
	number := staff.post("/console/numbers/new", draft).at("/console/numbers").has(c.ID.String()).linkTo("/console/numbers/")
	page := staff.get(number).has(`value="Harbour Coffee"`, `<a class="button" href="`+number+`/delete"`)
	draft.Set("etag", etagOf(page.body))
	draft.Set("label", "Desk")
	page = staff.post(number, draft).at(number).has("Harbour Coffee", "Desk")
	draft.Set("etag", etagOf(page.body))
	draft.Set("customer", "")
	staff.post(number, draft).is(200).has("In stock").lacks("Harbour Coffee</a></dd>")
}

// TestChangesNamePeople shows users in changes by name, and to a customer no name of the
// carrier's staff.
func TestChangesNamePeople(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	owner := s.user(tollkeeper.User{Email: "owner@example.com", First: "Nora", Last: "Quist", Customer: c.ID}.WithAllRights())
	staff, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	edit := staff.get(at + "?field=adminUserId")
	staff.post(at, url.Values{"field": {"adminUserId"}, "adminUserId": {owner.ID.String()}, "etag": {etagOf(edit.body)}}).at(at)
	staff.get(at+"/events").has("Administrator", "<ins>Nora Quist</ins>")
	staff.get(at+"/audit").has("<ins>Nora Quist</ins>", "Olive")
	s.ofCustomer("owner@example.com").get(at+"/audit").has("<ins>Nora Quist</ins>", "No user of this account").lacks("Olive")
}

// TestWhoDidIt names who moved money, and leads to tokens, where the visitor may see them;
// a CSV file has all of them as the API has them.
func TestWhoDidIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "clerk@example.com", Customer: c.ID, BillingPermission: tollkeeper.PermissionRead})
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	api, staff, at := s.asOperator(), s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()+"/ledger?col=actor"
	secret := credential.NewToken()
	made, err := s.store.CreateToken(t.Context(), tollkeeper.Write{}, tollkeeper.Token{Name: "sync", Kind: tollkeeper.TokenServer}, credential.HashToken(secret))
	must(t, err)
	program, err := client.New(s.url, client.WithToken(secret))
	must(t, err)
	for key, by := range map[string]*client.Client{"first": api, "second": program} {
		_, err := by.Ledger.Create(t.Context(), c.ID.String(), client.LedgerCreate{AmountMicros: 1_000_000, Reason: "correction", Key: key})
		must(t, err)
	}
	token := "/console/tokens/" + made.ID.String()
	staff.get(at).has("Olive", `<a href="`+token+`">A token</a>`)
	s.ofCustomer("owner@example.com").get(at).has("No user of this account", "A token").lacks(token)
	s.ofCustomer("clerk@example.com").get(at).has("A token").lacks("No user of this account", token)
	if file := staff.get(at + "&format=csv").is(200); !regexp.MustCompile(`,user:[0-9a-f]{24},`).MatchString(file.body) || !strings.Contains(file.body, ",token:"+made.ID.String()+",") {
		t.Errorf("the file has %s", file.body)
	}
}

func TestPagesHaveNoScriptWithin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	within := regexp.MustCompile(` style="| on[a-z]+="|<script>|<style`)
	for _, path := range []string{"/console/invoices", "/console/payments", "/console/numbers", "/console/numbers/new", "/console/trunks", "/console/portouts", "/console/portouts/new",
		"/console/webhooks", "/console/webhooks/new", "/console/jobs", at + "/billing", at + "/refill", at + "/methods/new", at + "/invoices", at + "/payments", at + "/numbers",
		at + "/trunks", at + "/trunks/new", at + "/porting", at + "/lock", at + "/webhooks", at + "/barrings", at + "/media",
		"/console/barrings", "/console/barrings/new", "/console/barrings/import", "/console/callernames", "/console/callernames/import", "/console/numbers/import"} {
		a := v.get(path).is(200).has("</html>")
		if found := within.FindString(a.body); found != "" {
			t.Errorf("%s has %q", path, found)
		}
		if strings.Contains(a.body, "%!") {
			t.Errorf("%s has a text whose verbs are wrong", path)
		}
	}
}
