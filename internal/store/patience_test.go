package store_test

import (
	"context"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestClientsGiveUp has clients cancel their requests to PostgreSQL, or wait for a short
// while only, behind a table that somebody has locked. For all others the database is
// there at once.
func TestClientsGiveUp(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	s := ok[*store.Store](t)(store.Open(t.Context(), store.Config{Database: address}))
	t.Cleanup(func() { s.Close() })
	if _, err := connected(t, address).Exec(t.Context(), "BEGIN; LOCK TABLE call_names IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	named := ok[*query.Find](t)(query.Parse("callerName=ACME", query.CDRs))
	asks := map[string]func(context.Context) error{
		"a look-up": func(ctx context.Context) error {
			_, _, err := s.Dip(ctx, s.NewID(), s.NewID())
			return err
		},
		"a list": func(ctx context.Context) error {
			_, err := s.FindCDRs(ctx, named)
			return err
		},
		"a long read": func(ctx context.Context) error {
			_, err := s.CDRsAfter(ctx, named, tollkeeper.ID{}, 1)
			return err
		},
	}
	for name, ask := range asks {
		for _, patience := range []time.Duration{0, time.Millisecond, 100 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			began := time.Now()
			if err := ask(ctx); err == nil {
				t.Errorf("%s is answered although the table is locked", name)
			}
			cancel()
			if time.Since(began) >= time.Second { // on a machine this slow a look-up says that the database is gone, for 300 ms
				time.Sleep(time.Second)
				continue
			}
			if err := s.Ready(t.Context()); err != nil {
				t.Errorf("after somebody waited %s for %s the database is gone for all: %v", patience, name, err)
			}
		}
	}
}
