package api

import (
	"time"

	"tollkeeper"
)

// ParseObject gives tests the decoder of request bodies.
var ParseObject = parseObject

// NoteRefusal counts a failed sign-in from any address.
func (a *API) NoteRefusal(who tollkeeper.Principal, user tollkeeper.User, now time.Time) {
	a.refusals.note(who, user, now)
}
