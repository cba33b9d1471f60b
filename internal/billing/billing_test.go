package billing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// bank is a payment provider in memory: it charges once for each key, and can decline,
// or fail before or after it has charged.
type bank struct {
	mu      sync.Mutex // guards all below
	charged map[tollkeeper.ID]int64
	given   map[tollkeeper.ID]int64
	asked   int
	mood    func(n int) string // "", "decline", "lost" or "late"
}

func newBank() *bank {
	return &bank{charged: map[tollkeeper.ID]int64{}, given: map[tollkeeper.ID]int64{}, mood: func(int) string { return "" }}
}

var errBank = errors.New("the bank answered 500")

func (b *bank) Charge(_ context.Context, p tollkeeper.Payment, _ tollkeeper.PaymentMethod) (tollkeeper.Outcome, error) {
	return b.move(b.charged, p.ID, p.Amount)
}

func (b *bank) Refund(_ context.Context, r tollkeeper.Refund, _ tollkeeper.Payment) (tollkeeper.Outcome, error) {
	return b.move(b.given, r.ID, r.Amount)
}

func (b *bank) move(to map[tollkeeper.ID]int64, id tollkeeper.ID, amount int64) (tollkeeper.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	done := tollkeeper.Outcome{State: tollkeeper.PaymentSucceeded, Reference: "ref-" + id.String()}
	if to[id] != 0 {
		return done, nil
	}
	switch b.mood(b.asked) {
	case "decline":
		return tollkeeper.Outcome{State: tollkeeper.PaymentFailed, Failure: "insufficient funds"}, nil
	case "lost":
		return tollkeeper.Outcome{}, errBank
	case "late":
		to[id] = amount
		return tollkeeper.Outcome{}, errBank
	}
	to[id] = amount
	return done, nil
}

func (b *bank) total() (charged, given int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, amount := range b.charged {
		charged += amount
	}
	for _, amount := range b.given {
		given += amount
	}
	return charged, given
}

// world is a store with its collector, under a clock that tests move.
type world struct {
	t     *testing.T
	mu    sync.Mutex // guards at
	at    time.Time
	store *store.Store
	bank  *bank
	fault func(string) error
	*billing.Collector
	invoicer *billing.Invoicer
}

func newWorld(t *testing.T, taxes ...billing.Rate) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), bank: newBank()}
	config := storetest.Config(t)
	rules := tollkeeper.DefaultBillingRules
	rules.SuspendOverdue = true
	config.Now, config.Billing = w.now, &rules
	config.Limits = tollkeeper.EffectiveLimits{Unbilled: 100 * tollkeeper.Unit, RefillBelow: 5 * tollkeeper.Unit}
	config.Fault = func(operation string) error {
		if w.fault != nil {
			return w.fault(operation)
		}
		return nil
	}
	s, err := store.Open(t.Context(), config)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	w.store = s
	w.Collector = &billing.Collector{Store: s, Providers: map[string]billing.Provider{"bank": w.bank}, Taxes: billing.Table(taxes),
		Log: slog.New(slog.DiscardHandler)}
	w.invoicer = &billing.Invoicer{Ledger: s, Taxes: billing.Table(taxes)}
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// customer makes one with a card; change may alter the draft.
func (w *world) customer(change func(*tollkeeper.Customer)) tollkeeper.ID {
	w.t.Helper()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.Credit, draft.AutomaticRefillAmount = "Acme", tollkeeper.BillCredit, 1000, 2000
	if change != nil {
		change(&draft)
	}
	a, err := w.store.CreateCustomer(w.t.Context(), tollkeeper.Write{}, draft)
	must(w.t, err)
	_, err = w.store.AddPaymentMethod(w.t.Context(), tollkeeper.Write{}, tollkeeper.PaymentMethod{
		Customer: a.ID, Provider: "bank", Kind: "card", Label: "Visa", Last4: "4242", Account: "acc", Reference: "card-" + a.ID.String()})
	must(w.t, err)
	return a.ID
}

