package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"tollkeeper"
)

// TestPagesInSpanish reads the pages in Spanish, as staff and as a customer. A text that
// has no translation fails in TestMain.
func TestPagesInSpanish(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Cafetería del Puerto", func(c *tollkeeper.Customer) { c.Credit, c.LowBalanceAlertAmount, c.CDRRetention = 123450, 500, 1 })
	s.user(tollkeeper.User{Email: "dueña@example.com", Customer: c.ID, Language: "es-ES"}.WithAllRights())
	s.ask(c, "refused")
	staff, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	staff.post("/console/language", url.Values{"language": {"es"}, "next": {at}}).at(at).has(`lang="es-US"`, "Crédito", "1 mes<", "$1,234.50")
	for _, path := range []string{"", "customers", "customers/new", "users", "users/new", "tokens", "tokens/new", "calls", "decisions", "cdrs", "recordings", "transcripts", "ratedecks", "upload", "invoices", "payments",
		"numbers", "numbers/new", "trunks", "portouts", "portouts/new", "events", "mails", "audit", "webhooks", "webhooks/new", "jobs", "settings", "start/customer", "start/deck", "start/token", "start/call", "password", "totp", "totp/disable", "confirm"} {
		staff.get("/console/" + path).is(200).has(`lang="es-US"`).lacks("%!")
	}
	owner := s.ofCustomer("dueña@example.com")
	for _, path := range []string{"", "/billing", "/invoices", "/payments", "/ledger", "/calls", "/cdrs", "/decisions", "/check", "/recordings", "/transcripts", "/media", "/retention",
		"/limits", "/numbers", "/trunks", "/trunks/new", "/porting", "/users", "/tokens", "/webhooks", "/audit", "/events", "/usage", "/refill", "/methods/new", "/lock"} {
		owner.get(at + path).is(200).has(`lang="es-ES"`).lacks("%!")
	}
	owner.get(at).has("1.234,50 $")
	form := owner.get(at + "?field=lowBalanceAlertAmount").has(`value="5,00"`)
	owner.post(at, url.Values{"field": {"lowBalanceAlertAmount"}, "lowBalanceAlertAmount": {"1.000,50"}, "etag": {etagOf(form.body)}}).is(200).has("1.000,50 $", "Se guardó")
}

// TestLanguageIsChosen follows who decides about the language: the page's choice, then
// the user's record, then the browser.
func TestLanguageIsChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	spoken := func(v *visitor, accepted string) string {
		a := v.send(http.MethodGet, "/console/sign-in", "", http.Header{"Accept-Language": {accepted}}).is(200)
		return regexp.MustCompile(`<html lang="([^"]*)"`).FindStringSubmatch(a.body)[1]
	}
	v := s.visitor()
	for accepted, want := range map[string]string{"": "en-US", "es-MX,es;q=0.9,en;q=0.8": "es-MX", "fr-FR,es;q=0.5": "es-ES", "fr-FR": "en-US", "en-GB": "en-GB", "?": "en-US"} {
		if got := spoken(v, accepted); got != want {
			t.Errorf("%q is answered in %s, not in %s", accepted, got, want)
		}
	}
	v.post("/console/language", url.Values{"language": {"es"}, "next": {"/console/sign-in"}}).has("Iniciar sesión", ">English</button>", ">Español</button>")
	if got := spoken(v, "en-GB"); got != "es-GB" {
		t.Errorf("who chose Spanish is answered in %s", got)
	}
	v.post("/console/language", url.Values{"language": {"tlh"}, "next": {"/console/sign-in"}}).has("Iniciar sesión")
}
