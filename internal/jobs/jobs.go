// Package jobs runs the work that no request asks for: ending silent calls and
// forgetting what has expired. Each job has a RunOnce that does all there is to
// do and can be called at any time. How it went is kept where every node can see it,
// and where people ask for a run.
package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tollkeeper"
)

// Job is work that is done again and again.
type Job struct {
	Name    string
	Every   time.Duration
	After   time.Duration // before the first run
	Local   bool          // every node does it for itself; else one node does it for all
	RunOnce func(context.Context) (done int, err error)
}

// Store gives each job to one node at a time, and keeps how it went.
type Store interface {
	Lease(ctx context.Context, job, holder string, life time.Duration) (held bool, err error)
	Release(ctx context.Context, holder string) error
	RegisterJobs(context.Context, []tollkeeper.JobRun) error
	RecordRun(context.Context, tollkeeper.JobRun) error
	AskedJobs(context.Context) (names []string, err error)
}

// leaseLife is how long a node that has died keeps a job.
const leaseLife = 15 * time.Second

// Runner runs jobs until it is stopped.
type Runner struct {
	log    *slog.Logger
	store  Store
	holder string
	cancel context.CancelFunc
	wait   sync.WaitGroup
	once   sync.Once
}

// Start runs each job in a goroutine of its own, when holder, which names this node,
// has its lease. A run that fails is logged and tried again at its next time.
func Start(log *slog.Logger, store Store, holder string, jobs ...Job) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runner{log: log, store: store, holder: holder, cancel: cancel}
	wake := make(map[string]chan struct{}, len(jobs))
	for _, job := range jobs {
		asked := make(chan struct{}, 1)
		wake[job.Name] = asked
		r.wait.Go(func() { r.loop(ctx, job, asked) })
	}
	r.wait.Go(func() { r.attend(ctx, jobs, wake) })
	return r
}

// Stop ends the jobs, waits for the runs under way and lets others have the jobs. It
// may be called twice.
func (r *Runner) Stop() {
	r.once.Do(func() {
		r.cancel()
		r.wait.Wait()
		if err := r.store.Release(context.Background(), r.holder); err != nil {
			r.log.Error("jobs are not released", "error", err.Error())
		}
	})
}

func (r *Runner) loop(ctx context.Context, job Job, asked <-chan struct{}) {
	timer := time.NewTimer(job.After)
	defer timer.Stop()
	notes := &record{runner: r, job: job}
	for {
		wanted := false
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-asked:
			wanted = true
		}
		done, err := r.run(ctx, notes, wanted)
		switch {
		case err != nil && ctx.Err() == nil:
			r.log.Error("job failed", "job", job.Name, "error", err.Error())
		case done > 0:
			r.log.Info("job ran", "job", job.Name, "done", done)
		}
		timer.Reset(job.Every)
	}
}

// run runs a job once, if it is this node's to run. The lease is kept while it runs;
// a node that loses it, because it could not reach the database, stops.
func (r *Runner) run(ctx context.Context, notes *record, wanted bool) (done int, err error) {
	job := notes.job
	if !job.Local {
		if held, err := r.store.Lease(ctx, job.Name, r.holder, leaseLife); err != nil || !held {
			return 0, err
		}
		var keeping sync.WaitGroup
		defer keeping.Wait()
		running, cancel := context.WithCancel(ctx)
		defer cancel()
		keeping.Go(func() { r.keep(running, cancel, job.Name) })
		ctx = running
	}
	notes.begin(ctx, wanted)
	done, err = job.RunOnce(ctx)
	notes.end(ctx, done, err)
	return done, err
}

func (r *Runner) keep(ctx context.Context, cancel context.CancelFunc, job string) {
	ticker := time.NewTicker(leaseLife / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if held, err := r.store.Lease(ctx, job, r.holder, leaseLife); err != nil || !held {
				cancel()
				return
			}
		}
	}
}
