package main

import (
	"io"
	"testing"
	"time"
)

// Begin starts a server in the process of the test, with the settings of a command line and
// a clock of the test's.
func Begin(t *testing.T, now func() time.Time, stdout io.Writer, arguments ...string) *Program {
	t.Helper()
	s := serveArgs(t, arguments...).settings
	s.Now = now
	p, err := Start(t.Context(), s, stdout, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}
