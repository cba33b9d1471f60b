package console

import (
	"context"
	"slices"

	"tollkeeper/client"
)

// ofCustomer narrows a list's requests to one customer.
func ofCustomer(id string, f client.Find) client.Find {
	f.Where = append([]client.Condition{client.Eq("customer", id)}, f.Where...)
	return f
}

// within makes a list of everybody's records one of a single customer's.
func within[T any](l list[T], id string) list[T] {
	find, all := l.Find, l.All
	l.Find = func(ctx context.Context, f client.Find) (*client.List[T], error) { return find(ctx, ofCustomer(id, f)) }
	l.All = func(ctx context.Context, f client.Find) seq[T] { return all(ctx, ofCustomer(id, f)) }
	l.Columns = without(l.Columns, "customer")
	l.Filters = slices.DeleteFunc(slices.Clone(l.Filters), func(f filter) bool { return f.Field == "customer" })
	return l
}

// without leaves one column out.
func without[T any](columns []column[T], key string) (rest []column[T]) {
	for _, c := range columns {
		if c.Key != key {
			rest = append(rest, c)
		}
	}
	return rest
}

// only leaves all columns out but those named.
func only[T any](columns []column[T], keys ...string) (some []column[T]) {
	for _, c := range columns {
		if slices.Contains(keys, c.Key) {
			some = append(some, c)
		}
	}
	return some
}

// showWithin shows a list on a page of a customer.
func showWithin[T any](v *visit, l list[T], path string, actions ...action) error {
	id := v.r.PathValue("id")
	head, err := v.head(id)
	if err != nil {
		return err
	}
	return showList(v, &l, listPage{Title: head.Name, Head: head, Tabs: v.tabs(id, path), Actions: v.actions(actions...)})
}
