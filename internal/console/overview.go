package console

import (
	"context"
	"fmt"
	"time"

	"tollkeeper/client"
)

// overviewPage is what staff see first.
type overviewPage struct {
	Title   string
	Begin   bool // with the first steps
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
	if p.Begin, err = v.invited(); err != nil {
		return err
	}
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
	calls.Columns = only(calls.Columns, "customer", "destination", "answeredAt")
	if p.Calls, err = newest(v, calls, overviewRows); err != nil {
		return err
	}
	events := v.events()
	events.Columns = only(events.Columns, "createdAt", "type", "customer")
	if p.Events, err = newest(v, events, overviewRows); err != nil {
		return err
	}
	return v.show("overview", p.Title, p)
}

// lately is how far back the overview looks for what failed.
const lately = 24 * time.Hour

// figures are what the overview says in numbers, each with the list that it counts.
func (v *visit) figures() (facts []fact, err error) {
	since := v.Now().Add(-lately)
	failed := client.Eq("state", "failed")
	for _, f := range []struct {
		operation string
		fact      fact
		count     func() (int64, error)
	}{
		{"GET /calls", fact{Title: v.t("Live calls"), Link: "/console/calls"}, counted(v, v.api.Calls.Find)},
		{"GET /customers", fact{Title: v.t("Customers"), Link: "/console/customers"}, counted(v, v.api.Customers.Find)},
		{"GET /activity", fact{Title: v.t("Low on credit"), Tone: "warn", Link: "/console/balances?low=1"}, v.lowOnCredit},
		{"GET /payments", fact{Title: v.t("Refills failed in 24 hours"), Tone: "bad", Link: "/console/payments?purpose=refill&state=failed&createdAt.from=" + since.In(v.zone).Format("2006-01-02")},
			counted(v, v.api.Payments.Find, client.Eq("purpose", "refill"), failed, client.Gte("_id", firstID(since)))},
		{"GET /portouts", fact{Title: v.t("Port-outs that wait"), Tone: "warn", Link: "/console/portouts?state=held"}, counted(v, v.api.Portouts.Find, client.Eq("state", "held"))},
		{"GET /mails", fact{Title: v.t("Mails given up"), Tone: "warn", Link: "/console/mails?state=failed"}, counted(v, v.api.Mails.Find, failed)},
	} {
		if !v.may(f.operation) {
			continue
		}
		n, err := f.count()
		if err != nil {
			return nil, err
		}
		if f.fact.Value = v.count(n); n == 0 {
			f.fact.Tone = ""
		}
		facts = append(facts, f.fact)
	}
	return facts, nil
}

// lowOnCredit is how many customers were low on credit when it was last counted, some
// seconds ago.
func (v *visit) lowOnCredit() (low int64, err error) {
	found, err := v.api.Activity.Find(v.ctx(), client.ByMinute, client.Span{From: v.Now().Add(-time.Minute)})
	if err != nil {
		return 0, err
	}
	for _, c := range found.Data { // the latest minute comes last
		if c.Metric == "low" {
			low = c.Amount
		}
	}
	return low, nil
}

// counted asks how many records of a list there are.
func counted[T any](v *visit, find func(context.Context, client.Find) (*client.List[T], error), where ...client.Condition) func() (int64, error) {
	return func() (int64, error) {
		found, err := find(v.ctx(), client.Find{Limit: client.CountOnly, Where: where})
		if err != nil {
			return 0, err
		}
		return found.Total, nil
	}
}

// firstID is where the ids of a time begin: an id begins with its second. A bound on the
// id is one on the age that every list has an index for.
func firstID(at time.Time) string { return fmt.Sprintf("%08x%016x", at.Unix(), 0) }
