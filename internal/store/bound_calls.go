package store

import (
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// idsLag is how much older than its call's begin a record's id may be: both are made
// when the call is, on one clock, so that this is plenty.
const idsLag = time.Hour

// boundIDs adds to a query for records that began from a time on that their ids are no
// older, so that the older ones are not looked at: records are stored by their ids. An
// id may be much younger than the call, as that of a correction is, so that there is no
// such bound for a latest begin.
func boundIDs(f *query.Find) {
	if earliest := earliestOf(f, "startedAt"); earliest > 0 {
		f.From("_id", tollkeeper.IDAt(time.UnixMilli(earliest).Add(-idsLag)))
	}
}

// earliestOf is the time, in milliseconds, before which no record that is asked for has
// its time in a field; 0 when there is no such bound.
func earliestOf(f *query.Find, field string) (earliest int64) {
	for _, c := range conjuncts(f.Where) {
		if c.Field == field && (c.Op == query.Gte || c.Op == query.Gt || c.Op == query.Eq) {
			earliest = max(earliest, c.Values[0].Int())
		}
	}
	return earliest
}

// conjuncts are the comparisons that all must hold.
func conjuncts(n query.Node) (all []query.Compare) {
	switch n := n.(type) {
	case query.Compare:
		return []query.Compare{n}
	case query.And:
		for _, part := range n {
			all = append(all, conjuncts(part)...)
		}
	}
	return all
}
