package balances_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/balances"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// books is a store that counts how often all balances are read.
type books struct {
	*store.Store
	reads atomic.Int64
}

func (b *books) AllBalances(ctx context.Context, limit int) ([]tollkeeper.CustomerBalance, error) {
	b.reads.Add(1)
	return b.Store.AllBalances(ctx, limit)
}

// clock is put forward by tests.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(d.Milliseconds()) }

func openBooks(t testing.TB, customers int) (*books, *clock) {
	t.Helper()
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC).UnixMilli())
	config := storetest.Config(t)
	config.Now = c.now
	kept, err := store.Open(t.Context(), config)
	must(t, err)
	t.Cleanup(func() { must(t, kept.Close()) })
	drafts := func(yield func(tollkeeper.Customer) bool) {
		for i := range customers {
			d := tollkeeper.NewCustomer()
			d.Name, d.DefaultBillMethod = fmt.Sprint("Customer ", i), tollkeeper.BillCredit
			if i%4 == 0 {
				d.DefaultBillMethod = tollkeeper.BillPaymentMethod
			}
			d.Credit, d.LowBalanceAlertAmount = int32(i*7919%50_000), int32(i%3)*10_000
			if !yield(d) {
				return
			}
		}
	}
	must(t, kept.CreateCustomers(t.Context(), tollkeeper.Write{}, drafts, func(int) {}))
	return &books{Store: kept}, c
}

// find asks in the find language.
func find(t testing.TB, b *balances.Balances, raw string) ([]tollkeeper.CustomerBalance, int64, time.Time) {
	t.Helper()
	f, err := query.Parse(raw, query.Balances)
	must(t, err)
	page, at, err := b.Find(t.Context(), f)
	must(t, err)
	return page.Items, page.Total, at
}

func TestFind(t *testing.T) {
	t.Parallel()
	kept, c := openBooks(t, 60)
	b := balances.New(kept, c.now)
	all, total, at := find(t, b, "$limit=100")
	if len(all) != 60 || total != 60 || !at.Equal(c.now()) {
		t.Fatalf("%d of %d balances of %s", len(all), total, at)
	}
	value := func(b tollkeeper.CustomerBalance, field string) string {
		low := 0
		if b.Low() {
			low = 1
		}
		return map[string]string{
			"_id": b.Customer.String(), "defaultBillMethod": string(b.BillMethod), "postedMicros": fmt.Sprintf("%020d", b.Posted), "heldMicros": fmt.Sprintf("%020d", b.Held),
			"availableMicros": fmt.Sprintf("%020d", b.Available()), "alertBelowMicros": fmt.Sprintf("%020d", b.AlertBelow), "low": fmt.Sprint(low), "asOf": "",
		}[field]
	}
	for _, field := range []string{"_id", "defaultBillMethod", "postedMicros", "heldMicros", "availableMicros", "alertBelowMicros", "low", "asOf"} {
		for _, direction := range []int{1, -1} {
			want := slices.SortedFunc(slices.Values(all), func(x, y tollkeeper.CustomerBalance) int {
				switch a, b := value(x, field), value(y, field); {
				case a < b:
					return -direction
				case a > b:
					return direction
				}
				return slices.Compare(x.Customer[:], y.Customer[:])
			})
			page, total, _ := find(t, b, fmt.Sprintf("$sort[%s]=%d&$skip=7&$limit=20", field, direction))
			if total != 60 || !slices.Equal(page, want[7:27]) {
				t.Errorf("by %s, %d: %v of %d, not %v", field, direction, page, total, want[7:27])
			}
		}
	}
	lowest, total, _ := find(t, b, "low=1&defaultBillMethod=credit&availableMicros[$lt]=50000000&$limit=100")
	for i, one := range lowest {
		if !one.Low() || one.BillMethod != tollkeeper.BillCredit || one.Available() >= 50_000_000 || i > 0 && one.Available() < lowest[i-1].Available() {
			t.Errorf("%d: %+v is not meant", i, one)
		}
	}
	if n := len(slices.DeleteFunc(all, func(b tollkeeper.CustomerBalance) bool {
		return !b.Low() || b.BillMethod != tollkeeper.BillCredit || b.Available() >= 50_000_000
	})); n == 0 || len(lowest) != n || total != int64(n) {
		t.Errorf("%d of %d are found, not %d", len(lowest), total, n)
	}
	if none, total, _ := find(t, b, "$skip=100"); len(none) != 0 || total != 60 {
		t.Errorf("behind the last there are %d of %d", len(none), total)
	}
}

// TestBalancesAreReadNowAndThen checks that they are read once for all who look at the
// same time, again while somebody looks, and not at all when nobody does.
func TestBalancesAreReadNowAndThen(t *testing.T) {
	t.Parallel()
	kept, c := openBooks(t, 3)
	b := balances.New(kept, c.now)
	reads := func(want int64, when string) {
		t.Helper()
		if n := kept.reads.Swap(0); n != want {
			t.Errorf("%s the balances are read %d times, not %d", when, n, want)
		}
	}
	refresh := func() {
		t.Helper()
		_, err := b.Refresh(t.Context())
		must(t, err)
	}
	refresh()
	reads(0, "while nobody looks")
	var together sync.WaitGroup
	for range 20 {
		together.Go(func() {
			if _, _, err := b.Find(t.Context(), &query.Find{Sort: []query.Order{{Field: "_id"}}}); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	reads(1, "for many at once")
	first, _, before := find(t, b, "")
	_, err := kept.Adjust(t.Context(), tollkeeper.Write{}, first[0].Customer, tollkeeper.Adjustment{Amount: tollkeeper.FromCents(100_000), Reason: "more", Key: "1"})
	must(t, err)
	c.advance(balances.Every)
	if same, _, at := find(t, b, ""); same[0] != first[0] || !at.Equal(before) {
		t.Errorf("%+v of %s, not %+v of %s", same[0], at, first[0], before)
	}
	reads(0, "for one more look")
	refresh()
	reads(1, "after a while")
	if now, _, at := find(t, b, ""); now[0].Customer == first[0].Customer || !at.Equal(c.now()) {
		t.Errorf("%+v of %s is the lowest still", now[0], at)
	}
	c.advance(2 * time.Minute)
	find(t, b, "")
	reads(1, "for a look when they are old")
	c.advance(time.Hour)
	refresh()
	reads(0, "when nobody has looked for long")
}

// TestTooMany checks the bound of memory.
func TestTooMany(t *testing.T) {
	t.Parallel()
	kept, _ := openBooks(t, 3)
	if _, err := kept.AllBalances(t.Context(), 2); tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
		t.Errorf("3 balances where there is room for 2: %v", err)
	}
}

// BenchmarkRead measures how long it takes to read the balances of many customers.
func BenchmarkRead(b *testing.B) {
	kept, c := openBooks(b, 100_000)
	all := balances.New(kept, c.now)
	for b.Loop() {
		c.advance(2 * time.Minute)
		find(b, all, "")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
