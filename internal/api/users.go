package api

import (
	"context"
	"net/mail"
	"regexp"
	"strconv"
	"time"
	_ "time/tzdata" // time zones are checked on machines that have none

	"golang.org/x/text/language"

	"tollkeeper"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/query"
)

// userStore keeps users.
type userStore interface {
	CreateUser(ctx context.Context, w tollkeeper.Write, u tollkeeper.User, passwordHash string) (tollkeeper.User, error)
	User(context.Context, tollkeeper.ID) (tollkeeper.User, error)
	FindUsers(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.User], error)
	PatchUser(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.User) error, password *tollkeeper.NewPassword) (tollkeeper.User, error)
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

func userBody(u tollkeeper.User, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", u.ID)
	w.text("email", u.Email)
	w.optional("first", u.First)
	w.optional("last", u.Last)
	w.optional("jobTitle", u.JobTitle)
	w.optional("mobilePhone", u.MobilePhone)
	w.optional("businessPhone", u.BusinessPhone)
	w.optional("language", u.Language)
	w.text("timezone", u.Timezone)
	w.id("customer", u.Customer)
	w.optional("adminPermission", string(u.AdminPermission))
	w.optional("billingPermission", string(u.BillingPermission))
	w.optional("phonePermission", string(u.PhonePermission))
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
	if err := x.mayReadUser(u); err != nil {
		return err
	}
	x.sendTagged(userAnswer(u))
	return nil
}

// mayReadUser lets people read themselves, and others with ReadAdmin; of another
// customer's users nothing is to be known.
func (x *exchange) mayReadUser(u tollkeeper.User) error {
	switch {
	case u.ID == x.who.User, x.who.IsStaff():
		return nil
	case u.Customer != x.who.Customer:
		return noSuch("user", u.ID.String())
	case x.who.Rights&tollkeeper.ReadAdmin == 0:
		return tollkeeper.Errorf(tollkeeper.CodeForbidden, "reading other users needs %s", tollkeeper.ReadAdmin)
	}
	return nil
}

// mayWriteUser lets people write themselves, and others with WriteAdmin. Nobody
// gives more than they have, nor a user of another customer.
func (x *exchange) mayWriteUser(before, after tollkeeper.User) error {
	if !x.mine(before.Customer) {
		return noSuch("user", before.ID.String())
	}
	if !x.mine(after.Customer) {
		return tollkeeper.Invalid("customer: must be the id of an existing customer")
	}
	admin := x.who.Rights&tollkeeper.WriteAdmin != 0
	if before.ID != x.who.User && !admin {
		return tollkeeper.Errorf(tollkeeper.CodeForbidden, "writing other users needs %s", tollkeeper.WriteAdmin)
	}
	if before.ID != x.who.User && before.Rights()&^x.who.Rights != 0 {
		return tollkeeper.Errorf(tollkeeper.CodeForbidden, "the user may do what you may not")
	}
	var faults []string
	for _, c := range after.Changes(before) {
		switch c.Field {
		case "customer", "email":
			if !admin {
				faults = append(faults, c.Field+": writing it needs "+tollkeeper.WriteAdmin.String())
			}
		case "adminPermission", "billingPermission", "phonePermission":
			if !admin {
				faults = append(faults, c.Field+": writing it needs "+tollkeeper.WriteAdmin.String())
			} else if given := after.Rights() &^ before.Rights(); given&^x.who.Rights != 0 {
				faults = append(faults, c.Field+": you cannot give what you do not have")
			}
		}
	}
	if faults != nil {
		return &tollkeeper.Error{Code: tollkeeper.CodeForbidden, Message: "some fields may not be changed", Faults: faults}
	}
	return nil
}

