package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-go/v85"

	"tollkeeper"
	"tollkeeper/internal/api"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/payment"
)

const stripeSecret = "whsec_test"

// fakeStripe stands in for Stripe: its pages take cards, and what they took is charged.
type fakeStripe struct {
	url     string
	mu      sync.Mutex // guards all below
	pages   map[string]*cardPage
	charged []string // payment methods, one for each charge
}

// cardPage is one page that takes a card.
type cardPage struct {
	customer, ours  string // Stripe's name and ours
	success, cancel string
	saved           bool
}

func (f *fakeStripe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.ParseForm()
	answer := func(v map[string]any) { json.NewEncoder(w).Encode(v) }
	path, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/"), "/cs_")
	page := f.pages["cs_"+id]
	switch {
	case path == "customers":
		answer(map[string]any{"id": "cus_1", "object": "customer"})
	case path == "checkout/sessions" && id == "":
		if r.Form.Get("mode") != "setup" || r.Form.Get("currency") != "usd" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		name := fmt.Sprint("cs_", len(f.pages)+1)
		f.pages[name] = &cardPage{customer: r.Form.Get("customer"), ours: r.Form.Get("setup_intent_data[metadata][tollkeeper_customer]"), success: r.Form.Get("success_url"), cancel: r.Form.Get("cancel_url")}
		answer(map[string]any{"id": name, "object": "checkout.session", "url": f.url + "/pay/" + name})
	case path == "checkout/sessions" && page != nil:
		answer(map[string]any{"id": "cs_" + id, "object": "checkout.session", "setup_intent": page.intent(id)})
	case strings.HasPrefix(path, "setup_intents/seti_"):
		id = strings.TrimPrefix(path, "setup_intents/seti_")
		answer(f.pages["cs_"+id].intent(id))
	case path == "/pay" && page != nil && r.Method == http.MethodGet:
		fmt.Fprintf(w, `<!doctype html><title>Card</title><form method="post"><input id="number"><button>Save</button></form><a href="%s">Cancel</a>`, page.cancel)
	case path == "/pay" && page != nil:
		page.saved = true
		http.Redirect(w, r, strings.Replace(page.success, "{CHECKOUT_SESSION_ID}", "cs_"+id, 1), http.StatusSeeOther)
	case path == "payment_intents":
		f.charged = append(f.charged, r.Form.Get("payment_method"))
		answer(map[string]any{"id": fmt.Sprint("pi_", len(f.charged)), "object": "payment_intent", "status": "succeeded"})
	default:
		w.WriteHeader(http.StatusNotFound)
		answer(map[string]any{"error": map[string]any{"type": "invalid_request_error", "message": "No such thing"}})
	}
}

