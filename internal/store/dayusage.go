package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const dayUsageColumns = `customer, id, day, direction, destination, calls, answered, billed_seconds, charge`

var dayUsageRows = newMultiRowOr("day_usage", dayUsageColumns, ` ON CONFLICT (customer, id) DO UPDATE SET calls = day_usage.calls + excluded.calls,
 answered = day_usage.answered + excluded.answered, billed_seconds = day_usage.billed_seconds + excluded.billed_seconds,
 charge = day_usage.charge + excluded.charge`)

// usageSum gathers what records add to days, by the ids of their usage.
type usageSum map[tollkeeper.ID]*tollkeeper.DayUsage

func (s usageSum) add(u tollkeeper.DayUsage) {
	if sum := s[u.ID]; sum != nil {
		sum.Add(u)
	} else {
		s[u.ID] = &u
	}
}

// save adds the sums to what is stored, in one order, so that no two transactions wait
// for each other in a circle.
func (s usageSum) save(t tx) error {
	sums := slices.SortedFunc(maps.Values(s), func(a, b *tollkeeper.DayUsage) int {
		return cmp.Or(strings.Compare(string(a.Customer[:]), string(b.Customer[:])), strings.Compare(string(a.ID[:]), string(b.ID[:])))
	})
	values := make([]any, 0, len(sums)*dayUsageRows.columns)
	for _, u := range sums {
		values = append(values, u.Customer, u.ID, millis(u.Day), slices.Index(directions, u.Direction), u.Destination, u.Calls, u.Answered, u.Billed, u.Charge)
	}
	return dayUsageRows.insert(t, values)
}

// addUsage adds records that have just been stored to the usage of their days.
// Emergency calls of nobody's are no customer's usage.
func addUsage(t tx, records []*tollkeeper.CDR) error {
	sums := usageSum{}
	for _, record := range records {
		if record.Customer.IsZero() {
			continue
		}
		u := record.DayUsage()
		if !record.Corrects.IsZero() {
			unanswered, err := exists(t, "SELECT 1 FROM cdrs WHERE id = ? AND answered_at = 0", record.Corrects)
			if err != nil {
				return err
			}
			if unanswered {
				u.Answered = 1
			}
		}
		sums.add(u)
	}
	return sums.save(t)
}

var dayUsageSource = &source{
	table: "day_usage", columns: dayUsageColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "day": {expr: "day"}, "direction": {expr: "direction", enum: names(directions)},
		"destination": {expr: "destination", absent: ""}, "calls": {expr: "calls"}, "answered": {expr: "answered"},
		"billedSeconds": {expr: "billed_seconds"}, "chargeMicros": {expr: "charge"},
	},
}

// FindDayUsage returns a page of what a customer's calls came to, by day and
// destination. That of a deleted customer remains.
func (s *Store) FindDayUsage(ctx context.Context, customer tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.DayUsage], error) {
	if err := s.mustHaveExisted(ctx, customer, "day_usage"); err != nil {
		return tollkeeper.Page[tollkeeper.DayUsage]{}, err
	}
	boundDays(f)
	return find(ctx, s, dayUsageSource, f, "customer = ?", []any{customer}, func(r row) (tollkeeper.DayUsage, error) { return scanDayUsage(r), nil })
}

func scanDayUsage(r row) tollkeeper.DayUsage {
	return tollkeeper.DayUsage{
		Customer: r.id(0), ID: r.id(1), Day: fromMillis(r.int(2)), Direction: directions[r.int(3)], Destination: r.text(4),
		Calls: r.int(5), Answered: r.int(6), Billed: r.int(7), Charge: tollkeeper.Micros(r.int(8)),
	}
}

// boundDays adds to a query for days from a time on that the ids are no older: usage is
// stored by its ids, which begin with the day.
func boundDays(f *query.Find) {
	if earliest := earliestOf(f, "day"); earliest > 0 {
		f.From("_id", tollkeeper.IDAt(time.UnixMilli(earliest)))
	}
}
