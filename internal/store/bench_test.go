package store_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// BenchmarkCallCycle measures authorize and end, both durable, without HTTP: 32
// callers at once over 10,000 customers, and all for one.
func BenchmarkCallCycle(b *testing.B) {
	for _, customers := range []int{10_000, 1} {
		b.Run(fmt.Sprint("customers=", customers), func(b *testing.B) {
			c := newCycles(b, benchKind{customers: customers})
			b.SetParallelism(16) // of 2 processors
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					c.cycle(b)
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cycles/s")
			b.ReportMetric(float64(c.commands.Load())/float64(c.batches.Load()), "commands/batch")
		})
	}
}

// benchKind is what is measured.
type benchKind struct {
	customers int
	change    func(*tollkeeper.Customer) // of each; nil for none
	heard     bool                       // by a webhook for call.ended
	long      bool                       // so that they bring their terms with them
}

// cycles is a store with customers who call.
type cycles struct {
	benchKind
	store    *store.Store
	ledger   *ledger.Ledger
	ids      []tollkeeper.ID
	sequence atomic.Int64
	batches  atomic.Int64
	commands atomic.Int64
}

func newCycles(b *testing.B, kind benchKind) *cycles {
	b.Helper()
	ctx := context.Background()
	config := storetest.Config(b)
	config.Limits.RefillBelow = 5 * tollkeeper.Unit
	s, err := store.Open(ctx, config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	c := &cycles{benchKind: kind, store: s, ids: benchCustomers(b, s, kind)}
	deck := rating.Compile([]rating.Rate{{Prefix: "4420", Destination: "United Kingdom, London", PricePerMinute: 12000, MinimumSeconds: 60, IncrementSeconds: 60}})
	if _, err := s.PutDeck(ctx, tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil); err != nil {
		b.Fatal(err)
	}
	if kind.heard {
		hook := tollkeeper.Webhook{URL: "https://portal.example/", EventTypes: []tollkeeper.EventType{tollkeeper.EventCallEnded}}
		if _, err := s.CreateWebhook(ctx, tollkeeper.Write{}, hook); err != nil {
			b.Fatal(err)
		}
	}
	if kind.long { // every call is below the horizon
		ahead := "x'ffffffff0000000000000000'"
		if storetest.OnPostgres() {
			ahead = "'\\xffffffff0000000000000000'"
		}
		(&years{config: config}).sql(b, "UPDATE deck_generation SET terms_horizon = "+ahead)
	}
	c.ledger = ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter, Observe: func(n int, _ time.Duration) {
		c.batches.Add(1)
		c.commands.Add(int64(n))
	}})
	b.Cleanup(c.ledger.Close)
	return c
}

// cycle authorizes and ends one call.
func (c *cycles) cycle(b *testing.B) {
	ctx, n := context.Background(), c.sequence.Add(1)
	key := tollkeeper.CallKey{CallID: fmt.Sprintf("%x-%d@pbx.example", n*2654435761%(1<<32), n)}
	d, err := c.ledger.Authorize(ctx, tollkeeper.Authorization{CallKey: key, Customer: c.ids[n%int64(len(c.ids))],
		Direction: tollkeeper.Outbound, To: "+442071838750", Called: tollkeeper.CalledNumber{E164: "+442071838750"},
		Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}})
	if err != nil || !d.Allowed {
		b.Error(d.Reason, err)
		return
	}
	used := 63 * time.Second
	if _, err := c.ledger.End(ctx, tollkeeper.Report{CallKey: key, Used: &used}); err != nil {
		b.Error(err)
	}
}

// BenchmarkCost measures what alerts, refills, accrual and events add to a cycle of
// authorize and end: the processor time of rounds with and without them, in turn, so that
// the machine's other work concerns both alike. A round is 512 cycles by 32 callers.
//
//	go test ./internal/store -run none -bench Cost -benchtime 500x
func BenchmarkCost(b *testing.B) {
	plain := benchKind{customers: 1000}
	for name, change := range map[string]func(*benchKind){
		"nothing": func(*benchKind) {},
		"alerts": func(k *benchKind) {
			k.change = func(c *tollkeeper.Customer) { c.LowBalanceAlertAmount, c.AutomaticRefillAmount = 2000, 5000 }
		},
		"paymentmethod": func(k *benchKind) {
			k.change = func(c *tollkeeper.Customer) { c.DefaultBillMethod = tollkeeper.BillPaymentMethod }
		},
		"call.ended": func(k *benchKind) { k.heard = true },
		"long":       func(k *benchKind) { k.long = true },
	} {
		b.Run(name, func(b *testing.B) {
			with := plain
			change(&with)
			compareCycles(b, newCycles(b, with), newCycles(b, plain))
		})
	}
}

