package client

import (
	"context"
	"net/http"
)

// Totp is a user's second factor.
type Totp struct {
	User              string `json:"user"`
	Enabled           bool   `json:"enabled"` // signing in needs it
	RecoveryCodesLeft int64  `json:"recoveryCodesLeft"`
}

// TotpCreate is the password of the user who is signed in.
type TotpCreate struct {
	Password string `json:"password"`
}

// TotpSecret is what an authenticator app needs. It is shown only once.
type TotpSecret struct {
	User   string `json:"user"`
	Secret string `json:"secret"` // in base32
	Url    string `json:"url"`    // the same as otpauth://
}

// TotpConfirm is a code that proves that the user has the secret.
type TotpConfirm struct {
	TotpCode string `json:"totpCode"`
}

// TotpRecovery are codes that are each good once in place of one of the second factor.
// They are shown only once.
type TotpRecovery struct {
	User          string   `json:"user"`
	RecoveryCodes []string `json:"recoveryCodes"`
}

// TotpService has the operations on second factors. All but Get and Remove are for
// the user who is signed in.
type TotpService struct{ c *Client }

// Get reads whether a user has a second factor.
func (s TotpService) Get(ctx context.Context, user string) (*Totp, error) {
	return fetch[Totp](ctx, s.c, get("totpGet", "users", user, "totp"))
}

// Create makes the secret of a second factor, which counts once it is confirmed.
func (s TotpService) Create(ctx context.Context, user string, password TotpCreate) (*TotpSecret, error) {
	r := &request{operation: "totpCreate", method: http.MethodPost, body: password}
	return fetch[TotpSecret](ctx, s.c, r.at("users", user, "totp"))
}

// Confirm lets signing in need a code from now on.
func (s TotpService) Confirm(ctx context.Context, user string, code TotpConfirm) (*TotpRecovery, error) {
	r := &request{operation: "totpConfirm", method: http.MethodPost, body: code}
	return fetch[TotpRecovery](ctx, s.c, r.at("users", user, "totp", "confirm"))
}

// Disable removes one's own second factor.
func (s TotpService) Disable(ctx context.Context, user string, password TotpCreate) (*Totp, error) {
	r := &request{operation: "totpDisable", method: http.MethodPost, body: password}
	return fetch[Totp](ctx, s.c, r.at("users", user, "totp", "disable"))
}

// Remove removes the second factor of somebody else, who has lost it.
func (s TotpService) Remove(ctx context.Context, user string) (*Totp, error) {
	r := &request{operation: "totpRemove", method: http.MethodDelete}
	return fetch[Totp](ctx, s.c, r.at("users", user, "totp"))
}
