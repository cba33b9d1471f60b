package store

import (
	"context"
	"time"

	"tollkeeper"
)

// AddSessionKey makes a node's public key known to every node, and retires the
// node's key before it, if any: what that one has signed is believed until it
// expires.
func (s *Store) AddSessionKey(ctx context.Context, w tollkeeper.Write, id string, public []byte, before string) error {
	return s.engine.write(ctx, func(t tx) error {
		known, err := exists(t, "SELECT 1 FROM session_keys WHERE id = ?", id)
		if err != nil || known {
			return err
		}
		if _, err := t.exec("INSERT INTO session_keys (id, public_key, created_at, retired_at) VALUES (?,?,?,0)", id, public, millis(s.now())); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE session_keys SET retired_at = ? WHERE id = ? AND retired_at = 0", millis(s.now()), before); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Subject: id, Action: "sessionkey.create"})
	})
}

// SessionKey returns the public key with an id; nil when there is none.
func (s *Store) SessionKey(ctx context.Context, id string) (public []byte, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { public = r.blob(0); return nil }, "SELECT public_key FROM session_keys WHERE id = ?", id)
	})
	return public, err
}

// DeleteSessionKeys forgets the keys that were retired before a time, and returns
// how many.
func (s *Store) DeleteSessionKeys(ctx context.Context, before time.Time) (removed int, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		n, err := t.exec("DELETE FROM session_keys WHERE retired_at > 0 AND retired_at < ?", millis(before))
		removed = int(n)
		return err
	})
	return removed, err
}
