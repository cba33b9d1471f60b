package store

import (
	"context"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const (
	// claimFor is how long whoever sends a mail has it alone. It is longer than a
	// sending may take; should the sender die, another tries after it.
	claimFor = 5 * time.Minute
	// mailLife is how long a mail that is done with can still be read.
	mailLife = 90 * 24 * time.Hour
)

const mailColumns = "id, customer, user_id, address, kind, subject, text, state, attempts, error, created_at, expires_at, next_at, sent_at, html, due_at"

var mailSource = &source{
	table: "mails", columns: mailColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "user": {expr: "user_id"}, "to": {expr: "address"}, "kind": {expr: "kind"},
		"subject": {expr: "subject"}, "state": {expr: "state"}, "attempts": {expr: "attempts"}, "error": {expr: "error", absent: ""},
		"createdAt": {expr: "created_at"}, "nextAt": {expr: "next_at", absent: int64(0)}, "sentAt": {expr: "sent_at", absent: int64(0)},
	},
}

func scanMail(r row) (tollkeeper.Mail, error) {
	return tollkeeper.Mail{
		ID: r.id(0), Customer: r.id(1), User: r.id(2), To: r.text(3), Kind: r.text(4), Subject: r.text(5), Text: r.text(6),
		State: tollkeeper.MailState(r.text(7)), Attempts: r.int(8), Error: r.text(9), CreatedAt: fromMillis(r.int(10)),
		ExpiresAt: fromMillis(r.int(11)), NextAt: fromMillis(r.int(12)), SentAt: fromMillis(r.int(13)),
		HTML: r.text(14), DueAt: fromMillis(r.int(15)),
	}, nil
}

// FindMails returns a page of mails, without their secrets.
func (s *Store) FindMails(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Mail], error) {
	return find(ctx, s, mailSource, f, "", nil, scanMail)
}

// queueMail stores a mail to be sent, in the transaction of what causes it.
func (s *Store) queueMail(t tx, m tollkeeper.Mail) error {
	now := s.now()
	next := now
	if m.DueAt.After(now) {
		next = m.DueAt
	}
	return t.later(nil, "INSERT INTO mails ("+mailColumns+", secret, claimed_until) VALUES (?,?,?,?,?,?,?,?,0,'',?,?,?,0,?,?,?,0)",
		s.NewID(), idOrNull(m.Customer), idOrNull(m.User), m.To, m.Kind, m.Subject, m.Text, string(tollkeeper.MailQueued), millis(now),
		millis(m.ExpiresAt), millis(next), m.HTML, millis(m.DueAt), m.Secret)
}

// newestMail returns when the newest letter of a kind about a customer to a user went
// out, or is to go out; zero for never.
func newestMail(t tx, customer, user tollkeeper.ID, kind string) (at time.Time, err error) {
	err = t.query(func(r row) error { at = fromMillis(max(r.int(0), r.int(1))); return nil },
		"SELECT created_at, due_at FROM mails WHERE customer = ? AND kind = ? AND user_id = ? ORDER BY id DESC LIMIT 1", customer, kind, user)
	return at, err
}

// QueueMail stores a mail that nothing else is written with.
func (s *Store) QueueMail(ctx context.Context, m tollkeeper.Mail) error {
	return s.engine.write(ctx, func(t tx) error { return s.queueMail(t, m) })
}

const dueMail = "FROM mails WHERE state = 'queued' AND next_at <= ? AND claimed_until <= ? ORDER BY next_at LIMIT 1"

// ClaimMail returns the mail that has waited longest, with its secret, for the caller
// to send and nobody else meanwhile.
func (s *Store) ClaimMail(ctx context.Context) (m tollkeeper.Mail, found bool, err error) {
	now := millis(s.now())
	err = s.engine.look(ctx, func(t tx) (err error) {
		found, err = exists(t, "SELECT 1 "+dueMail, now, now)
		return err
	})
	if err != nil || !found {
		return m, false, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		found = false
		err := t.query(func(r row) (err error) {
			m, err = scanMail(r)
			m.Secret, found = r.text(16), true
			return err
		}, "SELECT "+mailColumns+", secret "+dueMail, now, now)
		if err != nil || !found {
			return err
		}
		m.Attempts++
		claimed, err := t.exec("UPDATE mails SET attempts = ?, claimed_until = ? WHERE id = ? AND attempts = ?",
			m.Attempts, millis(s.now().Add(claimFor)), m.ID, m.Attempts-1)
		found = claimed == 1
		return err
	})
	return m, found, err
}

// SettleMail writes down how an attempt to send a claimed mail ended. A mail that is
// not to be tried again loses its secret.
func (s *Store) SettleMail(ctx context.Context, m tollkeeper.Mail) error {
	return s.engine.write(ctx, func(t tx) error {
		_, err := t.exec(`UPDATE mails SET state = ?, error = ?, next_at = ?, sent_at = ?, claimed_until = 0,
 secret = CASE WHEN ? = 'queued' THEN secret ELSE '' END WHERE id = ? AND attempts = ?`,
			string(m.State), m.Error, millis(m.NextAt), millis(m.SentAt), string(m.State), m.ID, m.Attempts)
		return err
	})
}

// deleteOldMails removes mails that were done with long ago.
func deleteOldMails(t tx, now time.Time) (int64, error) {
	return t.exec("DELETE FROM mails WHERE id < ? AND state <> 'queued'", tollkeeper.IDAt(now.Add(-mailLife)))
}
