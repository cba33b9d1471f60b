package console_test

import (
	"context"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tollkeeper"
)

// newOperator is the form that makes the first user, filled in.
func newOperator() url.Values {
	return url.Values{"code": {operatorCode}, "email": {"ada@example.com"}, "password": {password}, "again": {password}, "zone": {"Europe/Madrid"}}
}

// TestOperatorNeedsTheCode makes sure that an open server without users goes to nobody
// who does not have its code, and to nobody a second time.
func TestOperatorNeedsTheCode(t *testing.T) {
	t.Parallel()
	s := openSite(t, t.TempDir())
	v := s.visitor()
	v.get("/console/customers").at("/console/operator").has("Make the operator")
	v.get("/console/operator?code=abc").has(`value="abc"`)
	for field, wrong := range map[string]string{"code": "K7QF-M2XA-3RTZ-5WVD-C6JM", "email": "nobody", "password": "short", "again": "another one", "zone": "Nowhere/At"} {
		form := newOperator()
		form.Set(field, wrong)
		v.post("/console/operator", form).is(http.StatusUnprocessableEntity).has(`role="alert"`).lacks(password)
	}
	if found, err := s.store.HasUsers(context.Background()); err != nil || found {
		t.Fatalf("somebody was made: %v", err)
	}
	form := newOperator()
	form.Set("code", strings.ToLower(strings.ReplaceAll(operatorCode, "-", " ")))
	v.post("/console/operator", form).at("/console/start/customer").has("First steps", "A customer")
	v.get("/console/audit").has("operator.create", "ada@example.com")
	late := s.visitor()
	late.get("/console/operator").at("/console/sign-in")
	late.post("/console/operator", newOperator()).at("/console/sign-in")
	late.send("POST", "/operator", `{"code":"`+operatorCode+`","password":"another good one"}`, http.Header{"Content-Type": {"application/json"}}).is(http.StatusConflict)
}

// TestFirstSteps takes them without script, leaves them, and takes them up again.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	s := openSite(t, t.TempDir())
	v := s.visitor()
	v.post("/console/operator", newOperator()).at("/console/start/customer")
	v.get("/console/").has("First steps", `href="/console/start"`)
	customer := url.Values{"name": {""}, "defaultBillMethod": {"credit"}, "credit": {"10.00"}, "internationalCalling": {"0"}, "maxOutboundCallRate": {"5"}}
	v.post("/console/start/customer", customer).is(http.StatusUnprocessableEntity).has("name", `role="alert"`)
	customer.Set("name", "Harbour <b>Coffee")
	v.post("/console/start/customer", customer).at("/console/start/deck").has("4420,&#34;United Kingdom, London&#34;,0.0120,60/60")
	v.post("/console/start/deck", url.Values{"csv": {"prefix,destination,price\nx,Nowhere,cheap\n"}}).is(http.StatusUnprocessableEntity).has("line 2")
	v.get("/console/start").at("/console/start/deck")
	v.post("/console/start/deck", url.Values{"csv": {"prefix,destination,price,increment\r\n1,United States,0.0085,6/6\r\n"}}).at("/console/start/token")
	v.get("/console/start/customer").has("There is 1 customer: Harbour &lt;b&gt;Coffee.", "Go on")
	v.post("/console/start/token", url.Values{"name": {""}}).is(http.StatusUnprocessableEntity)
	last := v.post("/console/start/token", url.Values{"name": {"switch-1"}, "networks": {""}}).at("/console/start/call").
		has("curl -s http://tollkeeper.example/calls", "Waiting for the first question", "Kamailio", "FreeSWITCH", "Asterisk")
	token := regexp.MustCompile(`tk_[A-Za-z0-9_-]{20,}`).FindString(last.body)
	if token == "" {
		t.Fatal("no token is shown")
	}
	v.get("/console/start").at("/console/start/call").has(token)
	v.get("/console/start/files/kamailio.cfg").is(200).has(`"!TOLLKEEPER!http://tollkeeper.example!g"`, `"!TOKEN!`+token+`!g"`)
	v.get("/console/start/files/opensips.cfg").is(200).has(`"` + token + `"`).lacks("tk_your_token")
	v.get("/console/start/files/passwd").is(http.StatusNotFound)
	s.signedIn("ada@example.com").get("/console/start/call").has("tk_your_token", "Make another token").lacks(token) // another browser
	v.send("POST", "/calls", `{"callId":"a","customer":"`+customerIn(t, last.body)+`","direction":"outbound","from":"+12125550100","to":"+12125550123"}`,
		http.Header{"Authorization": {token}, "Content-Type": {"application/json"}}).is(200).has(`"decision":"allow"`)
	for end := time.Now().Add(30 * time.Second); !strings.Contains(v.get("/console/start/call").body, "A switch has asked"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the decision never shows")
		}
	}
	v.post("/console/start/leave", nil).at("/console/").lacks("/console/start")
	v.get("/console/start/call").lacks(token)
}

