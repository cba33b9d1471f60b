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

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.get("/console/customers?q=x").at("/console/sign-in").has(`value="/console/customers?q=x"`)
	v.post("/console/sign-in", url.Values{"email": {operatorEmail}, "password": {"wrong"}}).is(http.StatusUnprocessableEntity).has("is wrong")
	a := v.post("/console/sign-in?next=/console/customers", url.Values{"email": {operatorEmail}, "password": {password}}).is(200).at("/console/customers")
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
	if found := regexp.MustCompile(` style="| on[a-z]+="|<script>|<style|https?://(tollkeeper\.example)?[^"]*\.(js|css)`).FindString(a.body); found != "" {
		t.Errorf("the page has %q", found)
	}
	v.post("/console/sign-out", nil).at("/console/sign-in")
	v.get("/console/customers").at("/console/sign-in")
}

func TestNextStaysInTheConsole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, next := range []string{"https://evil.example/console/", "//evil.example/console/", "/\\evil.example", "/customers", "javascript:alert(1)", ""} {
		v := s.visitor()
		v.post("/console/sign-in", url.Values{"email": {operatorEmail}, "password": {password}, "next": {next}}).is(200).at("/console/")
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	set := v.post("/console/sign-in", url.Values{"email": {operatorEmail}, "password": {password}}).header.Values("Set-Cookie")
	for _, cookie := range set {
		if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(cookie, "Path=/console") {
			t.Errorf("the cookie is %q", cookie)
		}
	}
	if len(set) == 0 {
		t.Error("no cookie is set")
	}
}

func TestForgedRequestIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v := s.signedIn(operatorEmail)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}
	v.send("POST", "/console/customers/"+c.ID.String()+"/status", "status=suspended&reason=", form).is(http.StatusForbidden)
	v.get("/console/customers/" + c.ID.String()).has(">Active<")
}

func TestSessionEndsWhenIdle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.signedIn(operatorEmail)
	for range 3 { // somebody who looks at something now and then stays
		s.clock.advance(15 * time.Minute)
		v.get("/console/customers").at("/console/customers")
	}
	s.clock.advance(31 * time.Minute)
	v.get("/console/customers").at("/console/sign-in")
}

// TestSessionEndsHoweverBusy checks that a session ends with the API's, which is 60
// minutes old at most, although somebody clicks all the time.
func TestSessionEndsHoweverBusy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.signedIn(operatorEmail)
	for range 5 {
		s.clock.advance(11 * time.Minute)
		v.get("/console/customers").at("/console/customers")
	}
	s.clock.advance(6 * time.Minute)
	v.get("/console/customers").at("/console/sign-in")
}

// TestChangeWithoutItsVersion sends forms without the version of the record that they
// change.
func TestChangeWithoutItsVersion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	v.post(at, url.Values{"field": {"name"}, "name": {"Other"}}).is(http.StatusBadRequest).has("Open the page anew")
	v.get(at).has("Harbour Coffee").lacks("Other")
}

func TestDangerousActsNeedThePasswordAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v := s.signedIn(operatorEmail)
	at := "/console/customers/" + c.ID.String() + "/delete"
	v.get(at).is(200).at(at)
	s.clock.advance(11 * time.Minute)
	v.post(at, url.Values{"name": {"Harbour Coffee"}}).at("/console/confirm")
	v.get("/console/customers/" + c.ID.String()).is(200)
	v.post("/console/confirm", url.Values{"password": {"wrong"}, "next": {at}}).is(http.StatusUnprocessableEntity)
	v.post("/console/confirm", url.Values{"password": {password}, "next": {at}}).at(at)
	v.post(at, url.Values{"name": {"Harbor Coffee"}}).is(http.StatusUnprocessableEntity).has("not the customer")
	v.post(at, url.Values{"name": {"Harbour Coffee"}}).at("/console/customers").has("was deleted")
	v.get("/console/customers/" + c.ID.String()).is(http.StatusNotFound)
}

