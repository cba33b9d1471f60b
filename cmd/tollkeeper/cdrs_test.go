package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExport exports call records, cuts the files off at every place near their end, and
// lets the export go on: each is then what it was.
func TestExport(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	s.importDeck()
	customer := s.newCustomer("Acme", 100_000)
	for i := range 7 {
		s.must("POST", "/calls", callBody(customer, fmt.Sprintf("call-%d", i)), nil)
		s.must("POST", fmt.Sprintf("/calls/call-%d/end", i), `{"durationSeconds":30,"cause":"said \"bye\", and left"}`, nil)
	}
	export := func(wantCode int, arguments ...string) string {
		t.Helper()
		output, code := tool(t, append([]string{"cdrs", "export", "--server", s.url, "--token", s.token}, arguments...)...)
		if code != wantCode {
			t.Fatalf("%v ended with %d: %s", arguments, code, output)
		}
		return output
	}
	for _, format := range []string{"csv", "jsonl"} {
		path := filepath.Join(t.TempDir(), "records")
		export(0, "--format", format, path)
		whole, err := os.ReadFile(path)
		if err != nil || bytes.Count(whole, []byte("call-")) != 7 {
			t.Fatalf("%v\n%s", err, whole)
		}
		export(2, "--format", format, path) // it is there already
		for _, cut := range []int{0, 1, 20, len(whole) / 2, 3 * len(whole) / 4, len(whole) - bytes.IndexByte(whole, '\n') - 1, len(whole) - 3, len(whole)} {
			if err := os.WriteFile(path, whole[:len(whole)-cut], 0o600); err != nil {
				t.Fatal(err)
			}
			export(0, "--format", format, "--resume", path)
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, whole) {
				t.Errorf("%s without its last %d bytes was resumed as\n%s\nwant\n%s", format, cut, now, whole)
			}
		}
	}
	for name, content := range map[string]string{"lines.csv": "{\"_id\":\"a\"}\n", "table.jsonl": "_id,callId\n", "numbers.csv": "number,customer\n+1,\n", "old.csv": "PAR1"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if output := export(2, "--resume", path); !strings.Contains(output, "is no export as") {
			t.Errorf("%s: %s", name, output)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != content {
			t.Errorf("%s became %q", name, now)
		}
	}
	export(2, "--number", "2125550100", filepath.Join(t.TempDir(), "national.csv"))
	path := filepath.Join(t.TempDir(), "records.parquet")
	export(0, "--customer", customer, "--since", "2020-01-01T00:00:00Z", path)
	export(2, "--format", "parquet", "--resume", path)
	called := filepath.Join(t.TempDir(), "called.csv")
	export(0, "--number", "+442071838750", called)
	if of, err := os.ReadFile(called); err != nil || bytes.Count(of, []byte("call-")) != 7 {
		t.Errorf("%v %q", err, of)
	}
	if written := export(0, "--number", "+442071838750", "-"); strings.Count(written, "call-") != 7 {
		t.Errorf("standard output has %q", written)
	}
	export(2, "--resume", "-")
	refused := filepath.Join(t.TempDir(), "refused.csv")
	export(2, "--customer", "nobody", refused)
	if _, err := os.Stat(refused); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an export that is refused leaves a file (%v)", err)
	}
	none := filepath.Join(t.TempDir(), "none.csv")
	export(0, "--number", "+442071838751", none)
	if header, err := os.ReadFile(none); err != nil || bytes.Count(header, []byte("\n")) != 1 {
		t.Errorf("%v %q", err, header)
	}
	none += "-before"
	export(0, "--before", "2020-01-01T00:00:00Z", none)
	if header, err := os.ReadFile(none); err != nil || bytes.Count(header, []byte("\n")) != 1 {
		t.Errorf("%v %q", err, header)
	}
}
