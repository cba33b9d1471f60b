package client

import (
	"context"
	"iter"
	"time"
)

// MailState says how far a mail has come.
type MailState string

// The states of a mail.
const (
	MailQueued MailState = "queued" // will be sent, perhaps again
	MailSent   MailState = "sent"   // a mail server has taken it over
	MailKept   MailState = "kept"   // the server has no mail server; it can only be read
	MailFailed MailState = "failed" // was given up
)

// Mail is what the server wrote to one person.
type Mail struct {
	Id        string    `json:"_id"`
	Customer  string    `json:"customer,omitzero"`
	User      string    `json:"user,omitzero"`
	To        string    `json:"to"`
	Kind      string    `json:"kind"` // what it is about: "password-reset"
	Subject   string    `json:"subject"`
	Text      string    `json:"text,omitzero"` // with [hidden] in place of a secret
	Html      string    `json:"html,omitzero"` // the same as a page
	State     MailState `json:"state"`
	Attempts  int64     `json:"attempts"`
	Error     string    `json:"error,omitzero"` // why the last attempt failed
	CreatedAt time.Time `json:"createdAt"`
	NextAt    time.Time `json:"nextAt,omitzero"` // only while queued
	SentAt    time.Time `json:"sentAt,omitzero"`
}

// MailList is a page of mails.
type MailList = List[Mail]

// MailsService has the operation on mails, which only the carrier's own staff may use.
type MailsService struct{ c *Client }

// Find lists mails, newest first where the Find does not say. Search looks in to and
// subject.
func (s MailsService) Find(ctx context.Context, f Find) (*MailList, error) {
	r := get("mailsFind", "mails")
	r.query = f.encode()
	return fetch[MailList](ctx, s.c, r)
}

// All yields every mail that is found, by _id falling where the Find does not say,
// until the first error, which it yields last.
func (s MailsService) All(ctx context.Context, f Find) iter.Seq2[Mail, error] {
	find := func(ctx context.Context, f Find) (*MailList, error) { return s.Find(ctx, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(m Mail) string { return m.Id }, find)
}
