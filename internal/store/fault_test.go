package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestFailedCommits lets many callers write at once while commits fail, lost or
// persisted. Each repeats its write until it is answered; by its key it counts
// once.
func TestFailedCommits(t *testing.T) {
	t.Parallel()
	var commits atomic.Int64
	var begun atomic.Bool
	config := storetest.Config(t)
	faulty := config
	faulty.Fault = func(operation string) error {
		if n := commits.Add(1); begun.Load() && (n%7 == 0 || n%11 == 0) {
			return errors.New("failed " + operation)
		}
		return nil
	}
	s, err := store.Open(t.Context(), faulty)
	if err != nil {
		t.Fatal(err)
	}
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	begun.Store(true)
	const callers, each = 32, 10
	var wait sync.WaitGroup
	var failures atomic.Int64
	for caller := range callers {
		wait.Go(func() {
			for i := range each {
				failures.Add(adjusted(t, s, a.ID, fmt.Sprint(caller, "-", i)))
			}
		})
	}
	wait.Wait()
	if failures.Load() == 0 {
		t.Error("no commit failed")
	}
	for _, when := range []string{"at once", "opened again"} {
		got, err := s.Account(context.Background(), a.ID)
		if err != nil || got.Posted != callers*each*tollkeeper.Cent {
			t.Errorf("%s: %d posted (%v), want %d cents", when, got.Posted, err, callers*each)
		}
		if v, err := s.Verify(context.Background()); err != nil || !v.OK() || v.Transfers != callers*each {
			t.Errorf("%s: verify: %v %+v", when, err, v)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if when == "at once" {
			if s, err = store.Open(context.Background(), config); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// adjusted credits a cent, however often that takes, and returns how often it
// failed.
func adjusted(t *testing.T, s *store.Store, id tollkeeper.ID, key string) (failed int64) {
	for {
		_, err := s.Adjust(context.Background(), tollkeeper.Write{}, id, tollkeeper.Adjustment{Amount: tollkeeper.Cent, Reason: "r", Key: key})
		if err == nil {
			return failed
		}
		if failed++; tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable || failed > 1000 {
			t.Errorf("adjust %s: %v", key, err)
			return failed
		}
	}
}

// TestClose may be asked for twice; what comes later is refused.
func TestClose(t *testing.T) {
	t.Parallel()
	config := storetest.Config(t)
	config.Folder = filepath.Join(config.Folder, "made", "on", "demand")
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	draft := tollkeeper.NewCustomer()
	draft.Name = "Late"
	if _, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft); tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
		t.Errorf("a write after the close: %v, want unavailable", err)
	}
}
