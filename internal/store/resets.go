package store

import (
	"context"
	"time"

	"tollkeeper"
)

// resetEvery is how long a user who was sent a link gets no other, so that nobody's
// mailbox can be filled by asking in their name.
const resetEvery = 5 * time.Minute

// RequestReset stores a reset token for the user with an e-mail address, in place of
// the one before, and queues the letter that carries it. Where there is no such user,
// or the last link is young, nothing happens, and that is no error.
func (s *Store) RequestReset(ctx context.Context, w tollkeeper.Write, email string, r tollkeeper.Reset) error {
	u, _, found, err := s.Credentials(ctx, email)
	if err != nil || !found {
		return err
	}
	return s.engine.write(ctx, func(t tx) error {
		young, err := exists(t, "SELECT 1 FROM password_resets WHERE user_id = ? AND created_at > ?", u.ID, millis(s.now().Add(-resetEvery)))
		if err != nil || young {
			return err
		}
		if err := deleteReset(t, u.ID); err != nil {
			return err
		}
		_, err = t.exec("INSERT INTO password_resets (user_id, secret_hash, created_at, expires_at) VALUES (?,?,?,?)",
			u.ID, r.SecretHash, millis(s.now()), millis(r.ExpiresAt))
		if err != nil {
			return err
		}
		if err := s.queueMail(t, r.Letter(u)); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: u.ID.String(), Action: "password.forget",
			Actor: tollkeeper.ActorAnonymous})
	})
}

// ResetKnown reports whether a reset token can be used.
func (s *Store) ResetKnown(ctx context.Context, secretHash []byte) (known bool, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		user, err := userOfReset(t, secretHash, s.now())
		known = !user.IsZero()
		return err
	})
	return known, err
}

// ResetPassword uses up a reset token to give its user a new password. When the token
// cannot be used it returns a zero user.
func (s *Store) ResetPassword(ctx context.Context, w tollkeeper.Write, secretHash []byte, p tollkeeper.NewPassword) (u tollkeeper.User, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		u = tollkeeper.User{}
		id, err := userOfReset(t, secretHash, s.now())
		if err != nil || id.IsZero() {
			return err
		}
		if u, err = mustLoadUser(t, id); err != nil {
			return err
		}
		w.User = id // whoever has the token reads the user's mail
		u.Epoch++
		u.UpdatedAt = s.now()
		_, err = t.exec("UPDATE users SET epoch = ?, updated_at = ? WHERE id = ?", u.Epoch, millis(u.UpdatedAt), id)
		if err != nil {
			return err
		}
		if err := s.setPassword(t, u, p); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: id.String(), Action: "password.reset",
			Changes: []tollkeeper.Change{{Field: "password"}}})
	})
	return u, err
}

// setPassword stores a new password, forgets a link to set another, and tells the
// user. The caller ends the sessions.
func (s *Store) setPassword(t tx, u tollkeeper.User, p tollkeeper.NewPassword) error {
	if _, err := t.exec("UPDATE users SET password_hash = ? WHERE id = ?", p.Hash, u.ID); err != nil {
		return err
	}
	if err := deleteReset(t, u.ID); err != nil {
		return err
	}
	return s.queueMail(t, p.Letter(u))
}

func userOfReset(t tx, secretHash []byte, now time.Time) (user tollkeeper.ID, err error) {
	err = t.query(func(r row) error { user = r.id(0); return nil },
		"SELECT user_id FROM password_resets WHERE secret_hash = ? AND expires_at > ?", secretHash, millis(now))
	return user, err
}

func deleteReset(t tx, user tollkeeper.ID) error {
	_, err := t.exec("DELETE FROM password_resets WHERE user_id = ?", user)
	return err
}
