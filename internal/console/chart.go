package console

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tollkeeper/client"
)

// chart is lines over time. The script draws them; a table below them has the same figures
// for those who cannot see or run it.
type chart struct {
	Title string
	Link  string // to the list of what it counts, if there is one
	Data  string // JSON for the script
	Lines []line
	Rows  []figures // what the lines are made of, for those who do not see them
	Marks []mark    // what happened, and when
	Times string    // of the marks, for the script
	Empty string    // instead of a chart without a figure
}

// line is one line of a chart, with the sum of its figures or their last.
type line struct{ Name, Total string }

// figures are those of one time of a chart.
type figures struct {
	At     moment
	Values []string
}

// mark is a kind of event that a chart marks, with how often it happened.
type mark struct{ Name, Tone, Count string }

// series are the figures of one line, in the steps of its chart.
type series struct {
	name  string
	sum   bool // the total says their sum, and not the last
	money bool
	y     []int64
}

func (v *visit) chart(title text, empty text, at []int64, all ...series) *chart {
	c := &chart{Title: v.t(title), Empty: v.t(empty)}
	data := struct {
		Money  string    `json:"money,omitempty"`
		Zone   string    `json:"zone"`
		Locale string    `json:"locale"`
		Names  []string  `json:"names"`
		X      []int64   `json:"x"`
		Y      [][]int64 `json:"y"`
	}{Zone: v.zone.String(), Locale: v.locale.tag, X: at}
	for _, s := range all {
		total := int64(0)
		for _, y := range s.y {
			if total += y; !s.sum {
				total = y
			}
			if y != 0 {
				c.Empty = ""
			}
		}
		shown := v.count(total)
		if s.money {
			shown, data.Money = v.about(client.Micros(total)), v.Currency
		}
		c.Lines = append(c.Lines, line{s.name, shown})
		data.Names, data.Y = append(data.Names, s.name), append(data.Y, s.y)
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		return nil // numbers and texts always encode
	}
	c.Data, c.Rows = string(encoded), v.figuresOf(at, all)
	return c
}

// figuresOf are the figures of lines, the latest first. Times without any are left out.
func (v *visit) figuresOf(at []int64, all []series) (rows []figures) {
	days := len(at) > 1 && at[1]-at[0] >= 23*60*60
	for i := len(at) - 1; i >= 0; i-- {
		row, something := figures{At: v.moment(time.Unix(at[i], 0))}, false
		if days {
			row.At.Text = v.day(time.Unix(at[i], 0))
		}
		for _, s := range all {
			shown := v.count(s.y[i])
			if s.money {
				shown = v.about(client.Micros(s.y[i]))
			}
			row.Values, something = append(row.Values, shown), something || s.y[i] != 0
		}
		if something {
			rows = append(rows, row)
		}
	}
	return rows
}

// period is how far back the overview's charts reach.
type period struct {
	value  string
	title  text
	length time.Duration
	step   client.Step
	every  time.Duration
}

var periods = []period{
	{"1h", "1 hour", time.Hour, client.ByMinute, time.Minute},
	{"24h", "24 hours", 24 * time.Hour, client.ByHour, time.Hour},
	{"30d", "30 days", 30 * 24 * time.Hour, client.ByHour, 24 * time.Hour},
}

// times are the beginnings of the steps up to now. Days are those of the zone that now is
// in.
func (p period) times(now time.Time) []time.Time {
	times := make([]time.Time, p.length/p.every)
	year, month, day := now.Date()
	for i := range times {
		back := len(times) - 1 - i
		if p.every < 24*time.Hour {
			times[i] = now.UTC().Truncate(p.every).Add(-p.every * time.Duration(back))
		} else {
			times[i] = time.Date(year, month, day-back, 0, 0, 0, 0, now.Location())
		}
	}
	return times
}

// history is what was counted of each metric in each step of a period.
type history struct {
	at      []int64
	amounts map[string][]int64
}

// of are metrics together.
func (h *history) of(metrics ...string) []int64 {
	sum := make([]int64, len(h.at))
	for _, metric := range metrics {
		for i, n := range h.amounts[metric] {
			sum[i] += n
		}
	}
	return sum
}

func (v *visit) history(p period) (*history, error) {
	times := p.times(v.Now().In(v.zone))
	found, err := v.api.Activity.Find(v.ctx(), p.step, client.Span{From: times[0], To: times[len(times)-1].Add(p.every)})
	if err != nil {
		return nil, err
	}
	at, amounts := make([]int64, len(times)), map[string][]int64{}
	for i := range at {
		at[i] = times[i].Unix()
	}
	for _, c := range found.Data {
		i, exactly := slices.BinarySearch(at, c.At.Unix())
		if !exactly {
			i--
		}
		if i < 0 {
			continue
		}
		if amounts[c.Metric] == nil {
			amounts[c.Metric] = make([]int64, len(at))
		}
		if c.Metric == "live" || c.Metric == "low" { // a day has the peak of its hours
			amounts[c.Metric][i] = max(amounts[c.Metric][i], c.Amount)
			continue
		}
		amounts[c.Metric][i] += c.Amount
	}
	return &history{at, amounts}, nil
}

