package client

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// ActorType says what kind of actor made a change.
type ActorType string

// The kinds of actors.
const (
	ActorUser   ActorType = "user"
	ActorToken  ActorType = "token"
	ActorServer ActorType = "server"
)

// AuditEntry is one write, and who made it.
type AuditEntry struct {
	Id        string    `json:"_id"`
	Customer  string    `json:"customer,omitzero"`
	Subject   string    `json:"subject,omitzero"` // id of what was changed, or the name of a rate deck
	Actor     string    `json:"actor"`            // "user:" or "token:" and an id, or "server"
	ActorType ActorType `json:"actorType"`
	Action    string    `json:"action"` // noun and verb: "customer.patch"
	Address   string    `json:"address,omitzero"`
	UserAgent string    `json:"userAgent,omitzero"`
	CreatedAt time.Time `json:"createdAt"`
	Changes   []Change  `json:"changes,omitzero"`
}

// Change is one field that was changed. From and To are JSON values; nil where
// there was none.
type Change struct {
	Field string          `json:"field"`
	From  json.RawMessage `json:"from,omitzero"`
	To    json.RawMessage `json:"to,omitzero"`
}

// AuditEntryList is a page of the audit trail.
type AuditEntryList = List[AuditEntry]

// AuditService has the operation on customers' audit trails.
type AuditService struct{ c *Client }

// Find lists who changed what of a customer, newest first where the Find does not
// say. Search looks in action, address and userAgent.
func (s AuditService) Find(ctx context.Context, customer string, f Find) (*AuditEntryList, error) {
	r := get("auditFind", "customers", customer, "audit")
	r.query = f.encode()
	return fetch[AuditEntryList](ctx, s.c, r)
}

// All yields every entry that is found, by _id falling where the Find does not
// say, until the first error, which it yields last.
func (s AuditService) All(ctx context.Context, customer string, f Find) iter.Seq2[AuditEntry, error] {
	find := func(ctx context.Context, f Find) (*AuditEntryList, error) { return s.Find(ctx, customer, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(e AuditEntry) string { return e.Id }, find)
}
