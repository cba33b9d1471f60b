package tollkeeper

import "time"

// JobRun is a job, work that no request asks for, and how it went the last time.
type JobRun struct {
	Job       string
	Local     bool          // every node does it for itself; what is known is of whichever did it last
	Every     time.Duration // from the end of a run to the next
	Holder    string        // the node that did it last
	StartedAt time.Time     // zero: it has not run yet
	EndedAt   time.Time     // zero: it is running
	Done      int64         // how much it did
	Error     string        // why it failed
	DoneAt    time.Time     // of the last run that had something to do
	FailedAt  time.Time     // of the last run that failed
	AskedAt   time.Time     // when somebody asked for a run that has not begun yet
}

// NextAt is when the job runs again; zero while it runs, and where that is at once.
func (r *JobRun) NextAt(now time.Time) time.Time {
	next := r.EndedAt.Add(r.Every)
	if r.EndedAt.IsZero() || !r.AskedAt.IsZero() || !next.After(now) {
		return time.Time{}
	}
	return next
}