func customerIn(t *testing.T, body string) string {
	t.Helper()
	found := regexp.MustCompile(`customer&#34;:&#34;([0-9a-f]{24})`).FindStringSubmatch(body)
	if found == nil {
		t.Fatal("no customer is in the line")
	}
	return found[1]
}

// TestFirstStepsAreTheStaffs keeps customers' users out of them.
func TestFirstStepsAreTheStaffs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	v := s.ofCustomer("owner@example.com")
	v.get("/console/start").is(http.StatusForbidden)
	v.post("/console/start/customer", url.Values{"name": {"Mine"}, "defaultBillMethod": {"credit"}, "credit": {"0"}, "maxOutboundCallRate": {"1"}}).is(http.StatusForbidden)
	v.get("/console/settings").is(http.StatusForbidden)
}

func TestSettingsAreShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.signedIn(operatorEmail)
	v.get("/console/settings").is(200).has("grace-seconds", "45", "seconds", "File", "stripe-key", "Set, not shown", "tax-url", "Not set")
	v.get("/console/settings?q=silence").has("grace-seconds").lacks("stripe-key")
	v.get("/console/settings?format=csv").has("grace-seconds,45,seconds,file,30,")
}

// firstRun goes the whole way of somebody who has just started a server, as far as the
// first decision, which appears while the page is open.
func firstRun(t *testing.T, b chromium) {
	s := openSite(t, t.TempDir())
	w := b.window(s)
	w.open("/console/operator?code=" + operatorCode)
	w.fill("#in-email", "ada@example.com")
	w.fill("#in-password", password)
	w.fill("#in-again", password)
	w.until(`document.querySelector("#in-zone").value !== ""`)
	w.do(chromedp.Submit(chromedp.CSS("#in-code")))
	w.until(`location.pathname === "/console/start/customer"`)
	w.fill("#in-name", "Harbour Coffee")
	w.do(chromedp.Submit(chromedp.CSS("#in-name")))
	w.until(`location.pathname === "/console/start/deck"`)
	w.click("main .form button.first")
	w.until(`location.pathname === "/console/start/token" && document.querySelectorAll(".steps .done").length === 2`)
	w.open("/console/") // it can be left and taken up again
	w.click(".begin a")
	w.until(`location.pathname === "/console/start/token"`)
	w.do(chromedp.Submit(chromedp.CSS("#in-name")))
	w.until(`location.pathname === "/console/start/call"`)
	w.reads("#list", "Waiting for the first question")
	w.until(`performance.getEntriesByType("resource").some(e => e.name.endsWith("/live")) || document.readyState === "complete"`)
	line := have(w, chromedp.Evaluate[string](`document.querySelector("pre.secret").innerText`))
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl to run the line with: it is in Debian's package curl")
	}
	pasted := exec.Command("sh", "-c", strings.Replace(line, "http://tollkeeper.example", s.url, 1))
	if answer, err := pasted.CombinedOutput(); err != nil || !strings.Contains(string(answer), `"decision":"allow"`) {
		t.Fatalf("the line answers %s: %v", answer, err)
	}
	w.reads("#list tbody tr", "Harbour Coffee", "Allowed")
	w.reads("#list", "The server has decided")
	w.click(".title form button")
	w.until(`location.pathname === "/console/" && !document.querySelector(".begin")`)
}
