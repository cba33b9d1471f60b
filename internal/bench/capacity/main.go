// Capacity computes what a number of calls per second asks for: nodes, processors of
// PostgreSQL, log, disk, and how many cells they make. Its factors were measured by
// internal/bench; docs/scale.md says how, and shows its output.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "capacity:", err)
		os.Exit(1)
	}
}

// load is what there is to serve, and with what.
type load struct {
	calls       float64 // new ones per second, at the peak
	seconds     float64 // of a call, on the average
	average     float64 // the day's calls as a part of the peak's
	months      float64 // that records are kept
	cell        float64 // calls per second of one primary, at most
	utilization float64 // of a processor, at the peak
}

// Measured on one processor of a virtual machine (AMD EPYC), with PostgreSQL 15. A
// message is an authorize, an extend or an end.
const (
	nodeMicros     = 90    // of a node's processor for a message, HTTP included
	databaseMicros = 105   // of PostgreSQL's processor for a message
	logBytes       = 1_250 // of the write-ahead log for a message
	entryBytes     = 215   // of a ledger entry with its indexes; one for each message
	recordBytes    = 490   // of a call record with its indexes
	callBytes      = 800   // of a call in progress with its indexes
)

// demand is what a load asks for.
type demand struct {
	messages        float64 // per second
	live            float64 // calls in progress
	nodeCores       float64
	databaseCores   float64
	logPerSecond    float64 // bytes
	storedPerDay    float64 // bytes
	recordsAtLast   float64 // bytes, when as many are deleted as are written
	cells           float64
	databasePerCell float64 // processors
}

// slices is how many extends a call needs with the default settings: the first grant
// is 60 s, and slices double up to 600 s.
func slices(seconds float64) (extends float64) {
	for granted, slice := 60.0, 60.0; granted < seconds; extends++ {
		slice = min(2*slice, 600)
		granted += slice
	}
	return extends
}

func (l load) demand() demand {
	perCall := 2 + slices(l.seconds)
	d := demand{messages: l.calls * perCall, live: l.calls * l.seconds}
	d.nodeCores = d.messages * nodeMicros / 1e6 / l.utilization
	d.databaseCores = d.messages * databaseMicros / 1e6 / l.utilization
	d.logPerSecond = d.messages * logBytes
	const day = 86_400
	d.storedPerDay = l.calls * l.average * day * (perCall*entryBytes + recordBytes)
	d.recordsAtLast = l.calls * l.average * day * 30 * l.months * recordBytes
	d.cells = max(1, ceil(l.calls/l.cell))
	d.databasePerCell = d.databaseCores / d.cells
	return d
}

func ceil(v float64) float64 {
	whole := float64(int64(v))
	if whole < v {
		whole++
	}
	return whole
}

func run(args []string, stdout io.Writer) error {
	l := load{}
	flags := flag.NewFlagSet("capacity", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.Float64Var(&l.calls, "calls", 1_000_000, "new calls per second at the peak")
	flags.Float64Var(&l.seconds, "seconds", 180, "seconds that a call lasts on the average")
	flags.Float64Var(&l.average, "average", 0.33, "calls of a whole day as a part of what the peak would make")
	flags.Float64Var(&l.months, "months", 12, "months that call records are kept")
	flags.Float64Var(&l.cell, "cell", 20_000, "calls per second that one primary is to serve at most")
	flags.Float64Var(&l.utilization, "utilization", 0.6, "part of a processor that is used at the peak")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for name, v := range map[string]float64{"calls": l.calls, "seconds": l.seconds, "average": l.average, "cell": l.cell, "utilization": l.utilization} {
		if v <= 0 {
			return fmt.Errorf("%s: must be above 0", name)
		}
	}
	l.write(stdout)
	return nil
}

func (l load) write(w io.Writer) {
	d := l.demand()
	const megabyte, terabyte = 1e6, 1e12
	for _, line := range []struct {
		what   string
		number float64
		unit   string
	}{
		{"new calls", l.calls, "/s"},
		{"messages (authorize, extend, end)", d.messages, "/s"},
		{"calls in progress", d.live, ""},
		{"their rows", d.live * callBytes / 1e9, " GB"},
		{"processors for nodes", d.nodeCores, ""},
		{"processors for primaries", d.databaseCores, ""},
		{"cells", d.cells, ""},
		{"a cell's primary: processors", d.databasePerCell, ""},
		{"a cell's primary: log", d.logPerSecond / d.cells / megabyte, " MB/s"},
		{"a cell's nodes: processors", d.nodeCores / d.cells, ""},
		{"written a day, all cells", d.storedPerDay / terabyte, " TB"},
		{"call records at last, all cells", d.recordsAtLast / terabyte, " TB"},
	} {
		fmt.Fprintf(w, "%-34s %14s\n", line.what, number(line.number)+line.unit)
	}
}

// number writes three digits at least.
func number(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.1f million", v/1e6)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.1f", v)
	}
}
