package store

import (
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

var lateRows = newMultiRow("late_cdrs", "customer, id, started_at")

// lateValues appends a row of late_cdrs for a record that is one of those.
func lateValues(values []any, id, customer tollkeeper.ID, started time.Time) []any {
	if id.Time().Sub(started) < idsLag {
		return values
	}
	return append(values, customer, id, millis(started))
}

// span is a condition on the id of a record, written as ID.
type span struct {
	sql  string
	args []any
}

// spansOf are conditions on ids of which those records meet one that may have begun until
// a time, in milliseconds: those that are not younger by more than idsLag, and those in
// late_cdrs.
func spansOf(latest int64) []span {
	end := tollkeeper.IDAt(time.UnixMilli(latest).Add(idsLag + time.Second))
	return []span{
		{"ID < ?", []any{end}},
		{"ID >= ? AND ID IN (SELECT l.id FROM late_cdrs l WHERE l.id >= ? AND l.started_at <= ?)", []any{end, end, latest}},
	}
}

// maxIDMillis is the last time that ids can tell, less what is added to it.
const maxIDMillis = (1<<32 - 7200) * 1000

// latestOf is the time, in milliseconds, after which no record that is asked for has its
// time in a field; 0 when there is no such bound.
func latestOf(f *query.Find, field string) (latest int64) {
	for _, c := range conjuncts(f.Where) {
		if c.Field == field && slices.Contains([]query.Op{query.Lt, query.Lte, query.Eq}, c.Op) {
			if at := c.Values[0].Int(); latest == 0 || at < latest {
				latest = at
			}
		}
	}
	return latest
}
