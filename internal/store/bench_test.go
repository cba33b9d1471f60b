package store_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
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
		b.Run(fmt.Sprint("customers=", customers), func(b *testing.B) { benchCycles(b, customers, false) })
	}
	b.Run("heard", func(b *testing.B) { benchCycles(b, 1, true) }) // by a webhook for call.ended
}

func benchCycles(b *testing.B, count int, heard bool) {
	ctx := context.Background()
	s, err := store.Open(ctx, storetest.Config(b))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	customers := benchCustomers(b, s, count)
	deck := rating.Compile([]rating.Rate{{Prefix: "4420", Destination: "United Kingdom, London", PricePerMinute: 12000, MinimumSeconds: 60, IncrementSeconds: 60}})
	if _, err := s.PutDeck(ctx, tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil); err != nil {
		b.Fatal(err)
	}
	if heard {
		hook := tollkeeper.Webhook{URL: "https://portal.example/", EventTypes: []tollkeeper.EventType{tollkeeper.EventCallEnded}}
		if _, err := s.CreateWebhook(ctx, tollkeeper.Write{}, hook); err != nil {
			b.Fatal(err)
		}
	}
	var batches, commands atomic.Int64
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter, Observe: func(n int, _ time.Duration) {
		batches.Add(1)
		commands.Add(int64(n))
	}})
	defer l.Close()
	var sequence atomic.Int64
	used := 63 * time.Second
	b.SetParallelism(16) // of 2 processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := sequence.Add(1)
			key := tollkeeper.CallKey{CallID: fmt.Sprintf("%x-%d@pbx.example", n*2654435761%(1<<32), n)}
			d, err := l.Authorize(ctx, tollkeeper.Authorization{CallKey: key, Customer: customers[n%int64(len(customers))],
				Direction: tollkeeper.Outbound, To: "+442071838750", Called: tollkeeper.CalledNumber{E164: "+442071838750"},
				Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}})
			if err != nil || !d.Allowed {
				b.Error(d.Reason, err)
				return
			}
			if _, err := l.End(ctx, tollkeeper.Report{CallKey: key, Used: &used}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cycles/s")
	b.ReportMetric(float64(commands.Load())/float64(batches.Load()), "commands/batch")
}

// benchCustomers makes customers with plenty of credit, many at once.
func benchCustomers(b *testing.B, s *store.Store, n int) []tollkeeper.ID {
	b.Helper()
	ids := make([]tollkeeper.ID, n)
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
				a, err := s.CreateCustomer(context.Background(), tollkeeper.Write{}, draft)
				if err != nil {
					failed = err
				}
				ids[i] = a.ID
			}
			done <- failed
		}()
	}
	for i := range n {
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
	customers := benchCustomers(b, s, 10_000)
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
