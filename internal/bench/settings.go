package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// settings are the flags.
type settings struct {
	server      string
	data        string
	connections int
	seconds     float64
	callers     int
	customers   int
	only        []string
	json        bool
	database    string
	nodes       int
	soak        time.Duration
}

// parts are what --only chooses from, in the order in which they run.
var parts = []string{"bare", "disk", "start", "call", "get", "post", "patch", "find", "search"}

// measured is how long each operation is measured.
func (s *settings) measured() time.Duration { return time.Duration(s.seconds * float64(time.Second)) }

// wants reports whether any of the parts is to run.
func (s *settings) wants(names ...string) bool {
	return len(s.only) == 0 || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(s.only, name) })
}

func parseSettings(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.server, "server", "", "`program` to measure; built from ./cmd/tollkeeper when absent")
	flags.StringVar(&s.data, "data", "", "`folder`, on the disk to measure, for the temporary one of the databases; the system's when absent")
	flags.IntVar(&s.connections, "connections", 32, "connections that drive the server")
	flags.Float64Var(&s.seconds, "seconds", 5, "seconds that each operation is measured")
	flags.IntVar(&s.callers, "callers", 10_000, "customers that calls, reads and changes are spread over")
	flags.IntVar(&s.customers, "customers", 1_000_000, "customers that are searched")
	flags.StringVar(&s.database, "database", "", "PostgreSQL `server` to measure on, as postgres://user:password@host/postgres of a user who may make databases; the embedded database when absent")
	flags.IntVar(&s.nodes, "nodes", 1, "nodes that share the database and the load")
	flags.DurationVar(&s.soak, "soak", 0, "how `long` to place calls at half of what was measured, and look whether memory and latency grow; not at all when absent")
	flags.BoolVar(&s.json, "json", false, "print JSON instead of tables")
	flags.Func("only", "`parts` to run, of "+strings.Join(parts, ",")+"; all when absent", func(list string) error {
		s.only = strings.Split(list, ",")
		for _, name := range s.only {
			if !slices.Contains(parts, name) {
				return fmt.Errorf("there is no part %q", name)
			}
		}
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.connections < 1 || s.connections > 10_000:
		return s, fmt.Errorf("connections: must be from 1 to 10000")
	case s.seconds <= 0 || s.seconds > 60:
		return s, fmt.Errorf("seconds: must be above 0, and at most 60")
	case s.callers < s.connections: // each connection has customers of its own
		return s, fmt.Errorf("callers: must be as many as the connections at least")
	case s.nodes < 1 || s.nodes > 16 || s.nodes > 1 && s.database == "":
		return s, fmt.Errorf("nodes: must be from 1 to 16, and 1 without --database")
	case s.soak < 0 || s.soak > 24*time.Hour:
		return s, fmt.Errorf("soak: must be from 0 to 24 h")
	case s.customers < minSearched:
		return s, fmt.Errorf("customers: must be %d at least", minSearched)
	}
	return s, nil
}
