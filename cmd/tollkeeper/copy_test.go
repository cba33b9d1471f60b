package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"tollkeeper/internal/store/storetest"
)

// TestMoveUp serves from a folder, copies it to PostgreSQL, and goes on there: whatever
// was answered before is answered the same, and sign-ins and tokens stay good.
func TestMoveUp(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	s := start(t, filepath.Join(t.TempDir(), "node"))
	s.importDeck()
	c := &carrier{t: t, nodes: []*server{s}}
	for range 20 {
		c.create()
	}
	for range 200 {
		c.work()
	}
	if output, code := tool(t, "copy", "--from", s.data, "--to", address); code == 0 || !strings.Contains(output, "another server is using") {
		t.Errorf("the folder of a running server is copied: %d %s", code, output)
	}
	if code := s.terminate(); code != 0 {
		t.Errorf("the server ends with %d: %s", code, s.log.String())
	}
	if output, code := tool(t, "copy", "--from", s.data, "--to", address); code != 0 || !strings.Contains(output, "and compared them all") {
		t.Fatalf("copy ends with %d: %s", code, output)
	}
	c.nodes[0] = s.again([]string{"TOLLKEEPER_DATABASE=" + address})
	c.ask(mark{})
	c.audit()
	if output, code := tool(t, "verify", "--database", address); code != 0 {
		t.Errorf("verify ends with %d: %s", code, output)
	}
	if output, code := tool(t, "copy", "--from", "missing", "--to", address); code != 2 || !strings.Contains(output, "no database in missing") {
		t.Errorf("a folder without a database: %d %s", code, output)
	}
}