// intent is the SetupIntent of a page.
func (p *cardPage) intent(id string) map[string]any {
	intent := map[string]any{"id": "seti_" + id, "object": "setup_intent", "status": "requires_payment_method", "metadata": map[string]string{"tollkeeper_customer": p.ours}}
	if p.saved {
		intent["status"], intent["customer"] = "succeeded", p.customer
		intent["payment_method"] = map[string]any{"id": "pm_" + id, "object": "payment_method", "type": "card", "card": map[string]any{"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2029}}
	}
	return intent
}

// newCardSite is a site that charges cards at a fake of Stripe, with a customer and its
// user.
func newCardSite(t *testing.T) (*site, *fakeStripe, *payment.Stripe, tollkeeper.Account) {
	t.Helper()
	f := &fakeStripe{pages: map[string]*cardPage{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	provider := payment.NewStripe(payment.StripeKeys{Secret: "sk_test", Publishable: "pk_test", Webhook: stripeSecret, URL: server.URL, Currency: "USD"})
	s := openSite(t, t.TempDir(), func(c *api.Config) { c.Providers = map[string]api.PaymentProvider{payment.StripeName: provider} })
	s.user(tollkeeper.User{Email: operatorEmail}.WithAllRights())
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	return s, f, provider, c
}

// TestCardIsTypedElsewhere opens a page of the provider's, comes back from it early and
// again, and hears of it by the provider's message too: the card is there once.
func TestCardIsTypedElsewhere(t *testing.T) {
	t.Parallel()
	s, f, provider, c := newCardSite(t)
	v, at := s.ofCustomer("owner@example.com"), "/console/customers/"+c.ID.String()
	v.get(at).has("Add credit")
	v.get(at + "/refill").at(at + "/methods/new").has("add a payment method first")
	v.get(at+"/methods/new").is(200).has("Go on to Stripe", "your carrier records", `action="`+at+`/methods/card"`)
	on := v.post(at+"/methods/card", nil).is(200).has("On to Stripe", f.url+"/pay/cs_1")
	if on.header.Get("Refresh") != "0;url="+f.url+"/pay/cs_1" {
		t.Errorf("the page goes on to %q", on.header.Get("Refresh"))
	}
	f.mu.Lock()
	page := f.pages["cs_1"]
	f.mu.Unlock()
	if want := "http://tollkeeper.example" + at + "/methods/return"; page.cancel != want || page.success != want+"?setUp={CHECKOUT_SESSION_ID}" {
		t.Errorf("the page leads back to %+v", page)
	}
	v.get(at + "/methods/return").at(at + "/billing").has("No payment method was added.")
	v.get(at + "/methods/return?setUp=cs_1").at(at + "/billing").has("let the customer finish it first")
	f.mu.Lock()
	page.saved = true
	f.mu.Unlock()
	v.get(at+"/methods/return?setUp=cs_1").at(at+"/billing").has("visa ···· 4242 was added", "04/2029", ">Default<")
	v.get(at + "/methods/return?setUp=cs_9").at(at + "/billing").has("Stripe refused")
	body := `{"id":"evt_1","object":"event","type":"setup_intent.succeeded","data":{"object":{"id":"seti_1","object":"setup_intent","metadata":{"tollkeeper_customer":"` + c.ID.String() + `"}}}}`
	signed := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: []byte(body), Secret: stripeSecret})
	v.send("POST", "/providers/stripe", body, http.Header{"Content-Type": {"application/json"}, "Stripe-Signature": {signed.Header}}).is(200)
	if got := v.get(at + "/billing"); strings.Count(got.body, "visa ···· 4242") != 1 {
		t.Errorf("the card is there %d times", strings.Count(got.body, "visa ···· 4242"))
	}
	other := s.customer("Rival", nil)
	s.user(tollkeeper.User{Email: "rival@example.com", Customer: other.ID}.WithAllRights())
	s.ofCustomer("rival@example.com").get("/console/customers/" + other.ID.String() + "/methods/return?setUp=cs_1").has("must be a set-up of this customer")

	v.post(at+"/refill", url.Values{"amount": {"20.00"}, "key": {"console-1"}}).at(at + "/billing").has("$20.00")
	collector := &billing.Collector{Store: s.store, Providers: map[string]billing.Provider{payment.StripeName: provider}, Taxes: billing.Table{}, Log: slog.New(slog.DiscardHandler)}
	if _, err := collector.RunOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	if len(f.charged) != 1 || f.charged[0] != "pm_1" {
		t.Errorf("charged are %v", f.charged)
	}
	f.mu.Unlock()
	v.get(at).has("$20.00")
}

// TestNoCardsWithoutProvider says that the carrier records what comes by transfer.
func TestNoCardsWithoutProvider(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	at := "/console/customers/" + c.ID.String()
	v := s.signedIn(operatorEmail)
	v.get(at + "/methods/new").is(200).has("until you record that it has come").lacks("Stripe")
	v.post(at+"/methods/new", url.Values{"label": {"4242 4242 4242 4242"}}).is(http.StatusUnprocessableEntity).has("must not be the number of a card")
	v.post(at+"/methods/new", url.Values{"label": {"Wire"}, "isDefault": {"1"}}).at(at + "/billing").has("Wire was added.")
}

// addCard has a customer's user type a card on the provider's page, in a real browser,
// under the policy that lets pages load nothing from elsewhere.
func addCard(t *testing.T, b chromium) {
	s, f, _, c := newCardSite(t)
	at := "/console/customers/" + c.ID.String()
	w := b.window(s)
	w.open("/console/sign-in")
	w.fill("#in-email", "owner@example.com")
	w.fill("#in-password", password)
	w.click("main button.first")
	w.until(`location.pathname === "` + at + `"`)
	w.open(at + "/billing")
	w.click(`.title .buttons a[href$="/methods/new"], .under-tabs a[href$="/methods/new"], main a[href$="/methods/new"]`)
	w.until(`location.pathname === "` + at + `/methods/new"`)
	w.click(`form[action$="/methods/card"] button`)
	w.until(`location.origin === "` + f.url + `" && document.querySelector("#number")`)
	f.mu.Lock()
	page := f.pages["cs_1"] // leads back to the address of people, which is not this test's
	page.success = strings.Replace(page.success, "http://tollkeeper.example", s.url, 1)
	f.mu.Unlock()
	w.click("button")
	w.until(`location.pathname === "` + at + `/billing"`)
	w.reads("#notice", "visa ···· 4242 was added")
}
