package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestCells keeps two carriers' databases in two schemas of one, as docs/scale.md has
// it, and a third in tables that are not divided by months.
func TestCells(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a PostgreSQL server")
	}
	server := storetest.NewProcess(t)
	conn := connected(t, server.URL())
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE EXTENSION pg_trgm; CREATE SCHEMA cell1; CREATE SCHEMA cell2; CREATE SCHEMA plain; SET search_path = plain, public")
	exec(withoutMonths(t))
	for i, cell := range []string{"cell1", "cell2", "plain"} {
		s, err := store.Open(t.Context(), store.Config{Database: server.URL() + "&search_path=" + cell + ",public"})
		if err != nil {
			t.Fatalf("%s: %v", cell, err)
		}
		defer s.Close()
		callsIn(t, s, i+1)
		var tables int
		if err := conn.QueryRow(t.Context(), "SELECT COUNT(*) FROM pg_class WHERE relnamespace = $1::regnamespace AND relispartition AND relkind = 'r'", cell).Scan(&tables); err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"plain": 0}; tables != want[cell] && cell == "plain" || tables == 0 && cell != "plain" {
			t.Errorf("%s has %d months", cell, tables)
		}
	}
}

// callsIn places some calls, ends them, and verifies that there are no others.
func callsIn(t *testing.T, s *store.Store, calls int) {
	t.Helper()
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter})
	defer l.Close()
	deck := rating.Compile([]rating.Rate{{Prefix: "44", Destination: "United Kingdom", PricePerMinute: tollkeeper.Cent, MinimumSeconds: 60, IncrementSeconds: 60}})
	if _, err := s.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil); err != nil {
		t.Fatal(err)
	}
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.Credit, draft.MaxOutboundCallRate, draft.InternationalCalling = "Acme", tollkeeper.BillCredit, 100, 0, true
	a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	for n := range calls {
		key, used := tollkeeper.CallKey{CallID: fmt.Sprint("call-", n)}, 30*time.Second
		d, err := l.Authorize(t.Context(), tollkeeper.Authorization{CallKey: key, Customer: a.ID, Direction: tollkeeper.Outbound,
			To: "+442071838750", Called: tollkeeper.CalledNumber{E164: "+442071838750"}})
		if err != nil || !d.Allowed {
			t.Fatalf("%+v %v", d, err)
		}
		if _, err := l.End(t.Context(), tollkeeper.Report{CallKey: key, Used: &used}); err != nil {
			t.Fatal(err)
		}
	}
	if v, err := s.Verify(t.Context()); err != nil || !v.OK() || v.Records != int64(calls) || v.Customers != 1 {
		t.Errorf("verify: %+v %v, want %d records", v, err, calls)
	}
}

// withoutMonths is the schema for engines that cluster tables by their key and know no
// partitions, made as docs/scale.md says.
func withoutMonths(t *testing.T) string {
	t.Helper()
	steps, err := filepath.Glob("schema/postgres/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, step := range steps {
		content, err := os.ReadFile(step)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			if strings.Contains(line, " PARTITION OF ") {
				continue
			}
			b.WriteString(strings.Replace(line, ") PARTITION BY RANGE (id);", ");", 1))
		}
	}
	fmt.Fprintf(&b, "CREATE TABLE schema_version (version BIGINT PRIMARY KEY); INSERT INTO schema_version VALUES (%d);", len(steps))
	return b.String()
}