// TestErrorsAreTheAPIs checks that what is wrong with an input is said in the words of
// the API.
func TestErrorsAreTheAPIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	for _, row := range []struct{ field, value, says string }{
		{"name", strings.Repeat("x", 46), "must have 1 to 45 characters"},
		{"websiteUrl", "javascript:alert(1)", "must be an http or https address, or a bare host or path"},
		{"automaticRefillAmount", "-1", "must be an integer from 0 to 2147483647"},
		{"credit", "1.234", "at most two decimals"},
		{"maxOutboundCallRate", "many", "must be a whole number"},
	} {
		form := v.get(at + "?field=" + row.field)
		v.post(at, url.Values{"field": {row.field}, row.field: {row.value}, "etag": {etagOf(form.body)}}).is(http.StatusUnprocessableEntity).has(row.says)
	}
}

var etagInput = regexp.MustCompile(`name="etag"(?: value="| aria-hidden="true">\n)([^"<]*)`)

func etagOf(body string) string {
	found := etagInput.FindStringSubmatch(body)
	if found == nil {
		return ""
	}
	return strings.NewReplacer("&#34;", `"`, "&quot;", `"`, "&#43;", "+").Replace(found[1])
}

func TestEditInPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	before := etagOf(v.get(at + "?field=credit").body)
	v.post(at, url.Values{"field": {"credit"}, "credit": {"12.50"}, "etag": {before}}).is(200).at(at).has("Credit was saved", "$12.50")
	v.post(at, url.Values{"field": {"name"}, "name": {"Other"}, "etag": {before}}).is(http.StatusUnprocessableEntity).has("Somebody changed this record")
	v.get(at+"/ledger").has("$12.50", "Adjustment")
	v.get(at+"/audit").has("Credit", "<del>$0.00</del>", "<ins>$12.50</ins>")
}

func TestCustomersTable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, name := range []string{"Alder Bakery", "Birch Dental", "=Cedar()"} {
		s.customer(name, func(c *tollkeeper.Customer) {
			c.Credit = int32(len(name)) * 100
			c.CallRecording = name == "Birch Dental"
		})
	}
	v := s.signedIn(operatorEmail)
	v.get("/console/customers?q=dent").has("Birch Dental").lacks("Alder Bakery")
	v.get("/console/customers?callRecording=1").has("Birch Dental").lacks("Alder Bakery")
	v.get("/console/customers?credit.from=9&credit.to=12.00").has("Alder Bakery", "Birch Dental").lacks("Cedar")
	v.get("/console/customers?q=nobody").has("Nothing matches", "Clear search and filters")
	sorted := v.get("/console/customers?sort=-name").body
	if strings.Index(sorted, "Birch") > strings.Index(sorted, "Alder") {
		t.Error("names do not fall")
	}
	v.get("/console/customers?col=name&col=cdrRetention").has("12 months").lacks("Account lock</a>")
	csv := v.get("/console/customers?q=ced&format=csv").is(200)
	if got := csv.header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("CSV is %s", got)
	}
	csv.has("name,credit,defaultBillMethod", "'=Cedar(),8.00,credit").lacks("Alder")
}

// TestCustomersUsers checks that a customer's users see their own account and no more.
func TestCustomersUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	own, other := s.customer("Harbour Coffee", nil), s.customer("Rival", nil)
	s.user(tollkeeper.User{Email: "all@harbour.example", Customer: own.ID}.WithAllRights())
	s.user(tollkeeper.User{Email: "phone@harbour.example", Customer: own.ID, PhonePermission: tollkeeper.PermissionRead})
	at := "/console/customers/" + own.ID.String()

	v := s.visitor()
	v.post("/console/sign-in", url.Values{"email": {"all@harbour.example"}, "password": {password}}).at(at).
		has("Harbour Coffee", "?field=lowBalanceAlertAmount").lacks("?field=credit", "Rate decks", "Audit trail", "Change status")
	v.get("/console/customers").at(at)
	v.get("/console/customers/" + other.ID.String()).is(http.StatusNotFound).lacks("Rival")
	v.get("/console/audit").is(http.StatusForbidden)
	v.get("/console/ratedecks").is(http.StatusForbidden)
	v.get("/console/users").has("all@harbour.example").lacks(operatorEmail)
	v.post("/console/tokens/new", url.Values{"name": {"sync"}, "kind": {"user"}, "expiresInYears": {"1"}}).is(200).has("shown only this once")

	phone := s.visitor()
	phone.post("/console/sign-in", url.Values{"email": {"phone@harbour.example"}, "password": {password}}).at(at).lacks("?field=", "Ledger", "Available")
	phone.get(at+"/cdrs").is(200).has(`aria-current="page"><svg`, "Call records</a>").lacks(">Money<", "Limits</a>", `class="tabs"`)
	phone.get(at + "/ledger").is(http.StatusForbidden)
}

