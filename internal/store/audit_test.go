package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/ncruces/go-sqlite3/driver" // opens databases to damage them

	"tollkeeper"
	"tollkeeper/internal/store"
)

// trail is a database with two chains in its audit trail, each of them one entry
// that begins it and three that tell of writes. It returns the ends of the chains
// as they were after each life.
func trail(t *testing.T) (folder string, heads []tollkeeper.AuditHead) {
	t.Helper()
	folder = t.TempDir()
	for range 2 {
		s := opened(t, folder)
		for range 3 {
			draft := tollkeeper.NewCustomer()
			draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
			if _, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft); err != nil {
				t.Fatal(err)
			}
		}
		v := verified(t, s)
		if len(v.Faults) > 0 || len(v.AuditHeads) != 1 {
			t.Fatalf("an untouched database: %v, heads %v", v.Faults, v.AuditHeads)
		}
		heads = append(heads, v.AuditHeads[0])
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return folder, heads
}

func opened(t *testing.T, folder string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verified(t *testing.T, s *store.Store, anchors ...tollkeeper.AuditHead) *store.Verification {
	t.Helper()
	v, err := s.Verify(context.Background(), anchors...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// damage runs statements on a database that nobody has open.
func damage(t *testing.T, folder string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, store.DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		result, err := db.Exec(statement)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s changed %d rows (%v)", statement, n, err)
		}
	}
}

// The chains of trail in the order of their age.
const (
	older = "chain = (SELECT chain FROM audit ORDER BY id LIMIT 1)"
	newer = "chain = (SELECT chain FROM audit ORDER BY id DESC LIMIT 1)"
)

// TestTampering alters the audit trail in every way there is.
func TestTampering(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name       string
		statements []string
		want       string
	}{
		{"another actor", []string{"UPDATE audit SET actor = 'user:69a551724b1f8c3a5e000001' WHERE sequence = 2 AND " + older}, "was altered"},
		{"another action", []string{"UPDATE audit SET action = 'customer.patch' WHERE sequence = 3 AND " + newer}, "was altered"},
		{"another subject", []string{"UPDATE audit SET subject = 'other' WHERE sequence = 3 AND " + newer}, "was altered"},
		{"another customer", []string{"UPDATE audit SET customer = NULL WHERE sequence = 2 AND " + older}, "was altered"},
		{"another address", []string{"UPDATE audit SET address = '192.0.2.1' WHERE sequence = 2 AND " + older}, "was altered"},
		{"another user agent", []string{"UPDATE audit SET user_agent = 'curl' WHERE sequence = 2 AND " + older}, "was altered"},
		{"another time", []string{"UPDATE audit SET created_at = created_at - 1 WHERE sequence = 2 AND " + older}, "was altered"},
		{"other values", []string{`UPDATE audit SET changes = replace(changes, 'Acme', 'Emca') WHERE sequence = 2 AND ` + older}, "was altered"},
		{"no JSON", []string{`UPDATE audit SET changes = 'x' WHERE sequence = 1 AND ` + newer}, "was altered"},
		{"another id", []string{"UPDATE audit SET id = x'010203040506070809101112' WHERE sequence = 4 AND " + older}, "is a second entry"},
		{"a hash that fits another content", []string{"UPDATE audit SET hash = zeroblob(32) WHERE sequence = 2 AND " + older}, "does not continue"},
		{"removed within", []string{"DELETE FROM audit WHERE sequence = 2 AND " + older}, "lacks entry 2"},
		{"two removed", []string{"DELETE FROM audit WHERE sequence IN (2, 3) AND " + newer}, "lacks entries 2 to 3"},
		{"the first removed", []string{"DELETE FROM audit WHERE sequence = 1 AND " + older}, "lacks entry 1"},
		{"the newest removed", []string{"DELETE FROM audit WHERE sequence > 2 AND " + newer}, "lacks entries 3 to 4"},
		{"the newest of an older chain removed, and its end forged", []string{
			"UPDATE audit_chains SET sequence = 3, linked = 3, hash = (SELECT hash FROM audit WHERE sequence = 3 AND " + older + ") WHERE " + older,
			"DELETE FROM audit WHERE sequence = 4 AND " + older}, "entry 4 of audit chain"},
		{"a whole chain removed", []string{"DELETE FROM audit_chains WHERE " + older, "DELETE FROM audit WHERE " + older}, "entry 4 of audit chain"},
		{"a chain's end removed", []string{"DELETE FROM audit_chains WHERE " + newer}, "is not among the chains"},
		{"all entries removed", []string{"DELETE FROM audit"}, "lacks entries 1 to 4"},
		{"inserted in between", []string{`INSERT INTO audit SELECT id || x'00', customer, subject, action, actor, address, user_agent, changes, created_at,
 chain, sequence, previous, hash FROM audit WHERE sequence = 2 AND ` + older}, "is a second entry 2"},
		{"inserted at the end", []string{`INSERT INTO audit SELECT id || x'00', customer, subject, action, actor, address, user_agent, changes, created_at,
 chain, sequence + 1, hash, hash FROM audit WHERE sequence = 4 AND ` + newer}, "does not end with the entry"},
		{"inserted as a chain", []string{`INSERT INTO audit SELECT id || x'00', customer, subject, action, actor, address, user_agent, changes, created_at,
 x'0102030405060708090a0b0c', 1, zeroblob(32), hash FROM audit WHERE sequence = 4 AND ` + newer}, "is not among the chains"},
		{"swapped", []string{
			"UPDATE audit SET sequence = 5 - sequence WHERE sequence IN (2, 3) AND " + older}, "was altered"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			folder, _ := trail(t)
			damage(t, folder, row.statements...)
			s := opened(t, folder)
			defer s.Close()
			if v := verified(t, s); !strings.Contains(strings.Join(v.Faults, "\n"), row.want) {
				t.Errorf("verify finds %q, not that %q", v.Faults, row.want)
			}
		})
	}
}

