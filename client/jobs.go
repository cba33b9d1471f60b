package client

import (
	"context"
	"net/http"
	"time"
)

// Job is work that no request asks for, and how it went the last time.
type Job struct {
	Name        string    `json:"name"`
	EveryMillis int64     `json:"everyMillis"` // from the end of a run to the next
	Local       bool      `json:"local"`       // every node does it for itself
	Running     bool      `json:"running"`
	Holder      string    `json:"holder,omitzero"` // the node that did it last
	StartedAt   time.Time `json:"startedAt,omitzero"`
	EndedAt     time.Time `json:"endedAt,omitzero"`
	TookMillis  int64     `json:"tookMillis,omitzero"`
	Done        int64     `json:"done,omitzero"`     // how much it did
	Error       string    `json:"error,omitzero"`    // why it failed
	DoneAt      time.Time `json:"doneAt,omitzero"`   // of the last run that had something to do
	FailedAt    time.Time `json:"failedAt,omitzero"` // of the last run that failed
	AskedAt     time.Time `json:"askedAt,omitzero"`  // somebody asked for a run that has not begun
	NextAt      time.Time `json:"nextAt,omitzero"`
}

// JobList is a page of jobs.
type JobList = List[Job]

// JobsService has the operations on jobs, which only the carrier's own staff may use.
type JobsService struct{ c *Client }

// Find lists jobs, by name.
func (s JobsService) Find(ctx context.Context, p Page) (*JobList, error) {
	r := get("jobsFind", "jobs")
	r.query = p.encode()
	return fetch[JobList](ctx, s.c, r)
}

// Run has a job done now, by the node that has it, and returns how that went; or, when
// it takes longer than 20 seconds, that it is under way.
func (s JobsService) Run(ctx context.Context, name string) (*Job, error) {
	r := &request{operation: "jobsRun", method: http.MethodPost}
	return fetch[Job](ctx, s.c, r.at("jobs", name, "run"))
}
