package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocument holds the tables of docs/scale.md to what this program prints.
func TestDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "scale.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"--calls", "2000"}} {
		var out bytes.Buffer
		if err := run(args, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(document), out.String()) {
			t.Errorf("docs/scale.md does not show what %v makes:\n%s", args, out.String())
		}
	}
}

func TestSlices(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]float64{30: 0, 60: 0, 61: 1, 180: 1, 181: 2, 420: 2, 421: 3, 900: 3, 901: 4, 1501: 5} {
		if got := slices(seconds); got != want {
			t.Errorf("a call of %v s takes %v extends, want %v", seconds, got, want)
		}
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--calls", "0"}, {"--utilization", "-1"}, {"--nothing"}} {
		if err := run(args, new(bytes.Buffer)); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
