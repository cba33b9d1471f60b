package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// memory is a ledger.Store that keeps copies, for the rules alone: what they do
// on the real database is tested in internal/simulation and internal/store.
type memory struct {
	mu       sync.Mutex // guards all below
	accounts map[tollkeeper.ID]tollkeeper.Account
	calls    map[tollkeeper.CallKey]tollkeeper.Call
	trunks   map[ledger.TrunkKey]ledger.Trunk
	records  []tollkeeper.CDR
	entries  []tollkeeper.Transfer
	batches  []int // how many calls each transaction touched

	tariff  func(deck, number string, at time.Time) (tollkeeper.Tariff, bool)
	fail    error         // what every transaction fails with
	begun   chan struct{} // told of every transaction; nil: nobody listens
	proceed chan struct{} // every transaction waits for it; nil: none does
}

func (m *memory) Transact(_ context.Context, gather func() ledger.Touch, work func(*ledger.Book) error) error {
	touch := gather()
	if m.begun != nil {
		m.begun <- struct{}{}
	}
	if m.proceed != nil {
		<-m.proceed
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches = append(m.batches, len(touch.Calls))
	if m.fail != nil {
		return m.fail
	}
	var book *ledger.Book
	for range len(m.batches)%2 + 1 { // work may run more than once; only the last run counts
		book = m.load(touch)
		if err := work(book); err != nil {
			return err
		}
	}
	m.save(book)
	return nil
}

func (m *memory) Consider(_ context.Context, touch ledger.Touch, work func(*ledger.Book) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	return work(m.load(touch))
}

func (m *memory) load(touch ledger.Touch) *ledger.Book {
	b := &ledger.Book{
		Accounts: map[tollkeeper.ID]*ledger.Account{}, Calls: map[tollkeeper.CallKey]*ledger.Call{}, Tariff: m.tariff,
		Trunks: map[ledger.TrunkKey]*ledger.Trunk{},
	}
	for key, trunk := range m.trunks {
		b.Trunks[key] = &trunk
	}
	customers := touch.Customers
	for _, key := range touch.Calls {
		known := &ledger.Call{}
		if live, ok := m.calls[key]; ok {
			known.Live, known.Stored = &live, true
			customers = append(customers, live.Customer)
		}
		for _, record := range m.records {
			if record.CallKey == key {
				known.Record = &record
				customers = append(customers, record.Customer)
			}
		}
		b.Calls[key] = known
	}
	for _, id := range customers {
		if a, ok := m.accounts[id]; ok && b.Accounts[id] == nil {
			b.Accounts[id] = &ledger.Account{Account: a}
		}
	}
	return b
}

func (m *memory) save(b *ledger.Book) {
	for id, a := range b.Accounts {
		if a.Changed {
			m.accounts[id] = a.Account
		}
	}
	for key, trunk := range b.Trunks {
		if trunk.Changed {
			m.trunks[key] = *trunk
		}
	}
	for key, known := range b.Calls {
		switch {
		case known.Changed && known.Live == nil:
			delete(m.calls, key)
		case known.Changed:
			m.calls[key] = *known.Live
		}
	}
	for _, record := range b.Records {
		m.records = append(m.records, *record)
	}
	m.entries = append(m.entries, b.Transfers...)
}

func (m *memory) ExpiredCalls(_ context.Context, now time.Time, limit int) (keys []tollkeeper.CallKey, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, call := range m.calls {
		if !call.ExpiresAt.After(now) && len(keys) < limit {
			keys = append(keys, key)
		}
	}
	return keys, m.fail
}

// The customer of most tests, and the tariff of most calls: one cent a minute by
// whole minutes, so that amounts can be read in cents.
var (
	customer = tollkeeper.ID{1}
	stranger = tollkeeper.ID{2}
	perCent  = tollkeeper.Tariff{Prefix: "44", Destination: "United Kingdom", PricePerMinute: tollkeeper.Cent,
		MinimumSeconds: 60, IncrementSeconds: 60, Deck: tollkeeper.DefaultDeck, DeckVersion: 1}
)

// desk is a ledger on a store in memory, with a clock that stands still until it
// is set.
type desk struct {
	*ledger.Ledger
	t     *testing.T
	store *memory
	spool memorySpool
	mu    sync.Mutex // guards now
	now   time.Time
}

// newDesk makes a desk with one customer who has ten cents and no limits.
func newDesk(t *testing.T, policy ledger.Policy) *desk {
	t.Helper()
	record := tollkeeper.NewCustomer()
	record.ID, record.Name, record.DefaultBillMethod = customer, "Acme", tollkeeper.BillCredit
	record.InternationalCalling, record.MaxOutboundCallRate = true, 0
	d := &desk{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), store: &memory{
		accounts: map[tollkeeper.ID]tollkeeper.Account{
			customer: {Customer: record, Status: tollkeeper.StatusActive, Posted: 10 * tollkeeper.Cent},
		},
		calls:  map[tollkeeper.CallKey]tollkeeper.Call{},
		trunks: map[ledger.TrunkKey]ledger.Trunk{},
		tariff: func(string, string, time.Time) (tollkeeper.Tariff, bool) { return perCent, true },
	}}
	ids := tollkeeper.NewGenerator(d.clock, tollkeeper.ID{})
	d.Ledger = ledger.New(ledger.Config{Store: d.store, Policy: policy, Now: d.clock, NewID: ids.After, Spool: &d.spool})
	t.Cleanup(d.Close)
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// change alters the customer's account behind the ledger's back.
func (d *desk) change(change func(*tollkeeper.Account)) {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	a := d.store.accounts[customer]
	change(&a)
	d.store.accounts[customer] = a
}

func (d *desk) account() tollkeeper.Account {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	return d.store.accounts[customer]
}

func (d *desk) charge(tariff tollkeeper.Tariff) {
	d.store.tariff = func(string, string, time.Time) (tollkeeper.Tariff, bool) { return tariff, true }
}

func key(id string) tollkeeper.CallKey { return tollkeeper.CallKey{CallID: id} }

// question asks for a call to London.
func question(id string) tollkeeper.Authorization {
	return tollkeeper.Authorization{
		CallKey: key(id), Customer: customer, Direction: tollkeeper.Outbound, From: "+12125550100", To: "+442071838750",
		Called: tollkeeper.CalledNumber{E164: "+442071838750"}, Caller: tollkeeper.CallingNumber{Shown: "+12125550100"},
	}
}

func report(id string, seconds float64) tollkeeper.Report {
	used := time.Duration(seconds*1000) * time.Millisecond
	return tollkeeper.Report{CallKey: key(id), Used: &used}
}

func (d *desk) ask(q tollkeeper.Authorization) tollkeeper.Decision {
	d.t.Helper()
	decision, err := d.Authorize(context.Background(), q)
	if err != nil {
		d.t.Fatalf("authorize %s: %v", q.CallID, err)
	}
	return decision
}

// allowed asks a question that must be allowed.
func (d *desk) allowed(q tollkeeper.Authorization) tollkeeper.Decision {
	d.t.Helper()
	decision := d.ask(q)
	if !decision.Allowed {
		d.t.Fatalf("authorize %s was denied: %s", q.CallID, decision.Reason)
	}
	return decision
}

func (d *desk) extend(r tollkeeper.Report) tollkeeper.Decision {
	d.t.Helper()
	decision, err := d.Extend(context.Background(), r)
	if err != nil {
		d.t.Fatalf("extend %s: %v", r.CallID, err)
	}
	return decision
}

func (d *desk) answer(id string) tollkeeper.Decision {
	d.t.Helper()
	decision, err := d.Answer(context.Background(), tollkeeper.Report{CallKey: key(id)})
	if err != nil {
		d.t.Fatalf("answer %s: %v", id, err)
	}
	return decision
}

func (d *desk) end(r tollkeeper.Report) tollkeeper.CDR {
	d.t.Helper()
	record, err := d.End(context.Background(), r)
	if err != nil {
		d.t.Fatalf("end %s: %v", r.CallID, err)
	}
	return record
}

func (d *desk) expire() int {
	d.t.Helper()
	n, err := d.Expire(context.Background())
	if err != nil {
		d.t.Fatalf("expire: %v", err)
	}
	return n
}

// money writes the account's four balances in cents, with the fraction of a cent
// where there is one: "10 held 1".
func (d *desk) money() string {
	a := d.account()
	text := fmt.Sprintf("%s held %s", cents(a.Posted), cents(a.Held))
	if a.Accrued != 0 || a.AccruedHeld != 0 {
		text += fmt.Sprintf(", unbilled %s held %s", cents(a.Accrued), cents(a.AccruedHeld))
	}
	return text
}

func (d *desk) wantMoney(want string) {
	d.t.Helper()
	if got := d.money(); got != want {
		d.t.Errorf("the account has %s, want %s", got, want)
	}
}

func cents(m tollkeeper.Micros) string {
	if m%tollkeeper.Cent == 0 {
		return fmt.Sprint(int64(m / tollkeeper.Cent))
	}
	return fmt.Sprintf("%d micros", int64(m))
}
