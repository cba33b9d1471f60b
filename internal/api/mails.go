package api

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// mailStore keeps the mails that were written.
type mailStore interface {
	FindMails(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Mail], error)
}

func (a *API) findMails(x *exchange) error {
	return list(x, query.Mails, a.Store.FindMails, mailBody)
}

// mailBody shows a mail. Its secret is never read from the store, and has no place
// here.
func mailBody(m tollkeeper.Mail, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", m.ID)
	w.id("customer", m.Customer)
	w.id("user", m.User)
	w.text("to", m.To)
	w.text("kind", m.Kind)
	w.text("subject", m.Subject)
	w.text("text", m.Text)
	w.optional("html", m.HTML)
	w.text("state", string(m.State))
	w.int("attempts", m.Attempts)
	w.optional("error", m.Error)
	w.time("createdAt", m.CreatedAt)
	w.time("nextAt", m.NextAt)
	w.time("sentAt", m.SentAt)
	return w.end()
}
