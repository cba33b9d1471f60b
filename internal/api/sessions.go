package api

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/guard"
)

// sessionStore knows who may sign in, and with what.
type sessionStore interface {
	Credentials(ctx context.Context, email string) (u tollkeeper.User, passwordHash string, found bool, err error)
	SessionUser(ctx context.Context, tokenHash []byte, user tollkeeper.ID) (u tollkeeper.User, open bool, err error)
	EndSession(ctx context.Context, w tollkeeper.Write, tokenHash []byte, expires time.Time) error
	TokenBySecret(ctx context.Context, secretHash []byte) (token tollkeeper.Token, user tollkeeper.User, found bool, err error)
	SessionKey(ctx context.Context, id string) (publicKey []byte, err error)
	SignedIn(context.Context, tollkeeper.Write, tollkeeper.User) error
	TokenUsed(ctx context.Context, w tollkeeper.Write, network netip.Addr) error
}

// sessions knows the tokens seen lately, so that a request needs no database read
// to be let in. What it knows is never older than trustFor.
type sessions struct {
	store sessionStore
	now   func() time.Time

	mu     sync.RWMutex // guards known and places
	known  map[string]session
	places map[place]struct{} // which the store knows too
}

// place is where a token was used from.
type place struct {
	token   tollkeeper.ID
	address netip.Addr
}

type session struct {
	who     tollkeeper.Principal
	token   tollkeeper.Token // zero for a session
	expires time.Time        // zero: never
	read    time.Time
}

const (
	// trustFor is how long a token is let in without a look at the database; a
	// token that is taken away opens nothing more after it.
	trustFor = time.Second
	// trustInFailure is how long a token is let in while the database cannot be asked.
	// Nothing that needs the database succeeds then; emergency calls need nothing else.
	trustInFailure = time.Hour
	// lookFor bounds how long a call waits for that look where the token was known: a
	// database that does not answer is one that cannot be asked.
	lookFor = 2 * time.Second
	// maxKnown bounds the memory of tokens. Beyond it all are looked up anew.
	maxKnown = 10_000
	// maxPlaces likewise bounds the memory of where tokens were used from.
	maxPlaces = 20_000
)

func newSessions(store sessionStore, now func() time.Time) *sessions {
	return &sessions{store: store, now: now, known: map[string]session{}, places: map[place]struct{}{}}
}

var errToken = tollkeeper.Errorf(tollkeeper.CodeUnauthenticated, "the token is missing, unknown or expired")

// signIn finds out who makes a request, by its token.
func (s *sessions) signIn(x *exchange, secret string) error {
	if secret == "" {
		return errToken
	}
	now := s.now()
	s.mu.RLock()
	known, ok := s.known[secret]
	s.mu.RUnlock()
	if !ok || now.Sub(known.read) > trustFor {
		ctx := x.r.Context()
		if ok {
			within, cancel := context.WithTimeout(ctx, lookFor)
			defer cancel()
			ctx = within
		}
		found, err := s.look(ctx, secret, now)
		switch {
		case err == nil:
			known = found
		case !ok || !isUnavailable(err) || now.Sub(known.read) > trustInFailure:
			return err
		}
	}
	if !known.expires.IsZero() && !now.Before(known.expires) || !known.token.OpensFrom(x.who.Address) {
		return errToken
	}
	address, userAgent := x.who.Address, x.who.UserAgent
	x.who = known.who
	x.who.Address, x.who.UserAgent = address, userAgent
	return s.notePlace(x)
}

// notePlace tells the audit trail of a token that is used from a new address. Nothing
// is written or read where the address is known.
func (s *sessions) notePlace(x *exchange) error {
	at := place{x.who.Token, x.who.Address}
	if at.token.IsZero() {
		return nil
	}
	s.mu.RLock()
	_, known := s.places[at]
	s.mu.RUnlock()
	if known {
		return nil
	}
	err := s.store.TokenUsed(x.r.Context(), tollkeeper.Write{Principal: x.who}, guard.Neighbourhood(at.address))
	if isUnavailable(err) && x.r.Method == "POST" && x.r.URL.Path == "/calls" {
		return nil // an emergency call shall pass; the place is told of at its next use
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.places) >= maxPlaces {
		clear(s.places)
	}
	s.places[at] = struct{}{}
	return nil
}

func isUnavailable(err error) bool { return tollkeeper.ErrorCode(err) == tollkeeper.CodeUnavailable }

// bearer returns the token in a request's Authorization header, bare or after
// "Bearer " (RFC 6750, section 2.1).
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

