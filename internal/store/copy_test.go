package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/demo"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// notCopied are the tables that a copy may leave out.
var notCopied = []string{"leases", "copying", "early_rows"}

// TestCopy carries a carrier with a history to PostgreSQL, with made-up rows in the
// tables that have none, and back again: both embedded databases must be the same.
func TestCopy(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	source, back := aCarrier(t), t.TempDir()
	fillEmptyTables(t, source)
	fromEmbedded := store.Config{Folder: source}
	done, err := store.Copy(t.Context(), fromEmbedded, store.Config{Database: address}, func(string, int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	contents := dump(t, source)
	var rows int64
	for table, lines := range contents {
		if rows += int64(len(lines)); len(lines) == 0 {
			t.Errorf("the test has no row in %s", table)
		}
	}
	if done.Rows != rows || done.Tables != int64(len(contents)) {
		t.Errorf("copied %d rows of %d tables; there are %d of %d", done.Rows, done.Tables, rows, len(contents))
	}
	if _, err := store.Copy(t.Context(), store.Config{Database: address}, store.Config{Folder: back}, func(string, int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	again := dump(t, back)
	for _, table := range slices.Sorted(maps.Keys(contents)) {
		if !slices.Equal(contents[table], again[table]) {
			t.Errorf("%s has come back otherwise:\n%s\nwas\n%s", table, strings.Join(again[table], "\n"), strings.Join(contents[table], "\n"))
		}
	}

	conn := connected(t, address)
	var rest int64
	if err := conn.QueryRow(t.Context(), "SELECT (SELECT COUNT(*) FROM transfers_rest) + (SELECT COUNT(*) FROM cdrs_rest)").Scan(&rest); err != nil || rest != 0 {
		t.Errorf("%d rows are in no month (%v)", rest, err)
	}
	var unsorted []string
	if err := conn.QueryRow(t.Context(), `SELECT COALESCE(array_agg(table_name || '.' || column_name), '{}') FROM information_schema.columns
 WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'customers_search'`).Scan(&unsorted); err != nil || len(unsorted) > 0 {
		t.Errorf(`texts that need COLLATE "C", so that both engines sort them alike: %v (%v)`, unsorted, err)
	}
}

// TestCopyGoesOn interrupts a copy again and again. Nobody can serve it before it is
// whole; then it can be searched and called on.
func TestCopyGoesOn(t *testing.T) {
	t.Parallel()
	source, target := store.Config{Folder: aCarrier(t)}, store.Config{Database: storetest.Postgres(t)}
	var err error
	starts, farthest := 0, int64(0)
	for starts = 1; ; starts++ {
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		_, err = store.Copy(ctx, source, target, func(doing string, done, _ int64) {
			if steps++; doing == "copying" && steps == 2 {
				cancel()
			}
			if doing == "copying" && done < farthest && steps > 1 {
				t.Errorf("start %d copies again from row %d on, after %d", starts, done, farthest)
			}
			farthest = max(farthest, done)
		})
		cancel()
		if err == nil || starts > 50 {
			break
		}
		if s, err := store.Open(t.Context(), target); err == nil {
			t.Error("a copy that is not whole can be opened")
			s.Close()
		} else if !strings.Contains(err.Error(), "unfinished copy") {
			t.Errorf("open half a copy: %v", err)
		}
		other := store.Config{Folder: t.TempDir()}
		if _, err := store.Copy(t.Context(), other, target, func(string, int64, int64) {}); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
			t.Errorf("another source is copied into it: %v", err)
		}
	}
	if err != nil || starts < 3 {
		t.Fatalf("after %d starts: %v", starts, err)
	}
	s, err := store.Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if v, err := s.Verify(t.Context()); err != nil || !v.OK() || v.Records == 0 || v.AuditEntries == 0 {
		t.Errorf("verify: %+v %v", v, err)
	}
	f, err := query.Parse("$search="+url.QueryEscape(strings.ToUpper(demo.Showcase[2:8])), query.Customers)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.FindCustomers(t.Context(), f)
	if err != nil || page.Total == 0 {
		t.Fatalf("the search finds %d customers: %v", page.Total, err)
	}
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter})
	defer l.Close()
	d, err := l.Authorize(t.Context(), tollkeeper.Authorization{CallKey: tollkeeper.CallKey{CallID: "first on the copy"}, Customer: page.Items[0].ID,
		Direction: tollkeeper.Outbound, Called: tollkeeper.CalledNumber{E164: "+442079460123"}})
	if err != nil || d.Reason != tollkeeper.ReasonOK {
		t.Errorf("a call on the copy: %+v %v", d, err)
	}
	if _, err := store.Copy(t.Context(), source, target, func(string, int64, int64) {}); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		t.Errorf("a database in use is copied into: %v", err)
	}
}

