package api

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// eventStore reads what has happened.
type eventStore interface {
	FindEvents(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Event], error)
}

func (a *API) findEvents(x *exchange) error {
	return list(x, query.Events, a.Store.FindEvents, eventBody)
}

func eventBody(e tollkeeper.Event, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", e.ID)
	w.text("type", string(e.Type))
	w.id("customer", e.Customer)
	w.time("createdAt", e.CreatedAt)
	w.raw("data", e.Data)
	return w.end()
}
