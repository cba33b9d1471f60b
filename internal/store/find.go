package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// column says where a field of the find language is stored.
type column struct {
	expr   string
	enum   []string            // the stored number is the text's place in this list; "" is absent
	normal func(string) string // the form in which a text is stored; nil: as it is
	absent any                 // what stands for an absent value; nil: NULL
}

// source is a table, or a part of one, that can be searched by find.
type source struct {
	table string
	// tableArgs are the parameters in table.
	tableArgs []any
	columns   string // what a result row consists of
	fields    map[string]column
	id        string       // the expression that rises with _id
	indexed   *searchIndex // nil: search compares every record
	search    func(*sqlBuilder, *query.Find)
	total     func(s *Store, t tx, f *query.Find) (total int64, known bool, err error) // nil, or a total that needs no counting
	// found is the part of a query that an index answers, where each record that it finds
	// lies on another page, to be read for the rest of the query; nil: it is not so.
	found query.Node
}

// searchIndex finds the customers whose name or web site has a substring.
type searchIndex struct {
	row     string              // of the index: the source's id
	match   string              // the condition, with one parameter
	pattern func(string) string // makes that parameter of a folded text
	ordered string              // the index joined to its source, when it yields rows in the order of _id: a page then costs what it is long, however many match
}

// sqlBuilder writes a condition. Client text never reaches the SQL; it goes into
// args.
type sqlBuilder struct {
	source *source
	sql    strings.Builder
	args   []any
}

// find runs a query. The scope, if any, is a condition that every record meets
// whatever the client asked for.
func find[T any](ctx context.Context, s *Store, src *source, f *query.Find, scope string, scopeArgs []any, scan func(row) (T, error)) (tollkeeper.Page[T], error) {
	where := &sqlBuilder{source: src, args: slices.Clone(src.tableArgs)}
	where.condition(f, scope, scopeArgs)
	var page tollkeeper.Page[T]
	err := s.engine.read(ctx, func(t tx) (err error) {
		page = tollkeeper.Page[T]{}
		if page.Total, page.AtLeast, err = totalOf(s, t, src, f, scope, where); err != nil || f.Limit == 0 {
			return err
		}
		sql := "SELECT " + src.columns + " FROM " + src.table + where.sql.String() + src.order(f)
		if src.indexed != nil && src.indexed.ordered != "" && f.Search != "" && f.Where == nil && f.Sort[0].Field == "_id" {
			sql = "SELECT " + src.columns + " FROM " + src.indexed.ordered + " WHERE " + src.indexed.match + " ORDER BY " + src.indexed.row
			if f.Sort[0].Descending {
				sql += " DESC"
			}
		}
		return t.query(func(r row) error {
			item, err := scan(r)
			page.Items = append(page.Items, item)
			return err
		}, sql+" LIMIT ? OFFSET ?", append(where.args, f.Limit, f.Skip)...)
	})
	return page, err
}

// totalOf counts the records of all pages. Where counting may stop, it still goes beyond
// the page that is asked for, so that a client who walks the pages by the total walks
// all of them.
func totalOf(s *Store, t tx, src *source, f *query.Find, scope string, where *sqlBuilder) (total int64, atLeast bool, err error) {
	if src.total != nil && scope == "" {
		if total, known, err := src.total(s, t, f); known || err != nil {
			return total, false, err
		}
	}
	if f.CountTo == 0 || f.Limit == 0 {
		total, err = count(t, "SELECT COUNT(*) FROM "+src.table+where.sql.String(), where.args...)
		return total, false, err
	}
	beyond := int64(f.Skip) + int64(f.Limit) + 1
	if src.found != nil {
		if total, err = countSome(t, src, where, f.CountTo/looksAtOnce); total >= beyond || err != nil {
			return total, true, err
		}
	}
	most := max(f.CountTo, beyond)
	total, err = count(t, "SELECT COUNT(*) FROM (SELECT 1 FROM "+src.table+where.sql.String()+" LIMIT ?) counted", append(slices.Clone(where.args), most)...)
	return total, total == most, err
}

// condition writes the whole WHERE clause.
func (b *sqlBuilder) condition(f *query.Find, scope string, scopeArgs []any) {
	word := " WHERE "
	part := func(write func()) {
		b.sql.WriteString(word)
		word = " AND "
		write()
	}
	if scope != "" {
		part(func() { b.sql.WriteString(scope); b.args = append(b.args, scopeArgs...) })
	}
	if f.Search != "" {
		part(func() { b.source.search(b, f) })
	}
	if f.Where != nil {
		part(func() { b.node(f.Where) })
	}
}

func (b *sqlBuilder) node(n query.Node) {
	switch n := n.(type) {
	case query.And:
		b.list(n, " AND ")
	case query.Or:
		b.list(n, " OR ")
	case query.Compare:
		b.compare(n)
	default:
		panic(fmt.Sprintf("unforeseen condition %T", n))
	}
}

func (b *sqlBuilder) list(nodes []query.Node, word string) {
	b.sql.WriteString("(")
	for i, n := range nodes {
		if i > 0 {
			b.sql.WriteString(word)
		}
		b.node(n)
	}
	b.sql.WriteString(")")
}

