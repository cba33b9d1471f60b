package client

import (
	"context"
	"iter"
	"slices"
)

// List is a page of records.
type List[T any] struct {
	Total int64 `json:"total"` // records that match, on all pages
	Limit int   `json:"limit"` // of this page
	Skip  int   `json:"skip"`  // of this page
	Data  []T   `json:"data"`  // the records of this page
	// AtLeast says that there may be more than Total: of many call records the server counts
	// only some.
	AtLeast bool `json:"-"`
}

// pageSize is how many records an iterator asks for at a time when it is not told:
// few enough to arrive soon, and enough to make requests rare.
const pageSize = 250

// walk yields all records from start on, page by page, until the first error,
// which it yields last.
func walk[T any](limit, start int, page func(limit, skip int) (*List[T], error)) iter.Seq2[T, error] {
	if limit <= 0 {
		limit = pageSize
	}
	return func(yield func(T, error) bool) {
		for skip := start; ; {
			list, err := page(limit, skip)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, record := range list.Data {
				if !yield(record, nil) {
					return
				}
			}
			skip += len(list.Data)
			if len(list.Data) == 0 || int64(skip) >= list.Total {
				return
			}
		}
	}
}

// walkFind yields all records that f finds. In the order of _id, each page starts
// behind the last record of the one before, so that none is missed or repeated
// while others come and go; in any other order, pages are counted off.
func walkFind[T any](ctx context.Context, f Find, id func(T) string, find func(context.Context, Find) (*List[T], error)) iter.Seq2[T, error] {
	if len(f.Sort) != 1 || f.Sort[0].field != "_id" {
		return walk(f.Limit, f.Skip, func(limit, skip int) (*List[T], error) {
			f := f
			f.Limit, f.Skip = limit, skip
			return find(ctx, f)
		})
	}
	last := ""
	return func(yield func(T, error) bool) {
		f, where := f, f.Where
		if f.Limit <= 0 {
			f.Limit = pageSize
		}
		for {
			list, err := find(ctx, f)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, record := range list.Data {
				if !yield(record, nil) {
					return
				}
				last = id(record)
			}
			if int64(f.Skip)+int64(len(list.Data)) >= list.Total || len(list.Data) == 0 {
				return
			}
			f.Skip, f.Where = 0, append(slices.Clone(where), behind(f.Sort[0], last))
		}
	}
}

// behind holds for the records that follow an id in an order by _id.
func behind(order Order, id string) Condition {
	if order.falling {
		return Lt("_id", id)
	}
	return Gt("_id", id)
}

// sortedBy fills in the order of an iterator that was told none.
func (f Find) sortedBy(order Order) Find {
	if len(f.Sort) == 0 {
		f.Sort = []Order{order}
	}
	return f
}
