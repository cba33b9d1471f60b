package store

import (
	"context"
	"time"

	"tollkeeper"
)

// EndSession ends the session whose token has a hash. It is remembered until it would
// have expired.
func (s *Store) EndSession(ctx context.Context, w tollkeeper.Write, tokenHash []byte, expires time.Time) error {
	return s.engine.write(ctx, func(t tx) error {
		ended, err := t.exec("INSERT INTO ended_sessions (token_hash, expires_at) VALUES (?,?) ON CONFLICT (token_hash) DO NOTHING", tokenHash, millis(expires))
		if err != nil || ended == 0 {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: w.Customer, Subject: w.User.String(), Action: "login.end"})
	})
}

// SessionUser returns the user of the session whose token has a hash. Open is false
// when the session was ended or there is no such user.
func (s *Store) SessionUser(ctx context.Context, tokenHash []byte, id tollkeeper.ID) (u tollkeeper.User, open bool, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) (err error) { u, err = scanUser(r); open = true; return err },
			"SELECT "+userColumns+" FROM users WHERE id = ? AND NOT EXISTS (SELECT 1 FROM ended_sessions WHERE token_hash = ?)", id, tokenHash)
	})
	return u, open, err
}

// deleteEndedSessions forgets the sessions that would have expired by now.
func deleteEndedSessions(t tx, now time.Time) error {
	_, err := t.exec("DELETE FROM ended_sessions WHERE expires_at <= ?", millis(now))
	return err
}