// use charges a service in micro-units.
func (w *world) use(customer tollkeeper.ID, key string, amount tollkeeper.Micros) {
	w.t.Helper()
	_, err := w.store.ChargeService(w.t.Context(), tollkeeper.Usage{Customer: customer, Service: "minutes", Key: key, Amount: amount})
	must(w.t, err)
}

// run does what is due. Errors are of the faults that a test lets happen.
func (w *world) run() { w.RunOnce(w.t.Context()) }

func (w *world) account(customer tollkeeper.ID) tollkeeper.Account {
	w.t.Helper()
	a, err := w.store.Account(w.t.Context(), customer)
	must(w.t, err)
	return a
}

func (w *world) credit(customer tollkeeper.ID, want tollkeeper.Micros) {
	w.t.Helper()
	if got := w.account(customer).Posted; got != want {
		w.t.Errorf("the credit is %s, want %s", got, want)
	}
}

func (w *world) charges(want int64) {
	w.t.Helper()
	if charged, _ := w.bank.total(); charged != want {
		w.t.Errorf("the bank charged %d, want %d", charged, want)
	}
}

// verified makes sure that the books balance.
func (w *world) verified() {
	w.t.Helper()
	v, err := w.store.Verify(context.Background())
	must(w.t, err)
	for _, fault := range v.Faults {
		w.t.Error(fault)
	}
}

func TestRefill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, billing.Rate{Region: "*", Name: "VAT", Percent: 7_250_000})
	id := w.customer(nil)
	w.run()
	w.charges(0) // 10 is above 5
	w.use(id, "a", 47*tollkeeper.Unit)
	w.run() // from -37 to 5 are 42: three times 20
	w.charges(6435)
	w.credit(id, 23*tollkeeper.Unit)
	w.wait(time.Minute)
	w.run()
	w.charges(6435)
	w.verified()
	if a := w.account(id); a.Alerts&tollkeeper.AlertRefillDue != 0 {
		t.Error("a refill is still due")
	}
}

func TestRefillBrakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.customer(nil)
	for i := range 40 {
		w.use(id, fmt.Sprint(i), 20*tollkeeper.Unit)
		w.run()
		w.wait(time.Minute)
	}
	if len(w.bank.charged) != 5 {
		t.Errorf("%d refills in a day, want 5", len(w.bank.charged))
	}
	charged, _ := w.bank.total()
	if charged > 50_000 {
		t.Errorf("refilled %d cents in a day", charged)
	}
	w.wait(24 * time.Hour)
	w.run()
	if len(w.bank.charged) != 6 {
		t.Errorf("%d refills after midnight, want 6", len(w.bank.charged))
	}
	w.verified()
}

func TestDeclinesStopRefills(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.mood = func(int) string { return "decline" }
	id := w.customer(func(c *tollkeeper.Customer) { c.Credit = 0 })
	for range 20 {
		w.run()
		w.wait(time.Hour)
	}
	if w.bank.asked != 3 {
		t.Errorf("the card was tried %d times, want 3", w.bank.asked)
	}
	w.bank.mood = func(int) string { return "" }
	w.run()
	w.charges(0)
	_, err := w.store.AddPaymentMethod(t.Context(), tollkeeper.Write{}, tollkeeper.PaymentMethod{
		Customer: id, Provider: "bank", Kind: "card", Label: "Another", Reference: "other", IsDefault: true})
	must(t, err)
	w.run()
	w.charges(2000)
	w.verified()
}

// TestRefillCrashes cuts a refill short at each of its commits, lost or stored, and has
// it gone on with: it is charged and credited once.
func TestRefillCrashes(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"before", "after"} {
		for cut := 1; cut <= 3; cut++ {
			t.Run(fmt.Sprint(operation, cut), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				id := w.customer(func(c *tollkeeper.Customer) { c.Credit = 0 })
				commits := 0
				w.fault = func(at string) error {
					if at == operation {
						if commits++; commits == cut {
							return errors.New("the power failed")
						}
					}
					return nil
				}
				w.bank.mood = func(n int) string { return map[int]string{1: "late"}[n] }
				for range 5 {
					w.run()
					w.wait(time.Minute)
				}
				w.charges(2000)
				w.credit(id, 20*tollkeeper.Unit)
				w.verified()
			})
		}
	}
}

