package rating

import (
	"cmp"
	"slices"

	"tollkeeper/internal/sheet"
)

// findOverlaps reports each rate that is in force together with another of its
// prefix. Rates in the order of their begin overlap just when one begins before
// the latest end so far.
func findOverlaps(rates []Rate, lines []int32, label string, faults *sheet.Faults) {
	order := prefixOrder(rates)
	latest := 0 // position in order of the rate of this prefix that ends last
	for i := 1; i < len(order); i++ {
		if order[i].key != order[latest].key {
			latest = i
			continue
		}
		a, b := order[latest].index, order[i].index
		ended, begun := rates[a].period(), rates[b].period()
		if !ended.endsBy(begun.from) {
			first, second := min(lines[a], lines[b]), max(lines[a], lines[b])
			faults.Add(int(second), ", column %q: %s is already on line %d, for a time that overlaps", label, rates[b].Prefix, first)
		}
		if begun.outlasts(ended) {
			latest = i
		}
	}
}

func (r Rate) period() period { return period{r.EffectiveFrom, r.EffectiveTo} }

// ordered is a rate's place in the order of a deck.
type ordered struct {
	key   prefixKey
	index int32 // in the slice of rates
}

// prefixOrder sorts by prefix, then by the begin of the period, then as given.
func prefixOrder(rates []Rate) []ordered {
	order := make([]ordered, len(rates))
	for i := range rates {
		order[i] = ordered{packPrefix(rates[i].Prefix), int32(i)}
	}
	slices.SortFunc(order, func(a, b ordered) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return cmp.Or(rates[a.index].EffectiveFrom.Compare(rates[b.index].EffectiveFrom), cmp.Compare(a.index, b.index))
	})
	return order
}
