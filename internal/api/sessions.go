package api

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// tokenStore keeps tokens.
type tokenStore interface {
	Credentials(ctx context.Context, email string) (u tollkeeper.User, passwordHash string, found bool, err error)
	CreateToken(ctx context.Context, w tollkeeper.Write, token tollkeeper.Token, secretHash []byte) (tollkeeper.Token, error)
	TokenBySecret(ctx context.Context, secretHash []byte) (token tollkeeper.Token, user tollkeeper.User, found bool, err error)
}

// sessions knows the tokens seen lately, so that a request needs no database read
// to be let in. What it knows is never older than trustFor.
type sessions struct {
	store tokenStore
	now   func() time.Time

	mu    sync.RWMutex // guards known
	known map[string]session
}

type session struct {
	who     tollkeeper.Principal
	expires time.Time // of the token; zero: never
	read    time.Time
}

const (
	// trustFor is how long a token is let in without a look at the database; a
	// token that is taken away opens nothing more after it.
	trustFor = time.Second
	// maxKnown bounds the memory of tokens. Beyond it all are looked up anew.
	maxKnown = 10_000
)

func newSessions(store tokenStore, now func() time.Time) *sessions {
	return &sessions{store: store, now: now, known: map[string]session{}}
}

var errToken = tollkeeper.Errorf(tollkeeper.CodeUnauthenticated, "the token is missing, unknown or expired")

// signIn finds out who makes a request, by the token in its Authorization header,
// bare or after "Bearer " (RFC 6750, section 2.1).
func (s *sessions) signIn(x *exchange) error {
	secret := bearer(x.r)
	if secret == "" {
		return errToken
	}
	now := s.now()
	s.mu.RLock()
	known, ok := s.known[secret]
	s.mu.RUnlock()
	if !ok || now.Sub(known.read) > trustFor {
		var err error
		if known, err = s.look(x.r.Context(), secret, now); err != nil {
			return err
		}
	}
	if !known.expires.IsZero() && !now.Before(known.expires) {
		return errToken
	}
	address, userAgent := x.who.Address, x.who.UserAgent
	x.who = known.who
	x.who.Address, x.who.UserAgent = address, userAgent
	return nil
}

func bearer(r *http.Request) string {
	header := r.Header.Get("Authorization")
	if scheme, token, ok := strings.Cut(header, " "); ok {
		if !strings.EqualFold(scheme, "Bearer") {
			return ""
		}
		header = token
	}
	return strings.TrimSpace(header)
}

func (s *sessions) look(ctx context.Context, secret string, now time.Time) (session, error) {
	token, user, found, err := s.store.TokenBySecret(ctx, credential.HashToken(secret))
	if err != nil {
		return session{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !found {
		delete(s.known, secret)
		return session{}, errToken
	}
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	known := session{
		who:     tollkeeper.Principal{User: token.User, Token: token.ID, Customer: user.Customer, Name: token.Name},
		expires: token.ExpiresAt, read: now,
	}
	s.known[secret] = known
	return known, nil
}

// authenticate exchanges an e-mail address and password for a token. An unknown
// address and a wrong password get the same answer after the same time.
func (a *API) authenticate(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	oneOf(o, "strategy", "local")
	email, _ := o.optionalText("email", 1, 254)
	username, _ := o.optionalText("username", 1, 254)
	password := o.text("password", 1, 255)
	switch {
	case email == "" && username == "":
		o.fault("email", "is required")
	case email == "":
		email = username
	case username != "" && username != email:
		o.fault("username", "must be equal to email, or absent")
	}
	if err := o.done(); err != nil {
		return err
	}
	user, hash, found, err := a.Store.Credentials(x.r.Context(), email)
	if err != nil {
		return err
	}
	if !credential.CheckPassword(password, hash) || !found {
		a.refusals.note(x.who, user, a.Now())
		return tollkeeper.Errorf(tollkeeper.CodeUnauthenticated, "the login is wrong")
	}
	x.who.User = user.ID
	secret := credential.NewToken()
	session := tollkeeper.Token{Name: "session", User: user.ID, ExpiresAt: a.Now().Add(time.Duration(a.SessionHours) * time.Hour)}
	if _, err := a.Store.CreateToken(x.r.Context(), tollkeeper.Write{Principal: x.who}, session, credential.HashToken(secret)); err != nil {
		return err
	}
	w := newWire(nil)
	w.id("_id", user.ID)
	w.text("strategy", "local")
	w.text("username", user.Email)
	w.text("password", "")
	x.w.Header().Set("Authorization", secret)
	x.w.Header().Set("Cache-Control", "no-store")
	if prefersMinimal(x.r) {
		x.w.Header().Set("Preference-Applied", "return=minimal")
	} else {
		w.text("accessToken", secret)
	}
	return x.answer(w.end())
}

// prefersMinimal reports a Prefer: return=minimal (RFC 7240, section 4.2).
func prefersMinimal(r *http.Request) bool {
	for _, header := range r.Header.Values("Prefer") {
		for preference := range strings.SplitSeq(header, ",") {
			name, _, _ := strings.Cut(preference, ";")
			if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(name), `"`, ""), "return=minimal") {
				return true
			}
		}
	}
	return false
}
