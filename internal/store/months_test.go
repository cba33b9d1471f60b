package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestMonths lets the clock run on: there is always a month for new records, months
// that were used stay, and those that are empty again go.
func TestMonths(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	now := time.Now()
	s, err := store.Open(t.Context(), store.Config{Database: address, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn := connected(t, address)
	parts := func() []string {
		t.Helper()
		rows, err := conn.Query(t.Context(), "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'cdrs'::regclass ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	want := func(names ...string) {
		t.Helper()
		if have := parts(); !slices.Equal(have, append(names, "cdrs_rest")) {
			t.Errorf("in %s the parts are %v, want %v and the rest", now.Format("2006-01"), have, names)
		}
	}
	prepare := func(changes int) {
		t.Helper()
		if n, err := s.PrepareMonths(t.Context()); err != nil || n != changes {
			t.Errorf("%d changes (%v), want %d", n, err, changes)
		}
	}
	name := func(ahead int) string { return monthBegin(now).AddDate(0, ahead, 0).Format("cdrs_2006_01") }
	want(name(0), name(1), name(2))
	prepare(0)

	kept := name(0)
	id := s.NewID()
	if _, err := conn.Exec(t.Context(), `INSERT INTO cdrs SELECT $1, $1, '', '', 0, '', '', 0, 0, '', 0, '', '', 0, 0, 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, '', NULL`, id[:]); err != nil {
		t.Fatal(err)
	}
	now = monthBegin(now).AddDate(0, 3, 0)
	prepare(3*3 + 5) // each table gets three; of the first three, two of the ledger, two of the terms and one of the records go
	want(kept, name(-1), name(0), name(1), name(2))
}

func monthBegin(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
