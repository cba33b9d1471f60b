package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

// newNodes opens three nodes on one PostgreSQL database, whose clocks differ by skew.
// The first has customers with credit in cents, of whom all know.
func newNodes(t *testing.T, skew time.Duration, cents ...int32) []*office {
	t.Helper()
	return newNodesAt(t, func(i int) time.Time { return time.Now().Add(time.Duration(i-1) * skew) }, cents...)
}

// newNodesAt is newNodes with clocks of the nodes' own.
func newNodesAt(t *testing.T, now func(node int) time.Time, cents ...int32) []*office {
	t.Helper()
	address := storetest.Postgres(t)
	var nodes []*office
	for i := range 3 {
		clock := func() time.Time { return now(i) }
		s, err := store.Open(t.Context(), store.Config{Database: address, Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		o := &office{t: t, store: s, Ledger: ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: clock, NewID: s.NewIDAfter})}
		t.Cleanup(func() {
			o.Close()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		nodes = append(nodes, o)
	}
	nodes[0].begin(cents...)
	for _, o := range nodes[1:] {
		o.customers = nodes[0].customers
	}
	return nodes
}

// TestNodesOverspend places 1,000 calls at once, on three nodes, on credit for 137.
func TestNodesOverspend(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, 0, 137)
	var granted atomic.Int64
	var wait sync.WaitGroup
	for i := range 1000 {
		wait.Go(func() {
			if nodes[i%3].ask(nodes[0].customers[0], fmt.Sprint(i)) {
				granted.Add(1)
			}
		})
	}
	wait.Wait()
	if n := granted.Load(); n != 137 {
		t.Errorf("granted %d of 137 calls", n)
	}
	nodes[0].wantMoney(nodes[0].customers[0], 137, 137)
}

// TestNodesShareCalls lets every message of a call go to another node, and twice, and
// the nodes' clocks differ by more than the messages are apart.
func TestNodesShareCalls(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, 3*time.Second, 200, 90, 500)
	var wait sync.WaitGroup
	var charged [3]atomic.Int64
	for i := range 300 {
		wait.Go(func() {
			who, id := i%3, fmt.Sprint(i)
			var allowed [2]bool
			var both sync.WaitGroup
			for n := range allowed { // the same question at two nodes at once
				both.Go(func() { allowed[n] = nodes[(i/3+n)%3].ask(nodes[0].customers[who], id) })
			}
			both.Wait()
			if allowed[0] != allowed[1] {
				// The credit may have been there for the second only; that one let the call through.
				allowed[0] = nodes[i%3].ask(nodes[0].customers[who], id)
			}
			if !allowed[0] {
				return
			}
			key, used := tollkeeper.CallKey{CallID: id}, 30*time.Second
			if _, err := nodes[(i+1)%3].Extend(t.Context(), tollkeeper.Report{CallKey: key, Used: &used}); err != nil {
				t.Errorf("extend %s: %v", id, err)
			}
			record, err := nodes[(i+2)%3].End(t.Context(), tollkeeper.Report{CallKey: key, Used: &used})
			if err != nil {
				t.Errorf("end %s: %v", id, err)
			}
			again, err := nodes[i%3].End(t.Context(), tollkeeper.Report{CallKey: key, Used: &used})
			if err != nil || again.ID != record.ID || again.Charge != record.Charge {
				t.Errorf("end %s again: %v %v, want %v", id, err, again, record)
			}
			charged[who].Add(int64(record.Charge / tollkeeper.Cent))
		})
	}
	wait.Wait()
	for who, credit := range []int64{200, 90, 500} {
		nodes[who].wantMoney(nodes[0].customers[who], credit-charged[who].Load(), 0)
	}
}

