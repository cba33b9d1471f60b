package api

import (
	"errors"
	"net/http"
	"time"

	"tollkeeper"
)

// ParseObject gives tests the decoder of request bodies.
var ParseObject = parseObject

// NoteRefusal counts a failed sign-in from any address.
func (a *API) NoteRefusal(who tollkeeper.Principal, user tollkeeper.User, now time.Time) {
	a.refusals.note(who, user, now)
}

// LetIn signs a request in and looks up whether it may, as every guarded
// operation does.
func (a *API) LetIn(r *http.Request, operation string) error {
	x := &exchange{r: r}
	if err := a.sessions.signIn(x, bearer(x.r)); err != nil {
		return err
	}
	rule, _ := tollkeeper.RuleOf(operation)
	if lacking, ok := x.who.May(&rule); !ok {
		return errors.New(lacking)
	}
	return nil
}
