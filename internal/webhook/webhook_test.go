package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/outbound"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
	"tollkeeper/internal/webhook"
)

// carrier is a server with customers, a clock and a deliverer.
type carrier struct {
	*store.Store
	webhook.Deliverer

	mu  sync.Mutex // guards now
	now time.Time
}

func newCarrier(t testing.TB) *carrier {
	t.Helper()
	c := &carrier{now: time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC)}
	config := storetest.Config(t)
	config.Now = c.clock
	var err error
	if c.Store, err = store.Open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	client := outbound.NewClient(netip.MustParsePrefix("127.0.0.0/8"))
	client.Timeout = time.Second
	c.Deliverer = webhook.Deliverer{Store: c.Store, Poster: webhook.Poster{Client: client, Now: c.clock}}
	return c
}

func (c *carrier) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *carrier) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *carrier) customer(t testing.TB) tollkeeper.ID {
	t.Helper()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	a, err := c.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// lock makes an event of a customer, accountlock.changed, and others that no webhook
// here wants.
func (c *carrier) lock(t testing.TB, id tollkeeper.ID, on string) {
	t.Helper()
	w := tollkeeper.Write{Principal: tollkeeper.Principal{Rights: tollkeeper.AllRights}}
	fields := []tollkeeper.Field{{Key: "accountLock", Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: on}}}
	if _, err := c.PatchCustomer(t.Context(), w, id, fields, nil); err != nil {
		t.Fatal(err)
	}
}

