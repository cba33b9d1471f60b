package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// TokenKind says what a token is for.
type TokenKind string

// The kinds of token.
const (
	TokenUser   TokenKind = "user"   // has its user's permissions
	TokenSwitch TokenKind = "switch" // opens the operations of calls only
	TokenServer TokenKind = "server" // made on the server's command line
)

// UserToken is a long-lived token, without its secret.
type UserToken struct {
	Id        string    `json:"_id"`
	Name      string    `json:"name"`
	Kind      TokenKind `json:"kind"`
	User      string    `json:"user,omitzero"`
	Customer  string    `json:"customer,omitzero"` // of a switch's token: the only one it may speak of
	Networks  []string  `json:"networks,omitzero"` // of a switch's token: where it may be used from
	Status    int       `json:"status"`            // 1 in use, 0 taken away
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// UserTokenCreated is a new token with its secret.
type UserTokenCreated struct {
	UserToken
	Token string `json:"token"` // shown this once
}

// UserTokenCreate says what a new token is to be.
type UserTokenCreate struct {
	Name           string    `json:"name"`              // 1 to 45 characters
	Kind           TokenKind `json:"kind,omitzero"`     // TokenUser when empty
	User           string    `json:"user,omitzero"`     // whose it is; the caller's own when empty
	Customer       string    `json:"customer,omitzero"` // for TokenSwitch
	Networks       []string  `json:"networks,omitzero"` // for TokenSwitch, in CIDR notation
	ExpiresInYears int       `json:"expiresInYears"`    // 1 to 10
}

// UserTokenPatch is the changes to a token. Only the fields that were Set are
// sent.
type UserTokenPatch struct {
	Name   Optional[string] `json:"name,omitzero"`
	Status Optional[int]    `json:"status,omitzero"` // 0 takes the token away
}

// UserTokenList is a page of tokens.
type UserTokenList = List[UserToken]

// UsertokensService has the operations on tokens.
type UsertokensService struct{ c *Client }

// Find lists the tokens one may see, by _id where the Find does not say. Search
// looks in name.
func (s UsertokensService) Find(ctx context.Context, f Find) (*UserTokenList, error) {
	r := get("usertokensFind", "usertokens")
	r.query = f.encode()
	return fetch[UserTokenList](ctx, s.c, r)
}

// All yields every token that is found, until the first error, which it yields last.
func (s UsertokensService) All(ctx context.Context, f Find) iter.Seq2[UserToken, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(t UserToken) string { return t.Id }, s.Find)
}

// Get reads a token.
func (s UsertokensService) Get(ctx context.Context, id string) (*UserToken, error) {
	return fetch[UserToken](ctx, s.c, get("usertokensGet", "usertokens", id))
}

// Create makes a token and returns it with its secret.
func (s UsertokensService) Create(ctx context.Context, token UserTokenCreate) (*UserTokenCreated, error) {
	r := &request{operation: "usertokensCreate", method: http.MethodPost, body: token}
	return fetch[UserTokenCreated](ctx, s.c, r.at("usertokens"))
}

// Patch renames a token, or takes it away.
func (s UsertokensService) Patch(ctx context.Context, id string, changes UserTokenPatch) (*UserToken, error) {
	r := &request{operation: "usertokensPatch", method: http.MethodPatch, body: changes, repeatable: true}
	return fetch[UserToken](ctx, s.c, r.at("usertokens", id))
}

// Remove deletes a token and returns it as it was.
func (s UsertokensService) Remove(ctx context.Context, id string) (*UserToken, error) {
	r := &request{operation: "usertokensRemove", method: http.MethodDelete}
	return fetch[UserToken](ctx, s.c, r.at("usertokens", id))
}
