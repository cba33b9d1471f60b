package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
)

// till is a payment provider in memory that takes and gives back what it is asked for.
type till struct {
	mu           sync.Mutex // guards all below
	taken, given int64      // cents
}

// Charge takes a payment.
func (b *till) Charge(_ context.Context, p tollkeeper.Payment, _ tollkeeper.PaymentMethod) (tollkeeper.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken += p.Amount
	return tollkeeper.Outcome{State: tollkeeper.PaymentSucceeded, Reference: "pi_" + p.ID.String()}, nil
}

// Refund gives a payment back.
func (b *till) Refund(_ context.Context, r tollkeeper.Refund, _ tollkeeper.Payment) (tollkeeper.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.given += r.Amount
	return tollkeeper.Outcome{State: tollkeeper.PaymentSucceeded, Reference: "re_" + r.ID.String()}, nil
}

// place is where calls of a month go, with what a test works out itself of them.
type place struct {
	to, destination string
	price           func(seconds int64) (billed int64, charge tollkeeper.Micros) // as callDeck has it
}

var places = []place{
	{"+12125550100", "North America", func(s int64) (int64, tollkeeper.Micros) { return s, tollkeeper.Micros(s) * 10_000 }},
	{"+17872345678", "Puerto Rico", func(s int64) (int64, tollkeeper.Micros) { return s, tollkeeper.Micros(s) * 10_000 }},
	{"+442071838750", "United Kingdom", func(s int64) (int64, tollkeeper.Micros) {
		billed := (max(s, 30) + 5) / 6 * 6
		return billed, 50_000 + tollkeeper.Micros(billed)*2_000
	}},
}

// line is one of an invoice's, as the API answers it.
type line struct {
	Kind, Description         string
	Quantity, Seconds, Amount int64
	AmountMicros              tollkeeper.Micros
}

type month struct {
	*server
	till     *till
	collect  *billing.Collector
	invoicer *billing.Invoicer
	lines    map[string]map[string]*line // by customer and destination, worked out by the test
	calls    int
}

func newMonth(t *testing.T) *month {
	t.Helper()
	m := &month{server: newServer(t), till: &till{}, lines: map[string]map[string]*line{}}
	taxes := billing.Table{{Region: "*", Name: "Sales tax", Percent: 7_250_000}}
	m.collect = &billing.Collector{Store: m.store, Providers: map[string]billing.Provider{"till": m.till}, Taxes: taxes, Log: slog.New(slog.DiscardHandler)}
	m.invoicer = &billing.Invoicer{Ledger: m.store, Taxes: taxes}
	m.deck(t, "default", callDeck)
	return m
}

// payer creates a customer with a card.
func (m *month) payer(t *testing.T, members string) string {
	t.Helper()
	id := m.customer(t, members)
	m.ask(t, "PATCH /customers/"+id+"/limits", `{"unbilledMicros":1000000000}`)
	owner, err := tollkeeper.ParseID(id)
	must(t, err)
	_, err = m.store.AddPaymentMethod(t.Context(), tollkeeper.Write{}, tollkeeper.PaymentMethod{Customer: owner, Provider: "till", Kind: "card",
		Label: "Visa", Last4: "4242", Account: "acc", Reference: "card-" + id})
	must(t, err)
	m.lines[id] = map[string]*line{}
	return id
}

// talk lets a customer call and hang up, and works out what it costs.
func (m *month) talk(t *testing.T, customer string, where place, seconds int64) {
	t.Helper()
	m.calls++
	id := fmt.Sprint("month-", m.calls)
	m.call(t, customer, id, where.to)
	m.clock.advance(5 * time.Second)
	m.ask(t, "POST /calls/"+id+"/answer", "{}")
	m.clock.advance(time.Duration(seconds) * time.Second)
	record := m.ask(t, "POST /calls/"+id+"/end", fmt.Sprintf(`{"durationSeconds":%d}`, seconds))
	billed, charge := where.price(seconds)
	if got := fmt.Sprint(member(t, record, "chargeMicros")); got != fmt.Sprint(int64(charge)) {
		t.Fatalf("%d s to %s cost %s, want %d", seconds, where.destination, got, charge)
	}
	sum := m.lines[customer][where.destination]
	if sum == nil {
		sum = &line{Kind: "calls", Description: where.destination}
		m.lines[customer][where.destination] = sum
	}
	sum.Quantity, sum.Seconds, sum.AmountMicros = sum.Quantity+1, sum.Seconds+billed, sum.AmountMicros+charge
}

// used is all that a customer's calls cost.
func (m *month) used(customer string) (sum tollkeeper.Micros) {
	for _, one := range m.lines[customer] {
		sum += one.AmountMicros
	}
	return sum
}

func (m *month) work(t *testing.T) {
	t.Helper()
	_, err := m.collect.RunOnce(t.Context())
	must(t, err)
}

// page reads all rows of a list.
func page[T any](t *testing.T, s *server, path string) []T {
	t.Helper()
	var list struct{ Data []T }
	must(t, json.Unmarshal([]byte(s.ask(t, "GET "+path, "")), &list))
	return list.Data
}

// bill is an invoice, as the API answers it.
type bill struct {
	ID                                string `json:"_id"`
	Number, Status                    string
	Subtotal, Tax, Total, Paid, Due   int64
	OpeningBalance, ClosingBalance    int64
	PeriodStart, PeriodEnd, CreatedAt time.Time
}