func (s *sessions) look(ctx context.Context, secret string, now time.Time) (known session, err error) {
	if credential.IsSession(secret) {
		known, err = s.lookSession(ctx, secret, now)
	} else {
		known, err = s.lookToken(ctx, secret)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if !isUnavailable(err) {
			delete(s.known, secret)
		}
		return known, err
	}
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	known.read = now
	s.known[secret] = known
	return known, nil
}

// lookToken looks a long-lived token up by the hash of its secret: nothing that
// depends on the secret itself is compared.
func (s *sessions) lookToken(ctx context.Context, secret string) (session, error) {
	token, user, found, err := s.store.TokenBySecret(ctx, credential.HashToken(secret))
	if err != nil {
		return session{}, err
	}
	if !found || !token.Active {
		return session{}, errToken
	}
	who := tollkeeper.Principal{User: token.User, Token: token.ID, Customer: user.Customer, Name: token.Name, Rights: token.Rights(&user)}
	if token.Kind == tollkeeper.TokenSwitch {
		who.Customer = token.Customer
	}
	return session{who: who, token: token, expires: token.ExpiresAt}, nil
}

// lookSession proves a session's token and makes sure that nothing has ended it.
func (s *sessions) lookSession(ctx context.Context, secret string, now time.Time) (session, error) {
	said, err := credential.ReadSession(secret, now, func(id string) ([]byte, error) { return s.store.SessionKey(ctx, id) })
	if err == credential.ErrSession {
		err = errToken
	}
	if err != nil {
		return session{}, err
	}
	id, err := tollkeeper.ParseID(said.User)
	if err != nil {
		return session{}, errToken
	}
	user, open, err := s.store.SessionUser(ctx, credential.HashToken(secret), id)
	if err == nil && (!open || user.Epoch != said.Epoch) {
		err = errToken
	}
	if err != nil {
		return session{}, err
	}
	return session{who: tollkeeper.Principal{User: id, Customer: user.Customer, Name: user.Email, Rights: user.Rights()}, expires: said.Expires}, nil
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
	factor := readSecondFactor(o)
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
	if err := a.mayTry(x, email); err != nil {
		return err
	}
	user, hash, found, err := a.Store.Credentials(x.r.Context(), email)
	if err != nil {
		return err
	}
	err = tollkeeper.Errorf(tollkeeper.CodeUnauthenticated, "the login is wrong")
	if credential.CheckPassword(password, hash) && found {
		err = a.checkSecondFactor(x, user, factor)
	}
	if code := tollkeeper.ErrorCode(err); err == errCodeNeeded || err != nil && code != tollkeeper.CodeUnauthenticated && code != tollkeeper.CodeTooManyRequests {
		return err // half of a login, or none, is neither right nor wrong
	}
	a.tried(x, email, err == nil)
	if err != nil {
		a.refusals.note(x.who, user, a.Now())
		return err
	}
	x.who.User, x.who.Customer = user.ID, user.Customer
	secret, err := a.Sign(credential.Session{User: user.ID.String(), Epoch: user.Epoch, Expires: a.Now().Add(time.Duration(a.SessionMinutes) * time.Minute)}, a.Now())
	if err != nil {
		return err
	}
	if err := a.Store.SignedIn(x.r.Context(), tollkeeper.Write{Principal: x.who}, user); err != nil {
		return err
	}
	w := newWire(nil)
	w.id("_id", user.ID)
	w.text("strategy", "local")
	w.text("username", user.Email)
	w.text("password", "")
	x.w.Header().Set("Authorization", secret)
	if prefersMinimal(x.r) {
		x.w.Header().Set("Preference-Applied", "return=minimal")
	} else {
		w.text("accessToken", secret)
	}
	return x.answer(w.end())
}

// signOut ends the session that asks for it. Every node knows within trustFor.
func (a *API) signOut(x *exchange) error {
	secret := bearer(x.r)
	if !credential.IsSession(secret) {
		return tollkeeper.Invalid("Authorization: must be a session; a token is taken away at /usertokens/{id}")
	}
	said, err := credential.ReadSession(secret, a.Now(), func(id string) ([]byte, error) { return a.Store.SessionKey(x.r.Context(), id) })
	if err == credential.ErrSession {
		err = errToken
	}
	if err != nil {
		return err
	}
	if err := a.Store.EndSession(x.r.Context(), tollkeeper.Write{Principal: x.who}, credential.HashToken(secret), said.Expires); err != nil {
		return err
	}
	a.sessions.forget(secret)
	w := newWire(nil)
	w.id("_id", x.who.User)
	w.text("strategy", "local")
	w.text("username", x.who.Name)
	w.text("password", "")
	return x.answer(w.end())
}

// forget makes this node look a token up anew at its next use.
func (s *sessions) forget(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, secret)
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
