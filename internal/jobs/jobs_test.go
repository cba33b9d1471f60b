package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tollkeeper"
	"tollkeeper/internal/jobs"
)

func TestRunner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		began := time.Now()
		var ran []time.Duration
		r := jobs.Start(slog.New(slog.NewTextHandler(&log, nil)), new(leases), "node", jobs.Job{
			Name: "count", After: 30 * time.Second, Every: time.Minute,
			RunOnce: func(context.Context) (int, error) {
				ran = append(ran, time.Since(began))
				if len(ran) == 2 {
					return 0, errors.New("the second fails")
				}
				return len(ran), nil
			},
		})
		time.Sleep(3 * time.Minute)
		r.Stop()
		r.Stop()
		time.Sleep(time.Hour)
		if want := []time.Duration{30 * time.Second, 90 * time.Second, 150 * time.Second}; len(ran) != 3 || ran[0] != want[0] || ran[1] != want[1] || ran[2] != want[2] {
			t.Errorf("ran after %v, want %v", ran, want)
		}
		if text := log.String(); strings.Count(text, "job ran") != 2 || strings.Count(text, "the second fails") != 1 {
			t.Errorf("log: %s", text)
		}
	})
}

func TestStopWaitsForARunUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		finished := false
		r := jobs.Start(slog.New(slog.DiscardHandler), new(leases), "node", jobs.Job{
			Name: "slow", Every: time.Hour,
			RunOnce: func(ctx context.Context) (int, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				finished = true
				return 0, ctx.Err()
			},
		})
		synctest.Wait()
		r.Stop()
		if !finished {
			t.Error("Stop returned before the run had ended")
		}
	})
}

// leases is a database that keeps leases.
type leases struct {
	mu     sync.Mutex // guards all below
	holder string
	until  time.Time
	fail   error
	runs   []tollkeeper.JobRun
	asked  []string
}

func (l *leases) RegisterJobs(context.Context, []tollkeeper.JobRun) error { return nil }

func (l *leases) RecordRun(_ context.Context, run tollkeeper.JobRun) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = append(l.runs, run)
	return nil
}

func (l *leases) AskedJobs(context.Context) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.asked = nil }()
	return l.asked, nil
}

func (l *leases) Lease(_ context.Context, _, holder string, life time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return false, l.fail
	}
	if l.holder != holder && l.until.After(time.Now()) {
		return false, nil
	}
	l.holder, l.until = holder, time.Now().Add(life)
	return true, nil
}

func (l *leases) Release(_ context.Context, holder string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder == holder {
		l.until = time.Time{}
	}
	return nil
}

// TestOneNodeRuns lets two nodes have the same job. One of them does it; when that one
// stops the other takes over at once, and when it dies, as soon as the lease is over.
func TestOneNodeRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := new(leases)
		var mu sync.Mutex // guards ran
		ran := map[string]int{}
		start := func(node string, local bool) *jobs.Runner {
			return jobs.Start(slog.New(slog.DiscardHandler), shared, node, jobs.Job{
				Name: "count", Every: time.Second, Local: local,
				RunOnce: func(context.Context) (int, error) {
					mu.Lock()
					defer mu.Unlock()
					ran[node]++
					return 0, nil
				},
			})
		}
		one := start("one", false)
		time.Sleep(10 * time.Millisecond)
		other, local := start("other", false), start("local", true)
		time.Sleep(time.Minute)
		one.Stop()
		mu.Lock()
		if ran["one"] < 60 || ran["other"] != 0 || ran["local"] < 60 {
			t.Errorf("after a minute: %v", ran)
		}
		mu.Unlock()
		time.Sleep(time.Minute)
		other.Stop()
		local.Stop()
		if ran["other"] < 59 {
			t.Errorf("after the first has stopped: %v", ran)
		}
		shared.holder, shared.until = "dead", time.Now().Add(15*time.Second)
		heir := start("heir", false)
		time.Sleep(20 * time.Second)
		heir.Stop()
		if n := ran["heir"]; n < 4 || n > 6 {
			t.Errorf("the heir of a dead node ran %d times in 20 s, want 5", n)
		}
	})
}

// TestLeaseLost ends a run whose node cannot keep its lease.
func TestLeaseLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := new(leases)
		ended := make(chan time.Duration, 1)
		r := jobs.Start(slog.New(slog.DiscardHandler), shared, "node", jobs.Job{Name: "long", Every: time.Hour,
			RunOnce: func(ctx context.Context) (int, error) {
				began := time.Now()
				<-ctx.Done()
				ended <- time.Since(began)
				return 0, ctx.Err()
			}})
		time.Sleep(time.Minute)
		shared.mu.Lock()
		shared.fail = errors.New("the database is gone")
		shared.mu.Unlock()
		if took := <-ended; took < time.Minute || took > 66*time.Second {
			t.Errorf("the run ended after %v, want a little more than a minute", took)
		}
		r.Stop()
	})
}

// TestRecords writes down what a run did, how it failed, and once a minute that there
// was nothing to do.
func TestRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := new(leases)
		n := 0
		r := jobs.Start(slog.New(slog.DiscardHandler), shared, "node", jobs.Job{Name: "often", Every: time.Second,
			RunOnce: func(context.Context) (int, error) {
				switch n++; n {
				case 3:
					return 7, nil
				case 5, 6:
					return 0, errors.New("no room")
				}
				return 0, nil
			}})
		time.Sleep(100 * time.Second)
		r.Stop()
		var got []string
		for _, run := range shared.runs {
			got = append(got, fmt.Sprintf("%d %q %t %t", run.Done, run.Error, !run.DoneAt.IsZero(), !run.FailedAt.IsZero()))
		}
		want := []string{`0 "" false false`, `7 "" true false`, `0 "no room" false true`, `0 "" false false`, `0 "" false false`}
		if !slices.Equal(got, want) {
			t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// TestAskedFor runs a job that somebody asks for, and shows that it runs.
func TestAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := new(leases)
		var ran atomic.Int64
		r := jobs.Start(slog.New(slog.DiscardHandler), shared, "node", jobs.Job{Name: "seldom", Every: time.Hour, After: time.Hour,
			RunOnce: func(context.Context) (int, error) { ran.Add(1); time.Sleep(5 * time.Second); return 1, nil }})
		time.Sleep(time.Minute)
		shared.mu.Lock()
		shared.asked = []string{"seldom", "another node's"}
		shared.mu.Unlock()
		time.Sleep(1500 * time.Millisecond)
		shared.mu.Lock()
		if ran.Load() != 1 || len(shared.runs) != 1 || !shared.runs[0].EndedAt.IsZero() {
			t.Errorf("after %d runs: %+v", ran.Load(), shared.runs)
		}
		shared.mu.Unlock()
		time.Sleep(5 * time.Second)
		r.Stop()
		if ran.Load() != 1 || len(shared.runs) != 2 || shared.runs[1].EndedAt.Sub(shared.runs[1].StartedAt) != 5*time.Second {
			t.Errorf("after %d runs: %+v", ran.Load(), shared.runs)
		}
	})
}
