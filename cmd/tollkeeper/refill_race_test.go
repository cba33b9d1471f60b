package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper/internal/store/storetest"
)

// cardNetwork stands in for Stripe: slow, and stateful in what it charges.
type cardNetwork struct {
	mu      sync.Mutex // guards all below
	intents []map[string]any
	byKey   map[string]map[string]any
	asked   int
	began   chan struct{} // gets one for each charge that is asked for
}

// ServeHTTP answers as Stripe does.
func (n *cardNetwork) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	var answer any
	switch path := strings.TrimPrefix(r.URL.Path, "/v1/"); {
	case strings.HasPrefix(path, "setup_intents/"):
		customer := strings.TrimPrefix(path, "setup_intents/seti_")
		answer = map[string]any{"id": "seti_" + customer, "object": "setup_intent", "status": "succeeded", "customer": "cus_" + customer,
			"metadata": map[string]string{"tollkeeper_customer": customer}, "payment_method": map[string]any{"id": "pm_" + customer, "type": "card",
				"card": map[string]any{"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2039}}}
	case path == "payment_intents" && r.Method == http.MethodGet:
		answer = n.list(r.Form.Get("customer"))
	case path == "payment_intents":
		answer = n.charge(r)
		select {
		case n.began <- struct{}{}:
		default:
		}
		time.Sleep(200 * time.Millisecond) // charged, and not answered yet
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	json.NewEncoder(w).Encode(answer)
}

func (n *cardNetwork) list(customer string) any {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := []any{}
	for _, intent := range n.intents {
		if intent["customer"] == customer {
			found = append(found, intent)
		}
	}
	return map[string]any{"object": "list", "data": found, "has_more": false, "url": "/v1/payment_intents"}
}

func (n *cardNetwork) charge(r *http.Request) map[string]any {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	key := r.Header.Get("Idempotency-Key")
	if n.byKey[key] == nil {
		n.byKey[key] = map[string]any{"id": fmt.Sprint("pi_", len(n.intents)), "object": "payment_intent", "status": "succeeded",
			"customer": r.Form.Get("customer"), "metadata": map[string]string{"tollkeeper_payment": r.Form.Get("metadata[tollkeeper_payment]")}}
		n.intents = append(n.intents, n.byKey[key])
	}
	return n.byKey[key]
}

// TestRefillRace lets two processes on one PostgreSQL race for the refills of the same
// customers, by their own clocks and because they are asked to, and kills one of them
// while its charges are under way: each customer is charged and credited once.
func TestRefillRace(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the lease of a killed node")
	}
	const customers = 12
	network := &cardNetwork{byKey: map[string]map[string]any{}, began: make(chan struct{}, 1)}
	stripe := httptest.NewServer(network)
	t.Cleanup(stripe.Close)
	database := storetest.NewProcess(t)
	environment := []string{"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password, "TOLLKEEPER_DATABASE=" + database.URL(),
		"TOLLKEEPER_STRIPE_KEY=sk_test", "TOLLKEEPER_STRIPE_PUBLISHABLE_KEY=pk_test", "TOLLKEEPER_STRIPE_WEBHOOK_SECRET=whsec_test",
		"TOLLKEEPER_STRIPE_URL=" + stripe.URL}
	var nodes []*server
	for i := range 2 {
		node := launch(t, filepath.Join(t.TempDir(), fmt.Sprint("node-", i)), environment)
		node.serving()
		nodes = append(nodes, node)
	}
	nodes[0].token = nodes[0].newToken("test", "--database", database.URL())
	nodes[1].token = nodes[0].token
	var ids []string
	for i := range customers {
		id := nodes[i%2].newCustomer(fmt.Sprint("racer ", i), 0)
		nodes[i%2].must("POST", "/paymentmethods", fmt.Sprintf(`{"customer":%q,"provider":"stripe","setUp":%q}`, id, "seti_"+id), nil)
		ids = append(ids, id)
	}
	for _, id := range ids {
		nodes[0].must("PATCH", "/customers/"+id, `{"automaticRefillAmount":2000}`, nil)
	}
	var wait sync.WaitGroup
	for _, node := range nodes {
		for range 4 {
			wait.Go(func() { // the node that is killed answers no more
				for range 5 {
					node.do("POST", "/jobs/collect%20payments/run", "")
				}
			})
		}
	}
	<-network.began
	nodes[0].kill()
	wait.Wait()
	for _, id := range ids {
		paid := int64(0)
		for deadline := time.Now().Add(2 * patience); paid == 0 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			var b balance
			nodes[1].must("GET", "/customers/"+id+"/balance", "", &b)
			paid = b.PostedMicros
		}
		if paid != 20_000_000 {
			t.Errorf("customer %s has %d micro-units of credit, want those of one refill", id, paid)
		}
	}
	if code := nodes[1].terminate(); code != 0 {
		t.Errorf("the node ends with %d: %s", code, nodes[1].log.String())
	}
	network.mu.Lock()
	defer network.mu.Unlock()
	if len(network.intents) != customers {
		t.Errorf("%d charges for %d customers", len(network.intents), customers)
	}
	t.Logf("%d charges, asked for %d times", len(network.intents), network.asked)
	if output, code := tool(t, "verify", "--database", database.URL()); code != 0 {
		t.Errorf("verify ends with %d: %s", code, output)
	}
}