// activityCharts are what the overview draws.
func (v *visit) activityCharts(p period) ([]*chart, error) {
	h, err := v.history(p)
	if err != nil {
		return nil, err
	}
	at, of := h.at, h.of
	decisions := []series{{name: v.t("allowed"), sum: true, y: of("decision.ok")}}
	for _, metric := range sortedKeys(h.amounts) {
		if reason, ok := strings.CutPrefix(metric, "decision."); ok && reason != "ok" {
			decisions = append(decisions, series{name: reason, sum: true, y: of(metric)})
		}
	}
	const nothing = text("Nothing in this time.")
	low := v.chart("Low on credit, at their most", nothing, at, series{name: v.t("customers"), y: of("low")})
	if v.may("GET /balances") {
		low.Link = "/console/balances?low=1"
	}
	return []*chart{
		v.chart("Decisions", nothing, at, decisions...),
		v.chart("Money", nothing, at, series{name: v.t("charged"), sum: true, money: true, y: of("charged")}, series{name: v.t("credited"), sum: true, money: true, y: of("credited")}),
		v.chart("Live calls, at their most", nothing, at, series{name: v.t("calls"), y: of("live")}),
		low,
		v.chart("Alerts", nothing, at, series{name: v.t("credit low"), sum: true, y: of("event.credit.low")},
			series{name: v.t("used up"), sum: true, y: of("event.credit.exhausted")},
			series{name: v.t("limits"), sum: true, y: of("event.dailyspend.reached", "event.unbilled.near", "event.unbilled.reached")}),
		v.chart("Refills", nothing, at, series{name: v.t("refills"), sum: true, y: of("event.refill.succeeded")},
			series{name: v.t("refills failed"), sum: true, y: of("event.refill.failed", "event.refill.disabled")}),
	}, nil
}

// creditChart is a customer's prepaid credit over the last 30 days.
func (v *visit) creditChart(c *client.Customer) (*chart, error) {
	if c.DefaultBillMethod != client.BillCredit {
		return nil, nil
	}
	found, err := v.api.Balance.History(v.ctx(), c.Id, client.Span{}, 0)
	if err != nil {
		return nil, err
	}
	var at, credit, alert []int64
	for _, p := range found.Data {
		at, credit = append(at, p.At.Unix()), append(credit, int64(p.PostedMicros))
		alert = append(alert, int64(client.Micros(c.LowBalanceAlertAmount)*client.Cent))
	}
	lines := []series{{name: v.t("credit"), money: true, y: credit}}
	if c.LowBalanceAlertAmount > 0 {
		lines = append(lines, series{name: v.t("alert below"), money: true, y: alert})
	}
	drawn := v.chart("Credit over 30 days", "No credit in the last 30 days.", at, lines...)
	if len(at) == 0 || !v.may("GET /events") {
		return drawn, nil
	}
	return drawn, v.markCredit(drawn, c.Id, time.Unix(at[0], 0))
}

// creditMarks are the events that a chart of credit marks.
var creditMarks = []struct {
	kind client.EventType
	name text
	tone string
}{
	{client.EventRefillSucceeded, "refills", "good"}, {client.EventCreditLow, "alerts", "warn"},
	{client.EventCreditExhausted, "used up", "bad"}, {client.EventRefillFailed, "refills failed", "bad"},
}

// maxMarks bounds the marks of a chart; the newest are shown.
const maxMarks = 200

// markCredit marks what happened to a customer's credit since a time.
func (v *visit) markCredit(drawn *chart, customer string, since time.Time) error {
	var kinds []string
	for _, m := range creditMarks {
		kinds = append(kinds, string(m.kind))
	}
	found, err := v.api.Events.Find(v.ctx(), client.Find{Limit: maxMarks, Sort: order("-createdAt"), Where: []client.Condition{
		client.Eq("customer", customer), client.In("type", kinds...), client.Gte("createdAt", since.UTC().Format(time.RFC3339))}})
	if err != nil {
		return err
	}
	type at struct {
		X    int64  `json:"x"`
		Tone string `json:"tone"`
	}
	times := []at{}
	for _, m := range creditMarks {
		n := int64(0)
		for _, e := range found.Data {
			if e.Type == m.kind {
				n++
				times = append(times, at{e.CreatedAt.Unix(), m.tone})
			}
		}
		if n > 0 {
			drawn.Marks = append(drawn.Marks, mark{v.t(m.name), m.tone, v.count(n)})
		}
	}
	encoded, err := json.Marshal(times)
	drawn.Times = string(encoded)
	return err
}
