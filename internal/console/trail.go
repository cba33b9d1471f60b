package console

import (
	"context"
	"encoding/json"
	"strings"

	"tollkeeper/client"
)

// trail is who did what: of one customer, or of everything.
func (v *visit) trail() list[client.AuditEntry] {
	return list[client.AuditEntry]{
		Name: "audit", Search: "Action, address or program", Find: v.api.Trail.Find, All: v.api.Trail.All, Empty: "Nothing was done yet.",
		Names: func(e client.AuditEntry) (string, []string) {
			return e.Customer, append(changedUsers(e.Changes), userOf(e.Actor))
		},
		Columns: []column[client.AuditEntry]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, e client.AuditEntry) cell { return v.time(e.CreatedAt) }},
			{Key: "actor", Title: "Who", Fixed: true, Cut: true, Cell: func(v *visit, e client.AuditEntry) cell { return v.actor(e) }},
			{Key: "action", Title: "What", Cell: func(v *visit, e client.AuditEntry) cell { return badge(e.Action, actionTone(e.Action)) }},
			customerColumn(func(e client.AuditEntry) string { return e.Customer }),
			{Key: "changes", Title: "Changes", Fixed: true, Wrap: true, Cell: func(v *visit, e client.AuditEntry) cell {
				raw, _ := json.Marshal(e.Changes)
				return cell{Plain: string(raw), Changes: v.changes(e.Changes)}
			}},
			{Key: "address", Title: "From", Cell: func(v *visit, e client.AuditEntry) cell { return code(e.Address) }},
			{Key: "subject", Title: "Subject", Extra: true, Cut: true, Cell: func(v *visit, e client.AuditEntry) cell { return code(e.Subject) }},
			{Key: "userAgent", Title: "Program", Extra: true, Cell: func(v *visit, e client.AuditEntry) cell { return plain(e.UserAgent) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, e client.AuditEntry) cell { return code(e.Id) }},
		},
		Filters: []filter{
			{Field: "action", Title: "What", Kind: exactly},
			{Field: "actorType", Title: "Who", Kind: oneOf, Choices: []option{{"user", "A user"}, {"token", "A token"}, {"server", "The server"}, {"anonymous", "Nobody known"}}},
			{Field: "createdAt", Title: "When", Kind: days},
		},
	}
}

func actionTone(action string) string {
	switch {
	case strings.HasSuffix(action, ".remove"):
		return "bad"
	case strings.HasSuffix(action, ".create"):
		return "good"
	case strings.HasPrefix(action, "login.refuse"):
		return "warn"
	}
	return "info"
}

func (v *visit) actor(e client.AuditEntry) cell {
	if e.ActorType == client.ActorAnonymous {
		return plain(v.t("Nobody known")).raw(e.Actor)
	}
	return v.by(e.Actor)
}

func (v *visit) trailPage() error {
	l := v.trail()
	return showList(v, &l, listPage{Title: v.t("Audit trail")})
}

func (v *visit) customerTrailPage() error {
	id, l := v.r.PathValue("id"), v.trail()
	l.Find = func(ctx context.Context, f client.Find) (*client.AuditEntryList, error) {
		return v.api.Audit.Find(ctx, id, f)
	}
	l.All = func(ctx context.Context, f client.Find) seq[client.AuditEntry] { return v.api.Audit.All(ctx, id, f) }
	l.Columns = without(l.Columns, "customer")
	return showWithin(v, l, "/audit")
}
