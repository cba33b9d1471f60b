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
	enum   []string            // the stored number is the text's place in this list
	normal func(string) string // the form in which a text is stored; nil: as it is
	absent any                 // what stands for an absent value; nil: NULL
}

// source is a table, or a part of one, that can be searched by find.
type source struct {
	table   string
	columns string // what a result row consists of
	fields  map[string]column
	id      string // the expression that rises with _id
	search  func(*sqlBuilder, *query.Find)
	total   func(t tx, f *query.Find) (total int64, known bool, err error) // nil, or a total that needs no counting
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
	where := &sqlBuilder{source: src}
	where.condition(f, scope, scopeArgs)
	var page tollkeeper.Page[T]
	err := s.engine.read(ctx, func(t tx) (err error) {
		page = tollkeeper.Page[T]{}
		if page.Total, err = totalOf(t, src, f, scope, where); err != nil || f.Limit == 0 {
			return err
		}
		sql := "SELECT " + src.columns + " FROM " + src.table + where.sql.String() + src.order(f) + " LIMIT ? OFFSET ?"
		return t.query(func(r row) error {
			item, err := scan(r)
			page.Items = append(page.Items, item)
			return err
		}, sql, append(where.args, f.Limit, f.Skip)...)
	})
	return page, err
}

func totalOf(t tx, src *source, f *query.Find, scope string, where *sqlBuilder) (int64, error) {
	if src.total != nil && scope == "" {
		if total, known, err := src.total(t, f); known || err != nil {
			return total, err
		}
	}
	return count(t, "SELECT COUNT(*) FROM "+src.table+where.sql.String(), where.args...)
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
	query.Eq: " = ?", query.Gt: " > ?", query.Gte: " >= ?", query.Lt: " < ?", query.Lte: " <= ?",
	query.Absent: " IS NULL", query.Present: " IS NOT NULL",
}

func (b *sqlBuilder) compare(c query.Compare) {
	col := b.source.fields[c.Field]
	if col.absent != nil && b.compareAbsent(col, c) {
		return
	}
	switch c.Op {
	case query.Ne:
		b.sql.WriteString("(" + col.expr + " <> ? OR " + col.expr + " IS NULL)")
	case query.In:
		if len(c.Values) == 0 {
			b.sql.WriteString("1 = 0")
			return
		}
		b.sql.WriteString(col.expr + " IN (" + marks(len(c.Values)) + ")")
	case query.Nin:
		b.sql.WriteString("(" + col.expr + " NOT IN (" + marks(len(c.Values)) + ") OR " + col.expr + " IS NULL)")
	default:
		b.sql.WriteString(col.expr + sqlOperators[c.Op])
	}
	for _, v := range c.Values {
		b.args = append(b.args, col.parameter(v))
	}
}

// compareAbsent writes the comparisons in which a value that stands for an absent
// one must not take part. It is lower than every other, so the rest come out right
// by themselves.
func (b *sqlBuilder) compareAbsent(col column, c query.Compare) bool {
	switch c.Op {
	case query.Absent:
		b.sql.WriteString(col.expr + " = ?")
		b.args = append(b.args, col.absent)
	case query.Present:
		b.sql.WriteString(col.expr + " <> ?")
		b.args = append(b.args, col.absent)
	case query.Lt, query.Lte:
		b.sql.WriteString("(" + col.expr + " <> ? AND " + col.expr + sqlOperators[c.Op] + ")")
		b.args = append(b.args, col.absent, col.parameter(c.Values[0]))
	default:
		return false
	}
	return true
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// parameter turns a client's value into what the column holds.
func (c column) parameter(v query.Value) any {
	switch v.Kind() {
	case query.ID:
		id, _ := tollkeeper.ParseID(v.Text()) // the parser has checked it
		return id
	case query.String:
		return c.stored(v.Text())
	default:
		return v.Int()
	}
}

// stored turns a text into what the column holds. A text that is not in the list
// of an enum gets a place outside it, which no record has.
func (c column) stored(text string) any {
	if c.enum != nil {
		return slices.Index(c.enum, text)
	}
	if c.normal != nil {
		return c.normal(text)
	}
	return text
}

// order writes the ORDER BY clause. Absent values sort first ascending and last
// descending.
func (src *source) order(f *query.Find) string {
	parts := make([]string, len(f.Sort))
	for i, o := range f.Sort {
		expr := src.fields[o.Field].expr
		if o.Field == "_id" {
			expr = src.id
		}
		parts[i] = expr
		if o.Descending {
			parts[i] += " DESC"
		}
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
