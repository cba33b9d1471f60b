package store_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestLookUpsPassLongQueries keeps every connection for queries busy, and asks for
// one customer meanwhile.
func TestLookUpsPassLongQueries(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, storetest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	acme, err := s.CreateCustomer(ctx, tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	err = s.CreateCustomers(ctx, tollkeeper.Write{}, func(yield func(tollkeeper.Customer) bool) {
		for range 20_000 {
			if !yield(draft) {
				return
			}
		}
	}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	slow, err := query.Parse("$limit=1000&$sort[websiteUrl]=-1&$sort[createdByIP]=1", query.Customers)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	done := make(chan error)
	const readers = 8
	for range readers {
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				if _, err := s.FindCustomers(ctx, slow); err != nil {
					done <- err
					return
				}
			}
		}()
	}
	slowest := time.Duration(0)
	for range 50 {
		began := time.Now()
		if _, err := s.Account(ctx, acme.ID); err != nil {
			t.Error(err)
		}
		slowest = max(slowest, time.Since(began))
	}
	close(stop)
	for range readers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if slowest > 2*time.Second {
		t.Errorf("a look-up waited %v for long queries", slowest)
	}
	mustReadAfterGivingUp(t, s, slow)
}

// mustReadAfterGivingUp lets callers hang up while they read, more often than there are
// connections. Those who come next read as if nothing had been.
func mustReadAfterGivingUp(t *testing.T, s *store.Store, slow *query.Find) {
	t.Helper()
	for range 4 * runtime.GOMAXPROCS(0) {
		hasty, hangUp := context.WithCancel(context.Background())
		time.AfterFunc(5*time.Millisecond, hangUp)
		if _, err := s.FindCustomers(hasty, slow); err != nil && tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
			t.Errorf("given up: %v", err)
		}
		hangUp()
	}
	for range 2 * runtime.GOMAXPROCS(0) {
		if _, err := s.FindCustomers(context.Background(), slow); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLongReadsEnd gives up reads that may take as long as they need: whoever stops the
// server, or hangs up, waits for none.
func TestLongReadsEnd(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), storetest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("for who had given up: %v, want that it was cancelled", err)
	}
	if _, err := s.Verify(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
