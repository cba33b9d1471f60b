package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestSchemasAgree compares the tables and columns of both engines, but for those
// that only one needs.
func TestSchemasAgree(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	folder := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, store.DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	embedded := map[string]bool{}
	rows, err := db.Query(`SELECT m.name, c.name, c."notnull" OR c.pk > 0 FROM sqlite_schema m JOIN pragma_table_info(m.name) c
 WHERE m.type = 'table' AND m.name NOT LIKE '%\_search%' ESCAPE '\' AND m.name <> 'early_rows'`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var table, column string
		var required bool
		if err := rows.Scan(&table, &column, &required); err != nil {
			t.Fatal(err)
		}
		if column != "row" {
			embedded[fmt.Sprint(table, ".", column, " required ", required)] = true
		}
	}
	shared := map[string]bool{}
	conn := connected(t, address)
	pgRows, err := conn.Query(t.Context(), `SELECT table_name, column_name, is_nullable = 'NO' FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('customers_search', 'schema_version', 'turn')
 AND NOT (SELECT relispartition FROM pg_class WHERE relname = table_name AND relnamespace = 'public'::regnamespace)`)
	if err != nil {
		t.Fatal(err)
	}
	for pgRows.Next() {
		var table, column string
		var required bool
		if err := pgRows.Scan(&table, &column, &required); err != nil {
			t.Fatal(err)
		}
		shared[fmt.Sprint(table, ".", column, " required ", required)] = true
	}
	one, other := slices.Sorted(maps.Keys(embedded)), slices.Sorted(maps.Keys(shared))
	if !slices.Equal(one, other) {
		t.Errorf("the engines' schemas differ:\nembedded %s\nPostgreSQL %s", strings.Join(one, "\n"), strings.Join(other, "\n"))
	}
}

func connected(t testing.TB, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// TestSchemaGivesWay brings a schema up to date beside a query that holds a lock for long: a
// step lets go of its own locks again and again, and is done when the query is.
func TestSchemaGivesWay(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	conn := connected(t, address)
	for _, statement := range []string{
		"DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE schema_version (version BIGINT PRIMARY KEY)",
		"BEGIN; LOCK TABLE schema_version IN SHARE MODE",
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	opened := make(chan error)
	go func() {
		s, err := store.Open(t.Context(), store.Config{Database: address})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	deadline := time.Now().Add(time.Minute)
	for _, want := range []bool{true, false, true, false} {
		for waits := !want; waits != want; {
			row := conn.QueryRow(t.Context(), "SELECT COUNT(*) > 0 FROM pg_locks WHERE relation = 'schema_version'::regclass AND NOT granted")
			if err := row.Scan(&waits); err != nil {
				t.Fatal(err)
			}
			if time.Now().After(deadline) {
				t.Fatalf("after a minute a step still waits: %t", waits)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// TestFoldContains compares the function that PostgreSQL folds by with query.Fold, for
// every character.
func TestFoldContains(t *testing.T) {
	t.Parallel()
	conn := connected(t, storetest.Postgres(t))
	var texts, folded []string
	for r := rune(1); r <= 0x1FFFF; r++ {
		if r < 0xD800 || r > 0xDFFF {
			texts, folded = append(texts, string(r)), append(folded, query.Fold(string(r)))
		}
	}
	rows, err := conn.Query(t.Context(), "SELECT t, f FROM unnest($1::text[], $2::text[]) AS x (t, f) WHERE NOT fold_contains(t, f)", texts, folded)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var text, want string
		if err := rows.Scan(&text, &want); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%q is not folded to %q", text, want)
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}

// TestCallsThatEndBetweenLooks lets a batch see a call in progress before it has locked the
// account, and look again when the call is over.
func TestCallsThatEndBetweenLooks(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Config{Database: storetest.Postgres(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter})
	defer l.Close()
	seen := &tollkeeper.Call{CallKey: tollkeeper.CallKey{CallID: "short"}, Customer: a.ID, Direction: tollkeeper.Inbound}
	if d, err := l.Authorize(t.Context(), tollkeeper.Authorization{CallKey: seen.CallKey, Customer: a.ID, Direction: tollkeeper.Inbound}); err != nil || !d.Allowed {
		t.Fatalf("%+v %v", d, err)
	}
	if known, err := s.LookAgain(t.Context(), seen); err != nil || known.Live == nil || known.Record != nil {
		t.Errorf("in progress: %+v %v", known, err)
	}
	if _, err := l.End(t.Context(), tollkeeper.Report{CallKey: seen.CallKey}); err != nil {
		t.Fatal(err)
	}
	if known, err := s.LookAgain(t.Context(), seen); err != nil || known.Live != nil || known.Record == nil {
		t.Errorf("over: %+v %v, want a record and no call", known, err)
	}
}

// TestReadsRunOnce breaks the connection of a read that has been given a row.
func TestReadsRunOnce(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Config{Database: storetest.Postgres(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rows, err := s.ReadAndBreak(t.Context()); rows != 1 || tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
		t.Errorf("%d rows, %v; want 1 and that the database cannot be reached", rows, err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