func TestRateDeckUpload(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.signedIn(operatorEmail)
	upload := func(fields map[string]string) *answer {
		var b strings.Builder
		for name, value := range fields {
			b.WriteString("--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
		}
		return v.send("POST", "/console/upload", b.String()+"--x--\r\n", http.Header{"Content-Type": {"multipart/form-data; boundary=x"}, "Sec-Fetch-Site": {"same-origin"}})
	}
	const first = "prefix,destination,price,increment\r\n44,United Kingdom,0.0190,60/60\r\n"
	upload(map[string]string{"name": "default", "csv": "prefix,destination,price\n44,United Kingdom,cheap\n"}).is(http.StatusUnprocessableEntity).has("line 2", "price")
	upload(map[string]string{"name": "default", "csv": first}).is(200).has("New", "United Kingdom", "Import this version")
	v.get("/console/ratedecks").has("No rate deck yet")
	upload(map[string]string{"name": "default", "csv": first, "apply": "1"}).at("/console/ratedecks/default").has("Version 1", "$0.019/min")
	upload(map[string]string{"name": "default", "csv": strings.Replace(first, "0.0190", "0.0250", 1)}).has("Dearer", "$0.019/min, 60/60 s", "$0.025/min, 60/60 s")
	upload(map[string]string{"name": "default", "csv": strings.Replace(first, "0.0190", "0.0250", 1), "apply": "1"}).has("$0.025/min")
	v.get("/console/ratedecks/default?number=%2B442079460123").has("United Kingdom")
	v.get("/console/ratedecks/default?number=%2B33142685300").has("no_price")
	v.post("/console/ratedecks/default/rollback", url.Values{"version": {"1"}}).has("Bring back version 1")
	v.post("/console/ratedecks/default/rollback", url.Values{"version": {"1"}, "sure": {"1"}}).at("/console/ratedecks/default").has("Version 3", "$0.019/min")
	v.get("/console/ratedecks/default/versions/1").has("44,United Kingdom")
}

func TestTokenIsShownOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v := s.signedIn(operatorEmail)
	made := v.post("/console/tokens/new", url.Values{"name": {"sbc-1"}, "kind": {"switch"}, "expiresInYears": {"1"}, "customer": {c.ID.String()}}).is(200).has("shown only this once", "curl -s http://tollkeeper.example/calls")
	secret := regexp.MustCompile(`<pre class="secret" tabindex="0">([^<\n]+)<`).FindStringSubmatch(made.body)
	if secret == nil {
		t.Fatal("no secret is shown")
	}
	v.post("/console/tokens/new", url.Values{"name": {"sync"}, "kind": {"user"}, "expiresInYears": {"soon"}, "networks": {"192.0.2.0/24"}}).is(http.StatusUnprocessableEntity).
		has(`id="fault-networks"`, `id="fault-expiresInYears"`).lacks("shown only this once")
	v.get("/console/tokens").has("sbc-1", "In use").lacks(secret[1])
	v.get("/console/customers/" + c.ID.String() + "/tokens").has("sbc-1")
}

func TestPagesAreThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	v := s.signedIn(operatorEmail)
	for _, path := range []string{"", "customers", "customers/new", "users", "users/new", "tokens", "tokens/new", "calls", "decisions", "cdrs", "ratedecks", "upload", "events", "mails", "audit", "password", "totp", "totp/disable"} {
		v.get("/console/" + path).is(200).has("</html>")
	}
	for _, path := range []string{"", "/ledger", "/ledger/new", "/calls", "/cdrs", "/usage", "/check", "/limits", "/status", "/users", "/tokens", "/audit", "/events", "/delete"} {
		v.get("/console/customers/"+c.ID.String()+path).is(200).has("Harbour Coffee", "</html>")
	}
	v.get("/console/nowhere").is(404)
}
