package api

import (
	"context"
	"crypto/subtle"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// operatorStore makes the first user of a new database.
type operatorStore interface {
	HasUsers(context.Context) (bool, error)
	CreateOperator(ctx context.Context, w tollkeeper.Write, u tollkeeper.User, passwordHash string) (tollkeeper.User, error)
}

// Operator is what the first user is made by, over HTTP.
type Operator struct {
	Code  string // what whoever makes it must know; "" on a server that began with users
	Email string // the address of one who is made without
}

// operatorNeeded reports whether nobody can sign in yet. Most servers began with users,
// and know without asking.
func (a *API) operatorNeeded(x *exchange) (bool, error) {
	if a.Operator.Code == "" {
		return false, nil
	}
	found, err := a.Store.HasUsers(x.r.Context())
	return !found, err
}

func (a *API) getOperator(x *exchange) error {
	needed, err := a.operatorNeeded(x)
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.bool("needed", needed)
	return x.answer(w.end())
}

// errCode is a fault of the request and not a missing login: nobody is asked for a
// token here.
var errCode = tollkeeper.Invalid("code: must be the one that the server printed when it started, and that stands in its data folder")

// createOperator makes the first user, for who knows the code that only the server's
// own terminal and folder show. Whoever comes first to a server that others can reach
// does not get it by that alone.
func (a *API) createOperator(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	code := o.text("code", 1, 64)
	u := tollkeeper.User{Email: a.Operator.Email, First: "Operator"}.WithAllRights()
	if email, given := o.optionalText("email", 3, 254); given && email != "" {
		if u.Email = email; !isEmail(email) {
			o.fault("email", "must be an e-mail address")
		}
	}
	u.Language, _ = o.language("language")
	u.Timezone, _ = o.timezone("timezone")
	password := newPassword(o)
	if err := o.done(); err != nil {
		return err
	}
	needed, err := a.operatorNeeded(x)
	if err != nil {
		return err
	}
	if !needed {
		return tollkeeper.ErrOperatorExists
	}
	if subtle.ConstantTimeCompare([]byte(bareCode(code)), []byte(bareCode(a.Operator.Code))) != 1 {
		a.refusals.note(x.who, tollkeeper.User{}, a.Now())
		return errCode
	}
	made, err := a.Store.CreateOperator(x.r.Context(), tollkeeper.Write{Principal: x.who}, u, credential.HashPassword(password))
	if err == nil {
		x.sendTagged(userAnswer(made))
	}
	return err
}

// bareCode is a code without what helps to type it.
func bareCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}
