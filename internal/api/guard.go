package api

import (
	"net/http"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/internal/guard"
)

// Headers are set as shared values: they are not changed once they are made.
var (
	noSniff   = []string{"nosniff"}
	noStore   = []string{"no-store"}
	noFrames  = []string{"default-src 'none'; frame-ancestors 'none'"}
	noReferer = []string{"no-referrer"}
	// tlsOnly asks browsers to come by TLS for a year (RFC 6797).
	tlsOnly = []string{"max-age=31536000"}
)

// protect sets the headers that keep a browser from doing with an answer what it
// is not for.
func (a *API) protect(h http.Header, produces string) {
	h["X-Content-Type-Options"], h["Referrer-Policy"] = noSniff, noReferer
	h["Content-Security-Policy"] = noFrames // pages have rules of their own
	if produces != "text/html" {
		h["Cache-Control"] = noStore
	}
	if a.Guard.TLS {
		h["Strict-Transport-Security"] = tlsOnly
	}
}

// letIn signs a request in and counts it against its caller. Only those who cannot
// be signed in are counted by their address: behind one address may stand a switch
// that asks thousands of times a second.
func (a *API) letIn(x *exchange, secret string) error {
	if err := a.sessions.signIn(x, secret); err != nil {
		if tollkeeper.ErrorCode(err) == tollkeeper.CodeUnauthenticated {
			if limited := a.limitAnonymous(x); limited != nil {
				return limited
			}
		}
		return err
	}
	limiter, caller := a.Guard.Programs, x.who.Token
	if !x.who.User.IsZero() {
		limiter, caller = a.Guard.Users, x.who.User
	}
	return x.count(limiter, string(caller[:]), a.Now())
}

// SignIn lets another door over HTTP let in whom the API would, by a token that the
// door has found in the request. Limits are told in the answer's headers.
func (a *API) SignIn(w http.ResponseWriter, r *http.Request, secret string) (tollkeeper.Principal, error) {
	x := &exchange{w: w, r: r}
	a.introduce(x)
	err := a.letIn(x, secret)
	return x.who, err
}

// introduce notes where a request comes from.
func (a *API) introduce(x *exchange) {
	x.who.Address, x.who.UserAgent = a.Guard.Proxies.ClientAddress(x.r), tollkeeper.Shortened(x.r.UserAgent(), maxUserAgent)
}

func (a *API) limitAnonymous(x *exchange) error {
	from := guard.Neighbourhood(x.who.Address).As16()
	return x.count(a.Guard.Anonymous, string(from[:]), a.Now())
}

// count counts the request, tells the caller of the limit, and refuses what goes
// beyond it.
func (x *exchange) count(limiter *guard.Limiter, caller string, now time.Time) error {
	verdict := limiter.Allow(caller, now)
	if !verdict.Limited {
		return nil
	}
	rateLimit, retryAfter := verdict.Headers()
	x.w.Header()["Ratelimit"] = []string{rateLimit}
	if verdict.Allowed {
		return nil
	}
	x.w.Header()["Retry-After"] = []string{retryAfter}
	return tollkeeper.Errorf(tollkeeper.CodeTooManyRequests, "too many requests; try again in %s s", retryAfter)
}

// mayTry makes those wait who have guessed wrong passwords.
func (a *API) mayTry(x *exchange, account string) error {
	if a.Guard.Logins == nil {
		return nil
	}
	wait := a.Guard.Logins.Wait(x.who.Address, account, a.Now())
	if wait <= 0 {
		return nil
	}
	seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	x.w.Header()["Retry-After"] = []string{seconds}
	return tollkeeper.Errorf(tollkeeper.CodeTooManyRequests, "too many wrong passwords; try again in %s s", seconds)
}

// tried tells how an attempt ended.
func (a *API) tried(x *exchange, account string, right bool) {
	switch {
	case a.Guard.Logins == nil:
	case right:
		a.Guard.Logins.Succeeded(x.who.Address, account)
	default:
		a.Guard.Logins.Failed(x.who.Address, account, a.Now())
	}
}
