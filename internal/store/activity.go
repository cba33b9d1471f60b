package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const rulingColumns = `id, customer, call_id, leg, direction, from_number, to_number, reason, destination, price_per_minute, granted, held, created_at`

var rulingRows = newMultiRow("rulings", rulingColumns)

// AddActivity adds counts to those of other times and nodes, and keeps rulings.
func (s *Store) AddActivity(ctx context.Context, counts []tollkeeper.Count, rulings []tollkeeper.Ruling) error {
	var values []any
	for i := range rulings {
		r := &rulings[i]
		values = append(values, r.ID, r.Customer, r.CallID, r.Leg, slices.Index(directions, r.Direction), r.From, r.To, string(r.Reason),
			r.Tariff.Destination, r.Tariff.PricePerMinute, r.GrantedSeconds, r.Held, millis(r.CreatedAt))
	}
	return s.engine.write(ctx, func(t tx) error {
		if err := addCounts(t, counts); err != nil {
			return err
		}
		return rulingRows.insert(t, values)
	})
}

// addCounts adds counts to those of other times and nodes. Rows are written in one order
// by everybody, so that nodes do not wait for each other in a circle.
func addCounts(t tx, counts []tollkeeper.Count) error {
	slices.SortFunc(counts, func(a, b tollkeeper.Count) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), a.At.Compare(b.At), strings.Compare(string(a.Metric), string(b.Metric)))
	})
	for _, c := range counts {
		sum := "activity.amount + excluded.amount"
		if c.Metric.Peak() {
			sum = "CASE WHEN excluded.amount > activity.amount THEN excluded.amount ELSE activity.amount END"
		}
		if err := t.later(nil, "INSERT INTO activity (step, at, metric, amount) VALUES (?, ?, ?, ?) ON CONFLICT (step, at, metric) DO UPDATE SET amount = "+sum,
			stepSeconds(c.Step), millis(c.At), string(c.Metric), c.Amount); err != nil {
			return err
		}
	}
	return nil
}

func stepSeconds(s tollkeeper.ActivityStep) int64 { return int64(time.Duration(s) / time.Second) }

// Activity returns the counts from a time on and before another, by time and metric.
// Steps in which there was nothing of a metric are left out.
func (s *Store) Activity(ctx context.Context, step tollkeeper.ActivityStep, from, to time.Time) (counts []tollkeeper.Count, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		counts = nil
		return t.query(func(r row) error {
			counts = append(counts, tollkeeper.Count{Step: step, At: fromMillis(r.int(0)), Metric: tollkeeper.Metric(r.text(1)), Amount: r.int(2)})
			return nil
		}, "SELECT at, metric, amount FROM activity WHERE step = ? AND at >= ? AND at < ? ORDER BY at, metric", stepSeconds(step), millis(from), millis(to))
	})
	return counts, err
}

var rulingSource = &source{
	table: "rulings", columns: rulingColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer", absent: tollkeeper.ID{}}, "callId": {expr: "call_id"}, "leg": {expr: "leg"},
		"direction": {expr: "direction", enum: names(directions)}, "from": {expr: "from_number"}, "to": {expr: "to_number"}, "reason": {expr: "reason"},
		"decision":    {expr: "(CASE WHEN reason = 'ok' THEN 'allow' ELSE 'deny' END)"},
		"destination": {expr: "destination", absent: ""}, "pricePerMinuteMicros": {expr: "price_per_minute"}, "grantedSeconds": {expr: "granted"},
		"heldMicros": {expr: "held"}, "createdAt": {expr: "created_at"},
	},
}

// FindRulings returns a page of the latest decisions.
func (s *Store) FindRulings(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Ruling], error) {
	return find(ctx, s, rulingSource, f, "", nil, scanRuling)
}

// RulingsAfter returns the first rulings whose ids follow one, in the order of their
// ids.
func (s *Store) RulingsAfter(ctx context.Context, after tollkeeper.ID, limit int) (rulings []tollkeeper.Ruling, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		rulings = nil
		return t.query(func(r row) error {
			ruling, err := scanRuling(r)
			rulings = append(rulings, ruling)
			return err
		}, "SELECT "+rulingColumns+" FROM rulings WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	})
	return rulings, err
}

func scanRuling(r row) (tollkeeper.Ruling, error) {
	x := tollkeeper.Ruling{ID: r.id(0), Direction: directions[r.int(4)], From: r.text(5), CreatedAt: fromMillis(r.int(12))}
	x.Customer, x.CallID, x.Leg, x.To, x.Reason = r.id(1), r.text(2), r.text(3), r.text(6), tollkeeper.Reason(r.text(7))
	x.Tariff.Destination, x.Tariff.PricePerMinute = r.text(8), tollkeeper.Micros(r.int(9))
	x.GrantedSeconds, x.Held, x.Allowed = r.int(10), tollkeeper.Micros(r.int(11)), x.Reason == tollkeeper.ReasonOK
	return x, nil
}

// rulingLife is how long rulings are kept: long enough to find out why a call of this
// day was refused.
const rulingLife = 12 * time.Hour

// DeleteActivity forgets counts and rulings that are old, and returns how many.
func (s *Store) DeleteActivity(ctx context.Context) (removed int, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		removed = 0
		for _, step := range []tollkeeper.ActivityStep{tollkeeper.ByMinute, tollkeeper.ByHour} {
			rows, err := t.exec("DELETE FROM activity WHERE step = ? AND at < ?", stepSeconds(step), millis(s.now().Add(-step.Kept())))
			if err != nil {
				return err
			}
			removed += int(rows)
		}
		rows, err := t.exec("DELETE FROM rulings WHERE id IN (SELECT id FROM rulings WHERE id < ? ORDER BY id LIMIT ?)",
			tollkeeper.IDAt(s.now().Add(-rulingLife)), eventsAtOnce)
		removed += int(rows)
		return err
	})
	return removed, err
}

// Balances returns a customer's posted prepaid balance at each of some times, which
// rise; zero before the first entry. Each is one look into the ledger's index.
func (s *Store) Balances(ctx context.Context, customer tollkeeper.ID, at []time.Time) (points []tollkeeper.BalancePoint, err error) {
	if err := s.mustHaveExisted(ctx, customer, "transfers"); err != nil {
		return nil, err
	}
	err = s.engine.read(ctx, func(t tx) error {
		points = make([]tollkeeper.BalancePoint, len(at))
		for i := range at {
			points[i].At = at[i]
			err := t.later(func(r row) error { points[i].Posted = tollkeeper.Micros(r.int(0)); return nil },
				"SELECT posted_after FROM transfers WHERE customer = ? AND id < ? AND debit <> ? AND credit <> ? ORDER BY id DESC LIMIT 1",
				customer, tollkeeper.IDAt(at[i]), bookNumber(tollkeeper.BookUnbilled), bookNumber(tollkeeper.BookUnbilled))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return points, err
}