func (a *API) createUser(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	var u tollkeeper.User
	readUser(o, true)(&u)
	if _, given := o.value("customer"); !given && !x.who.IsStaff() {
		u.Customer = x.who.Customer
	}
	password := newPassword(o)
	if err := o.done(); err != nil {
		return err
	}
	if err := x.mayWriteUser(tollkeeper.User{Customer: x.who.Customer}, u); err != nil {
		return err
	}
	return perform(x, userAnswer, func(w tollkeeper.Write) (tollkeeper.User, error) {
		return a.Store.CreateUser(x.r.Context(), w, u, credential.HashPassword(password))
	})
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
	password := ""
	if _, given := o.value("password"); given {
		password = newPassword(o)
	}
	old, _ := o.optionalText("oldPassword", 1, maxPassword)
	if err := o.done(); err != nil {
		return err
	}
	var replacement *tollkeeper.NewPassword
	if password != "" {
		if err := a.mayChangePassword(x, id, old); err != nil {
			return err
		}
		replacement = a.replacement(x, password)
	}
	return perform(x, userAnswer, func(w tollkeeper.Write) (tollkeeper.User, error) {
		return a.Store.PatchUser(x.r.Context(), w, id, func(u *tollkeeper.User) error {
			if !x.mine(u.Customer) {
				return noSuch("user", id.String())
			}
			if !matches(x.r, userTag(*u)) {
				return errChanged
			}
			if err := unchanged(*u, readOnly); err != nil {
				return err
			}
			before := *u
			change(u)
			return x.mayWriteUser(before, *u)
		}, replacement)
	})
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
	jobTitle, jobTitleSet := o.optionalText("jobTitle", 1, 45)
	mobile, mobileSet := o.phone("mobilePhone")
	business, businessSet := o.phone("businessPhone")
	language, languageSet := o.language("language")
	timezone, timezoneSet := o.timezone("timezone")
	customer, customerSet := o.id("customer")
	admin, adminSet := o.permission("adminPermission")
	billing, billingSet := o.permission("billingPermission")
	phone, phoneSet := o.permission("phonePermission")
	return func(u *tollkeeper.User) {
		set(&u.Email, email, emailSet)
		set(&u.First, first, firstSet)
		set(&u.Last, last, lastSet)
		set(&u.JobTitle, jobTitle, jobTitleSet)
		set(&u.MobilePhone, mobile, mobileSet)
		set(&u.BusinessPhone, business, businessSet)
		set(&u.Language, language, languageSet)
		set(&u.Timezone, timezone, timezoneSet)
		set(&u.Customer, customer, customerSet)
		set(&u.AdminPermission, admin, adminSet)
		set(&u.BillingPermission, billing, billingSet)
		set(&u.PhonePermission, phone, phoneSet)
	}
}

// newPassword reads a password that somebody chose.
func newPassword(o *object) string {
	password := o.text("password", minPassword, maxPassword)
	if password != "" && credential.IsCommon(password) {
		o.fault("password", "must not be one of the passwords that are guessed first")
	}
	return password
}

// mayChangePassword asks those who change their own password for the old one. The
// store asks whether others may.
func (a *API) mayChangePassword(x *exchange, id tollkeeper.ID, old string) error {
	if id != x.who.User {
		if x.who.Rights&tollkeeper.WriteAdmin == 0 {
			return tollkeeper.Errorf(tollkeeper.CodeForbidden, "writing other users needs %s", tollkeeper.WriteAdmin)
		}
		return nil
	}
	if old == "" {
		return tollkeeper.Invalid("oldPassword: is required to change one's own password")
	}
	u, err := a.Store.User(x.r.Context(), id)
	if err != nil {
		return err
	}
	return a.checkPassword(x, u, old, "oldPassword")
}

// checkPassword asks whether the password in a field is the user's.
func (a *API) checkPassword(x *exchange, u tollkeeper.User, password, field string) error {
	_, hash, _, err := a.Store.Credentials(x.r.Context(), u.Email)
	if err != nil {
		return err
	}
	if err := a.mayTry(x, u.Email); err != nil {
		return err
	}
	right := credential.CheckPassword(password, hash)
	a.tried(x, u.Email, right)
	if !right {
		a.refusals.note(x.who, u, a.Now())
		return tollkeeper.Invalid(field + ": is wrong")
	}
	return nil
}

// phone reads a telephone number as people write them.
func (o *object) phone(key string) (string, bool) {
	text, given := o.optionalText(key, 3, 32)
	if text != "" && !phoneForm.MatchString(text) {
		o.fault(key, "must be a telephone number of digits, spaces and + - . ( ) / x")
	}
	return text, given
}

var phoneForm = regexp.MustCompile(`^[+(0-9][-+.()/ x0-9]*$`)

// language reads a language tag in its canonical form (RFC 5646).
func (o *object) language(key string) (string, bool) {
	text, given := o.optionalText(key, 2, 35)
	if text == "" {
		return "", given
	}
	tag, err := language.Parse(text)
	if err != nil {
		o.fault(key, "must be a language tag such as en or pt-BR")
	}
	return tag.String(), given
}

// timezone reads a name of the IANA time zone database. Null stands for the
// default.
func (o *object) timezone(key string) (string, bool) {
	text, given := o.optionalText(key, 1, 64)
	if given && text == "" {
		return tollkeeper.DefaultTimezone, true
	}
	if !isZone(text) {
		o.fault(key, "must be a name of the IANA time zone database, such as America/New_York")
	}
	return text, given
}

// permission reads r or rw; null takes the permission away.
func (o *object) permission(key string) (tollkeeper.Permission, bool) {
	if v, given := o.value(key); !given || v.Kind == tollkeeper.NullValue {
		return tollkeeper.PermissionNone, given
	}
	return oneOf(o, key, tollkeeper.Permissions...), true
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
	return perform(x, untagged(userBody), func(w tollkeeper.Write) (tollkeeper.User, error) {
		return a.Store.DeleteUser(x.r.Context(), w, id, func(u tollkeeper.User) error {
			if err := x.mayWriteUser(u, u); err != nil {
				return err
			}
			if !matches(x.r, userTag(u)) {
				return errChanged
			}
			return nil
		})
	})
}
