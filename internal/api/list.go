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
	f, err := query.Parse(x.r.URL.RawQuery, schema)
	if err != nil {
		return err
	}
	if !x.who.IsStaff() {
		if schema.Owner() == "" {
			return tollkeeper.Errorf(tollkeeper.CodeForbidden, "only the carrier's own staff may see these")
		}
		f.Restrict(schema.Owner(), x.who.Customer)
	}
	found, err := find(x.r.Context(), f)
	if err != nil {
		return err
	}
	if found.AtLeast {
		x.w.Header().Set("Total-Count", "at-least")
	}
	keep := selector(f)
	return x.answer(page(found.Total, f.Limit, f.Skip, found.Items, func(b []byte, item T) []byte {
		return append(b, body(item, keep)...)
	}))
}

// selector returns what of a record $select asks for; nil for all of it.
func selector(f *query.Find) func(string) bool {
	if f.Select == nil {
		return nil
	}
	return func(key string) bool { return slices.Contains(f.Select, key) }
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
