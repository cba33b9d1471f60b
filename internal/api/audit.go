package api

import (
	"context"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

func (a *API) findAudit(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	return list(x, query.Audit, func(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.AuditEntry], error) {
		return a.Store.FindAudit(ctx, id, f)
	}, auditBody)
}

func auditBody(e tollkeeper.AuditEntry, keep func(string) bool) []byte {
	actorType, _, _ := strings.Cut(e.Actor, ":")
	w := newWire(keep)
	w.id("_id", e.ID)
	w.id("customer", e.Customer)
	w.text("subject", e.Subject)
	w.text("actor", e.Actor)
	w.text("actorType", actorType)
	w.text("action", e.Action)
	w.optional("address", e.Address)
	w.optional("userAgent", e.UserAgent)
	w.time("createdAt", e.CreatedAt)
	w.raw("changes", tollkeeper.AppendChanges(nil, e.Changes))
	return w.end()
}
