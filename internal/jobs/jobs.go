// Package jobs runs the work that no request asks for: ending silent calls and
// forgetting what has expired. Each job has a RunOnce that does all there is to
// do and can be called at any time.
package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Job is work that is done again and again.
type Job struct {
	Name    string
	Every   time.Duration
	After   time.Duration // before the first run
	RunOnce func(context.Context) (done int, err error)
}

// Runner runs jobs until it is stopped.
type Runner struct {
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// Start runs each job in a goroutine of its own. A run that fails is logged and
// tried again at its next time.
func Start(log *slog.Logger, jobs ...Job) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runner{cancel: cancel}
	for _, job := range jobs {
		r.wait.Go(func() { job.loop(ctx, log) })
	}
	return r
}

// Stop ends the jobs and waits for the runs under way. It may be called twice.
func (r *Runner) Stop() {
	r.cancel()
	r.wait.Wait()
}

func (j Job) loop(ctx context.Context, log *slog.Logger) {
	timer := time.NewTimer(j.After)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		done, err := j.RunOnce(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			log.Error("job failed", "job", j.Name, "error", err.Error())
		case done > 0:
			log.Info("job ran", "job", j.Name, "done", done)
		}
		timer.Reset(j.Every)
	}
}
