package simulation_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// office is a ledger on a database of its own, with a price of one cent for each
// minute begun and customers who have credit.
type office struct {
	*ledger.Ledger
	t         *testing.T
	store     *store.Store
	customers []tollkeeper.ID

	mu      sync.Mutex
	denials map[tollkeeper.Reason]int
}

// denied notes why a call is refused.
func (o *office) denied(d tollkeeper.Decision) {
	if d.Allowed {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.denials == nil {
		o.denials = map[tollkeeper.Reason]int{}
	}
	o.denials[d.Reason]++
}

func newOffice(t *testing.T, cents ...int32) *office {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, store: s, Ledger: ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter})}
	t.Cleanup(func() {
		o.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	o.begin(cents...)
	return o
}

// begin makes the price and the customers.
func (o *office) begin(cents ...int32) {
	t, s := o.t, o.store
	t.Helper()
	deck := rating.Compile([]rating.Rate{{Prefix: "44", Destination: "United Kingdom", PricePerMinute: tollkeeper.Cent, MinimumSeconds: 60, IncrementSeconds: 60}})
	if _, err := s.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil); err != nil {
		t.Fatal(err)
	}
	for _, credit := range cents {
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.Credit, draft.DefaultBillMethod = "Acme", credit, tollkeeper.BillCredit
		draft.InternationalCalling, draft.MaxOutboundCallRate = true, 0
		account, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
		if err != nil {
			t.Fatal(err)
		}
		o.customers = append(o.customers, account.ID)
	}
}

func (o *office) ask(customer tollkeeper.ID, id string) bool {
	decision, err := o.Authorize(context.Background(), tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: id}, Customer: customer, Direction: tollkeeper.Outbound, To: "+442071838750",
		Called: tollkeeper.CalledNumber{E164: "+442071838750"}, Caller: tollkeeper.CallingNumber{Shown: "+12125550100"},
	})
	if err != nil {
		o.t.Errorf("authorize %s: %v", id, err)
	}
	o.denied(decision)
	return decision.Allowed
}

// wantMoney checks a customer's balances, in cents, and the whole database.
func (o *office) wantMoney(customer tollkeeper.ID, posted, held int64) {
	o.t.Helper()
	account, err := o.store.Account(o.t.Context(), customer)
	if err != nil {
		o.t.Fatal(err)
	}
	if account.Posted != tollkeeper.Micros(posted)*tollkeeper.Cent || account.Held != tollkeeper.Micros(held)*tollkeeper.Cent {
		o.t.Errorf("the customer has %s with %s held, want %d and %d cents", account.Posted, account.Held, posted, held)
	}
	v, err := o.store.Verify(o.t.Context())
	if err != nil || !v.OK() {
		o.t.Errorf("verify: %v %+v", err, v)
	}
}

// TestOverspend places 1,000 calls at once on credit for 137.
func TestOverspend(t *testing.T) {
	t.Parallel()
	for range 3 {
		o := newOffice(t, 137)
		var granted atomic.Int64
		var wait sync.WaitGroup
		for i := range 1000 {
			wait.Go(func() {
				if o.ask(o.customers[0], fmt.Sprint(i)) {
					granted.Add(1)
				}
			})
		}
		wait.Wait()
		if n := granted.Load(); n != 137 {
			t.Errorf("granted %d of 137 calls", n)
		}
		o.wantMoney(o.customers[0], 137, 137)
	}
}

// TestOverspendByExtending lets calls of several customers begin, go on and end
// at once. Whatever the order, no claim may go beyond the credit at its moment,
// and calls that keep to their grants leave no debt.
func TestOverspendByExtending(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 137, 41, 0, 500)
	var wait sync.WaitGroup
	var charged [4]atomic.Int64
	for i := range 1000 {
		wait.Go(func() {
			who, id := i%4, fmt.Sprint(i)
			if o.ask(o.customers[who], id) {
				charged[who].Add(o.talk(id))
			}
		})
	}
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { o.watch(stop) })
	wait.Wait()
	close(stop)
	watch.Wait()
	for who, credit := range []int64{137, 41, 0, 500} {
		spent := charged[who].Load()
		if spent > credit || spent == 0 && credit > 0 {
			t.Errorf("customer %d spent %d of %d cents", who, spent, credit)
		}
		o.wantMoney(o.customers[who], credit-spent, 0)
	}
}

// talk uses up every grant of a call, extends it twice where that is possible and
// ends it. It returns the charge in cents.
func (o *office) talk(id string) int64 {
	ctx, used := context.Background(), time.Minute
	key := tollkeeper.CallKey{CallID: id}
	for range 2 {
		decision, err := o.Extend(ctx, tollkeeper.Report{CallKey: key, Used: &used})
		if err != nil {
			o.t.Errorf("extend %s: %v", id, err)
		}
		used += time.Duration(decision.GrantedSeconds) * time.Second
	}
	record, err := o.End(ctx, tollkeeper.Report{CallKey: key, Used: &used})
	if err != nil {
		o.t.Errorf("end %s: %v", id, err)
	}
	return int64(record.Charge / tollkeeper.Cent)
}

// watch looks at the accounts while the calls go on.
func (o *office) watch(stop chan struct{}) {
	for {
		for _, id := range o.customers {
			account, err := o.store.Account(context.Background(), id)
			if err != nil || account.Held > account.Posted {
				o.t.Errorf("%s is held of %s (%v)", account.Held, account.Posted, err)
			}
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
	}
}
