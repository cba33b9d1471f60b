package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bench "tollkeeper/internal/bench"
	"tollkeeper/internal/bench/report"
)

// TestMain lets the test's program stand in for the programs that the benchmark
// starts: the server, and itself as the bare server.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "serve", "seed":
			runFake(os.Args[1:])
			return
		case "--serve-bare":
			bench.Run(nil, os.Args[1:], os.Stdout, os.Stderr)
			return
		}
	}
	os.Exit(m.Run())
}

// measure runs the benchmark against a fake server with a fault.
func measure(t *testing.T, fault string, args ...string) (string, error) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("processes are measured by /proc, which is not here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(t.TempDir(), fault)
	if err := os.Symlink(self, server); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	var out bytes.Buffer
	args = append([]string{"--server", server, "--data", data, "--seconds", "0.05", "--connections", "4", "--callers", "20", "--customers", "10000"}, args...)
	err = bench.Run(t.Context(), args, &out, io.Discard)
	if left, _ := os.ReadDir(data); len(left) > 0 {
		t.Errorf("%s was left behind", left[0].Name())
	}
	return out.String(), err
}

func TestAllIsMeasured(t *testing.T) {
	t.Parallel()
	out, err := measure(t, sound, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, row := range r.Rows {
		keys = append(keys, row.Key)
		if row.PerSecond <= 0 || row.P99Millis < row.P50Millis || row.RSSBytes < row.AnonBytes || row.AnonBytes <= 0 {
			t.Errorf("%+v", row)
		}
	}
	want := []string{"bare", "call", "get", "patch", "post", "find.all", "find.name", "find.flag", "search.rare", "search.common"}
	if !slices.Equal(keys, want) {
		t.Errorf("rows %v, want %v", keys, want)
	}
	for _, v := range r.Verdict {
		if v.Outcome == report.NotMeasured || v.Measured <= 0 {
			t.Errorf("%s: %s, %v", v.Name, v.Outcome, v.Measured)
		}
	}
}

func TestOnlyOnePart(t *testing.T) {
	t.Parallel()
	out, err := measure(t, sound, "--only", "get")
	if err != nil || !strings.Contains(out, "GET a customer  ") || strings.Contains(out, "PATCH a customer  ") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A wrong answer gives an error that shows it, and no figures.
func TestWrongAnswers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ fault, part, want string }{
		{denies, "call", `POST /calls: not allowed`},
		{overcharges, "call", `not charged`},
		{losesCalls, "call", `call records and 0 live calls`},
		{stores, "patch", `not changed: {"lowBalanceAlertAmount":1000}`},
		{fails, "patch", `status 503`},
		{miscounts, "find", `GET /customers?mediaBypass=1: answered "{\"total\":`},
		{dies, "start", `the disk is full`},
	} {
		t.Run(row.fault, func(t *testing.T) {
			t.Parallel()
			out, err := measure(t, row.fault, "--only", row.part)
			if err == nil || !strings.Contains(err.Error(), row.want) || out != "" {
				t.Errorf("%v; want %q\n%s", err, row.want, out)
			}
		})
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--connections", "0"}, {"--seconds", "0"}, {"--seconds", "61"}, {"--callers", "31"}, {"--customers", "9999"},
		{"--only", "call,nothing"}, {"something"}, {"--nodes", "2"}, {"--nodes", "0"}, {"--soak", "25h"},
	} {
		if err := bench.Run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

// TestSoak has a server that does not grow.
func TestSoak(t *testing.T) {
	t.Parallel()
	out, err := measure(t, sound, "--json", "--only", "disk", "--soak", "3s")
	if err != nil {
		t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	values := r.Values()
	for part := 1; part <= 10; part++ {
		if rate := values[fmt.Sprintf("soak.%d.perSecond", part)]; rate <= 0 || rate > values["soak.full.perSecond"] {
			t.Errorf("part %d: %.0f/s of %.0f/s", part, rate, values["soak.full.perSecond"])
		}
	}
	if values["soak.growth.rssAnonBytes"] <= 0 {
		t.Errorf("growth is not reported: %v", r.Figures)
	}
}
