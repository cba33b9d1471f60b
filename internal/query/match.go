package query

import (
	"slices"
	"strings"
)

// Record gives a field's value, or false where the field is absent.
type Record func(field string) (Value, bool)

// Match reports whether a record is one that f asks for. With Less it is the
// definition of what a query means; a store must agree with it.
func (f *Find) Match(r Record) bool {
	if f.Where != nil && !f.Where.match(r) {
		return false
	}
	return f.Search == "" || slices.ContainsFunc(f.SearchIn, func(field string) bool {
		value, present := r(field)
		return present && strings.Contains(Fold(value.text), f.Search)
	})
}

// Less reports whether record a comes before record b.
func (f *Find) Less(a, b Record) bool {
	for _, key := range f.Sort {
		order := compareField(key.Field, a, b)
		if key.Descending {
			order = -order
		}
		if order != 0 {
			return order < 0
		}
	}
	return false
}

func compareField(field string, a, b Record) int {
	left, hasLeft := a(field)
	right, hasRight := b(field)
	switch {
	case hasLeft && hasRight:
		return left.compare(right)
	case hasLeft:
		return 1
	case hasRight:
		return -1
	}
	return 0
}

func (and And) match(r Record) bool {
	return !slices.ContainsFunc(and, func(n Node) bool { return !n.match(r) })
}

func (or Or) match(r Record) bool {
	return slices.ContainsFunc(or, func(n Node) bool { return n.match(r) })
}

func (c Compare) match(r Record) bool {
	value, present := r(c.Field)
	if !present {
		return c.Op == Absent || c.Op == Ne || c.Op == Nin
	}
	switch c.Op {
	case Eq, In:
		return slices.Contains(c.Values, value)
	case Ne, Nin:
		return !slices.Contains(c.Values, value)
	case Gt:
		return value.compare(c.Values[0]) > 0
	case Gte:
		return value.compare(c.Values[0]) >= 0
	case Lt:
		return value.compare(c.Values[0]) < 0
	case Lte:
		return value.compare(c.Values[0]) <= 0
	default:
		return c.Op == Present
	}
}
