package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tollkeeper/internal/bench/load"
	"tollkeeper/internal/bench/report"
)

// bench is one run of the benchmark.
type bench struct {
	settings settings
	folder   string // temporary; holds the databases, and the program when it was built
	program  string
	progress io.Writer
	report   *report.Report
	databases
}

func newBench(s settings, progress io.Writer) (*bench, error) {
	folder, err := os.MkdirTemp(s.data, "tollkeeper-bench-")
	if err != nil {
		return nil, err
	}
	return &bench{settings: s, folder: folder, program: s.server, progress: progress, databases: databases{server: s.database}, report: report.New(report.Settings{
		Connections: s.connections, Seconds: s.seconds, Callers: s.callers, Customers: s.customers,
	})}, nil
}

// close removes the databases.
func (b *bench) close() error { return errors.Join(b.databases.drop(), os.RemoveAll(b.folder)) }

// run runs the parts one after the other.
func (b *bench) run(ctx context.Context) error {
	if err := b.build(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		wanted bool
		do     func(context.Context) error
	}{
		{b.settings.wants("bare"), b.bareServer},
		{b.settings.wants("disk"), b.disk},
		{b.settings.wants("start"), b.emptyStart},
		{b.settings.wants("call", "get", "post", "patch"), b.accounts},
		{b.settings.wants("start", "find", "search"), b.million},
		{b.settings.soak > 0, b.soak},
	} {
		if !step.wanted {
			continue
		}
		if err := errors.Join(ctx.Err(), step.do(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// build makes the program to measure, unless one was given.
func (b *bench) build(ctx context.Context) error {
	if b.program != "" {
		return nil
	}
	b.say("building ./cmd/tollkeeper")
	b.program = filepath.Join(b.folder, "tollkeeper")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.program, "./cmd/tollkeeper").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return nil
}

// say tells what is going on.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }

// plan drives a system as the settings say.
func (b *bench) plan(s *system) load.Plan {
	measured := b.settings.measured()
	return load.Plan{
		Addresses: s.addresses, Connections: b.settings.connections,
		Warmup: min(time.Second, measured/2), Measured: measured,
	}
}

// operation is something to measure.
type operation struct {
	key, name string
	prepare   func(worker int) load.Operation
}

// measure drives an operation against a system and adds its row. It returns how often
// the operation was done, warm-up included.
func (b *bench) measure(ctx context.Context, s *system, o operation) (all int64, err error) {
	return b.measurePlan(ctx, s, b.plan(s), o)
}

func (b *bench) measurePlan(ctx context.Context, s *system, plan load.Plan, o operation) (all int64, err error) {
	b.say("%s", o.name)
	var used usage
	var usageErr error
	plan.Window = func() func() {
		before, err := s.used()
		return func() {
			after, err2 := s.used()
			used, usageErr = after.since(before), errors.Join(err, err2)
		}
	}
	result, err := load.Run(ctx, plan, o.prepare)
	if err = errors.Join(err, usageErr); err != nil {
		return 0, fmt.Errorf("%s: %w", o.name, err)
	}
	if result.Latency.Count() == 0 {
		return 0, fmt.Errorf("%s: not done once in %v", o.name, result.Elapsed)
	}
	memory, err := s.memory()
	if err != nil {
		return 0, err
	}
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(result.Latency.Count()) }
	b.report.Add(report.Row{
		Key: o.key, Name: o.name, PerSecond: result.PerSecond(),
		P50Millis: report.Millis(result.Latency.Quantile(0.50)), P99Millis: report.Millis(result.Latency.Quantile(0.99)),
		CPUMicros: each(used.nodes), DatabaseCPUMicros: each(used.database),
		RSSBytes: memory.rss, AnonBytes: memory.anonymous,
	})
	return result.All, nil
}