// TestRefillRace lets several nodes' collectors, without a lease between them, work on
// one refill.
func TestRefillRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.customer(func(c *tollkeeper.Customer) { c.Credit = 0 })
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(w.run)
	}
	wait.Wait()
	w.run()
	w.charges(2000)
	w.credit(id, 20*tollkeeper.Unit)
	w.verified()
}

// TestMonth lives through a month of both bill methods: what was used is invoiced and
// stated to the micro-unit.
func TestMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, billing.Rate{Region: "US-CA", Name: "Sales tax", Percent: 7_250_000})
	prepaid := w.customer(nil)
	postpaid := w.customer(func(c *tollkeeper.Customer) {
		c.DefaultBillMethod, c.AutomaticRefillAmount = tollkeeper.BillPaymentMethod, 0
	})
	_, err := w.store.SetBilling(t.Context(), tollkeeper.Write{}, postpaid, func(b *tollkeeper.Billing) error {
		b.Country, b.State = "US", "CA"
		return nil
	})
	must(t, err)
	for day := range 29 {
		w.use(prepaid, fmt.Sprint(day), 1_234_567)
		w.use(postpaid, fmt.Sprint(day), 1_234_567)
		w.run()
		w.wait(24 * time.Hour)
	}
	_, err = w.invoicer.RunMonths(t.Context())
	must(t, err)
	w.wait(24 * time.Hour)
	_, err = w.invoicer.RunMonths(t.Context())
	must(t, err)
	w.run()
	a := w.account(postpaid)
	if want := 29*tollkeeper.Micros(1_234_567) - 35_80*tollkeeper.Cent; a.Accrued != want {
		t.Errorf("unbilled is %s, want the fraction of a cent %s", a.Accrued, want)
	}
	b, err := w.store.Billing(t.Context(), postpaid)
	must(t, err)
	if b.Receivable != 0 || b.Carry != a.Accrued {
		t.Errorf("receivable is %s and carried %s, want 0 and %s", b.Receivable, b.Carry, a.Accrued)
	}
	w.charges(35_80 + 2_60 + 2*2000) // the invoice with its tax, and two refills
	w.verified()
}

// TestUnpaid lets an invoice's charges fail until the customer is suspended, and then
// be paid.
func TestUnpaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.customer(func(c *tollkeeper.Customer) {
		c.DefaultBillMethod, c.AutomaticRefillAmount = tollkeeper.BillPaymentMethod, 0
	})
	w.bank.mood = func(int) string { return "decline" }
	w.use(id, "a", 85*tollkeeper.Unit)
	_, err := w.invoicer.RunUsage(t.Context())
	must(t, err)
	if a := w.account(id); a.Accrued != 0 {
		t.Errorf("near its limit %s stays unbilled", a.Accrued)
	}
	w.use(id, "b", 85*tollkeeper.Unit)
	for range 20 {
		_, err := w.invoicer.RunUsage(t.Context())
		must(t, err)
		w.run()
		w.wait(24 * time.Hour)
	}
	if a := w.account(id); a.Status != tollkeeper.StatusSuspended || a.Accrued != 85*tollkeeper.Unit {
		t.Errorf("after all attempts the status is %s with %s unbilled", a.Status, a.Accrued)
	}
	w.bank.mood = func(int) string { return "" }
	_, err = w.store.AddPaymentMethod(t.Context(), tollkeeper.Write{}, tollkeeper.PaymentMethod{
		Customer: id, Provider: "bank", Kind: "card", Label: "Another", Reference: "other", IsDefault: true})
	must(t, err)
	w.run()
	_, err = w.invoicer.RunUsage(t.Context())
	must(t, err)
	w.run()
	if a := w.account(id); a.Status != tollkeeper.StatusActive || a.Accrued != 0 {
		t.Errorf("after payment the status is %s with %s unbilled", a.Status, a.Accrued)
	}
	w.charges(17_000)
	w.verified()
}
