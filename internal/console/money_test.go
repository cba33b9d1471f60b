package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tollkeeper"
)

// ofCustomer is a visitor who is a customer's user, whose first page is the account.
func (s *site) ofCustomer(email string) *visitor {
	s.t.Helper()
	v := s.visitor()
	v.post("/console/sign-in", url.Values{"email": {email}, "password": {password}}).is(200).lacks(`name="password"`)
	return v
}

// linkTo finds the first address in a page that begins so and goes on with an id.
func (a *answer) linkTo(prefix string) string {
	a.t.Helper()
	found := regexp.MustCompile(`href="(` + prefix + `[0-9a-f]{24})"`).FindStringSubmatch(a.body)
	if found == nil {
		a.t.Fatalf("%s leads to no %s: %.1500s", a.url, prefix, a.body)
	}
	return found[1]
}

// TestOverviewCountsFailedRefills shows what failed lately, and no longer than a day.
func TestOverviewCountsFailedRefills(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	v.post(at+"/methods/new", url.Values{"label": {"Bank transfer"}, "isDefault": {"1"}}).at(at + "/billing")
	v.post(at+"/refill", url.Values{"amount": {"20"}, "key": {"console-once"}}).at(at + "/billing")
	const title = "Refills failed in 24 hours"
	count := func(a *answer) string {
		t.Helper()
		_, rest, found := strings.Cut(a.has(title).body, title)
		n := regexp.MustCompile(`createdAt\.from=[^>]*>(\d+)<`).FindStringSubmatch(rest)
		if !found || n == nil {
			t.Fatalf("no figure: %.300s", rest)
		}
		return n[1]
	}
	if n := count(v.get("/console/")); n != "0" {
		t.Errorf("%s failed", n)
	}
	payment, err := tollkeeper.ParseID(strings.TrimPrefix(v.get("/console/payments").linkTo("/console/payments/"), "/console/payments/"))
	must(t, err)
	_, err = s.store.Settle(t.Context(), payment, tollkeeper.Outcome{State: tollkeeper.PaymentFailed, Failure: "the card was refused"})
	must(t, err)
	if n := count(v.get("/console/")); n != "1" {
		t.Errorf("%s failed", n)
	}
	v.get("/console/payments?purpose=refill&state=failed").has("the card was refused")
	s.clock.advance(25 * time.Hour)
	if n := count(s.signedIn(operatorEmail).get("/console/")); n != "0" {
		t.Errorf("%s failed a day later", n)
	}
}

// TestCreditIsBoughtAndGivenBack adds a method and a refill as the customer does,
// records the money and refunds a part as staff do, and reads the invoice.
func TestCreditIsBoughtAndGivenBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour <b>Coffee", func(c *tollkeeper.Customer) { c.LowBalanceAlertAmount, c.AutomaticRefillAmount = 500, 2000 })
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	owner, staff, at := s.ofCustomer("owner@example.com"), s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()

	owner.get(at+"/billing").is(200).has("No payment method yet", "Below $5.00 of available credit, $20.00", "Harbour &lt;b&gt;Coffee").lacks("<b>Coffee", "taxExempt")
	owner.post(at+"/refill", url.Values{"amount": {"20"}}).at(at + "/methods/new").has("add a payment method first")
	owner.post(at+"/methods/new", url.Values{"label": {""}, "isDefault": {"1"}}).is(http.StatusUnprocessableEntity)
	owner.post(at+"/methods/new", url.Values{"label": {"Bank & transfer"}, "isDefault": {"1"}}).at(at+"/billing").has("Bank &amp; transfer was added", "Default")
	owner.post(at+"/refill", url.Values{"amount": {"12.345"}}).is(http.StatusUnprocessableEntity).has("at most two decimals")
	owner.post(at+"/billing", url.Values{"country": {"Atlantis"}}).is(http.StatusUnprocessableEntity).has("role=\"alert\"")
	owner.post(at+"/billing", url.Values{"company": {"Harbour Coffee LLC"}, "country": {"US"}}).at(at + "/billing").has("Harbour Coffee LLC")
	again := url.Values{"amount": {"20"}, "key": {"console-once"}}
	owner.post(at+"/refill", again).at(at + "/billing").has("A payment of $20.00")
	owner.post(at+"/refill", again).at(at + "/billing").has("A payment of $20.00")

	payment := staff.get("/console/payments").has("Under way", "$20.00").linkTo("/console/payments/")
	owner.get(payment).is(200).has("$20.00").lacks("The money has come")
	owner.post(payment+"/record", url.Values{"reference": {"mine"}}).is(http.StatusUnprocessableEntity)
	owner.get(payment).has("Under way")
	staff.post(payment+"/record", url.Values{"reference": {"wire <4711>"}}).at(payment).has("Succeeded", "wire &lt;4711&gt;", "Nothing of it was given back")
	owner.get(at).has("data-marks=", "refills 1")
	staff.post(payment+"/refund", url.Values{"amount": {"30"}, "reason": {"too much"}}).is(http.StatusUnprocessableEntity)
	staff.post(payment+"/refund", url.Values{"amount": {"5"}, "reason": {"too much"}}).at(payment).has("The refund is under way", "too much")

	invoice := owner.get(at+"/invoices").is(200).has("INV-000001", "Refill").linkTo("/console/invoices/")
	owner.get(invoice).is(200).has("INV-000001", "Harbour &lt;b&gt;Coffee", "Items", "Payments", "$20.00").lacks(invoice+"/pay", invoice+"/decide")
	pdf := owner.get(invoice + "/pdf").is(200)
	if !strings.HasPrefix(pdf.body, "%PDF-") || pdf.header.Get("Content-Disposition") != `attachment; filename="INV-000001.pdf"` {
		t.Errorf("the PDF is %.20q with %q", pdf.body, pdf.header.Get("Content-Disposition"))
	}
	staff.post(invoice+"/decide", url.Values{"status": {"onHold"}, "reason": {"asked"}}).is(http.StatusUnprocessableEntity) // it is paid
}

// TestMoneyIsTheOwners checks that a customer sees nothing of another's, and that money
// needs its permission and a fresh password.
func TestMoneyIsTheOwners(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c, other := s.customer("Harbour Coffee", nil), s.customer("Other", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	s.user(tollkeeper.User{Email: "clerk@example.com", Customer: c.ID, PhonePermission: tollkeeper.PermissionRead, AdminPermission: tollkeeper.PermissionRead})
	staff, clerk, owner, at := s.signedIn(operatorEmail), s.ofCustomer("clerk@example.com"), s.ofCustomer("owner@example.com"), "/console/customers/"+c.ID.String()
	staff.post("/console/customers/"+other.ID.String()+"/methods/new", url.Values{"label": {"Cheque"}, "isDefault": {"1"}})
	staff.post("/console/customers/"+other.ID.String()+"/refill", url.Values{"amount": {"10"}})
	payment := staff.get("/console/payments").linkTo("/console/payments/")
	owner.get(payment).is(http.StatusNotFound)
	owner.get("/console/customers/" + other.ID.String() + "/billing").is(http.StatusNotFound)
	owner.get("/console/payments").is(200).lacks("$10.00")

	clerk.get(at + "/billing").is(http.StatusForbidden)
	clerk.get(at).is(200).lacks(at + "/billing")

	s.clock.advance(11 * time.Minute)
	owner.get(at + "/refill").at("/console/confirm")
	staff.get(payment + "/record").at("/console/confirm")
}