// compareCycles reports the middle ratio of the processor time of rounds, and those that a
// quarter is below and above.
func compareCycles(b *testing.B, with, without *cycles) {
	for range 4 {
		with.round(b)
		without.round(b)
	}
	b.ResetTimer()
	var ratios, extra, base []float64
	for i := range b.N {
		first, second := with, without
		if i%2 == 1 {
			first, second = without, with
		}
		x, y := first.round(b), second.round(b)
		if i%2 == 1 {
			x, y = y, x
		}
		ratios, extra, base = append(ratios, x/y), append(extra, x-y), append(base, y)
	}
	for _, list := range [][]float64{ratios, extra, base} {
		slices.Sort(list)
	}
	b.ReportMetric(ratios[len(ratios)/4], "ratio/q1")
	b.ReportMetric(ratios[len(ratios)/2], "ratio/q2")
	b.ReportMetric(ratios[len(ratios)*3/4], "ratio/q3")
	b.ReportMetric(extra[len(extra)/2], "µs-more/cycle")
	b.ReportMetric(base[len(base)/2], "µs/cycle")
	b.ReportMetric(0, "ns/op")
}

// round runs 512 cycles and returns their processor time each, in µs.
func (c *cycles) round(b *testing.B) float64 {
	const callers, each = 32, 16
	before := processorTime(b)
	var wait sync.WaitGroup
	for range callers {
		wait.Go(func() {
			for range each {
				c.cycle(b)
			}
		})
	}
	wait.Wait()
	return float64((processorTime(b) - before).Microseconds()) / (callers * each)
}

// processorTime is what this process has used.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// benchCustomers makes customers with plenty of credit, many at once.
func benchCustomers(b *testing.B, s *store.Store, kind benchKind) []tollkeeper.ID {
	b.Helper()
	ids := make([]tollkeeper.ID, kind.customers)
	next := make(chan int)
	done := make(chan error)
	const makers = 128
	for range makers {
		go func() {
			var failed error
			for i := range next {
				draft := tollkeeper.NewCustomer()
				draft.Name, draft.DefaultBillMethod = "Customer "+strconv.Itoa(i), tollkeeper.BillCredit
				draft.Credit, draft.InternationalCalling, draft.MaxOutboundCallRate = 1_000_000, true, 0
				if kind.change != nil {
					kind.change(&draft)
				}
				a, err := s.CreateCustomer(context.Background(), tollkeeper.Write{}, draft)
				if err != nil {
					failed = err
				}
				ids[i] = a.ID
			}
			done <- failed
		}()
	}
	for i := range ids {
		next <- i
	}
	close(next)
	for range makers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	return ids
}

// BenchmarkWrites measures creating and patching customers, durable and without HTTP,
// by 32 callers at once.
func BenchmarkWrites(b *testing.B) {
	ctx := context.Background()
	s, err := store.Open(ctx, storetest.Config(b))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	customers := benchCustomers(b, s, benchKind{customers: 10_000})
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	var sequence atomic.Int64
	run := func(name string, write func(n int64) error) {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(16) // of 2 processors
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := write(sequence.Add(1)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
	run("create", func(int64) error {
		_, err := s.CreateCustomer(ctx, tollkeeper.Write{}, draft)
		return err
	})
	run("patch", func(n int64) error {
		value := tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: strconv.FormatInt(n, 10)}
		fields := []tollkeeper.Field{{Key: "lowBalanceAlertAmount", Value: value}}
		_, err := s.PatchCustomer(ctx, tollkeeper.Write{}, customers[n%int64(len(customers))], fields, nil)
		return err
	})
}