// TestForgedChain rewrites the newest chain so that it agrees with itself. Only who
// has noted its end elsewhere can tell.
func TestForgedChain(t *testing.T) {
	t.Parallel()
	folder, heads := trail(t)
	damage(t, folder, "UPDATE audit_chains SET sequence = 2, hash = (SELECT hash FROM audit WHERE sequence = 2 AND "+newer+") WHERE "+newer,
		"DELETE FROM audit WHERE sequence > 2 AND "+newer)
	s := opened(t, folder)
	defer s.Close()
	if v := verified(t, s); !v.OK() {
		t.Errorf("without an anchor verify cannot know, and says %q", v.Faults)
	}
	if v := verified(t, s, heads[0]); !v.OK() {
		t.Errorf("the older chain is whole; verify says %q", v.Faults)
	}
	if v := verified(t, s, heads...); len(v.Faults) != 1 || !strings.Contains(v.Faults[0], "which the head that was given names") {
		t.Errorf("with an anchor verify says %q", v.Faults)
	}
	other := heads[0]
	other.Hash[0]++
	if v := verified(t, s, other); len(v.Faults) != 1 || !strings.Contains(v.Faults[0], "is not the entry 4 of chain") {
		t.Errorf("with another anchor verify says %q", v.Faults)
	}
}

// TestChainsBesideEachOther lets two programs write to one database at once.
func TestChainsBesideEachOther(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	both := []*store.Store{opened(t, folder), opened(t, folder)}
	const writes = 50
	done := make(chan error)
	for _, s := range both {
		go func() {
			var failed error
			for range writes {
				if _, err := s.CreateToken(context.Background(), tollkeeper.Write{}, tollkeeper.Token{Name: "x"}, []byte(rand.Text())); err != nil {
					failed = err
				}
			}
			done <- failed
		}()
	}
	for range both {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if v := verified(t, both[0]); !v.OK() || v.AuditEntries != 2*writes+2 {
		t.Errorf("verify finds %d entries, heads %v, faults %q", v.AuditEntries, v.AuditHeads, v.Faults)
	}
	for _, s := range both {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	third := opened(t, folder)
	defer third.Close()
	if _, err := third.CreateToken(t.Context(), tollkeeper.Write{}, tollkeeper.Token{Name: "x"}, []byte("hash")); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, third); !v.OK() || len(v.AuditHeads) != 1 {
		t.Errorf("a third chain does not name the others: heads %v, faults %q", v.AuditHeads, v.Faults)
	}
}
