package api

import (
	"context"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// Balances lists what is on all customers' accounts, all of one moment that is not long
// ago.
type Balances interface {
	Find(context.Context, *query.Find) (page tollkeeper.Page[tollkeeper.CustomerBalance], at time.Time, err error)
}

func (a *API) findBalances(x *exchange) error {
	var at time.Time
	find := func(ctx context.Context, f *query.Find) (page tollkeeper.Page[tollkeeper.CustomerBalance], err error) {
		page, at, err = a.Balances.Find(ctx, f)
		return page, err
	}
	return list(x, query.Balances, find, func(b tollkeeper.CustomerBalance, keep func(string) bool) []byte {
		w, low := newWire(keep), int64(0)
		if b.Low() {
			low = 1
		}
		w.id("_id", b.Customer)
		w.text("defaultBillMethod", string(b.BillMethod))
		w.micros("postedMicros", b.Posted)
		w.micros("heldMicros", b.Held)
		w.micros("availableMicros", b.Available())
		w.micros("alertBelowMicros", b.AlertBelow)
		w.int("low", low)
		w.time("asOf", at)
		return w.end()
	})
}
