package api

import (
	"context"
	"net/mail"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/query"
)

// userStore keeps users.
type userStore interface {
	CreateUser(ctx context.Context, w tollkeeper.Write, u tollkeeper.User, passwordHash string) (tollkeeper.User, error)
	User(context.Context, tollkeeper.ID) (tollkeeper.User, error)
	FindUsers(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.User], error)
	PatchUser(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.User) error, passwordHash string) (tollkeeper.User, error)
	DeleteUser(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(tollkeeper.User) error) (tollkeeper.User, error)
}

// Lengths of a password, in characters.
const (
	minPassword = 8
	maxPassword = 255
)

func userTag(u tollkeeper.User) string {
	return `"` + strconv.FormatInt(u.UpdatedAt.UnixMilli(), 36) + `"`
}

func userAnswer(u tollkeeper.User) *tollkeeper.Answer { return tagged(userBody(u, nil), userTag(u)) }

func renderUser(result any) *tollkeeper.Answer { return userAnswer(result.(tollkeeper.User)) }

func userBody(u tollkeeper.User, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", u.ID)
	w.text("email", u.Email)
	w.optional("first", u.First)
	w.optional("last", u.Last)
	w.id("customer", u.Customer)
	w.time("createdAt", u.CreatedAt)
	w.time("updatedAt", u.UpdatedAt)
	return w.end()
}

func (a *API) findUsers(x *exchange) error {
	return list(x, query.Users, a.Store.FindUsers, userBody)
}

func (a *API) getUser(x *exchange) error {
	id, err := x.pathID("user")
	if err != nil {
		return err
	}
	u, err := a.Store.User(x.r.Context(), id)
	if err != nil {
		return err
	}
	x.sendTagged(userAnswer(u))
	return nil
}

func (a *API) createUser(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	var u tollkeeper.User
	readUser(o, true)(&u)
	password := o.text("password", minPassword, maxPassword)
	if err := o.done(); err != nil {
		return err
	}
	w, err := x.write(renderUser)
	if err != nil {
		return err
	}
	created, err := a.Store.CreateUser(x.r.Context(), w, u, credential.HashPassword(password))
	if err == nil && !x.replayed(w) {
		x.sendTagged(userAnswer(created))
	}
	return err
}

func (a *API) patchUser(x *exchange) error {
	id, err := x.pathID("user")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	change := readUser(o, false)
	readOnly := []tollkeeper.Field{}
	for _, key := range []string{"_id", "createdAt", "updatedAt"} {
		if v, given := o.value(key); given {
			readOnly = append(readOnly, tollkeeper.Field{Key: key, Value: v})
		}
	}
	hash := ""
	if _, given := o.value("password"); given {
		if password := o.text("password", minPassword, maxPassword); len(o.faults) == 0 {
			hash = credential.HashPassword(password)
		}
	}
	if err := o.done(); err != nil {
		return err
	}
	w, err := x.write(renderUser)
	if err != nil {
		return err
	}
	patched, err := a.Store.PatchUser(x.r.Context(), w, id, func(u *tollkeeper.User) error {
		if !matches(x.r, userTag(*u)) {
			return errChanged
		}
		if err := unchanged(*u, readOnly); err != nil {
			return err
		}
		change(u)
		return nil
	}, hash)
	if err == nil && !x.replayed(w) {
		x.sendTagged(userAnswer(patched))
	}
	return err
}

// readUser reads the fields of a user and returns the change they make.
func readUser(o *object, create bool) func(*tollkeeper.User) {
	email, emailSet := "", false
	if _, given := o.value("email"); given || create {
		emailSet = true
		if email = o.text("email", 3, 254); email != "" && !isEmail(email) {
			o.fault("email", "must be an e-mail address")
		}
	}
	first, firstSet := o.optionalText("first", 1, 45)
	last, lastSet := o.optionalText("last", 1, 45)
	customer, customerSet := o.id("customer")
	return func(u *tollkeeper.User) {
		set(&u.Email, email, emailSet)
		set(&u.First, first, firstSet)
		set(&u.Last, last, lastSet)
		set(&u.Customer, customer, customerSet)
	}
}

func set[T any](at *T, v T, given bool) {
	if given {
		*at = v
	}
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && address.Name == ""
}

// unchanged makes sure that read-only fields repeat what is stored.
func unchanged(u tollkeeper.User, fields []tollkeeper.Field) error {
	var faults []string
	for _, f := range fields {
		ok := false
		switch f.Key {
		case "_id":
			id, err := tollkeeper.ParseID(f.Value.Text)
			ok = err == nil && id == u.ID
		case "createdAt":
			ok = sameTime(f.Value.Text, u.CreatedAt)
		case "updatedAt":
			ok = sameTime(f.Value.Text, u.UpdatedAt)
		}
		if !ok {
			faults = append(faults, f.Key+": is read-only")
		}
	}
	if len(faults) > 0 {
		return tollkeeper.Invalid(faults...)
	}
	return nil
}

func sameTime(text string, t time.Time) bool {
	at, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && at.UnixMilli() == t.UnixMilli()
}

func (a *API) removeUser(x *exchange) error {
	id, err := x.pathID("user")
	if err != nil {
		return err
	}
	w, err := x.write(func(result any) *tollkeeper.Answer { return tagged(userBody(result.(tollkeeper.User), nil), "") })
	if err != nil {
		return err
	}
	removed, err := a.Store.DeleteUser(x.r.Context(), w, id, func(u tollkeeper.User) error {
		if !matches(x.r, userTag(u)) {
			return errChanged
		}
		return nil
	})
	if err != nil || x.replayed(w) {
		return err
	}
	return x.answer(userBody(removed, nil))
}
