package payment_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v85"

	"tollkeeper"
	"tollkeeper/internal/payment"
)

// fake stands in for Stripe: it keeps PaymentIntents, answers repeats of a key alike, and
// can decline, or fail after it has charged.
type fake struct {
	mu      sync.Mutex // guards all below
	intents []map[string]any
	keys    map[string]int
	decline bool
	late    bool // answers 500 to what has succeeded
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.ParseForm()
	switch path := strings.TrimPrefix(r.URL.Path, "/v1/"); {
	case path == "payment_intents" && r.Method == http.MethodGet:
		json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": f.intents, "has_more": false, "url": "/v1/payment_intents"})
	case path == "payment_intents":
		f.charge(w, r)
	case strings.HasPrefix(path, "setup_intents/"):
		json.NewEncoder(w).Encode(map[string]any{"id": "seti_1", "object": "setup_intent", "status": "succeeded", "customer": "cus_1",
			"metadata": map[string]string{"tollkeeper_customer": customer.String()}, "payment_method": map[string]any{"id": "pm_1", "type": "card",
				"card": map[string]any{"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2029}}})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fake) charge(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	if f.decline {
		w.WriteHeader(http.StatusPaymentRequired)
		fmt.Fprint(w, `{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds."}}`)
		return
	}
	i, known := f.keys[key]
	if !known {
		i = len(f.intents)
		f.keys[key] = i
		f.intents = append(f.intents, map[string]any{"id": fmt.Sprint("pi_", i), "object": "payment_intent", "status": "succeeded",
			"metadata": map[string]string{"tollkeeper_payment": r.Form.Get("metadata[tollkeeper_payment]")}})
	}
	if f.late {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"error":{"type":"api_error","message":"an error"}}`)
		return
	}
	json.NewEncoder(w).Encode(f.intents[i])
}

const secret = "whsec_test"

var customer, _ = tollkeeper.ParseID("69a555184b1f8c3a5e000003")

func newStripe(t *testing.T) (*fake, *payment.Stripe) {
	t.Helper()
	f := &fake{keys: map[string]int{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, payment.NewStripe(payment.StripeKeys{Secret: "sk_test", Publishable: "pk_test", Webhook: secret, URL: server.URL, Currency: "USD"})
}

// TestCharge charges once through declines, repeats, and errors that were successes.
func TestCharge(t *testing.T) {
	t.Parallel()
	f, s := newStripe(t)
	p := tollkeeper.Payment{ID: customer, Amount: 2145, Purpose: tollkeeper.PaymentRefill, CreatedAt: time.Now()}
	m := tollkeeper.PaymentMethod{Account: "cus_1", Reference: "pm_1", Kind: "card"}
	f.decline = true
	if got, err := s.Charge(t.Context(), p, m); err != nil || got.State != tollkeeper.PaymentFailed || !strings.Contains(got.Failure, "insufficient_funds") {
		t.Errorf("a decline is %+v, %v", got, err)
	}
	f.decline, f.late = false, true
	if got, err := s.Charge(t.Context(), p, m); err == nil {
		t.Errorf("an error 500 is %+v", got)
	}
	p.Attempts++
	for range 2 {
		if got, err := s.Charge(t.Context(), p, m); err != nil || got.State != tollkeeper.PaymentSucceeded || got.Reference != "pi_0" {
			t.Errorf("the repeat is %+v, %v", got, err)
		}
	}
	if len(f.intents) != 1 {
		t.Errorf("%d charges, want 1", len(f.intents))
	}
}

func TestSaved(t *testing.T) {
	t.Parallel()
	_, s := newStripe(t)
	m, err := s.Saved(t.Context(), "seti_1")
	if err != nil || m.Customer != customer || m.Reference != "pm_1" || m.Account != "cus_1" || m.Label != "visa" || m.Last4 != "4242" {
		t.Errorf("saved %+v, %v", m, err)
	}
}

// TestHear reads signed messages, and refuses others.
func TestHear(t *testing.T) {
	t.Parallel()
	_, s := newStripe(t)
	for _, row := range []struct {
		body  string
		kind  tollkeeper.MessageKind
		found bool
	}{
		{`{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","status":"succeeded","metadata":{"tollkeeper_payment":"` + customer.String() + `"}}}}`, tollkeeper.MessagePayment, true},
		{`{"id":"evt_2","object":"event","type":"charge.dispute.funds_withdrawn","data":{"object":{"id":"dp_1","object":"dispute","amount":2145,"payment_intent":"pi_1"}}}`, tollkeeper.MessageDispute, true},
		{`{"id":"evt_3","object":"event","type":"refund.updated","data":{"object":{"id":"re_1","object":"refund","status":"succeeded","amount":5,"payment_intent":"pi_1"}}}`, tollkeeper.MessageRefund, true},
		{`{"id":"evt_4","object":"event","type":"customer.created","data":{"object":{}}}`, "", false},
	} {
		signed := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: []byte(row.body), Secret: secret})
		m, found, err := s.Hear([]byte(row.body), signed.Header)
		if err != nil || found != row.found || m.Kind != row.kind {
			t.Errorf("%s is %+v, %t, %v", row.body, m, found, err)
		}
		if _, _, err := s.Hear([]byte(row.body+" "), signed.Header); err == nil {
			t.Error("a message with another body is heard")
		}
		old := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: []byte(row.body), Secret: secret, Timestamp: time.Now().Add(-time.Hour)})
		if _, _, err := s.Hear([]byte(row.body), old.Header); err == nil {
			t.Error("an old message is heard")
		}
	}
}