// hook makes a webhook that hears of the account lock, and of webhooks.
func (c *carrier) hook(t testing.TB, customer tollkeeper.ID, url string) tollkeeper.Webhook {
	t.Helper()
	w, err := c.CreateWebhook(t.Context(), tollkeeper.Write{}, tollkeeper.Webhook{Customer: customer, URL: url, Secret: webhook.NewSecret(),
		EventTypes: []tollkeeper.EventType{tollkeeper.EventAccountLock, tollkeeper.EventWebhookDisabled}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (c *carrier) reload(t *testing.T, w tollkeeper.Webhook) tollkeeper.Webhook {
	t.Helper()
	w, err := c.Webhook(t.Context(), w.ID)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// run tells of what has happened, and sends what is due.
func (c *carrier) run(t testing.TB) (attempts int) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = c.DispatchEvents(t.Context(), func(tollkeeper.EventType) []tollkeeper.Notice { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	attempts, err := c.RunOnce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return attempts
}

// log is what was sent to a webhook, oldest first.
func (c *carrier) log(t *testing.T, w tollkeeper.Webhook) []tollkeeper.Delivery {
	t.Helper()
	f, err := query.Parse("$limit=1000&$sort[_id]=1", query.Deliveries)
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.FindDeliveries(t.Context(), w.ID, f)
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// endpoint is a server that events are posted to.
type endpoint struct {
	*httptest.Server

	mu       sync.Mutex // guards all below
	answer   func() int
	received []request
}

type request struct {
	header http.Header
	body   string
	event  struct {
		ID       string `json:"_id"`
		Type     string
		Customer string
		Data     struct{ Changes []struct{ To any } }
	}
}

func newEndpoint(t testing.TB) *endpoint {
	t.Helper()
	e := &endpoint{answer: func() int { return 204 }}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		one := request{header: r.Header, body: string(body)}
		json.Unmarshal(body, &one.event)
		e.mu.Lock()
		e.received = append(e.received, one)
		answer := e.answer
		e.mu.Unlock()
		if r.URL.Path == "/moved" {
			w.Header().Set("Location", "/here")
		}
		w.WriteHeader(answer())
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) answers(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = func() int { return status }
}

// took returns what has arrived since the last time.
func (e *endpoint) took() []request {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() { e.received = nil }()
	return e.received
}

// signed checks a signature the way receivers do.
func signed(t *testing.T, r request, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) != 32 {
		t.Fatal(secret, err)
	}
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, r.header.Get("webhook-id")+"."+r.header.Get("webhook-timestamp")+"."+r.body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.Contains(strings.Fields(r.header.Get("webhook-signature")), want)
}

// TestDelivery sends an event to those who want it, signed, once.
func TestDelivery(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, other := c.customer(t), c.customer(t)
	own, others, all := newEndpoint(t), newEndpoint(t), newEndpoint(t)
	w := c.hook(t, acme, own.URL+"/events?x=1")
	c.hook(t, other, others.URL)
	c.hook(t, tollkeeper.ID{}, all.URL)
	c.lock(t, acme, "0")
	if n := c.run(t); n != 2 {
		t.Fatalf("%d attempts, want 2", n)
	}
	got := own.took()
	if len(got) != 1 || len(all.took()) != 1 || len(others.took()) != 0 {
		t.Fatalf("arrived: %+v", got)
	}
	r := got[0]
	if !signed(t, r, w.Secret) || r.header.Get("webhook-id") != r.event.ID || r.header.Get("webhook-timestamp") != "1772442904" ||
		r.header.Get("content-type") != "application/json" || r.event.Type != "accountlock.changed" || r.event.Customer != acme.String() {
		t.Errorf("arrived: %+v", r)
	}
	d := c.log(t, w)[0]
	if d.State != tollkeeper.DeliveryDelivered || d.Attempts != 1 || d.Status != 204 || d.Event.String() != r.event.ID || !d.EndedAt.Equal(c.clock()) {
		t.Errorf("the log has %+v", d)
	}
	if w := c.reload(t, w); w.Waiting != 0 || w.Failures != 0 {
		t.Errorf("the webhook is %+v", w)
	}
	c.advance(time.Hour)
	if n := c.run(t); n != 0 {
		t.Errorf("sent again: %d", n)
	}
}

// TestRotation signs with the old secret too, for a day.
func TestRotation(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, e := c.customer(t), newEndpoint(t)
	w := c.hook(t, acme, e.URL)
	secret := webhook.NewSecret()
	_, err := c.PatchWebhook(t.Context(), tollkeeper.Write{}, w.ID, func(w *tollkeeper.Webhook) {
		w.OldSecret, w.OldSecretUntil, w.Secret = w.Secret, c.clock().Add(tollkeeper.OldSecretLife), secret
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		later time.Duration
		old   bool
	}{{0, true}, {tollkeeper.OldSecretLife - time.Second, true}, {time.Second, false}} {
		c.advance(row.later)
		c.lock(t, acme, "0")
		c.lock(t, acme, "1")
		c.run(t)
		for _, r := range e.took() {
			if !signed(t, r, secret) || signed(t, r, w.Secret) != row.old {
				t.Errorf("after %v: %s", row.later, r.header.Get("webhook-signature"))
			}
		}
	}
}

// TestOrder sends a customer's events in their order, and holds the later ones back
// while an earlier one fails. Another customer's do not wait for them.
func TestOrder(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, other, e := c.customer(t), c.customer(t), newEndpoint(t)
	w := c.hook(t, tollkeeper.ID{}, e.URL)
	const events = 130 // more than are sent in a row
	e.answers(500)
	for i := range events {
		c.lock(t, acme, []string{"0", "1"}[i%2])
	}
	if n := c.run(t); n != 1 {
		t.Fatalf("%d attempts while the first event fails", n)
	}
	first := e.took()[0].event.ID
	if w := c.reload(t, w); w.Waiting != events || w.Failures != 1 {
		t.Errorf("the webhook is %+v", w)
	}
	e.answers(200)
	c.lock(t, other, "0")
	if n := c.run(t); n != 1 || e.took()[0].event.Customer != other.String() {
		t.Fatalf("%d attempts for the other customer", n)
	}
	c.advance(5 * time.Second)
	if n := c.run(t); n != events {
		t.Fatalf("%d attempts after the delay", n)
	}
	took := e.took()
	if len(took) != events {
		t.Errorf("%d of %d events arrived", len(took), events)
	}
	for i, r := range took {
		if i == 0 && r.event.ID != first {
			t.Error("the first event was not repeated first")
		}
		if to := r.event.Data.Changes[0].To; to != float64(i%2) {
			t.Fatalf("event %d says %v", i, to)
		}
	}
	if w := c.reload(t, w); w.Waiting != 0 {
		t.Errorf("%d wait", w.Waiting)
	}
}

// TestGivingUp tries ten times over 75 hours, and then disables the webhook, of which
// the others hear. It goes on where it stopped.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, e, all := c.customer(t), newEndpoint(t), newEndpoint(t)
	w := c.hook(t, acme, e.URL)
	c.hook(t, tollkeeper.ID{}, all.URL)
	e.answers(503)
	c.lock(t, acme, "0")
	c.lock(t, acme, "1")
	for i, delay := range []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
		14 * time.Hour, 20 * time.Hour, 24 * time.Hour} {
		if i > 0 {
			c.advance(delay - time.Second)
			if c.run(t); len(e.took()) != 0 {
				t.Fatalf("attempt %d came before its time", i+1)
			}
			c.advance(time.Second)
		}
		if c.run(t); len(e.took()) != 1 {
			t.Fatalf("attempt %d did not come at its time", i+1)
		}
	}
	got := c.reload(t, w)
	if got.Enabled || got.DisabledReason != "every attempt failed for 75 hours, at last with: it answered 503 Service Unavailable" || got.Waiting != 1 {
		t.Errorf("the webhook is %+v", got)
	}
	if log := c.log(t, w); log[0].State != tollkeeper.DeliveryFailed || log[0].Attempts != 10 || log[1].State != tollkeeper.DeliveryWaiting || !log[1].NextAt.IsZero() {
		t.Errorf("the log has %+v", log)
	}
	all.took()
	c.lock(t, acme, "0") // which is not kept for it
	c.advance(time.Hour)
	c.run(t)
	if told := all.took(); len(told) != 2 || told[0].event.Type != "webhook.disabled" || len(e.took()) != 0 {
		t.Errorf("others are told %+v", told)
	}
	e.answers(200)
	if _, err := c.PatchWebhook(t.Context(), tollkeeper.Write{}, w.ID, (*tollkeeper.Webhook).Enable); err != nil {
		t.Fatal(err)
	}
	if n := c.run(t); n != 1 || len(e.took()) != 1 || c.reload(t, w).Waiting != 0 {
		t.Errorf("%d attempts after it was enabled", n)
	}
}

// TestGone disables a webhook whose endpoint says that it wants no more.
func TestGone(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, e := c.customer(t), newEndpoint(t)
	w := c.hook(t, acme, e.URL)
	e.answers(410)
	c.lock(t, acme, "0")
	c.lock(t, acme, "1")
	if n := c.run(t); n != 1 {
		t.Fatalf("%d attempts", n)
	}
	if w := c.reload(t, w); w.Enabled || w.DisabledReason != "it answered 410 Gone" {
		t.Errorf("the webhook is %+v", w)
	}
}

// TestRefused counts what is no answer of 2xx as a failure, and follows no redirect.
func TestRefused(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, e := c.customer(t), newEndpoint(t)
	e.answers(307)
	closed := httptest.NewServer(nil)
	closed.Close()
	slow := newEndpoint(t)
	slow.answer = func() int { time.Sleep(2 * time.Second); return 200 }
	want := map[tollkeeper.ID]string{
		c.hook(t, acme, e.URL+"/moved").ID:     "it answered 307 Temporary Redirect",
		c.hook(t, acme, closed.URL).ID:         "connection refused",
		c.hook(t, acme, slow.URL).ID:           "it did not answer in time",
		c.hook(t, acme, "http://10.0.0.1/").ID: "10.0.0.1 is not a public address",
	}
	c.lock(t, acme, "0")
	c.run(t)
	for id, text := range want {
		d := c.log(t, tollkeeper.Webhook{ID: id})[0]
		if d.State != tollkeeper.DeliveryWaiting || !strings.Contains(d.Error, text) {
			t.Errorf("%+v, want %q", d, text)
		}
	}
	if got := e.took(); len(got) != 1 {
		t.Errorf("the redirect was followed: %+v", got)
	}
}

// TestDeadEndpoints keep nobody else's events waiting.
func TestDeadEndpoints(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	dead, e := newEndpoint(t), newEndpoint(t)
	block := make(chan struct{})
	dead.answer = func() int { <-block; return 500 }
	var customers []tollkeeper.ID
	for range 60 {
		customers = append(customers, c.customer(t))
	}
	c.hook(t, tollkeeper.ID{}, dead.URL)
	c.hook(t, tollkeeper.ID{}, e.URL)
	for _, id := range customers {
		c.lock(t, id, "0")
	}
	began := time.Now()
	arrived := make(chan time.Duration, 1)
	go func() {
		for {
			e.mu.Lock()
			n := len(e.received)
			e.mu.Unlock()
			if n == len(customers) {
				arrived <- time.Since(began)
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	go func() {
		select {
		case <-arrived:
		case <-time.After(20 * time.Second):
			t.Error("events of an endpoint that works wait for one that does not")
		}
		close(block)
	}()
	c.run(t)
}

// TestComesBack sends everything at once when an endpoint answers again.
func TestComesBack(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	e := newEndpoint(t)
	w := c.hook(t, tollkeeper.ID{}, e.URL)
	e.answers(500)
	const customers = 12
	for range customers {
		c.lock(t, c.customer(t), "0")
	}
	c.run(t)
	c.advance(5 * time.Second)
	c.run(t) // each has failed twice, and waits for five minutes
	e.answers(200)
	e.took()
	c.lock(t, c.customer(t), "0")
	if n := c.run(t); n != customers+1 || c.reload(t, w).Waiting != 0 {
		t.Errorf("%d attempts when it answers again", n)
	}
}

// TestRedelivery sends an event again, and one that waits at once.
func TestRedelivery(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, e := c.customer(t), newEndpoint(t)
	c.lock(t, acme, "0")
	c.run(t)
	w := c.hook(t, acme, e.URL)
	c.lock(t, acme, "1")
	c.run(t)
	event := c.log(t, w)[0].Event
	e.took()
	again := func() tollkeeper.Delivery {
		t.Helper()
		d, err := c.Redeliver(t.Context(), tollkeeper.Write{}, w.ID, event)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := again(); d.State != tollkeeper.DeliveryWaiting || d.Attempts != 0 {
		t.Errorf("%+v", d)
	}
	if n := c.run(t); n != 1 || e.took()[0].event.ID != event.String() {
		t.Errorf("%d attempts", n)
	}
	e.answers(500)
	c.lock(t, acme, "0")
	c.run(t)
	event = c.log(t, w)[2].Event
	if d := again(); d.Attempts != 1 || !d.NextAt.Equal(c.clock()) || len(c.log(t, w)) != 3 {
		t.Errorf("an event that waits: %+v", d)
	}
	if n := c.run(t); n != 1 {
		t.Errorf("%d attempts", n)
	}
	other := c.customer(t)
	if _, err := c.Redeliver(t.Context(), tollkeeper.Write{}, c.hook(t, other, e.URL).ID, event); tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
		t.Errorf("another customer's event: %v", err)
	}
}

// TestRemoved sends nothing to a webhook that is gone.
func TestRemoved(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, e := c.customer(t), newEndpoint(t)
	w := c.hook(t, acme, e.URL)
	e.answers(500)
	for i := range 5 {
		c.lock(t, acme, []string{"0", "1"}[i%2])
	}
	c.run(t)
	e.took()
	if was, err := c.DeleteWebhook(t.Context(), tollkeeper.Write{}, w.ID); err != nil || was.ID != w.ID {
		t.Fatal(was, err)
	}
	c.advance(time.Hour)
	if n := c.run(t); n != 0 || len(c.log(t, w)) != 0 {
		t.Errorf("%d attempts, the log has %+v", n, c.log(t, w))
	}
	if _, err := c.Webhook(t.Context(), w.ID); tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
		t.Error(err)
	}
}

// TestStopped cuts an attempt off, which then does not count.
func TestStopped(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	acme, e := c.customer(t), newEndpoint(t)
	w := c.hook(t, acme, e.URL)
	ctx, cancel := context.WithCancel(t.Context())
	e.answer = func() int { cancel(); time.Sleep(50 * time.Millisecond); return 200 }
	c.lock(t, acme, "0")
	if _, err := c.DispatchEvents(ctx, func(tollkeeper.EventType) []tollkeeper.Notice { return nil }); err != nil {
		t.Fatal(err)
	}
	if n, err := c.RunOnce(ctx); n != 0 || err != nil {
		t.Errorf("%d attempts, %v", n, err)
	}
	e.answers(200)
	if n := c.run(t); n != 1 || c.log(t, w)[0].Attempts != 1 {
		t.Errorf("%d attempts, the log has %+v", n, c.log(t, w))
	}
}
