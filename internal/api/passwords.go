package api

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// passwordStore keeps the links that were mailed to set new passwords.
type passwordStore interface {
	RequestReset(ctx context.Context, w tollkeeper.Write, email string, r tollkeeper.Reset) error
	ResetKnown(ctx context.Context, secretHash []byte) (bool, error)
	ResetPassword(ctx context.Context, w tollkeeper.Write, secretHash []byte, p tollkeeper.NewPassword) (tollkeeper.User, error)
}

const (
	// resetLife is how long a mailed link is good.
	resetLife = 30 * time.Minute
	// forgetTime is how long the answer to a forgotten password takes: longer than
	// writing a mail down, so that nobody can tell whether one was.
	forgetTime = 250 * time.Millisecond
)

// forgetPassword mails a link to set a new password. Whether the address is a user's
// shows neither in the answer nor in the time it takes.
func (a *API) forgetPassword(x *exchange) error {
	began := time.Now()
	o, err := x.object()
	if err != nil {
		return err
	}
	email := o.text("email", 1, 254)
	if err := o.done(); err != nil {
		return err
	}
	secret, now := credential.NewToken(), a.Now()
	err = a.Store.RequestReset(x.r.Context(), tollkeeper.Write{Principal: x.who}, email, tollkeeper.Reset{
		SecretHash: credential.HashToken(secret), ExpiresAt: now.Add(resetLife),
		Letter: func(u tollkeeper.User) tollkeeper.Mail {
			return a.Letters.PasswordReset(u, strings.TrimRight(a.PublicURL, "/")+"/password#"+secret, resetLife, now)
		},
	})
	if err != nil {
		return err
	}
	select {
	case <-time.After(time.Until(began.Add(forgetTime))):
	case <-x.r.Context().Done():
	}
	w := newWire(nil)
	w.text("message", "if the address is a user's, a mail with a link is on its way")
	return x.answer(w.end())
}

// errReset is a fault of the request and not a missing login: nobody is asked for a
// token here.
var errReset = tollkeeper.Invalid("resetToken: is unknown, used or expired; ask for another")

// resetPassword sets a new password by a token that was mailed, and ends all of the
// user's sessions.
func (a *API) resetPassword(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	secret := o.text("resetToken", 1, 255)
	password := newPassword(o)
	if err := o.done(); err != nil {
		return err
	}
	hash := credential.HashToken(secret)
	known, err := a.Store.ResetKnown(x.r.Context(), hash) // hashing a password is too dear to do for anybody
	if err != nil {
		return err
	}
	if !known {
		return errReset
	}
	u, err := a.Store.ResetPassword(x.r.Context(), tollkeeper.Write{Principal: x.who}, hash, *a.replacement(x, password))
	if err != nil {
		return err
	}
	if u.ID.IsZero() {
		return errReset
	}
	x.who.User = u.ID
	w := newWire(nil)
	w.id("_id", u.ID)
	w.text("username", u.Email)
	return x.answer(w.end())
}

// replacement is a new password with the letter that tells of it.
func (a *API) replacement(x *exchange, password string) *tollkeeper.NewPassword {
	address, now := x.who.Address, a.Now()
	return &tollkeeper.NewPassword{Hash: credential.HashPassword(password),
		Letter: func(u tollkeeper.User) tollkeeper.Mail { return a.Letters.PasswordChanged(u, address, now) }}
}

// passwordHTML is where the mailed link leads. The token stands behind the #, which
// browsers send to nobody.
//
//go:embed password.html
var passwordHTML string

// pagePolicy lets a page run its own script and style, and ask this server.
func pagePolicy(html string) string {
	return "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src " +
		sourceHash(html, "script") + "; style-src " + sourceHash(html, "style")
}

// sourceHash allows one inline element by its content (CSP Level 3, section 2.3.1).
func sourceHash(html, element string) string {
	_, rest, _ := strings.Cut(html, "<"+element+">")
	content, _, _ := strings.Cut(rest, "</"+element+">")
	hash := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

func (a *API) passwordPage(x *exchange) error { return x.page(passwordHTML) }

// page answers with a page to which a mailed link leads.
func (x *exchange) page(html string) error {
	header := x.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", pagePolicy(html))
	_, err := x.w.Write([]byte(html))
	return err
}
