package store

import (
	"cmp"
	"slices"

	"tollkeeper"
)

// itemSum adds up lines that are about the same.
type itemSum map[itemKey]tollkeeper.InvoiceItem

type itemKey struct {
	kind        tollkeeper.ItemKind
	description string
}

func (s itemSum) add(item tollkeeper.InvoiceItem) {
	key := itemKey{item.Kind, item.Description}
	sum := s[key]
	sum.Kind, sum.Description = item.Kind, item.Description
	sum.Quantity += item.Quantity
	sum.Seconds += item.Seconds
	sum.Exact += item.Exact
	s[key] = sum
}

// items returns the lines, the dearest first. When there are too many, the least of
// them become one.
func (s itemSum) items() []tollkeeper.InvoiceItem {
	items := make([]tollkeeper.InvoiceItem, 0, len(s))
	for _, item := range s {
		items = append(items, item)
	}
	slices.SortFunc(items, func(a, b tollkeeper.InvoiceItem) int {
		return cmp.Or(cmp.Compare(b.Exact, a.Exact), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Description, b.Description))
	})
	if len(items) <= maxItems {
		return items
	}
	rest := tollkeeper.InvoiceItem{Kind: tollkeeper.ItemCalls, Description: "Other destinations and services"}
	for _, item := range items[maxItems-1:] {
		rest.Quantity += item.Quantity
		rest.Seconds += item.Seconds
		rest.Exact += item.Exact
	}
	return append(items[:maxItems-1], rest)
}
