package store

import (
	"context"
	"net/netip"

	"tollkeeper"
)

// maxPlaces bounds the networks that are remembered of a token. Beyond it the one
// that was seen first is forgotten, and is new when it is seen again.
const maxPlaces = 100

// TokenUsed tells the audit trail that the writer's token was used from a network,
// which an address stands for, once for each.
func (s *Store) TokenUsed(ctx context.Context, w tollkeeper.Write, network netip.Addr) error {
	const lookUp = "SELECT 1 FROM token_places WHERE token = ? AND network = ?"
	known := false
	err := s.engine.look(ctx, func(t tx) (err error) {
		known, err = exists(t, lookUp, w.Token, network.String())
		return err
	})
	if err != nil || known {
		return err
	}
	return s.engine.write(ctx, func(t tx) error {
		if known, err := exists(t, lookUp, w.Token, network.String()); err != nil || known {
			return err
		}
		if err := forgetPlaces(t, w.Token); err != nil {
			return err
		}
		if _, err := t.exec("INSERT INTO token_places (token, network, id) VALUES (?,?,?)", w.Token, network.String(), s.NewID()); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: w.Customer, Subject: w.Token.String(), Action: "token.appear"})
	})
}

// forgetPlaces makes room for one more.
func forgetPlaces(t tx, token tollkeeper.ID) error {
	places, err := count(t, "SELECT COUNT(*) FROM token_places WHERE token = ?", token)
	if err != nil || places < maxPlaces {
		return err
	}
	_, err = t.exec("DELETE FROM token_places WHERE token = ? AND id = (SELECT id FROM token_places WHERE token = ? ORDER BY id LIMIT 1)", token, token)
	return err
}