// TestNodesRate asks three nodes for more calls per second than a customer may place.
func TestNodesRate(t *testing.T) {
	t.Parallel()
	const rate = 10
	nodes := newNodes(t, 0, 10_000)
	customer := nodes[0].customers[0]
	if _, err := nodes[0].store.PatchCustomer(t.Context(), tollkeeper.Write{}, customer, []tollkeeper.Field{{Key: "maxOutboundCallRate", Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: "10"}}}, nil); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // guards granted
	var granted []time.Time
	var wait sync.WaitGroup
	stop := time.Now().Add(2500 * time.Millisecond)
	for worker := range 6 {
		wait.Go(func() {
			for n := 0; time.Now().Before(stop); n++ {
				if nodes[worker%3].ask(customer, fmt.Sprint(worker, "-", n)) {
					mu.Lock()
					granted = append(granted, time.Now())
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	slices.SortFunc(granted, time.Time.Compare)
	if len(granted) < 2*rate {
		t.Errorf("only %d calls were let through in 2.5 s", len(granted))
	}
	if len(granted) > 3*rate+1 {
		t.Errorf("%d calls were let through in 2.5 s", len(granted))
	}
}

// TestNodesAgree writes on one node and looks on another.
func TestNodesAgree(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, 0, 100)
	customer := nodes[0].customers[0]
	dear := rating.Compile([]rating.Rate{{Prefix: "44", Destination: "United Kingdom", PricePerMinute: tollkeeper.Unit * 10, MinimumSeconds: 60, IncrementSeconds: 60}})
	if !nodes[1].ask(customer, "cheap") {
		t.Error("the call at the old price is refused")
	}
	if _, err := nodes[0].store.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, dear, nil); err != nil {
		t.Fatal(err)
	}
	if nodes[1].ask(customer, "dear") {
		t.Error("another node lets a call through at a price that is in force no more")
	}
	if _, err := nodes[2].store.SetStatus(t.Context(), tollkeeper.Write{}, customer, tollkeeper.StatusSuspended, ""); err != nil {
		t.Fatal(err)
	}
	if d, err := nodes[0].Authorize(t.Context(), tollkeeper.Authorization{CallKey: tollkeeper.CallKey{CallID: "late"}, Customer: customer,
		Direction: tollkeeper.Outbound, Called: tollkeeper.CalledNumber{E164: "+442071838750"}}); err != nil || d.Reason != tollkeeper.ReasonSuspended {
		t.Errorf("after the suspension on another node: %v %v", d.Reason, err)
	}
	// One Idempotency-Key, at three nodes at once.
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Once", tollkeeper.BillCredit
	var made sync.Map
	var wait sync.WaitGroup
	for i := range 9 {
		wait.Go(func() {
			once := &tollkeeper.Once{Principal: "p", Key: "k", Hash: []byte("h"), Render: func(result any) *tollkeeper.Answer {
				return &tollkeeper.Answer{Status: 200, Body: []byte(result.(tollkeeper.Account).ID.String())}
			}}
			a, err := nodes[i%3].store.CreateCustomer(t.Context(), tollkeeper.Write{Once: once}, draft)
			if err != nil {
				t.Error(err)
				return
			}
			id := a.ID.String()
			if once.Replayed != nil {
				id = string(once.Replayed.Body)
			}
			made.Store(id, true)
		})
	}
	wait.Wait()
	count := 0
	made.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("one key made %d customers", count)
	}
}

// TestNodesLease gives a job to one of three nodes that ask for it at once.
func TestNodesLease(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, 0, 100)
	var holders atomic.Int64
	var wait sync.WaitGroup
	for i, node := range nodes {
		wait.Go(func() {
			for range 20 {
				held, err := node.store.Lease(t.Context(), "job", fmt.Sprint("node ", i), time.Second)
				if err != nil {
					t.Error(err)
				}
				if held {
					holders.Add(1 << (20 * i))
					return
				}
			}
		})
	}
	wait.Wait()
	if n := holders.Load(); n != 1 && n != 1<<20 && n != 1<<40 {
		t.Errorf("more than one node holds the job, or none: %x", n)
	}
	holder, err := nodes[0].store.LeaseHolder(t.Context(), "job")
	if err != nil || holder == "" {
		t.Errorf("held by %q (%v)", holder, err)
	}
	time.Sleep(time.Second)
	if held, err := nodes[1].store.Lease(t.Context(), "job", "heir", time.Second); err != nil || !held {
		t.Errorf("a lease that is over is not to be had: %v", err)
	}
	if err := nodes[1].store.Release(t.Context(), "heir"); err != nil {
		t.Error(err)
	}
	if held, err := nodes[2].store.Lease(t.Context(), "job", "third", time.Second); err != nil || !held {
		t.Errorf("a lease that was released is not to be had: %v", err)
	}
}

// TestNodesClockSteps steps the clocks of three nodes back and forth by up to three hours
// while calls are placed and ended, and silent ones expire: every call costs what it
// lasted, in all of its records, and the books agree.
func TestNodesClockSteps(t *testing.T) {
	t.Parallel()
	var offsets [3]atomic.Int64
	nodes := newNodesAt(t, func(i int) time.Time { return time.Now().Add(time.Duration(offsets[i].Load())) }, 1_000_000, 1_000_000)
	stop := make(chan struct{})
	var stepping, wait sync.WaitGroup
	stepping.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				offsets[n%3].Store(int64(time.Duration(rand.IntN(180)) * time.Minute)) // never before the prices are in force
				if _, err := nodes[(n+1)%3].Expire(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	const calls = 600
	var placed atomic.Int64
	for worker := range 12 {
		wait.Go(func() {
			for i := worker; i < calls; i += 12 {
				key, used := tollkeeper.CallKey{CallID: fmt.Sprint(i)}, 30*time.Second
				if !nodes[i%3].ask(nodes[0].customers[i%2], key.CallID) {
					continue
				}
				placed.Add(1)
				if _, err := nodes[(i+1)%3].End(t.Context(), tollkeeper.Report{CallKey: key, Used: &used}); err != nil {
					t.Errorf("end %d: %v", i, err)
				}
			}
		})
	}
	wait.Wait()
	close(stop)
	stepping.Wait()
	if placed.Load() != calls {
		t.Errorf("%d of %d calls were let through; the nodes denied %v, %v and %v", placed.Load(), calls, nodes[0].denials, nodes[1].denials, nodes[2].denials)
	}
	for who := range 2 {
		nodes[who].wantMoney(nodes[0].customers[who], 1_000_000-calls/2, 0)
	}
}