// TestCopyComparesEveryRow changes a row of the target behind the copy's back.
func TestCopyComparesEveryRow(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	conn := connected(t, address)
	changed := false
	_, err := store.Copy(t.Context(), store.Config{Folder: aCarrier(t)}, store.Config{Database: address}, func(doing string, done, total int64) {
		if !changed && doing == "comparing" {
			changed = true
			if _, err := conn.Exec(t.Context(), "UPDATE users SET last = last || 'x'"); err != nil {
				t.Error(err)
			}
		}
	})
	if err == nil || !strings.Contains(err.Error(), "the copy of users differs") {
		t.Errorf("a changed row passes: %v", err)
	}
}

// TestCopyBackNeedsRows has two customers whom the embedded database cannot tell apart.
func TestCopyBackNeedsRows(t *testing.T) {
	t.Parallel()
	source := store.Config{Database: storetest.Postgres(t)}
	s, err := store.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Twin", tollkeeper.BillCredit
	a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connected(t, source.Database).Exec(t.Context(), `CREATE TEMP TABLE twin AS SELECT * FROM customers;
 UPDATE twin SET id = set_byte(id, 11, 255 - get_byte(id, 11)); INSERT INTO customers SELECT * FROM twin`); err != nil {
		t.Fatal(err)
	}
	_, err = store.Copy(t.Context(), source, store.Config{Folder: t.TempDir()}, func(string, int64, int64) {})
	if tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict || !strings.Contains(err.Error(), a.ID.String()) {
		t.Errorf("two customers of one row are copied: %v", err)
	}
}

// TestCopyWaitsForServers refuses a source that a node has a job of.
func TestCopyWaitsForServers(t *testing.T) {
	t.Parallel()
	target := store.Config{Database: storetest.Postgres(t)}
	source := store.Config{Folder: t.TempDir()}
	s, err := store.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Lease(t.Context(), "job", "node", time.Minute); err != nil {
		t.Fatal(err)
	}
	var refused *tollkeeper.Error
	if _, err := store.Copy(t.Context(), source, target, func(string, int64, int64) {}); !errors.As(err, &refused) || refused.Code != tollkeeper.CodeConflict {
		t.Errorf("the database of a running server is copied: %v", err)
	}
}

var carrierMade = sync.OnceValues(func() (file []byte, err error) {
	folder, err := os.MkdirTemp("", "tollkeeper-carrier-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if _, _, err := demo.Fill(context.Background(), demo.Config{Folder: folder, Now: time.Now(), Operator: "a@b.example", PasswordHash: "x"}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, store.DatabaseFile))
})

// aCarrier is a folder with a database in which much has happened.
func aCarrier(t *testing.T) (folder string) {
	t.Helper()
	file, err := carrierMade()
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, store.DatabaseFile), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func embedded(t *testing.T, folder string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, store.DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// tablesOf lists the tables of an embedded database, with the types of their columns.
func tablesOf(t *testing.T, db *sql.DB) map[string]map[string]string {
	t.Helper()
	rows, err := db.Query(`SELECT m.name, c.name, c.type FROM sqlite_schema m JOIN pragma_table_info(m.name) c
 WHERE m.type = 'table' AND m.name NOT LIKE '%\_search%' ESCAPE '\' AND m.name NOT LIKE 'sqlite%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tables := map[string]map[string]string{}
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(notCopied, table) {
			continue
		}
		if tables[table] == nil {
			tables[table] = map[string]string{}
		}
		tables[table][column] = kind
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// fillEmptyTables gives every table a row.
func fillEmptyTables(t *testing.T, folder string) {
	t.Helper()
	db := embedded(t, folder)
	for table, columns := range tablesOf(t, db) {
		names := slices.Sorted(maps.Keys(columns))
		values := make([]string, len(names))
		for i, name := range names {
			values[i] = map[string]string{"INTEGER": fmt.Sprint(i + 1), "TEXT": fmt.Sprintf("'té%d'", i), "BLOB": fmt.Sprintf("x'6000000000000000000000%02x'", i)}[columns[name]]
		}
		_, err := db.Exec(fmt.Sprintf("INSERT INTO %s (%s) SELECT %s WHERE NOT EXISTS (SELECT 1 FROM %[1]s)", table, strings.Join(names, ", "), strings.Join(values, ", ")))
		if err != nil {
			t.Errorf("%s: %v", table, err)
		}
	}
	db.Close()
}

// dump writes every row of every table that a copy carries.
func dump(t *testing.T, folder string) map[string][]string {
	t.Helper()
	db := embedded(t, folder)
	contents := map[string][]string{}
	for table, columns := range tablesOf(t, db) {
		var parts []string
		for _, column := range slices.Sorted(maps.Keys(columns)) {
			if table == "transcripts" && column == "row" {
				continue // is counted anew
			}
			parts = append(parts, "quote("+column+")")
		}
		rows, err := db.Query("SELECT " + strings.Join(parts, " || ',' || ") + " AS line FROM " + table + " ORDER BY line")
		if err != nil {
			t.Fatal(err)
		}
		contents[table] = nil
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			contents[table] = append(contents[table], line)
		}
		rows.Close()
	}
	db.Close()
	return contents
}
