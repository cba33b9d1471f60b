package jobs

import (
	"context"
	"errors"
	"time"

	"tollkeeper"
)

const (
	// recordEvery is how far behind what is known of a job may be that runs often and
	// has nothing to do: writing it down each time would cost more than the job.
	recordEvery = time.Minute
	// attendEvery is how long somebody who asks for a run waits for its beginning.
	attendEvery = time.Second
	// maxError bounds what is kept of an error, in bytes.
	maxError = 500
)

// record keeps how a job goes on this node. It belongs to the job's loop.
type record struct {
	runner *Runner
	job    Job
	now    tollkeeper.JobRun
	last   tollkeeper.JobRun // what was written down last
	must   bool              // somebody waits to see this run
}

// begin writes down that a run has begun that somebody asked for or that comes seldom,
// and may be long.
func (n *record) begin(ctx context.Context, wanted bool) {
	n.must = wanted
	n.now = tollkeeper.JobRun{Job: n.job.Name, Local: n.job.Local, Every: n.job.Every, Holder: n.runner.holder, StartedAt: time.Now()}
	if wanted || n.job.Every >= recordEvery {
		n.write(ctx)
	}
}

// end writes down how a run went, unless it was like the one before, with nothing to
// do.
func (n *record) end(ctx context.Context, done int, err error) {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil { // the server stops, or the job is no longer this node's
		err = nil
	}
	ctx = context.WithoutCancel(ctx)
	n.now.EndedAt, n.now.Done = time.Now(), int64(done)
	if done > 0 {
		n.now.DoneAt = n.now.EndedAt
	}
	if err != nil {
		n.now.Error, n.now.FailedAt = tollkeeper.Shortened(err.Error(), maxError), n.now.EndedAt
	}
	if n.must || done > 0 || n.now.Error != n.last.Error || n.now.EndedAt.Sub(n.last.EndedAt) >= recordEvery {
		n.write(ctx)
	}
}

// write tells the store. A job runs whether or not that succeeds: it fails when the
// database is gone, of which the job itself complains.
func (n *record) write(ctx context.Context) {
	if n.runner.store.RecordRun(ctx, n.now) == nil {
		n.last = n.now
	}
}

// attend makes the jobs known, and wakes those that somebody asks for.
func (r *Runner) attend(ctx context.Context, jobs []Job, wake map[string]chan struct{}) {
	runs := make([]tollkeeper.JobRun, len(jobs))
	for i, job := range jobs {
		runs[i] = tollkeeper.JobRun{Job: job.Name, Local: job.Local, Every: job.Every}
	}
	known := false
	ticker := time.NewTicker(attendEvery)
	defer ticker.Stop()
	for {
		known = known || r.store.RegisterJobs(ctx, runs) == nil
		if names, err := r.store.AskedJobs(ctx); err == nil {
			for _, name := range names {
				select {
				case wake[name] <- struct{}{}:
				default: // it is awake, or not this node's
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
