package client

import (
	"context"
	"encoding/json"
	"net/http"
)

// Strategy is how to sign in.
type Strategy string

// StrategyLocal signs in with an e-mail address and a password; there is no other.
const StrategyLocal Strategy = "local"

// AuthenticationRequest is a login. Of Email and Username, two names of the same,
// one is required.
type AuthenticationRequest struct {
	Strategy Strategy `json:"strategy"`
	Email    string   `json:"email,omitzero"`
	Username string   `json:"username,omitzero"`
	Password string   `json:"password"`

	TotpCode     string `json:"totpCode,omitzero"`     // from a user with a second factor
	RecoveryCode string `json:"recoveryCode,omitzero"` // in place of TotpCode
}

// Authentication is a token, and whose it is.
type Authentication struct {
	Id          string   `json:"_id"`
	Strategy    Strategy `json:"strategy"`
	Username    string   `json:"username"`
	Password    string   `json:"password"` // always ""
	AccessToken string   `json:"accessToken,omitzero"`
}

// AuthenticationService has the operations of signing in and out. WithLogin signs in
// by itself.
type AuthenticationService struct{ c *Client }

// Create exchanges a login for a token. The client does not use the token: make
// another with WithToken.
func (s AuthenticationService) Create(ctx context.Context, login AuthenticationRequest) (*Authentication, error) {
	r := &request{operation: "authenticationCreate", method: http.MethodPost, body: login, repeatable: true, public: true}
	return fetch[Authentication](ctx, s.c, r.at("authentication"))
}

// Remove ends the session that the client uses: its token opens nothing any more.
func (s AuthenticationService) Remove(ctx context.Context) (*Authentication, error) {
	r := &request{operation: "authenticationRemove", method: http.MethodDelete}
	return fetch[Authentication](ctx, s.c, r.at("authentication"))
}

// Health is the state of the server's process.
type Health struct {
	Status string `json:"status"` // "ok"
}

// HealthService has the operation /healthz.
type HealthService struct{ c *Client }

// Get asks whether the process is alive.
func (s HealthService) Get(ctx context.Context) (*Health, error) {
	return fetch[Health](ctx, s.c, public("healthGet", "healthz"))
}

// ReadinessService has the operation /readyz.
type ReadinessService struct{ c *Client }

// Get asks whether the server can serve; it is an ErrUnavailable while it cannot.
func (s ReadinessService) Get(ctx context.Context) (*Health, error) {
	return fetch[Health](ctx, s.c, public("readinessGet", "readyz"))
}

// Version is which build the server is.
type Version struct {
	Name    string `json:"name"`    // "tollkeeper"
	Version string `json:"version"` // by semver.org, or "devel"
	Commit  string `json:"commit,omitzero"`
	Go      string `json:"go,omitzero"`
}

// VersionService has the operation /version.
type VersionService struct{ c *Client }

// Get reads which build the server is.
func (s VersionService) Get(ctx context.Context) (*Version, error) {
	return fetch[Version](ctx, s.c, public("versionGet", "version"))
}

// MetricsService has the operation /metrics.
type MetricsService struct{ c *Client }

// Get reads the metrics in the Prometheus text format, version 0.0.4.
func (s MetricsService) Get(ctx context.Context) (string, error) {
	r := get("metricsGet", "metrics")
	r.mediaType = "text/plain"
	return fetchText(ctx, s.c, r)
}

// OpenapiService has the operation /openapi.json.
type OpenapiService struct{ c *Client }

// Get reads the description of the API, an OpenAPI 3.0.3 document.
func (s OpenapiService) Get(ctx context.Context) (json.RawMessage, error) {
	text, err := fetchText(ctx, s.c, public("openapiGet", "openapi.json"))
	return json.RawMessage(text), err
}

// DocsService has the operation /docs.
type DocsService struct{ c *Client }

// Get reads the description of the API as a page of HTML.
func (s DocsService) Get(ctx context.Context) (string, error) {
	r := public("docsGet", "docs")
	r.mediaType = "text/html"
	return fetchText(ctx, s.c, r)
}

// public begins the request of an operation that reads and needs no token.
func public(operation, path string) *request {
	r := get(operation, path)
	r.public = true
	return r
}
