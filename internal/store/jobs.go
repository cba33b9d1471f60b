package store

import (
	"context"
	"time"

	"tollkeeper"
)

// jobLife is how long a job is listed that no node has done any more.
const jobLife = 30 * 24 * time.Hour

const jobColumns = "job, holder, local, every_millis, started_at, ended_at, done, error, done_at, failed_at, asked_at"

func scanJob(r row) tollkeeper.JobRun {
	return tollkeeper.JobRun{
		Job: r.text(0), Holder: r.text(1), Local: r.int(2) == 1, Every: time.Duration(r.int(3)) * time.Millisecond,
		StartedAt: fromMillis(r.int(4)), EndedAt: fromMillis(r.int(5)), Done: r.int(6), Error: r.text(7),
		DoneAt: fromMillis(r.int(8)), FailedAt: fromMillis(r.int(9)), AskedAt: fromMillis(r.int(10)),
	}
}

// RegisterJobs makes jobs known that a node has, and forgets those that none has done
// for long.
func (s *Store) RegisterJobs(ctx context.Context, jobs []tollkeeper.JobRun) error {
	return s.engine.write(ctx, func(t tx) error {
		if _, err := t.exec("DELETE FROM job_runs WHERE started_at < ?", millis(s.now().Add(-jobLife))); err != nil {
			return err
		}
		for _, j := range jobs {
			err := t.later(nil, "INSERT INTO job_runs ("+jobColumns+`) VALUES (?,'',?,?,0,0,0,'',0,0,0)
 ON CONFLICT (job) DO UPDATE SET local = excluded.local, every_millis = excluded.every_millis`, j.Job, j.Local, j.Every.Milliseconds())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// RecordRun writes down that a job has begun, or how it ended. A run that was asked for
// before it began is no longer asked for.
func (s *Store) RecordRun(ctx context.Context, j tollkeeper.JobRun) error {
	return s.engine.write(ctx, func(t tx) error {
		return t.later(nil, "INSERT INTO job_runs ("+jobColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,0)
 ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, started_at = excluded.started_at, ended_at = excluded.ended_at,
 done = excluded.done, error = excluded.error,
 done_at = CASE WHEN excluded.done_at > 0 THEN excluded.done_at ELSE job_runs.done_at END,
 failed_at = CASE WHEN excluded.failed_at > 0 THEN excluded.failed_at ELSE job_runs.failed_at END,
 asked_at = CASE WHEN job_runs.asked_at <= excluded.started_at THEN 0 ELSE job_runs.asked_at END`,
			j.Job, j.Holder, j.Local, j.Every.Milliseconds(), millis(j.StartedAt), millis(j.EndedAt), j.Done, j.Error, millis(j.DoneAt), millis(j.FailedAt))
	})
}

// Jobs lists every job, by name.
func (s *Store) Jobs(ctx context.Context) (jobs []tollkeeper.JobRun, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		jobs = nil
		return t.query(func(r row) error { jobs = append(jobs, scanJob(r)); return nil }, "SELECT "+jobColumns+" FROM job_runs ORDER BY job")
	})
	return jobs, err
}

// Job returns one job.
func (s *Store) Job(ctx context.Context, name string) (j tollkeeper.JobRun, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		j, err = mustLoadJob(t, name)
		return err
	})
	return j, err
}

func mustLoadJob(t tx, name string) (j tollkeeper.JobRun, err error) {
	err = t.query(func(r row) error { j = scanJob(r); return nil }, "SELECT "+jobColumns+" FROM job_runs WHERE job = ?", name)
	if err == nil && j.Job == "" {
		err = tollkeeper.Errorf(tollkeeper.CodeNotFound, "there is no job of that name")
	}
	return j, err
}

// AskForRun asks whichever node has a job to do it now. It returns the job as it was.
func (s *Store) AskForRun(ctx context.Context, w tollkeeper.Write, name string) (j tollkeeper.JobRun, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		if j, err = mustLoadJob(t, name); err != nil {
			return err
		}
		if err := t.later(nil, "UPDATE job_runs SET asked_at = ? WHERE job = ?", millis(s.now()), name); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Subject: name, Action: "job.run"})
	})
	return j, err
}

// AskedJobs names the jobs that somebody wants done now.
func (s *Store) AskedJobs(ctx context.Context) (names []string, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		names = nil
		return t.query(func(r row) error { names = append(names, r.text(0)); return nil }, "SELECT job FROM job_runs WHERE asked_at > 0")
	})
	return names, err
}
