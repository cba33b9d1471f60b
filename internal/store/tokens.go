package store

import (
	"context"
	"net/netip"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const tokenColumns = "id, name, kind, user_id, customer, networks, active, created_at, expires_at"

// A token belongs to a customer when its user does, or when it may speak of no
// other.
const tokenOwner = "COALESCE(customer, (SELECT u.customer FROM users u WHERE u.id = tokens.user_id))"

var tokenSource = &source{
	table: "tokens", columns: tokenColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "name": {expr: "name"}, "kind": {expr: "kind"}, "user": {expr: "user_id"}, "customer": {expr: tokenOwner},
		"status": {expr: "active"}, "createdAt": {expr: "created_at"}, "expiresAt": {expr: "NULLIF(expires_at, 0)"},
	},
}

func scanToken(r row) (tollkeeper.Token, error) {
	token := tollkeeper.Token{
		ID: r.id(0), Name: r.text(1), Kind: tollkeeper.TokenKind(r.text(2)), User: r.id(3), Customer: r.id(4), Active: r.int(6) == 1,
		CreatedAt: fromMillis(r.int(7)), ExpiresAt: fromMillis(r.int(8)),
	}
	for text := range strings.FieldsSeq(r.text(5)) {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return token, err
		}
		token.Networks = append(token.Networks, network)
	}
	return token, nil
}

// CreateToken stores a token by the hash of its secret.
func (s *Store) CreateToken(ctx context.Context, w tollkeeper.Write, token tollkeeper.Token, secretHash []byte) (tollkeeper.Token, error) {
	err := s.engine.write(ctx, func(t tx) error {
		token.ID, token.CreatedAt, token.Active = s.NewID(), s.now(), true
		if err := checkToken(t, token); err != nil {
			return err
		}
		owner, err := ownerOf(t, token)
		if err != nil {
			return err
		}
		_, err = t.exec("INSERT INTO tokens ("+tokenColumns+", secret_hash) VALUES ("+marks(10)+")",
			token.ID, token.Name, string(token.Kind), idOrNull(token.User), idOrNull(token.Customer), tollkeeper.NetworksText(token.Networks), 1,
			millis(token.CreatedAt), millis(token.ExpiresAt), secretHash)
		if err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: owner, Subject: token.ID.String(), Action: "token.create",
			Changes: token.Changes(tollkeeper.Token{})})
	})
	return token, err
}

// checkToken makes sure that a token's user and customer exist.
func checkToken(t tx, token tollkeeper.Token) error {
	for _, part := range []struct {
		id           tollkeeper.ID
		field, table string
	}{{token.User, "user", "users"}, {token.Customer, "customer", "customers"}} {
		if part.id.IsZero() {
			continue
		}
		found, err := exists(t, "SELECT 1 FROM "+part.table+" WHERE id = ?", part.id)
		if err != nil {
			return err
		}
		if !found {
			return tollkeeper.Invalid(part.field + ": must be the id of an existing " + part.field)
		}
	}
	return nil
}

// ownerOf returns the customer that a token belongs to.
func ownerOf(t tx, token tollkeeper.Token) (owner tollkeeper.ID, err error) {
	if token.User.IsZero() {
		return token.Customer, nil
	}
	u, err := mustLoadUser(t, token.User)
	return u.Customer, err
}

// TokenBySecret returns the token with the hash of a secret, and the user it
// belongs to, if any. Expired tokens and those taken away are returned too: the
// caller looks.
func (s *Store) TokenBySecret(ctx context.Context, secretHash []byte) (token tollkeeper.Token, user tollkeeper.User, found bool, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		err := t.query(func(r row) (err error) {
			token, err = scanToken(r)
			found = true
			return err
		}, "SELECT "+tokenColumns+" FROM tokens WHERE secret_hash = ?", secretHash)
		if err != nil || token.User.IsZero() {
			return err
		}
		user, err = mustLoadUser(t, token.User)
		return err
	})
	return token, user, found, err
}

// Token returns one token, and the customer it belongs to.
func (s *Store) Token(ctx context.Context, id tollkeeper.ID) (token tollkeeper.Token, owner tollkeeper.ID, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		if token, err = mustLoadToken(t, id); err != nil {
			return err
		}
		owner, err = ownerOf(t, token)
		return err
	})
	return token, owner, err
}

func mustLoadToken(t tx, id tollkeeper.ID) (token tollkeeper.Token, err error) {
	err = t.query(func(r row) (err error) { token, err = scanToken(r); return err }, "SELECT "+tokenColumns+" FROM tokens WHERE id = ?", id)
	if err == nil && token.ID.IsZero() {
		err = notFound("token", id.String())
	}
	return token, err
}

// FindTokens returns a page of tokens.
func (s *Store) FindTokens(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Token], error) {
	return find(ctx, s, tokenSource, f, "", nil, scanToken)
}

// PatchToken applies change to a token's name and whether it is active.
func (s *Store) PatchToken(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Token)) (token tollkeeper.Token, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		before, err := mustLoadToken(t, id)
		if err != nil {
			return err
		}
		owner, err := ownerOf(t, before)
		if err != nil {
			return err
		}
		token = before
		change(&token)
		changes := token.Changes(before)
		if len(changes) == 0 {
			return nil
		}
		if _, err := t.exec("UPDATE tokens SET name = ?, active = ? WHERE id = ?", token.Name, token.Active, id); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: owner, Subject: id.String(), Action: "token.patch", Changes: changes})
	})
	return token, err
}

// DeleteToken removes a token and returns it.
func (s *Store) DeleteToken(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID) (token tollkeeper.Token, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		if token, err = mustLoadToken(t, id); err != nil {
			return err
		}
		owner, err := ownerOf(t, token)
		if err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM tokens WHERE id = ?", id); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: owner, Subject: id.String(), Action: "token.remove",
			Changes: tollkeeper.Token{}.Changes(token)})
	})
	return token, err
}

// DeleteExpired removes tokens that no longer open anything, idempotency keys that no
// longer count and mails of long ago, and returns how many.
func (s *Store) DeleteExpired(ctx context.Context) (removed int, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		tokens, err := t.exec("DELETE FROM tokens WHERE expires_at > 0 AND expires_at <= ?", millis(s.now()))
		if err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM token_places WHERE token NOT IN (SELECT id FROM tokens)"); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM password_resets WHERE expires_at <= ?", millis(s.now())); err != nil {
			return err
		}
		if err := deleteEndedSessions(t, s.now()); err != nil {
			return err
		}
		if err := deleteOldMessages(t, s.now()); err != nil {
			return err
		}
		keys, err := t.exec("DELETE FROM idempotency WHERE created_at <= ?", millis(s.now().Add(-keyLife)))
		if err != nil {
			return err
		}
		mails, err := deleteOldMails(t, s.now())
		removed = int(tokens + keys + mails)
		return err
	})
	return removed, err
}
