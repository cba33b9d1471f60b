package api

import (
	"context"
	"regexp"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// factorStore keeps users' second factors.
type factorStore interface {
	SecondFactor(ctx context.Context, user tollkeeper.ID) (tollkeeper.SecondFactor, error)
	EnrolSecondFactor(ctx context.Context, w tollkeeper.Write, user tollkeeper.ID, secret string) error
	ConfirmSecondFactor(ctx context.Context, w tollkeeper.Write, user tollkeeper.ID, check tollkeeper.CodeCheck, recovery [][]byte,
		letter func(tollkeeper.User) tollkeeper.Mail) (bool, error)
	RemoveSecondFactor(ctx context.Context, w tollkeeper.Write, user tollkeeper.ID, expect func(tollkeeper.User) error,
		letter func(tollkeeper.User) tollkeeper.Mail) error
	UseCode(ctx context.Context, user tollkeeper.ID, check tollkeeper.CodeCheck) (bool, error)
	UseRecoveryCode(ctx context.Context, w tollkeeper.Write, u tollkeeper.User, hash []byte) (bool, error)
}

// secondFactor is what was sent with a login beside the password.
type secondFactor struct{ code, recovery string }

func readSecondFactor(o *object) (f secondFactor) {
	f.code = totpCode(o, false)
	f.recovery, _ = o.optionalText("recoveryCode", 1, 64)
	if f.code != "" && f.recovery != "" {
		o.fault("recoveryCode", "must be absent when totpCode is given")
	}
	return f
}

var codeForm = regexp.MustCompile(`^[0-9]{6}$`)

func totpCode(o *object, required bool) string {
	read := o.optionalText
	if required {
		read = func(key string, low, high int) (string, bool) { return o.text(key, low, high), true }
	}
	code, _ := read("totpCode", 1, 64)
	if code != "" && !codeForm.MatchString(code) {
		o.fault("totpCode", "must have 6 digits")
	}
	return code
}

var (
	errCodeNeeded = &tollkeeper.Error{Code: tollkeeper.CodeUnauthenticated,
		Message: "this user has a second factor: send totpCode, or recoveryCode", Faults: []string{"totpCode: is required"}}
	errCodeWrong = &tollkeeper.Error{Code: tollkeeper.CodeUnauthenticated,
		Message: "the code is wrong, or was used already", Faults: []string{"totpCode: is wrong, or was used already"}}
	errRecoveryWrong = &tollkeeper.Error{Code: tollkeeper.CodeUnauthenticated,
		Message: "the recovery code is wrong, or was used already", Faults: []string{"recoveryCode: is wrong, or was used already"}}
)

// checkSecondFactor asks a user whose password was right for the second factor, if
// there is one.
func (a *API) checkSecondFactor(x *exchange, u tollkeeper.User, given secondFactor) error {
	factor, err := a.Store.SecondFactor(x.r.Context(), u.ID)
	if err != nil || !factor.Enabled {
		return err
	}
	right, wrong := false, errCodeWrong
	switch {
	case given.code != "":
		right, err = a.Store.UseCode(x.r.Context(), u.ID, a.codeCheck(given.code))
	case given.recovery != "":
		who := x.who
		who.User, who.Customer = u.ID, u.Customer
		right, err = a.Store.UseRecoveryCode(x.r.Context(), tollkeeper.Write{Principal: who}, u, credential.HashRecoveryCode(given.recovery))
		wrong = errRecoveryWrong
	default:
		return errCodeNeeded
	}
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeTooManyRequests {
		x.w.Header().Set("Retry-After", "900")
	}
	if err != nil || right {
		return err
	}
	return wrong
}

func (a *API) codeCheck(code string) tollkeeper.CodeCheck {
	now := a.Now()
	return func(secret string) (int64, bool) { return credential.TOTPStep(secret, code, now) }
}

func (a *API) getTOTP(x *exchange) error {
	u, err := a.userInPath(x)
	if err != nil {
		return err
	}
	if err := x.mayReadUser(u); err != nil {
		return err
	}
	factor, err := a.Store.SecondFactor(x.r.Context(), u.ID)
	if err != nil {
		return err
	}
	return x.answer(totpBody(u, factor))
}

func totpBody(u tollkeeper.User, f tollkeeper.SecondFactor) []byte {
	w := newWire(nil)
	w.id("user", u.ID)
	w.bool("enabled", f.Enabled)
	w.int("recoveryCodesLeft", f.RecoveryCodes)
	return w.end()
}

// enrolTOTP makes the secret of a second factor and shows it, once.
func (a *API) enrolTOTP(x *exchange) error {
	u, err := a.oneself(x)
	if err != nil {
		return err
	}
	if err := a.ownPassword(x, u); err != nil {
		return err
	}
	secret, address, err := credential.NewTOTP(u.Email)
	if err != nil {
		return tollkeeper.Internal("make a second factor", err)
	}
	if err := a.Store.EnrolSecondFactor(x.r.Context(), tollkeeper.Write{Principal: x.who}, u.ID, secret); err != nil {
		return err
	}
	w := newWire(nil)
	w.id("user", u.ID)
	w.text("secret", secret)
	w.text("url", address)
	return x.answer(w.end())
}

// confirmTOTP makes a second factor count, once a code proves that the user has it,
// and shows the recovery codes, once.
func (a *API) confirmTOTP(x *exchange) error {
	u, err := a.oneself(x)
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	code := totpCode(o, true)
	if err := o.done(); err != nil {
		return err
	}
	codes := credential.NewRecoveryCodes()
	hashes := make([][]byte, len(codes))
	for i, code := range codes {
		hashes[i] = credential.HashRecoveryCode(code)
	}
	right, err := a.Store.ConfirmSecondFactor(x.r.Context(), tollkeeper.Write{Principal: x.who}, u.ID, a.codeCheck(code), hashes, a.factorLetter(x, true))
	if err != nil {
		return err
	}
	if !right {
		return tollkeeper.Invalid("totpCode: is wrong; check the clock of the device")
	}
	w := newWire(nil)
	w.id("user", u.ID)
	w.texts("recoveryCodes", codes)
	return x.answer(w.end())
}

// disableTOTP removes one's own second factor, with the password.
func (a *API) disableTOTP(x *exchange) error {
	u, err := a.oneself(x)
	if err != nil {
		return err
	}
	if err := a.ownPassword(x, u); err != nil {
		return err
	}
	return a.dropTOTP(x, u, func(tollkeeper.User) error { return nil })
}

// removeTOTP removes the second factor of somebody who has lost it. One's own is not
// to be removed by whoever finds an open session.
func (a *API) removeTOTP(x *exchange) error {
	u, err := a.userInPath(x)
	if err != nil {
		return err
	}
	return a.dropTOTP(x, u, func(u tollkeeper.User) error {
		if u.ID == x.who.User {
			return tollkeeper.Errorf(tollkeeper.CodeForbidden, "one's own second factor is removed with the password, by POST /users/{id}/totp/disable")
		}
		return x.mayWriteUser(u, u)
	})
}

func (a *API) dropTOTP(x *exchange, u tollkeeper.User, expect func(tollkeeper.User) error) error {
	if err := a.Store.RemoveSecondFactor(x.r.Context(), tollkeeper.Write{Principal: x.who}, u.ID, expect, a.factorLetter(x, false)); err != nil {
		return err
	}
	return x.answer(totpBody(u, tollkeeper.SecondFactor{}))
}

func (a *API) factorLetter(x *exchange, added bool) func(tollkeeper.User) tollkeeper.Mail {
	address, now := x.who.Address, a.Now()
	return func(u tollkeeper.User) tollkeeper.Mail { return a.Letters.SecondFactor(u, added, address, now) }
}

// userInPath returns the user that the path names, if the caller may know of them.
func (a *API) userInPath(x *exchange) (u tollkeeper.User, err error) {
	id, err := x.pathID("user")
	if err != nil {
		return u, err
	}
	if u, err = a.Store.User(x.r.Context(), id); err == nil && !x.mine(u.Customer) {
		err = noSuch("user", id.String())
	}
	return u, err
}

// oneself is userInPath for what nobody does for others.
func (a *API) oneself(x *exchange) (u tollkeeper.User, err error) {
	u, err = a.userInPath(x)
	if err == nil && u.ID != x.who.User {
		err = tollkeeper.Errorf(tollkeeper.CodeForbidden, "only the user may do this")
	}
	return u, err
}

// ownPassword asks for the password of the user who is signed in.
func (a *API) ownPassword(x *exchange, u tollkeeper.User) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	password := o.text("password", 1, maxPassword)
	if err := o.done(); err != nil {
		return err
	}
	return a.checkPassword(x, u, password, "password")
}