var sqlOperators = map[query.Op]string{
	query.Gt: " > ?", query.Gte: " >= ?", query.Lt: " < ?", query.Lte: " <= ?",
	query.Absent: " IS NULL", query.Present: " IS NOT NULL",
}

func (b *sqlBuilder) compare(c query.Compare) {
	col := b.source.fields[c.Field]
	switch {
	case col.enum != nil:
		b.member(col.expr, col.places(c))
	case col.absent != nil:
		b.compareAbsent(col, c)
	default:
		b.compareNull(col, c)
	}
}

// compareNull compares a column in which NULL stands for an absent value.
func (b *sqlBuilder) compareNull(col column, c query.Compare) {
	switch c.Op {
	case query.Ne, query.Nin:
		b.sql.WriteString("(" + col.expr + " IS NULL OR NOT ")
		b.member(col.expr, col.parameters(c))
		b.sql.WriteString(")")
	case query.Eq, query.In:
		b.member(col.expr, col.parameters(c))
	default:
		b.sql.WriteString(col.expr + sqlOperators[c.Op])
		b.args = append(b.args, col.parameters(c)...)
	}
}

// compareAbsent compares a column in which some value stands for an absent one:
// that value equals nothing, and has no place in any range.
func (b *sqlBuilder) compareAbsent(col column, c query.Compare) {
	values := col.parameters(c)
	switch c.Op {
	case query.Ne, query.Nin:
		b.sql.WriteString("NOT ")
		fallthrough
	case query.Eq, query.In:
		b.member(col.expr, slices.DeleteFunc(values, func(v any) bool { return v == col.absent }))
	case query.Absent:
		b.member(col.expr, []any{col.absent})
	case query.Present:
		b.sql.WriteString(col.expr + " <> ?")
		b.args = append(b.args, col.absent)
	default:
		b.sql.WriteString("(" + col.expr + " <> ? AND " + col.expr + sqlOperators[c.Op] + ")")
		b.args = append(append(b.args, col.absent), values...)
	}
}

// member writes that an expression has one of some values.
func (b *sqlBuilder) member(expr string, values []any) {
	switch len(values) {
	case 0:
		b.sql.WriteString("(1 = 0)")
	case 1:
		b.sql.WriteString("(" + expr + " = ?)")
	default:
		b.sql.WriteString("(" + expr + " IN (" + marks(len(values)) + "))")
	}
	b.args = append(b.args, values...)
}

// places lists the places of the texts for which a comparison holds, the way
// query.Find.Match means it: their order in the list is not that of the texts.
func (c column) places(compare query.Compare) (places []any) {
	f := query.Find{Where: compare}
	for place, text := range c.enum {
		if f.Match(func(string) (query.Value, bool) { return query.StringValue(text), text != "" }) {
			places = append(places, place)
		}
	}
	return places
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// parameters turns a client's values into what the column holds.
func (c column) parameters(compare query.Compare) []any {
	values := make([]any, len(compare.Values))
	for i, v := range compare.Values {
		values[i] = c.parameter(v)
	}
	return values
}

func (c column) parameter(v query.Value) any {
	switch v.Kind() {
	case query.ID:
		id, _ := tollkeeper.ParseID(v.Text()) // the parser has checked it
		return id
	case query.String:
		if c.normal != nil {
			return c.normal(v.Text())
		}
		return v.Text()
	default:
		return v.Int()
	}
}

// ranked is an expression that sorts as the texts do.
func (c column) ranked() string {
	if slices.IsSorted(c.enum) { // nil too
		return c.expr
	}
	inOrder := slices.Sorted(slices.Values(c.enum))
	var b strings.Builder
	b.WriteString("CASE " + c.expr)
	for place, text := range c.enum {
		b.WriteString(" WHEN " + itoa(int64(place)) + " THEN " + itoa(int64(slices.Index(inOrder, text))))
	}
	return b.String() + " END"
}

// order writes the ORDER BY clause. Absent values sort first ascending and last
// descending.
func (src *source) order(f *query.Find) string {
	parts := make([]string, len(f.Sort))
	for i, o := range f.Sort {
		expr := src.fields[o.Field].ranked()
		if o.Field == "_id" {
			expr = src.id
		}
		switch {
		case o.Field == "_id" && o.Descending:
			expr += " DESC"
		case o.Field == "_id":
		case o.Descending:
			expr += " DESC NULLS LAST"
		default:
			expr += " NULLS FIRST"
		}
		parts[i] = expr
	}
	return " ORDER BY " + strings.Join(parts, ", ")
}

// contains writes a substring condition over fields without an index of their own.
func contains(b *sqlBuilder, f *query.Find) {
	b.sql.WriteString("(")
	for i, name := range f.SearchIn {
		if i > 0 {
			b.sql.WriteString(" OR ")
		}
		b.sql.WriteString("fold_contains(" + b.source.fields[name].expr + ", ?)")
		b.args = append(b.args, f.Search)
	}
	b.sql.WriteString(")")
}
