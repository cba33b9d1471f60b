package store

import (
	"context"
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

// boundedRecords is the source of call records for a query, without what cannot have
// begun before its latest time: ids that are younger by more than idsLag, but for those
// in late_cdrs. While records of an earlier release are being looked at, some may be
// missing there, and all records are looked at.
func (s *Store) boundedRecords(ctx context.Context, f *query.Find) (src *source, err error) {
	boundIDs(f)
	latest := latestOf(f, "startedAt")
	if latest <= 0 || latest > maxIDMillis {
		return cdrSource, nil
	}
	filling := false
	err = s.engine.look(ctx, func(t tx) error {
		_, filling, err = loadFilling(t)
		return err
	})
	if err != nil || filling {
		return cdrSource, err
	}
	end := tollkeeper.IDAt(time.UnixMilli(latest).Add(idsLag + time.Second))
	bounded := *cdrSource
	bounded.table = `(SELECT * FROM cdrs WHERE id < ? UNION ALL SELECT * FROM cdrs WHERE id >= ? AND
 id IN (SELECT l.id FROM late_cdrs l WHERE l.id >= ? AND l.started_at <= ?)) AS cdrs`
	bounded.tableArgs = []any{end, end, end, latest}
	return &bounded, nil
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
