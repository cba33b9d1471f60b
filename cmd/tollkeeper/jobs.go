package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tollkeeper/client"
)

type jobsCommand struct {
	List jobsListCommand `cmd:"" help:"List the jobs of a running server, and how they went."`
	Run  jobsRunCommand  `cmd:"" help:"Have a job done now."`
}

var jobColumns = []column[client.Job]{
	{"JOB", func(j client.Job) string { return j.Name }},
	{"EVERY", func(j client.Job) string { return (time.Duration(j.EveryMillis) * time.Millisecond).String() }},
	{"LAST", func(j client.Job) string { return moment(j.StartedAt) }},
	{"TOOK", func(j client.Job) string {
		if j.Running {
			return "running"
		}
		return (time.Duration(j.TookMillis) * time.Millisecond).String()
	}},
	{"DONE", func(j client.Job) string { return strconv.FormatInt(j.Done, 10) }},
	{"NEXT", func(j client.Job) string { return moment(j.NextAt) }},
	{"HOLDER", func(j client.Job) string { return j.Holder }},
	{"ERROR", func(j client.Job) string { return j.Error }},
}

// moment writes a time to the second; nothing for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.DateTime)
}

type jobsListCommand struct {
	remote `embed:""`
	JSON   bool `name:"json" help:"Print JSON for scripts." env:"-"`
}

// Run lists jobs. There are few of them.
func (c *jobsListCommand) Run(ctx context.Context) error {
	return list(c.remote, listing{JSON: c.JSON}, jobColumns, func(s *client.Client) (*client.List[client.Job], error) {
		return s.Jobs.Find(ctx, client.Page{Limit: 1000})
	})
}

type jobsRunCommand struct {
	remote `embed:""`
	Name   []string `arg:"" help:"The job, by its name in the list."`
	JSON   bool     `name:"json" help:"Print JSON for scripts." env:"-"`
}

// Run has a job done. Its name may be given as several words.
func (c *jobsRunCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, jobColumns, func(s *client.Client) (*client.Job, error) { return s.Jobs.Run(ctx, strings.Join(c.Name, " ")) })
}
