package console

import (
	"context"
	"time"

	"tollkeeper/client"
)

// jobs are what the server does by itself, with the state of each.
func (v *visit) jobs() list[client.Job] {
	find := func(ctx context.Context, f client.Find) (*client.JobList, error) {
		return v.api.Jobs.Find(ctx, client.Page{Limit: f.Limit, Skip: f.Skip})
	}
	l := list[client.Job]{
		Name: "jobs", Find: find, All: paged(find), Empty: "No job has been told of yet.",
		Columns: []column[client.Job]{
			{Key: "name", Title: "Job", Fixed: true, Wrap: true, Cell: func(v *visit, j client.Job) cell { return code(j.Name) }},
			{Key: "state", Title: "State", Fixed: true, Cell: func(v *visit, j client.Job) cell { return v.jobState(&j) }},
			{Key: "everyMillis", Title: "Every", Number: true, Fixed: true, Cell: func(v *visit, j client.Job) cell {
				return plain(span(time.Duration(j.EveryMillis) * time.Millisecond)).raw(itoa(j.EveryMillis))
			}},
			{Key: "endedAt", Title: "Last run", Fixed: true, Cell: func(v *visit, j client.Job) cell { return v.time(j.EndedAt) }},
			{Key: "tookMillis", Title: "Took", Number: true, Fixed: true, Cell: func(v *visit, j client.Job) cell {
				if j.EndedAt.IsZero() {
					return cell{}
				}
				return plain(v.t("%s ms", v.count(j.TookMillis))).raw(itoa(j.TookMillis))
			}},
			{Key: "done", Title: "Did", Number: true, Fixed: true, Cell: func(v *visit, j client.Job) cell {
				if j.EndedAt.IsZero() {
					return cell{}
				}
				return plain(v.count(j.Done))
			}},
			{Key: "doneAt", Title: "Last had work", Fixed: true, Extra: true, Cell: func(v *visit, j client.Job) cell { return v.time(j.DoneAt) }},
			{Key: "nextAt", Title: "Next run", Fixed: true, Cell: func(v *visit, j client.Job) cell { return v.time(j.NextAt) }},
			{Key: "error", Title: "Error", Fixed: true, Wrap: true, Cell: func(v *visit, j client.Job) cell { return plain(j.Error) }},
			{Key: "holder", Title: "Node", Fixed: true, Extra: true, Cell: func(v *visit, j client.Job) cell { return code(j.Holder) }},
			{Key: "failedAt", Title: "Last failed", Fixed: true, Extra: true, Cell: func(v *visit, j client.Job) cell { return v.time(j.FailedAt) }},
		},
	}
	if v.may("POST /jobs/{name}/run") {
		l.Columns = append(l.Columns, column[client.Job]{Key: "run", Fixed: true, Cell: func(v *visit, j client.Job) cell {
			if j.Local || j.Running {
				return cell{} // every node does it by its own clock
			}
			return cell{Action: &form{Action: "/console/jobs/run", Submit: v.t("Run now"), Compact: true, Hidden: []pair{{"job", j.Name}}}}
		}})
	}
	return l
}

func (v *visit) jobState(j *client.Job) cell {
	switch {
	case j.Running:
		return badge(v.t("Running"), "info")
	case !j.AskedAt.IsZero():
		return badge(v.t("Asked for"), "info")
	case j.Error != "":
		return badge(v.t("Failed"), "bad")
	case j.EndedAt.IsZero():
		return badge(v.t("Not yet run"), "quiet")
	}
	return badge(v.t("Well"), "good")
}

// span is a length of time as people say it.
func span(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return itoa(int64(d/time.Hour)) + " h"
	case d >= time.Minute && d%time.Minute == 0:
		return itoa(int64(d/time.Minute)) + " min"
	case d >= time.Second && d%time.Second == 0:
		return itoa(int64(d/time.Second)) + " s"
	}
	return itoa(d.Milliseconds()) + " ms"
}

func (v *visit) jobsPage() error {
	l := v.jobs()
	return showList(v, &l, listPage{Title: v.t("Jobs"), Intro: v.t("What the server does by itself, each on one node at a time. One that fails is tried again when its time comes.")})
}

func (v *visit) runJob() error {
	j, err := v.api.Jobs.Run(v.ctx(), v.r.PostFormValue("job"))
	if err != nil {
		return err
	}
	return v.done("/console/jobs", v.t("%s runs as soon as a node takes it up.", j.Name))
}
