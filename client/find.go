package client

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Find says which records of a list are wanted. Its zero value wants the first 25.
type Find struct {
	// Limit is the number of records on a page, up to 1000: 0 for the server's 25,
	// and CountOnly for the total alone. An iterator walks all pages whatever it is.
	Limit  int
	Skip   int         // records to pass over
	Sort   []Order     // the most important first; the operation says the order without it
	Select []string    // keys to answer; those the schema requires always come
	Search string      // case-insensitive substring of the fields the operation names
	Where  []Condition // all must hold
}

// CountOnly, as a Limit, asks for the total and no records.
const CountOnly = -1

// Order is one field to sort by.
type Order struct {
	field   string
	falling bool
}

// Asc sorts by a field rising: records without it first, strings bytewise.
func Asc(field string) Order { return Order{field: field} }

// Desc sorts by a field falling.
func Desc(field string) Order { return Order{field: field, falling: true} }

// encode writes the query.
func (f Find) encode() string {
	var q query
	q.page(f.Limit, f.Skip)
	for _, order := range f.Sort {
		direction := "1"
		if order.falling {
			direction = "-1"
		}
		q.add("$sort["+order.field+"]", direction)
	}
	for _, key := range f.Select {
		q.add("$select", key)
	}
	if f.Search != "" {
		q.add("$search", f.Search)
	}
	q.all("", f.Where)
	return q.String()
}

// Page says which page of a list is wanted, where a list has no other choice.
// Its zero value wants the first 25 records.
type Page struct {
	Limit int // as in Find
	Skip  int
}

func (p Page) encode() string {
	var q query
	q.page(p.Limit, p.Skip)
	return q.String()
}

// query is a query string that keeps the order in which it was written: the order
// of sort keys is their importance.
type query struct{ strings.Builder }

func (q *query) add(key, value string) {
	if q.Len() > 0 {
		q.WriteByte('&')
	}
	q.WriteString(url.QueryEscape(key) + "=" + url.QueryEscape(value))
}

func (q *query) page(limit, skip int) {
	if limit != 0 {
		q.add("$limit", strconv.Itoa(max(limit, 0)))
	}
	if skip != 0 {
		q.add("$skip", strconv.Itoa(skip))
	}
}

// all writes conditions that must all hold under a prefix. Those that would meet
// another of the same name, and so become a list of alternatives, stand in $and.
func (q *query) all(prefix string, conditions []Condition) {
	var written []Condition
	wrapped := 0
	for _, c := range flat(conditions) {
		if c.apart || slices.ContainsFunc(written, c.meets) {
			c.encode(q, child(prefix, "$and")+"["+strconv.Itoa(wrapped)+"]")
			wrapped++
			continue
		}
		c.encode(q, prefix)
		written = append(written, c)
	}
}

// child names a key below a prefix: credit, or $or[0][credit].
func child(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "[" + key + "]"
}
