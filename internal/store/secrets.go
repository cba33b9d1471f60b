package store

import (
	"context"
	"crypto/rand"
)

// secretBytes is as many as HMAC-SHA-256 takes in whole (RFC 2104, section 3).
const secretBytes = 32

// Secret returns a random secret that all nodes share; the first who asks for a name
// makes it. A backup of the database holds it.
func (s *Store) Secret(ctx context.Context, name string) (secret []byte, err error) {
	read := func(t tx) error {
		return t.query(func(r row) error { secret = r.blob(0); return nil }, "SELECT secret FROM secrets WHERE name = ?", name)
	}
	if err := s.engine.look(ctx, read); err != nil || secret != nil {
		return secret, err
	}
	fresh := make([]byte, secretBytes)
	rand.Read(fresh)
	err = s.engine.write(ctx, func(t tx) error {
		secret = nil
		if err := read(t); err != nil || secret != nil {
			return err
		}
		secret = fresh
		_, err := t.exec("INSERT INTO secrets (name, secret) VALUES (?, ?)", name, fresh)
		return err
	})
	if err != nil {
		return nil, err
	}
	return secret, nil
}
