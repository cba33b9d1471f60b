package payment_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/payment"
)

// mocked is stripe-mock, which checks every request against Stripe's description of its API,
// behind a proxy that notes what was asked and how it was answered.
type mocked struct {
	mu    sync.Mutex // guards asked
	asked []string   // "POST /v1/refunds 200"
	url   string
}

// newMocked starts it. Its socket is in a folder, as a port that is free now may not be later.
func newMocked(t *testing.T) *mocked {
	t.Helper()
	binary := os.Getenv("STRIPE_MOCK")
	if binary == "" {
		t.Skip("needs stripe-mock from the Go proxy, which make test installs")
	}
	socket := t.TempDir() + "/mock"
	server := exec.Command(binary, "-http-unix", socket)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	m := &mocked{}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "mock"})
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	proxy.ModifyResponse = m.note(t)
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	m.url = front.URL
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("unix", socket)
		if err == nil {
			c.Close()
			return m
		}
		if time.Now().After(deadline) {
			t.Fatalf("stripe-mock has not started: %v", err)
		}
	}
}

func (m *mocked) note(t *testing.T) func(*http.Response) error {
	return func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		path := r.Request.URL.Path
		if cut := strings.LastIndexByte(path, '_'); cut > 0 && strings.Count(path, "/") > 2 { // an id
			path = path[:cut]
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.asked = append(m.asked, r.Request.Method+" "+path)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s %s is answered %d: %s", r.Request.Method, r.Request.URL, r.StatusCode, body)
		}
		return nil
	}
}

// TestStripeMock makes every request that the provider makes. stripe-mock answers from
// examples and keeps nothing, so that only their shape is looked at.
func TestStripeMock(t *testing.T) {
	t.Parallel()
	m := newMocked(t)
	s := payment.NewStripe(payment.StripeKeys{Secret: "sk_test_1", Publishable: "pk_test_1", Webhook: secret, URL: m.url, Currency: "USD"})
	account, err := s.Account(t.Context(), tollkeeper.Customer{ID: customer, Name: "Acme"})
	if err != nil || !strings.HasPrefix(account, "cus_") {
		t.Fatalf("the account is %q, %v", account, err)
	}
	setUp, err := s.SetUp(t.Context(), customer, account, "")
	if err != nil || !strings.HasPrefix(setUp.Reference, "seti_") || setUp.ClientSecret == "" {
		t.Errorf("the set-up is %+v, %v", setUp, err)
	}
	page, err := s.SetUp(t.Context(), customer, account, "https://portal.example/cards?tab=2")
	if err != nil || !strings.HasPrefix(page.Reference, "cs_") {
		t.Errorf("the page is %+v, %v", page, err)
	}
	// The examples belong to nobody, which is told after they were read.
	for _, name := range []string{"seti_1", "cs_1"} {
		if _, err := s.Saved(t.Context(), name); tollkeeper.ErrorCode(err) != tollkeeper.CodeInvalid {
			t.Errorf("%s, a set-up of others, is %v", name, err)
		}
	}
	p := tollkeeper.Payment{ID: customer, Amount: 2145, Purpose: tollkeeper.PaymentRefill, CreatedAt: time.Now()}
	method := tollkeeper.PaymentMethod{Account: account, Reference: "pm_1", Kind: "card"}
	for _, change := range []func(){func() {}, func() { p.Attempts = 1 }, func() { p.Reference = "pi_1" }} {
		change()
		if got, err := s.Charge(t.Context(), p, method); err != nil || !strings.HasPrefix(got.Reference, "pi_") {
			t.Errorf("the charge is %+v, %v", got, err)
		}
	}
	r := tollkeeper.Refund{ID: customer, Payment: p.ID, Amount: 145}
	for r.Attempts = range int64(2) {
		if got, err := s.Refund(t.Context(), r, p); err != nil || got.State != tollkeeper.PaymentSucceeded {
			t.Errorf("the refund is %+v, %v", got, err)
		}
	}
	if err := s.Forget(t.Context(), "pm_1"); err != nil {
		t.Error(err)
	}
	want := []string{"POST /v1/customers", "POST /v1/setup_intents", "GET /v1/setup_intents/seti", "POST /v1/checkout/sessions", "GET /v1/checkout/sessions/cs", "POST /v1/payment_intents", "GET /v1/payment_intents",
		"GET /v1/payment_intents/pi", "POST /v1/refunds", "GET /v1/refunds", "POST /v1/payment_methods/pm"}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, request := range want {
		if !slices.Contains(m.asked, request) {
			t.Errorf("%s was not asked; these were: %q", request, m.asked)
		}
	}
}
