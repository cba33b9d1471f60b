// Package storetest gives tests a database: a folder for the embedded engine, or a
// PostgreSQL database when TOLLKEEPER_TEST_DATABASE says so.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"tollkeeper/internal/store"
)

// Variable is the environment variable that chooses the engine of the tests:
// "" for the embedded one; "postgres" for a PostgreSQL server that is started for
// them; or the address of one that is there, of a user who may make databases.
const Variable = "TOLLKEEPER_TEST_DATABASE"

// OnPostgres reports whether the tests are run on PostgreSQL.
func OnPostgres() bool { return os.Getenv(Variable) != "" }

// Config returns a database of its own for a test. It may be opened more than once.
func Config(t testing.TB) store.Config {
	t.Helper()
	config := store.Config{Folder: t.TempDir()}
	if OnPostgres() {
		config.Database = Postgres(t)
	}
	return config
}

// Postgres returns the address of an empty PostgreSQL database for a test, which is
// skipped where there is no server.
func Postgres(t testing.TB) string {
	t.Helper()
	s, err := theServer()
	if errors.Is(err, errNotInstalled) {
		t.Skipf("needs PostgreSQL (Debian: postgresql): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.newDatabase(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.dropDatabase(context.Background(), name); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return fmt.Sprintf("%s/%s?%s", s.address, name, s.options)
}

// CutConnections ends every connection to a test's PostgreSQL database, whatever it
// is about.
func CutConnections(t testing.TB, config store.Config) {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(config.Database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.admin.Exec(context.Background(), "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", strings.TrimPrefix(u.Path, "/"))
	if err != nil {
		t.Fatal(err)
	}
}
