package main_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestJobs lists what no request asks for, and has a part of it done by hand.
func TestJobs(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	jobs := func(wantCode int, arguments ...string) string {
		t.Helper()
		output, code := tool(t, append(append([]string{"jobs"}, arguments...), "--server", s.url, "--token", s.token)...)
		if code != wantCode {
			t.Fatalf("jobs %v ended with %d: %s", arguments, code, output)
		}
		return output
	}
	for _, name := range []string{"collect payments", "invoice months", "invoice usage near its limit", "send mails"} {
		if listed := jobs(0, "list"); !strings.Contains(listed, name) {
			t.Errorf("%q is not in the list:\n%s", name, listed)
		}
	}
	if done := jobs(0, "run", "invoice", "months"); !strings.Contains(done, "invoice months") {
		t.Errorf("it was run: %s", done)
	}
	if refused := jobs(2, "run", "the impossible"); !strings.Contains(refused, "no job of that name") {
		t.Errorf("a job that there is not: %s", refused)
	}
}
