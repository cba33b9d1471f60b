package client

import (
	"context"
	"net/http"
)

// PasswordForgetRequest names who has forgotten a password.
type PasswordForgetRequest struct {
	Email string `json:"email"`
}

// PasswordForget is what everybody is answered, user or not.
type PasswordForget struct {
	Message string `json:"message"`
}

// PasswordResetRequest is a new password, and the right to set it.
type PasswordResetRequest struct {
	ResetToken string `json:"resetToken"` // of the mailed link
	Password   string `json:"password"`
}

// PasswordReset says whose password was set.
type PasswordReset struct {
	Id       string `json:"_id"`
	Username string `json:"username"`
}

// PasswordService has the operations on forgotten passwords, which need no token.
type PasswordService struct{ c *Client }

// Forget has a link mailed to the user with an e-mail address, if there is one.
func (s PasswordService) Forget(ctx context.Context, who PasswordForgetRequest) (*PasswordForget, error) {
	r := &request{operation: "passwordForget", method: http.MethodPost, body: who, repeatable: true, public: true}
	return fetch[PasswordForget](ctx, s.c, r.at("authentication", "reset"))
}

// Reset sets a new password by the token of a mailed link, which is good once.
func (s PasswordService) Reset(ctx context.Context, password PasswordResetRequest) (*PasswordReset, error) {
	r := &request{operation: "passwordReset", method: http.MethodPost, body: password, public: true}
	return fetch[PasswordReset](ctx, s.c, r.at("authentication", "password"))
}

// Get reads the page that the mailed link leads to.
func (s PasswordService) Get(ctx context.Context) (string, error) {
	r := public("passwordGet", "password")
	r.mediaType = "text/html"
	return fetchText(ctx, s.c, r)
}
