package store

import (
	"slices"

	"tollkeeper/internal/query"
)

// looksAtOnce is how many records are counted in an index, or one beside the other, in less
// time than one that lies apart is looked at.
const looksAtOnce = 5

// countSome counts among the newest call records that an index finds, looking at so many of
// them; 0 when there are no more than those.
func countSome(t tx, src *source, where *sqlBuilder, looks int64) (total int64, err error) {
	found := &sqlBuilder{source: src, args: slices.Clone(src.tableArgs)}
	found.condition(&query.Find{Where: src.found}, "", nil)
	table, conditions := src.table+found.sql.String(), where.args[len(src.tableArgs):]
	all, err := count(t, "SELECT COUNT(*) FROM (SELECT 1 FROM "+table+" LIMIT ?) counted", append(slices.Clone(found.args), looks+1)...)
	if err != nil || all <= looks {
		return 0, err
	}
	return count(t, "SELECT COUNT(*) FROM (SELECT * FROM "+table+" ORDER BY id DESC LIMIT ?) AS cdrs"+where.sql.String(),
		append(append(found.args, looks), conditions...)...)
}

// foundByIndex is the part of a query for one customer's call records that an index answers;
// nil when that is all of it.
func foundByIndex(f *query.Find) query.Node {
	found, all := indexed(f.Where)
	if !ofOneCustomer(f) || all && f.Search == "" {
		return nil
	}
	return found
}

// indexed are the conditions on customer and id that all must hold; all reports that there
// are no others.
func indexed(n query.Node) (found query.And, all bool) {
	switch n := n.(type) {
	case query.Compare:
		if n.Field == "_id" || n.Field == "customer" {
			return query.And{n}, true
		}
	case query.And:
		all = true
		for _, part := range n {
			some, whole := indexed(part)
			found, all = append(found, some...), all && whole
		}
	}
	return found, all
}
