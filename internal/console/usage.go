package console

import (
	"context"
	"time"

	"tollkeeper/client"
)

// usage is what a customer's calls came to, by day in UTC and destination.
func (v *visit) usage(customer string) list[client.Usage] {
	return list[client.Usage]{
		Name: "usage", Search: "Destination", Empty: "No call has ended yet. Each leaves a record here.",
		Find: func(ctx context.Context, f client.Find) (*client.UsageList, error) {
			return v.api.Usage.Find(ctx, customer, f)
		},
		All: func(ctx context.Context, f client.Find) seq[client.Usage] { return v.api.Usage.All(ctx, customer, f) },
		Columns: []column[client.Usage]{
			{Key: "day", Title: "Day, in UTC", Cell: func(v *visit, u client.Usage) cell { return plain(u.Day.UTC().Format(time.DateOnly)) }},
			{Key: "direction", Title: "Way", Cell: func(v *visit, u client.Usage) cell { return v.direction(u.Direction) }},
			{Key: "destination", Title: "Destination", Cut: true, Cell: func(v *visit, u client.Usage) cell { return plain(u.Destination) }},
			{Key: "calls", Title: "Calls", Number: true, Cell: func(v *visit, u client.Usage) cell { return plain(v.count(u.Calls)).raw(itoa(u.Calls)) }},
			{Key: "answered", Title: "Answered", Number: true, Cell: func(v *visit, u client.Usage) cell {
				return plain(v.count(u.Answered)).raw(itoa(u.Answered))
			}},
			{Key: "billedSeconds", Title: "Billed", Number: true, Cell: func(v *visit, u client.Usage) cell {
				return plain(duration(int(u.BilledSeconds))).raw(itoa(u.BilledSeconds))
			}},
			{Key: "chargeMicros", Title: "Charge", Number: true, Cell: func(v *visit, u client.Usage) cell { return v.amount(u.ChargeMicros) }},
		},
		Filters: []filter{
			{Field: "day", Title: "Day, in UTC", Kind: utcDays},
			{Field: "direction", Title: "Way", Kind: oneOf, Choices: directions},
			{Field: "chargeMicros", Title: "Charge", Kind: micros},
		},
	}
}

func (v *visit) usagePage() error {
	id := v.r.PathValue("id")
	l := v.usage(id)
	head, err := v.head(id)
	if err != nil {
		return err
	}
	p := listPage{Title: head.Name, Head: head, Tabs: v.tabs(id, "/usage")}
	if v.r.FormValue("format") != "csv" {
		if p.Charts, err = v.usageCharts(l); err != nil {
			return err
		}
	}
	return showList(v, &l, p)
}

const (
	// usageDays is how many days the charts show where none are chosen.
	usageDays = 30
	// maxUsageDays and maxUsageRows bound what a chart adds up.
	maxUsageDays = 1100
	maxUsageRows = 20_000
	oneDay       = 24 * time.Hour
)

// usageCharts add up, day by day, what the list finds.
func (v *visit) usageCharts(l list[client.Usage]) ([]*chart, error) {
	find := l.query(v).find
	find.Limit, find.Skip, find.Sort = 1000, 0, nil
	first, last := v.usageSpan()
	if !first.IsZero() {
		find.Where = append(find.Where, client.Gte("day", first.Format(time.RFC3339)))
	}
	charge, calls, rows := map[int64]int64{}, map[int64]int64{}, 0
	for u, err := range l.All(v.ctx(), find) {
		if err != nil {
			return nil, err
		}
		if first.IsZero() || u.Day.Before(first) {
			first = u.Day
		}
		charge[u.Day.Unix()] += int64(u.ChargeMicros)
		calls[u.Day.Unix()] += u.Calls
		if rows++; rows > maxUsageRows {
			break
		}
	}
	if rows > maxUsageRows || last.Sub(first) > maxUsageDays*oneDay && rows > 0 {
		return []*chart{{Title: v.t("By day"), Empty: v.t("This is too much to draw. Choose fewer days.")}}, nil
	}
	var steps, charged, called []int64
	for at := first; !at.After(last) && rows > 0; at = at.Add(oneDay) {
		steps, charged, called = append(steps, at.Unix()), append(charged, charge[at.Unix()]), append(called, calls[at.Unix()])
	}
	utc := *v // days are those of UTC, whoever looks
	utc.zone = time.UTC
	return []*chart{
		utc.chart("Charge by day", "No call in these days.", steps, series{name: v.t("charged"), sum: true, money: true, y: charged}),
		utc.chart("Calls by day", "No call in these days.", steps, series{name: v.t("calls"), sum: true, y: called}),
	}, nil
}

// usageSpan are the days that are chosen, or the last ones; the first is zero where only
// the last is chosen.
func (v *visit) usageSpan() (first, last time.Time) {
	today := v.Now().UTC().Truncate(oneDay)
	first, errFirst := time.Parse(time.DateOnly, v.r.FormValue("day.from"))
	last, errLast := time.Parse(time.DateOnly, v.r.FormValue("day.to"))
	if errFirst != nil && errLast != nil {
		first = today.AddDate(0, 0, 1-usageDays)
	}
	if errLast != nil || last.After(today) {
		last = today
	}
	return first, last
}