// compare checks the lines of an invoice, by destination, against what the test worked out.
func (m *month) compare(t *testing.T, customer string, of bill) {
	t.Helper()
	seen := 0
	for _, got := range page[line](t, m.server, "/invoiceitems?$limit=100&invoice="+of.ID) {
		if got.Kind != "calls" {
			continue
		}
		seen++
		want := m.lines[customer][got.Description]
		if want == nil || got.Quantity != want.Quantity || got.Seconds != want.Seconds || got.AmountMicros != want.AmountMicros {
			t.Errorf("invoice %s has the line %+v, want %+v", of.Number, got, want)
		}
	}
	if seen != len(m.lines[customer]) {
		t.Errorf("invoice %s has %d destinations, want %d", of.Number, seen, len(m.lines[customer]))
	}
}

// TestVirtualMonth lets customers of both bill methods call for a month, through the API, until
// the month's end has invoiced, stated and charged it, gives a part back, and works out
// every micro-unit itself.
func TestVirtualMonth(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	prepaid := m.payer(t, `"credit":1000,"automaticRefillAmount":2000,"lowBalanceAlertAmount":500,"internationalCalling":1`)
	postpaid := m.payer(t, `"defaultBillMethod":"paymentmethod","internationalCalling":1`)
	for day := range 29 {
		for n, where := range places {
			for _, customer := range []string{prepaid, postpaid} {
				m.talk(t, customer, where, int64(1+(day*37+n*61)%143))
			}
		}
		m.work(t)
		m.clock.advance(24*time.Hour - 20*time.Minute)
	}
	for m.clock.now().Before(time.Date(2026, 4, 1, 0, 15, 0, 0, time.UTC)) {
		m.clock.advance(time.Hour)
	}
	_, err := m.invoicer.RunMonths(t.Context())
	must(t, err)
	m.work(t)
	m.postpaidMonth(t, postpaid)
	m.prepaidMonth(t, prepaid)
	verified, err := m.store.Verify(t.Context())
	must(t, err)
	for _, fault := range verified.Faults {
		t.Error(fault)
	}
}

func (m *month) postpaidMonth(t *testing.T, customer string) {
	t.Helper()
	bills := page[bill](t, m.server, "/invoices?kind=usage&customer="+customer)
	if len(bills) != 1 {
		t.Fatalf("%d invoices, want 1", len(bills))
	}
	got, used := bills[0], m.used(customer)
	wantTax := (used.Cents()*7_250_000 + 50_000_000) / 100_000_000
	if got.Subtotal != used.Cents() || got.Tax != wantTax || got.Total != got.Subtotal+got.Tax || got.Paid != got.Total || got.Status != "closed" {
		t.Errorf("%s was used, with a tax of %d; the invoice is %+v", used, wantTax, got)
	}
	m.compare(t, customer, got)
	if left := fmt.Sprint(member(t, m.ask(t, "GET /customers/"+customer+"/balance", ""), "unbilledMicros")); left != fmt.Sprint(int64(used-tollkeeper.Cent*tollkeeper.Micros(used.Cents()))) {
		t.Errorf("%s micro-units stay unbilled of %s", left, used)
	}
	payment := page[struct {
		ID string `json:"_id"`
	}](t, m.server, "/payments?customer="+customer)[0].ID
	m.ask(t, "POST /payments/"+payment+"/refund", `{"amount":429,"reason":"a bad line"}`)
	m.work(t)
	if m.till.given != 429 {
		t.Errorf("%d cents were given back, want 429", m.till.given)
	}
	tax := int64(0)
	for _, x := range page[struct {
		DebitAccount string
		AmountMicros int64
	}](t, m.server, "/customers/"+customer+"/ledger?$limit=1000") {
		if x.DebitAccount == "tax" {
			tax += x.AmountMicros
		}
	}
	if wantCents := 429 - 429*got.Subtotal/got.Total; tax != wantCents*10_000 {
		t.Errorf("a refund took %d micro-units of the tax back, want %d cents", tax, wantCents)
	}
}

func (m *month) prepaidMonth(t *testing.T, customer string) {
	t.Helper()
	refills := page[bill](t, m.server, "/invoices?$limit=100&kind=refill&customer="+customer)
	bought := int64(0)
	for _, refill := range refills {
		bought += refill.Subtotal
		if refill.Subtotal%2000 != 0 || refill.Tax != refill.Subtotal*725/10_000 || refill.Due != 0 {
			t.Errorf("a refill's invoice is %+v", refill)
		}
	}
	used := m.used(customer)
	want := tollkeeper.FromCents(1000) + tollkeeper.Micros(bought)*tollkeeper.Cent - used
	if got := fmt.Sprint(member(t, m.ask(t, "GET /customers/"+customer+"/balance", ""), "postedMicros")); len(refills) < 2 || got != fmt.Sprint(int64(want)) {
		t.Errorf("after %d refills and %s of calls the credit is %s, want %d", len(refills), used, got, want)
	}
	statements := page[bill](t, m.server, "/invoices?kind=statement&customer="+customer)
	if len(statements) != 1 || statements[0].OpeningBalance != 0 || statements[0].ClosingBalance != want.Cents() || !strings.HasPrefix(statements[0].Number, "STM-") {
		t.Fatalf("the statements are %+v, want one that ends with %d", statements, want.Cents())
	}
	m.compare(t, customer, statements[0])
}
