package console

import (
	"tollkeeper/client"
)

// overviewPage is what staff see first.
type overviewPage struct {
	Title   string
	Facts   []fact
	Periods []choice
	Charts  []*chart
	Calls   *table
	Events  *table
}

// overviewRows is how many of the newest the overview shows.
const overviewRows = 8

func (v *visit) overview() error {
	if !v.staff() {
		return v.redirect(customerLink(v.user.Customer))
	}
	p := overviewPage{Title: v.t("Overview")}
	var err error
	if p.Facts, err = v.figures(); err != nil {
		return err
	}
	chosen := periods[1]
	for _, one := range periods {
		if v.r.FormValue("period") == one.value {
			chosen = one
		}
	}
	for _, one := range periods {
		p.Periods = append(p.Periods, choice{one.value, v.t(one.title), one == chosen})
	}
	if p.Charts, err = v.activityCharts(chosen); err != nil {
		return err
	}
	calls := v.liveCalls()
	calls.Columns = only(calls.Columns, "startedAt", "customer", "destination", "answeredAt")
	if p.Calls, err = newest(v, &calls); err != nil {
		return err
	}
	events := v.events()
	events.Columns = only(events.Columns, "createdAt", "type", "customer")
	if p.Events, err = newest(v, &events); err != nil {
		return err
	}
	return v.show("overview", p.Title, p)
}

// newest is a short table of what a list begins with.
func newest[T any](v *visit, l *list[T]) (*table, error) {
	found, err := l.Find(v.ctx(), client.Find{Limit: overviewRows, Sort: order(l.Sort)})
	if err != nil {
		return nil, err
	}
	t := &table{Name: l.Name, Empty: v.t(l.Empty), Total: v.count(found.Total), Unfiltered: true}
	return t, l.fill(v, t, l.chosen(nil), found.Data)
}

// figures are what the overview says in numbers.
func (v *visit) figures() ([]fact, error) {
	count := func(find func() (int64, error), f fact) (fact, error) {
		n, err := find()
		f.Value = v.count(n)
		if n == 0 {
			f.Tone = ""
		}
		return f, err
	}
	customers := func() (int64, error) {
		found, err := v.api.Customers.Find(v.ctx(), client.Find{Limit: client.CountOnly})
		if err != nil {
			return 0, err
		}
		return found.Total, nil
	}
	live := func() (int64, error) {
		found, err := v.api.Calls.Find(v.ctx(), client.Find{Limit: client.CountOnly})
		if err != nil {
			return 0, err
		}
		return found.Total, nil
	}
	failed := func() (int64, error) {
		if !v.may("GET /mails") {
			return 0, nil
		}
		found, err := v.api.Mails.Find(v.ctx(), client.Find{Limit: client.CountOnly, Where: []client.Condition{client.Eq("state", "failed")}})
		if err != nil {
			return 0, err
		}
		return found.Total, nil
	}
	var facts []fact
	for _, f := range []struct {
		find func() (int64, error)
		fact fact
	}{
		{live, fact{Title: v.t("Live calls"), Link: "/console/calls"}},
		{customers, fact{Title: v.t("Customers"), Link: "/console/customers"}},
		{failed, fact{Title: v.t("Mails given up"), Tone: "warn", Link: "/console/mails?state=failed"}},
	} {
		shown, err := count(f.find, f.fact)
		if err != nil {
			return nil, err
		}
		facts = append(facts, shown)
	}
	return facts, nil
}
