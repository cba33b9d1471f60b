package store

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// fewTerms is how many records are looked at with pleasure: where a term has more, those
// of one customer are better looked for among the customer's.
const fewTerms = 1000

// recordsFor is the source of call records for a query: all, or what can be told quickly
// to have all that it asks for. Order is the clause that sorts the records by their ids;
// "" where they are wanted in another order.
func (s *Store) recordsFor(ctx context.Context, f *query.Find, order string) (*source, error) {
	boundIDs(f)
	src := *cdrSource
	latest := latestOf(f, "startedAt")
	bounded := latest > 0 && latest <= maxIDMillis
	sets := termSets(f.Where)
	var mark termsMark
	var terms []string
	var err error
	if bounded || len(sets) > 0 {
		err = s.engine.look(ctx, func(t tx) (err error) {
			if bounded {
				_, filling, err := loadFilling(t) // until then some may be missing in late_cdrs
				if bounded = !filling; err != nil {
					return err
				}
			}
			if terms, err = fewest(t, sets, ofOneCustomer(f)); err == nil && terms != nil {
				mark, err = loadTermsMark(t)
			}
			return err
		})
	}
	if terms == nil {
		src.found = foundByIndex(f)
	}
	if err != nil || !bounded && terms == nil {
		return &src, err
	}
	spans := []span{{}}
	if bounded {
		spans = spansOf(latest)
	}
	parts, args := queries(recordArms(terms, mark.through), spans)
	src.table, src.tableArgs = "("+s.engine.together(parts, order)+") AS cdrs", args
	return &src, nil
}

func ofOneCustomer(f *query.Find) bool {
	return slices.ContainsFunc(conjuncts(f.Where), func(c query.Compare) bool { return c.Field == "customer" && c.Op == query.Eq })
}

// termSets finds sets of terms. Of each set, every record that a condition holds for has
// at least one.
func termSets(n query.Node) (sets [][]string) {
	switch n := n.(type) {
	case query.Compare:
		if terms := termsOf(n); len(terms) > 0 {
			sets = append(sets, terms)
		}
	case query.And:
		for _, part := range n {
			sets = append(sets, termSets(part)...)
		}
	case query.Or:
		var all []string
		for _, part := range n {
			some := termSets(part)
			if len(some) == 0 {
				return nil
			}
			all = append(all, some[0]...)
		}
		slices.Sort(all)
		sets = append(sets, slices.Compact(all))
	}
	return sets
}

// termsOf are the terms of a comparison; none where it holds for records without one.
func termsOf(c query.Compare) (terms []string) {
	switch c.Field {
	case "from":
		return textTerms(termFrom, c, "")
	case "to":
		return textTerms(termTo, c, "")
	case "cause":
		return textTerms(termCause, c, ordinaryCause)
	case "chargeMicros":
		return dearTerms(termCharge, c)
	case "pricePerMinuteMicros":
		return dearTerms(termPrice, c)
	}
	return nil
}

