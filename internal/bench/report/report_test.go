package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tollkeeper/internal/bench/report"
)

var settings = report.Settings{Connections: 32, Seconds: 5, Callers: 10_000, Customers: 1_000_000}

// sample is a report with a fixed machine.
func sample() *report.Report {
	r := report.New(settings)
	r.Machine = report.Machine{Processors: 2, System: "linux/amd64", Go: "go1.26.0", Settings: settings}
	r.Add(report.Row{Key: "bare", Name: "bare server", PerSecond: 50_000, P50Millis: 0.6, P99Millis: 1.234, CPUMicros: 12.34, RSSBytes: 12_345_678, AnonBytes: 4_000_000})
	r.Add(report.Row{Key: "get", Name: "GET a customer", PerSecond: 22_000, P50Millis: 1.1, P99Millis: 12.34, CPUMicros: 123.4, RSSBytes: 98_765_432, AnonBytes: 80_000_000})
	r.AddFigure(report.Figure{Key: "start.emptyMillis", Name: "start on an empty folder", Value: 151, Unit: "ms"})
	r.Judge([]report.Target{
		{Name: "GET a customer, of bare", Value: "get.ofBare", Bound: report.AtLeast, Limit: 0.44},
		{Name: "GET a customer, p99", Value: "get.p99Millis", Bound: report.Under, Limit: 12.34, Unit: "ms"},
		{Name: "start, empty folder", Value: "start.emptyMillis", Bound: report.Under, Limit: 150, Unit: "ms"},
		{Name: "POST", Value: "post.perSecond", Bound: report.AtLeast, Limit: 5000, Unit: "/s"},
	})
	return r
}

func TestTable(t *testing.T) {
	t.Parallel()
	const want = `2 processors shared by the server and the load, linux/amd64, go1.26.0
32 connections, 5 s for each operation, over 10,000 customers, finds over 1,000,000

operation       per second  p50 ms  p99 ms  CPU us/op  database  RSS MB  anon MB  of bare
bare server         50,000    0.60    1.23       12.3         -    12.3     4.00        -
GET a customer      22,000    1.10    12.3        123         -    98.8     80.0    0.440

figure                    measured
start on an empty folder    151 ms

target                             wanted  measured
GET a customer, of bare     at least 0.44      0.44       reached
GET a customer, p99         under 12.3 ms   12.3 ms        missed
start, empty folder          under 150 ms    151 ms        missed
POST                     at least 5,000/s         -  not measured
`
	var got bytes.Buffer
	if err := sample().WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", &got, want)
	}
}

func TestTableLeavesOutWhatIsEmpty(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := report.New(settings).WriteTable(&got); err != nil || strings.Count(got.String(), "\n") != 2 {
		t.Errorf("%q, %v", got.String(), err)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	if err := sample().WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var got report.Report
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 2 || got.Rows[1].OfBare != 0.44 || got.Verdict[3].Outcome != report.NotMeasured {
		t.Errorf("%+v", got)
	}
	for _, key := range []string{`"perSecond"`, `"serverCPUMicros"`, `"rssAnonBytes"`, `"outcome": "missed"`} {
		if !strings.Contains(text.String(), key) {
			t.Errorf("no %s in %s", key, &text)
		}
	}
}

func TestMillis(t *testing.T) {
	t.Parallel()
	if got := report.Millis(1234567 * time.Nanosecond); got != 1.234 {
		t.Errorf("%v", got)
	}
}
