package client

import "context"

// credentials are a token, or the login that gets one. The client holds them by
// pointer, so that printing a Client never shows them.
type credentials struct {
	login *AuthenticationRequest // nil: there is only the token

	ready chan struct{} // full while one goroutine uses token; a mutex that a context can leave
	token string
}

// current returns the token, after signing in where there is none yet; "" where
// there is neither token nor login.
func (k *credentials) current(ctx context.Context, c *Client) (string, error) {
	if k.login == nil {
		return k.token, nil
	}
	if err := k.lock(ctx); err != nil {
		return "", err
	}
	defer k.unlock()
	if k.token == "" {
		session, err := c.Authentication.Create(ctx, *k.login)
		if err != nil {
			return "", err
		}
		k.token = session.AccessToken
	}
	return k.token, nil
}

// renewable forgets a token that the server refused, and reports whether another
// can be had. A newer one, which another goroutine got meanwhile, is kept.
func (k *credentials) renewable(ctx context.Context, refused string) bool {
	if k.login == nil || k.lock(ctx) != nil {
		return false
	}
	defer k.unlock()
	if k.token == refused {
		k.token = ""
	}
	return true
}

func (k *credentials) lock(ctx context.Context) error {
	select {
	case k.ready <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *credentials) unlock() { <-k.ready }

// signInError is why the token for an operation could not be had.
type signInError struct {
	operation string
	err       error
}

func (e *signInError) Error() string { return e.operation + ": " + e.err.Error() }
func (e *signInError) Unwrap() error { return e.err }
