package balances

import (
	"bytes"
	"cmp"
	"slices"

	"tollkeeper"
	"tollkeeper/internal/query"
)

type balance = tollkeeper.CustomerBalance

// orders are what balances can be sorted by. Those of one reading share their time.
var orders = map[string]func(a, b *balance) int{
	"_id":               func(a, b *balance) int { return bytes.Compare(a.Customer[:], b.Customer[:]) },
	"defaultBillMethod": func(a, b *balance) int { return cmp.Compare(a.BillMethod, b.BillMethod) },
	"postedMicros":      func(a, b *balance) int { return cmp.Compare(a.Posted, b.Posted) },
	"heldMicros":        func(a, b *balance) int { return cmp.Compare(a.Held, b.Held) },
	"availableMicros":   func(a, b *balance) int { return cmp.Compare(a.Available(), b.Available()) },
	"alertBelowMicros":  func(a, b *balance) int { return cmp.Compare(a.AlertBelow, b.AlertBelow) },
	"low":               func(a, b *balance) int { return cmp.Compare(low(a), low(b)) },
	"asOf":              func(a, b *balance) int { return 0 },
}

// low is how the API writes whether a balance is low.
func low(b *balance) int64 {
	if b.Low() {
		return 1
	}
	return 0
}

// sort puts the balances in the order in which they are mostly asked for. What is sorted
// already, or the other way round, is sorted again in no time.
func (r *reading) sort() {
	slices.SortFunc(r.balances, func(a, b balance) int {
		if order := cmp.Compare(a.Available(), b.Available()); order != 0 {
			return order
		}
		return bytes.Compare(a.Customer[:], b.Customer[:])
	})
}

// find is the find language over a reading.
func (r *reading) find(f *query.Find) (page tollkeeper.Page[balance]) {
	found := make([]*balance, 0, len(r.balances))
	for i := range r.balances {
		if b := &r.balances[i]; f.Where == nil || f.Match(r.record(b)) {
			found = append(found, b)
		}
	}
	page.Total = int64(len(found))
	if f.Limit == 0 {
		return page
	}
	slices.SortFunc(found, by(f.Sort))
	found = found[min(f.Skip, len(found)):]
	for _, b := range found[:min(f.Limit, len(found))] {
		page.Items = append(page.Items, *b)
	}
	return page
}

// by compares by several fields, the most important first.
func by(keys []query.Order) func(a, b *balance) int {
	fields := make([]func(a, b *balance) int, len(keys))
	for i, key := range keys {
		fields[i] = orders[key.Field]
	}
	return func(a, b *balance) int {
		for i, field := range fields {
			switch order := field(a, b); {
			case order != 0 && keys[i].Descending:
				return -order
			case order != 0:
				return order
			}
		}
		return 0
	}
}

// record gives the fields of a balance to conditions.
func (r *reading) record(b *balance) query.Record {
	return func(field string) (query.Value, bool) {
		switch field {
		case "_id":
			return query.IDValue(b.Customer), true
		case "defaultBillMethod":
			return query.StringValue(string(b.BillMethod)), true
		case "postedMicros":
			return query.IntegerValue(int64(b.Posted)), true
		case "heldMicros":
			return query.IntegerValue(int64(b.Held)), true
		case "availableMicros":
			return query.IntegerValue(int64(b.Available())), true
		case "alertBelowMicros":
			return query.IntegerValue(int64(b.AlertBelow)), true
		case "low":
			return query.IntegerValue(low(b)), true
		case "asOf":
			return query.TimeValue(r.at), true
		}
		return query.Value{}, false
	}
}
