package client

import (
	"context"
	"net/http"
)

// Operator says whether a server has no users yet.
type Operator struct {
	Needed bool `json:"needed"`
}

// OperatorCreate is the first user of a server, and the right to make it.
type OperatorCreate struct {
	Code     string `json:"code"`           // that the server printed when it started
	Email    string `json:"email,omitzero"` // "" for the server's admin-email
	Password string `json:"password"`
	Language string `json:"language,omitzero"`
	Timezone string `json:"timezone,omitzero"`
}

// OperatorService has the operations on the first user, which need no token.
type OperatorService struct{ c *Client }

// Get asks whether nobody can sign in yet.
func (s OperatorService) Get(ctx context.Context) (*Operator, error) {
	return fetch[Operator](ctx, s.c, public("operatorGet", "operator"))
}

// Create makes the first user of a server, who may do everything.
func (s OperatorService) Create(ctx context.Context, draft OperatorCreate) (*User, error) {
	r := &request{operation: "operatorCreate", method: http.MethodPost, body: draft, public: true}
	return UsersService(s).fetch(ctx, r.at("operator"))
}
