package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBarringsTool sets, lists, exports, imports and removes rows of the barring table.
func TestBarringsTool(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	customer := s.newCustomer("Acme", 1000)
	run := func(wantCode int, has string, arguments ...string) string {
		t.Helper()
		command := append([]string{"barrings", arguments[0], "--server", s.url, "--token", s.token}, arguments[1:]...)
		output, code := tool(t, command...)
		if code != wantCode || !strings.Contains(output, has) {
			t.Errorf("%v ended with %d, want %d with %q:\n%s", arguments, code, wantCode, has, output)
		}
		return output
	}
	run(0, "+252", "set", "+252", "deny", "--note", "revenue share fraud")
	run(0, customer, "set", "JM", "allow", "--customer", customer)
	run(2, "allow", "set", "+44", "maybe")
	run(2, "must be + and 1 to 15 digits", "set", "+0", "deny")
	run(0, "revenue share fraud", "list")
	if plan := run(0, "premium rate", "plan"); !regexp.MustCompile(`(?m)^JM +international$`).MatchString(plan) || !regexp.MustCompile(`(?m)^PR +allow$`).MatchString(plan) {
		t.Errorf("the plan:\n%s", plan)
	}
	run(0, `"JM": "international"`, "plan", "--json")
	if own := run(0, "JM", "list", "--customer", customer); strings.Contains(own, "+252") {
		t.Errorf("of one customer:\n%s", own)
	}
	table := "prefix,region,customer,effect,note\n+252,,,deny,revenue share fraud\n,JM," + customer + ",allow,\n"
	if got := run(0, "", "export"); got != table {
		t.Errorf("exported was\n%s\nwant\n%s", got, table)
	}
	file := filepath.Join(t.TempDir(), "barrings.csv")
	run(0, "", "export", "--customer", customer, file)
	run(2, "is there already", "export", file)
	run(0, "0 of 1", "import", file)
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(table, "deny", "premium")+"+7,,,deny,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(0, "would be new or changed, not imported by this dry run: 2 of 3", "import", "--dry-run", file)
	run(0, "rows new or changed: 2 of 3", "import", file)
	if err := os.WriteFile(file, []byte("prefix,region,customer,effect,note\n+1,,,maybe,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(2, `line 2, column "effect"`, "import", file)
	run(0, "+7", "remove", "+7")
	run(2, "no such row about +7", "remove", "+7")
	run(2, "no such row about JM", "remove", "JM")
	run(0, "JM", "remove", "JM", "--customer", customer)
	if got := run(0, "", "export"); !strings.Contains(got, "+252,,,premium,") || strings.Count(got, "\n") != 2 {
		t.Errorf("left is\n%s", got)
	}
}
