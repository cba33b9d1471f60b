package client

import (
	"net/http"
	"time"
)

// Defaults of the options.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultRetries  = 3
	DefaultBackoff  = 100 * time.Millisecond
	DefaultMaxWait  = 5 * time.Second
	defaultAgent    = "tollkeeper-go-client"
	idleConnections = 64 // kept for reuse; a switch has many requests under way at once
)

// Option is a setting of New.
type Option func(*Client)

// WithToken sends the token with every request that wants one.
func WithToken(token string) Option {
	return func(c *Client) { c.credentials = &credentials{token: token} }
}

// WithLogin signs in with an e-mail address and a password when a token is first
// needed, and once more whenever the server no longer knows it (401).
func WithLogin(email, password string) Option {
	return func(c *Client) {
		c.credentials = &credentials{
			login: &AuthenticationRequest{Strategy: StrategyLocal, Email: email, Password: password},
		}
	}
}

// WithHTTPClient sends requests through h, which brings its transport, proxy and
// TLS settings. Redirects are not followed unless its CheckRedirect is set: a
// redirected POST would arrive as a GET.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) {
		copied := *h
		c.http = &copied
	}
}

// WithUserAgent names the program in the User-Agent header. It stands in the
// audit trail beside every change that the program makes.
func WithUserAgent(agent string) Option {
	return func(c *Client) { c.userAgent = agent }
}

// WithTimeout bounds each try of a request; DefaultTimeout where not given, and 0
// for no bound but the context's. Imports, exports and files are bounded by their
// context alone.
func WithTimeout(perTry time.Duration) Option {
	return func(c *Client) { c.timeout = perTry }
}

// WithRetries says how often a failed request is repeated at most, where that is
// safe (see the package comment); DefaultRetries where not given, 0 for never.
func WithRetries(n int) Option {
	return func(c *Client) { c.retry.limit = n }
}

// WithBackoff sets the waits between repeats: about first before the first one,
// doubling up to longest, each shortened at random by up to a half so that many
// clients do not return at once. A server's Retry-After is waited for in full;
// where it is longer than longest, the error is returned at once and carries it.
// DefaultBackoff and DefaultMaxWait where not given.
func WithBackoff(first, longest time.Duration) Option {
	return func(c *Client) { c.retry.first, c.retry.longest = first, longest }
}
