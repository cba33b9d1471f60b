package main_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestRetentionTool shows what a lower retention deletes before it is saved, and places
// and lifts a hold.
func TestRetentionTool(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	customer := s.newCustomer("Acme", 1000)
	run := func(wantCode int, has string, arguments ...string) string {
		t.Helper()
		output, code := tool(t, append([]string{"retention", arguments[0], "--server", s.url, "--token", s.token}, arguments[1:]...)...)
		if code != wantCode || !strings.Contains(output, has) {
			t.Errorf("%v ended with %d, want %d with %q:\n%s", arguments, code, wantCode, has, output)
		}
		return output
	}
	run(0, "CUSTOMERS", "preview")
	run(2, "needs the id", "preview", "--months", "3")
	if seen := run(2, "nothing was saved", "set", customer, "--months", "3"); !strings.Contains(seen, "RECORDS BEFORE") {
		t.Errorf("it is not shown what would be deleted:\n%s", seen)
	}
	run(0, `"months": 12`, "show", customer, "--json")
	if saved := run(0, `"months": 3`, "set", customer, "--months", "3", "--yes", "--json"); !strings.Contains(saved, `"effectiveMonths": 12`) || !strings.Contains(saved, "changesAt") {
		t.Errorf("there is no grace:\n%s", saved)
	}
	run(2, "cdrRetention: ", "set", customer, "--months=-1", "--yes")
	run(0, "case 7", "hold", customer, "--reason", "case 7")
	run(0, `"legalHold": true`, "show", customer, "--json")
	if freed := run(0, customer, "release", customer, "--json"); strings.Contains(freed, `"legalHold": true`) {
		t.Errorf("the hold was not lifted:\n%s", freed)
	}
}
