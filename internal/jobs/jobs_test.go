package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
