package api

import (
	"context"
	"time"

	"tollkeeper"
)

// jobStore keeps how the work goes that no request asks for.
type jobStore interface {
	Jobs(context.Context) ([]tollkeeper.JobRun, error)
	Job(ctx context.Context, name string) (tollkeeper.JobRun, error)
	AskForRun(ctx context.Context, w tollkeeper.Write, name string) (tollkeeper.JobRun, error)
}

const (
	// runWait is how long a request waits for the end of the run that it asked for.
	runWait = 20 * time.Second
	// runLook is how often it looks.
	runLook = 100 * time.Millisecond
)

func (a *API) findJobs(x *exchange) error {
	f, _, err := x.paging()
	if err != nil {
		return err
	}
	jobs, err := a.Store.Jobs(x.r.Context())
	if err != nil {
		return err
	}
	return x.answer(page(int64(len(jobs)), f.Limit, f.Skip, slice(jobs, f), func(b []byte, j tollkeeper.JobRun) []byte {
		return append(b, a.jobBody(j)...)
	}))
}

// runJob has a job done by the node that has it, and answers how that went; or, when it
// takes long, that it is under way.
func (a *API) runJob(x *exchange) error {
	o, err := x.optionalObject()
	if err != nil {
		return err
	}
	if err := o.done(); err != nil {
		return err
	}
	name := x.r.PathValue("name")
	before, err := a.Store.AskForRun(x.r.Context(), tollkeeper.Write{Principal: x.who}, name)
	if err != nil {
		return err
	}
	for until := time.Now().Add(runWait); ; {
		j, err := a.Store.Job(x.r.Context(), name)
		if err != nil {
			return err
		}
		ended := j.AskedAt.IsZero() && !j.EndedAt.IsZero() && j.StartedAt.After(before.StartedAt)
		if ended || time.Now().After(until) {
			return x.answer(a.jobBody(j))
		}
		select {
		case <-time.After(runLook):
		case <-x.r.Context().Done():
			return x.r.Context().Err()
		}
	}
}

func (a *API) jobBody(j tollkeeper.JobRun) []byte {
	w := newWire(nil)
	w.text("name", j.Job)
	w.int("everyMillis", j.Every.Milliseconds())
	w.bool("local", j.Local)
	w.bool("running", !j.StartedAt.IsZero() && j.EndedAt.IsZero())
	w.optional("holder", j.Holder)
	w.time("startedAt", j.StartedAt)
	w.time("endedAt", j.EndedAt)
	if !j.EndedAt.IsZero() {
		w.int("tookMillis", j.EndedAt.Sub(j.StartedAt).Milliseconds())
		w.int("done", j.Done)
	}
	w.optional("error", j.Error)
	w.time("doneAt", j.DoneAt)
	w.time("failedAt", j.FailedAt)
	w.time("askedAt", j.AskedAt)
	w.time("nextAt", j.NextAt(a.Now()))
	return w.end()
}
