package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"time"
)

// ActorType says what kind of actor made a change.
type ActorType string

// The kinds of actors.
const (
	ActorUser      ActorType = "user"
	ActorToken     ActorType = "token"
	ActorServer    ActorType = "server"
	ActorAnonymous ActorType = "anonymous" // who failed to sign in
	ActorLink      ActorType = "link"      // who came by a signed link
)

// AuditEntry is one write, or a sign-in, and who made it.
type AuditEntry struct {
	Id        string    `json:"_id"`
	Customer  string    `json:"customer,omitzero"`
	Subject   string    `json:"subject,omitzero"` // id of what was changed, or the name of a rate deck
	Actor     string    `json:"actor"`            // "user:" or "token:" and an id, "server", "anonymous" or "link"
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

// TrailService has the operations on the audit trail of everything, which only the
// carrier's own staff may read.
type TrailService struct{ c *Client }

// Find lists who did what, newest first where the Find does not say. Search looks in
// action, address and userAgent.
func (s TrailService) Find(ctx context.Context, f Find) (*AuditEntryList, error) {
	r := get("trailFind", "audit")
	r.query = f.encode()
	return fetch[AuditEntryList](ctx, s.c, r)
}

// All yields every entry that is found, by _id falling where the Find does not say,
// until the first error, which it yields last.
func (s TrailService) All(ctx context.Context, f Find) iter.Seq2[AuditEntry, error] {
	find := func(ctx context.Context, f Find) (*AuditEntryList, error) { return s.Find(ctx, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(e AuditEntry) string { return e.Id }, find)
}

// TrailExport says which part of the trail is wanted; all of it when zero.
type TrailExport struct {
	After    string    // only entries after the one with this id
	From, To time.Time // only entries from From on and before To
}

// Export writes the entries with their hashes, a line of JSON each, the oldest
// first. What was written before an error stays written; the id in its last whole
// line is where to go on.
func (s TrailService) Export(ctx context.Context, part TrailExport, w io.Writer) error {
	var q query
	if part.After != "" {
		q.add("after", part.After)
	}
	if !part.From.IsZero() {
		q.add("from", part.From.UTC().Format(time.RFC3339Nano))
	}
	if !part.To.IsZero() {
		q.add("to", part.To.UTC().Format(time.RFC3339Nano))
	}
	r := get("trailExport", "audit", "export")
	r.query = q.String()
	r.mediaType = "application/x-ndjson"
	r.receive = func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	}
	_, err := s.c.send(ctx, r)
	return err
}
