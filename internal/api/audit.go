package api

import (
	"context"
	"net/url"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// auditStore keeps the audit trail.
type auditStore interface {
	FindAudit(ctx context.Context, customer tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.AuditEntry], error)
	FindTrail(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.AuditEntry], error)
	RecordAudit(context.Context, []tollkeeper.AuditEntry) error
	TrailAfter(ctx context.Context, after tollkeeper.ID, limit int) ([]*tollkeeper.SealedEntry, error)
}

func (a *API) findAudit(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	return list(x, query.Audit, func(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.AuditEntry], error) {
		return a.Store.FindAudit(ctx, id, f)
	}, auditBody)
}

func (a *API) findTrail(x *exchange) error {
	return list(x, query.Audit, a.Store.FindTrail, auditBody)
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

const (
	// exportPage is how many entries are read at a time: an export holds no more of
	// them, and no connection to the database while its client reads.
	exportPage = 500
	// exportTimeout is how long a client may take to read a page.
	exportTimeout = time.Minute
)

// exportTrail sends the sealed entries as lines of JSON, in the order of their ids.
func (a *API) exportTrail(x *exchange) error {
	bounds, err := readTrailBounds(x.r.URL.RawQuery)
	if err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", "application/x-ndjson")
	for {
		entries, err := a.Store.TrailAfter(x.r.Context(), bounds.after, exportPage)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := x.mayTake(exportTimeout); err != nil {
			return err
		}
		x.body = x.body[:0]
		for _, e := range entries {
			if bounds.hold(e) {
				x.body = e.AppendLine(x.body)
			}
		}
		if _, err := x.w.Write(x.body); err != nil {
			return err
		}
		bounds.after = entries[len(entries)-1].ID
	}
}

// trailBounds say which part of the trail is wanted.
type trailBounds struct {
	after    tollkeeper.ID
	from, to time.Time // to is not included; zero is open
}

func (b *trailBounds) hold(e *tollkeeper.SealedEntry) bool {
	return !e.CreatedAt.Before(b.from) && (b.to.IsZero() || e.CreatedAt.Before(b.to))
}

func readTrailBounds(rawQuery string) (b trailBounds, err error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return b, tollkeeper.Invalid("query: must be percent-encoded")
	}
	var faults []string
	for key, list := range values {
		switch key {
		case "after":
			if b.after, err = tollkeeper.ParseID(list[0]); err != nil {
				faults = append(faults, "after: "+err.Error())
			}
		case "from":
			b.from, faults = readTime(key, list[0], faults)
		case "to":
			b.to, faults = readTime(key, list[0], faults)
		default:
			faults = append(faults, fieldName(key)+": is not known here")
		}
		if len(list) > 1 {
			faults = append(faults, fieldName(key)+": must not be given twice")
		}
	}
	if len(faults) > 0 {
		return b, tollkeeper.Invalid(faults...)
	}
	// An entry's id is made after its time is taken, so it is never older.
	if begin := tollkeeper.IDAt(b.from); !b.from.IsZero() && string(begin[:]) > string(b.after[:]) {
		b.after = begin
	}
	return b, nil
}

func readTime(key, text string, faults []string) (time.Time, []string) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		faults = append(faults, key+": must be a time such as 2026-04-01T00:00:00Z (RFC 3339)")
	}
	return at, faults
}
