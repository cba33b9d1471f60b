package api

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// findUsage lists what a customer's calls came to, by day and destination.
func (a *API) findUsage(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	return list(x, query.DayUsage, func(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.DayUsage], error) {
		return a.Store.FindDayUsage(ctx, id, f)
	}, usageBody)
}

func usageBody(u tollkeeper.DayUsage, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", u.ID)
	w.id("customer", u.Customer)
	w.time("day", u.Day)
	w.text("direction", string(u.Direction))
	w.optional("destination", u.Destination)
	w.int("calls", u.Calls)
	w.int("answered", u.Answered)
	w.int("billedSeconds", u.Billed)
	w.micros("chargeMicros", u.Charge)
	return w.end()
}