// textTerms are the terms of texts, but for one that has none.
func textTerms(kind string, c query.Compare, without string) (terms []string) {
	if c.Op != query.Eq && c.Op != query.In {
		return nil
	}
	for _, v := range c.Values {
		if v.Text() == "" || v.Text() == without || utf8.RuneCountInString(v.Text()) > longestTerm {
			return nil
		}
		terms = append(terms, kind+v.Text())
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// dearTerms are the terms of amounts from one on.
func dearTerms(kind string, c query.Compare) (terms []string) {
	if c.Op != query.Eq && c.Op != query.Gt && c.Op != query.Gte {
		return nil
	}
	power := len(itoa(c.Values[0].Int())) - 1
	if c.Values[0].Int() < 0 || power < dearFrom {
		return nil
	}
	for p := min(power, dearest); p <= dearest; p++ {
		terms = append(terms, kind+itoa(int64(p)))
	}
	return terms
}

// fewest chooses the set of terms that the fewest records have; nil for none that serves.
func fewest(t tx, sets [][]string, ofOne bool) (best []string, err error) {
	var least int64
	for _, terms := range sets {
		var n int64
		optional := ofOne && !areNumbers(terms)
		if optional || len(sets) > 1 {
			in, args := inTerms(terms)
			n, err = count(t, "SELECT COUNT(*) FROM (SELECT 1 FROM cdr_terms WHERE term "+in+" LIMIT ?) counted", append(args, fewTerms+1)...)
			if err != nil {
				return nil, err
			}
		}
		if (best == nil || n < least) && !(optional && n > fewTerms) {
			best, least = terms, n
		}
	}
	return best, nil
}

// areNumbers reports whether all of some terms are telephone numbers. Most of them are one
// customer's only, so that whoever else asks need not pass over many.
func areNumbers(terms []string) bool {
	return !slices.ContainsFunc(terms, func(term string) bool { return term[:1] != termFrom && term[:1] != termTo })
}

// arm is one of several queries of which a source consists.
type arm struct {
	from  string // SELECT ... FROM ...
	id    string // the expression of a record's id
	where []string
	args  []any
}

func (a arm) and(condition string, args ...any) arm {
	return arm{a.from, a.id, append(slices.Clone(a.where), condition), append(slices.Clone(a.args), args...)}
}

// recordArms are the arms of the records with one of some terms, and of those from the mark
// on, which may have no terms yet; without terms, of all.
func recordArms(terms []string, mark tollkeeper.ID) []arm {
	all := arm{from: "SELECT " + cdrColumns + " FROM cdrs", id: "id"}
	if terms == nil {
		return []arm{all}
	}
	arms, groups := []arm{all.and("id >= ?", mark)}, termGroups(terms)
	for i, group := range groups {
		a := termArm(group).and("t.id < ?", mark)
		for _, before := range groups[:i] {
			if before[0][:1] != group[0][:1] { // a record may have a term of each kind
				marks, args := inTerms(before)
				a = a.and("NOT EXISTS (SELECT 1 FROM cdr_terms x WHERE x.id = t.id AND x.term "+marks+")", args...)
			}
		}
		arms = append(arms, a)
	}
	return arms
}

// fewArms are as many queries as may stand for a term each. A query of one term has its
// records in the order of their ids.
const fewArms = 8

// termGroups divides terms into those that one query asks for.
func termGroups(terms []string) (groups [][]string) {
	for _, term := range terms {
		if n := len(groups); n > 0 && len(terms) > fewArms && groups[n-1][0][0] == term[0] {
			groups[n-1] = append(groups[n-1], term)
		} else {
			groups = append(groups, []string{term})
		}
	}
	return groups
}

func inTerms(terms []string) (sql string, args []any) {
	for _, term := range terms {
		args = append(args, term)
	}
	if len(terms) == 1 {
		return "= ?", args
	}
	return "IN (" + marks(len(terms)) + ")", args
}

// termColumns are what terms tell of their records. The release before told no amounts.
var termColumns = map[string]struct{ name, expr string }{
	termFrom: {"from_number", termText}, termTo: {"to_number", termText}, termCause: {"cause", termText},
	termCharge: {"charge", termAmount("charge")}, termPrice: {"price_per_minute", termAmount("price_per_minute")},
}

// What terms tell is of the type of the column, or SQLite would gather all before it sorts.
const termText = "CAST(substr(t.term, 2) AS TEXT)"

func termAmount(column string) string {
	return "CAST(COALESCE(t.amount, " + ofRecord(column) + ") AS BIGINT)"
}

// ofRecord reads a column of a term's record.
func ofRecord(column string) string {
	return "(SELECT r." + column + " FROM cdrs r WHERE r.customer = t.customer AND r.id = t.id)"
}

// termArm is the query of the records with one of some terms of one kind. What the terms
// tell is not read from the records: whoever only counts need not look at them.
func termArm(terms []string) arm {
	columns, told := strings.Split(strings.ReplaceAll(cdrColumns, "\n", ""), ", "), termColumns[terms[0][:1]]
	for i, column := range columns {
		switch column {
		case "id", "customer":
			columns[i] = "t." + column + " AS " + column
		case told.name:
			columns[i] = told.expr + " AS " + column
		case "from_number", "to_number": // read where the other one does not decide already
			columns[i] = "CAST(" + ofRecord(column) + " AS TEXT) AS " + column
		default:
			columns[i] = "d." + column + " AS " + column
		}
	}
	sql, args := inTerms(terms)
	return arm{"SELECT " + strings.Join(columns, ", ") + " FROM cdr_terms t LEFT JOIN cdrs d ON d.id = t.id", "t.id", nil, nil}.and("t.term "+sql, args...)
}

// queries are those of the records that are in one of some arms and one of some spans.
func queries(arms []arm, spans []span) (parts []string, args []any) {
	for _, a := range arms {
		for _, s := range spans {
			part := a
			if s.sql != "" {
				part = a.and(strings.ReplaceAll(s.sql, "ID", a.id), s.args...)
			}
			parts, args = append(parts, part.from+" WHERE "+strings.Join(part.where, " AND ")), append(args, part.args...)
		}
	}
	return parts, args
}

// together is the union of queries. SQLite merges them in the order that is wanted of the
// whole.
func (e *sqlite) together(queries []string, _ string) string {
	return strings.Join(queries, " UNION ALL ")
}

// together is the union of queries. PostgreSQL merges them where each is in order.
func (e *postgres) together(queries []string, order string) string {
	return "(" + strings.Join(queries, order+") UNION ALL (") + order + ")"
}
