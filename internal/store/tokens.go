package store

import (
	"context"

	"tollkeeper"
)

// CreateToken stores a token by the hash of its secret.
func (s *Store) CreateToken(ctx context.Context, w tollkeeper.Write, token tollkeeper.Token, secretHash []byte) (tollkeeper.Token, error) {
	err := s.engine.write(ctx, func(t tx) error {
		token.ID, token.CreatedAt = s.NewID(), s.now()
		_, err := t.exec("INSERT INTO tokens (id, name, user, secret_hash, created_at, expires_at) VALUES (?,?,?,?,?,?)",
			token.ID, token.Name, idOrNull(token.User), secretHash, millis(token.CreatedAt), millis(token.ExpiresAt))
		if err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Subject: token.ID.String(), Action: "token.create",
			Changes: []tollkeeper.Change{{Field: "name", To: tollkeeper.JSONText(token.Name)}}})
	})
	return token, err
}

// TokenBySecret returns the token with the hash of a secret, and the user it
// belongs to, if any. Expired tokens are returned too: the caller looks.
func (s *Store) TokenBySecret(ctx context.Context, secretHash []byte) (token tollkeeper.Token, user tollkeeper.User, found bool, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		err := t.query(func(r row) error {
			token = tollkeeper.Token{ID: r.id(0), Name: r.text(1), User: r.id(2), CreatedAt: fromMillis(r.int(3)), ExpiresAt: fromMillis(r.int(4))}
			found = true
			return nil
		}, "SELECT id, name, user, created_at, expires_at FROM tokens WHERE secret_hash = ?", secretHash)
		if err != nil || token.User.IsZero() {
			return err
		}
		user, err = mustLoadUser(t, token.User)
		return err
	})
	return token, user, found, err
}

// DeleteExpired removes tokens that no longer open anything and idempotency keys
// that no longer count, and returns how many.
func (s *Store) DeleteExpired(ctx context.Context) (removed int, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		tokens, err := t.exec("DELETE FROM tokens WHERE expires_at > 0 AND expires_at <= ?", millis(s.now()))
		if err != nil {
			return err
		}
		keys, err := t.exec("DELETE FROM idempotency WHERE created_at <= ?", millis(s.now().Add(-keyLife)))
		removed = int(tokens + keys)
		return err
	})
	return removed, err
}
