package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store/storetest"
)

// TestEarlyRows serves customers whose rows are not those that their ids make, as the
// first release made them.
func TestEarlyRows(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := opened(t, folder)
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	early := ok[tollkeeper.Account](t)(s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)).ID
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, folder, "UPDATE customers SET row = row + 7", lastStatement(t, "schema/sqlite/*_early_rows.sql"))

	s = opened(t, folder)
	defer s.Close()
	ok[tollkeeper.Account](t)(s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft))
	storetest.Call(t, s, early)
	found := func(text string) int64 {
		t.Helper()
		f := ok[*query.Find](t)(query.Parse("$search="+text, query.Customers))
		return ok[tollkeeper.Page[*tollkeeper.Account]](t)(s.FindCustomers(t.Context(), f)).Total
	}
	name := []tollkeeper.Field{{Key: "name", Value: tollkeeper.Value{Kind: tollkeeper.StringValue, Text: "Harbour"}}}
	ok[tollkeeper.Account](t)(s.PatchCustomer(t.Context(), tollkeeper.Write{}, early, name, nil))
	if n := found("harbour"); n != 1 {
		t.Errorf("%d customers are found by the new name", n)
	}
	if v := verified(t, s); !v.OK() {
		t.Errorf("verify: %v", v.Faults)
	}
	ok[tollkeeper.Account](t)(s.DeleteCustomer(t.Context(), tollkeeper.Write{}, early, nil))
	if _, err := s.Account(t.Context(), early); tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
		t.Errorf("deleted, the customer is read with %v", err)
	}
	if n := found("harbour"); n != 0 {
		t.Errorf("deleted, %d customers are found", n)
	}
}

// lastStatement is the end of a step of the schema.
func lastStatement(t *testing.T, pattern string) string {
	t.Helper()
	files := ok[[]string](t)(filepath.Glob(pattern))
	if len(files) != 1 {
		t.Fatalf("%s are %q", pattern, files)
	}
	statements := strings.Split(strings.TrimSpace(string(ok[[]byte](t)(os.ReadFile(files[0])))), ";\n")
	return statements[len(statements)-1]
}
