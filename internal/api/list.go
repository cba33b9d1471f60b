package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// list answers a request for a page of records that match a query.
func list[T any](x *exchange, schema *query.Schema, find func(context.Context, *query.Find) (tollkeeper.Page[T], error), body func(item T, keep func(string) bool) []byte) error {
	f, err := x.find(x.r.URL.RawQuery, schema)
	if err != nil {
		return err
	}
	found, err := find(x.r.Context(), f)
	if err != nil {
		return err
	}
	if found.AtLeast {
		x.w.Header().Set("Total-Count", "at-least")
	}
	keep := x.keep(schema, f.Select)
	return x.answer(page(found.Total, f.Limit, f.Skip, found.Items, func(b []byte, item T) []byte {
		return append(b, body(item, keep)...)
	}))
}

// find reads what the caller looks for, among what the caller may see.
func (x *exchange) find(rawQuery string, schema *query.Schema) (*query.Find, error) {
	if x.who.IsStaff() {
		return query.Parse(rawQuery, schema)
	}
	if schema.Owner() == "" {
		return nil, tollkeeper.Errorf(tollkeeper.CodeForbidden, "only the carrier's own staff may see these")
	}
	f, err := query.Parse(rawQuery, schema.ForCustomers())
	if err == nil {
		f.Restrict(schema.Owner(), x.who.Customer)
	}
	return f, err
}

// keep returns what of a record the caller is shown: what $select asks for, or all where
// it is nil, but for what is for staff only; nil for all of it.
func (x *exchange) keep(schema *query.Schema, selected []string) func(string) bool {
	hidden := schema.Staff()
	if x.who.IsStaff() {
		hidden = nil
	}
	if selected == nil && hidden == nil {
		return nil
	}
	return func(key string) bool {
		return (selected == nil || slices.Contains(selected, key)) && !slices.Contains(hidden, key)
	}
}

// page writes a list answer.
func page[T any](total int64, limit, skip int, items []T, write func([]byte, T) []byte) []byte {
	b := make([]byte, 0, 256+len(items)*700)
	b = strconv.AppendInt(append(b, `{"total":`...), total, 10)
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(limit), 10)
	b = strconv.AppendInt(append(b, `,"skip":`...), int64(skip), 10)
	b = append(b, `,"data":[`...)
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, item)
	}
	return append(b, "]}"...)
}

// paging reads $limit and $skip of a query, and returns the values of the extra parameters
// that it may have too.
func (x *exchange) paging(extra ...string) (f *query.Find, values url.Values, err error) {
	values, err = url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, nil, tollkeeper.Invalid("query: must be percent-encoded")
	}
	rest := url.Values{}
	own := url.Values{}
	for key, list := range values {
		if slices.Contains(extra, key) {
			own[key] = list
		} else {
			rest[key] = list
		}
	}
	f, err = query.Parse(rest.Encode(), pagesOnly)
	return f, own, err
}

// pagesOnly is the schema of lists that are only paged through.
var pagesOnly = query.NewSchema(query.Definition{Fields: []query.Field{{Name: "_id", Kind: query.ID}}})

// slice cuts the page that is asked for out of all items.
func slice[T any](items []T, f *query.Find) []T {
	from := min(f.Skip, len(items))
	return items[from:min(from+f.Limit, len(items))]
}
