// Bench measures a real Tollkeeper server: it starts the program on a temporary
// folder, drives it over loopback, checks every answer, and prints what was
// measured beside two yardsticks and the project's targets. A wrong answer ends
// it without figures. The server and the load share the machine. It reads /proc
// and so runs on Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 1 && args[0] == bareServerFlag {
		return serveBare(stdout)
	}
	s, err := parseSettings(args, stderr)
	if err != nil {
		return err
	}
	b, err := newBench(s, stderr)
	if err != nil {
		return err
	}
	if err := errors.Join(b.run(ctx), b.close()); err != nil {
		return err
	}
	b.report.Judge(targetsOn(s.database))
	if s.json {
		return b.report.WriteJSON(stdout)
	}
	return b.report.WriteTable(stdout)
}
