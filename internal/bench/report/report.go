// Package report collects what a benchmark measured, holds it against the targets
// and writes it as tables for people and as JSON for scripts.
package report

import (
	"runtime"
	"time"
)

// Report is everything one benchmark measured.
type Report struct {
	Machine Machine   `json:"machine"`
	Rows    []Row     `json:"operations"`
	Figures []Figure  `json:"figures"`
	Verdict []Verdict `json:"targets"`
}

// Machine says where and how it was measured.
type Machine struct {
	Processors int    `json:"processors"` // shared by the server and the load
	System     string `json:"system"`
	Go         string `json:"go"`
	Settings
}

// Settings say how hard and how long it was measured.
type Settings struct {
	Connections int     `json:"connections"`
	Seconds     float64 `json:"seconds"`   // for each operation
	Callers     int     `json:"callers"`   // customers that calls, reads and changes were spread over
	Customers   int     `json:"customers"` // that were searched
}

// Row is what was measured of one operation.
type Row struct {
	Key       string  `json:"key"` // "call", "find.search" ...
	Name      string  `json:"name"`
	PerSecond float64 `json:"perSecond"`
	P50Millis float64 `json:"p50Millis"`
	P99Millis float64 `json:"p99Millis"`
	CPUMicros float64 `json:"serverCPUMicros"` // of the server, for one operation
	// DatabaseCPUMicros is PostgreSQL's, likewise; 0: it is not on this machine, or not used.
	DatabaseCPUMicros float64 `json:"databaseCPUMicros,omitempty"`

	RSSBytes  int64   `json:"rssBytes"`     // of the server, afterwards
	AnonBytes int64   `json:"rssAnonBytes"` // the part of it that is not a file in the page cache
	OfBare    float64 `json:"ofBare"`       // PerSecond, as a part of the bare server's; 0: not compared
}

// Figure is one number that is not a row's.
type Figure struct {
	Key   string  `json:"key"` // "start.emptyMillis" ...
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// New begins a report about this machine.
func New(s Settings) *Report {
	return &Report{Machine: Machine{
		Processors: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Settings: s,
	}}
}

// BareKey is the row that the others are compared with, once it is there.
const BareKey = "bare"

// Add appends a row and compares it with the bare server.
func (r *Report) Add(row Row) {
	if bare := r.Values()[BareKey+".perSecond"]; bare > 0 {
		row.OfBare = row.PerSecond / bare
	}
	r.Rows = append(r.Rows, row)
}

// AddFigure appends a figure.
func (r *Report) AddFigure(f Figure) { r.Figures = append(r.Figures, f) }

// Values are all numbers of the report by name: a figure's key, or a row's key,
// a dot and the JSON name of the column.
func (r *Report) Values() map[string]float64 {
	values := make(map[string]float64)
	for _, row := range r.Rows {
		values[row.Key+".perSecond"] = row.PerSecond
		values[row.Key+".p50Millis"] = row.P50Millis
		values[row.Key+".p99Millis"] = row.P99Millis
		values[row.Key+".serverCPUMicros"] = row.CPUMicros
		values[row.Key+".databaseCPUMicros"] = row.DatabaseCPUMicros
		values[row.Key+".rssBytes"] = float64(row.RSSBytes)
		values[row.Key+".rssAnonBytes"] = float64(row.AnonBytes)
		if row.OfBare > 0 {
			values[row.Key+".ofBare"] = row.OfBare
		}
	}
	for _, f := range r.Figures {
		values[f.Key] = f.Value
	}
	return values
}

// Millis is a duration in milliseconds.
func Millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
