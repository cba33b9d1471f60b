package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tollkeeper/client"
)

// enrol makes the secret of a second factor and asks for a code that proves it.
func (v *visit) enrol() error {
	f := form{Action: "/console/totp", Title: v.t("Add second factor"), Submit: v.t("Make secret"), Cancel: userLink(v.user.Id),
		Intro:  v.t("From then on signing in needs a code of six digits from an authenticator app too (TOTP, RFC 6238)."),
		Fields: []field{{Name: "password", Label: v.t("Password"), Kind: "password", Required: true, Focus: true, Autocomplete: "current-password"}}}
	back := crumb{userName(v.user), userLink(v.user.Id)}
	if code := v.r.PostFormValue("totpCode"); v.posted() && v.r.PostFormValue("secret") != "" {
		return v.confirmFactor(code, back)
	}
	if !v.posted() {
		return v.showForm(f, back)
	}
	made, err := v.api.Totp.Create(v.ctx(), v.user.Id, client.TotpCreate{Password: v.r.PostFormValue("password")})
	if err != nil {
		if err := v.blameWithin(&f, err); err != nil {
			return err
		}
		return v.showForm(f, back)
	}
	return v.showForm(v.factorForm(made.Secret, made.Url), back)
}

// blameWithin is blame where 401 is about a password in the form and not about the
// session.
func (v *visit) blameWithin(f *form, err error) error {
	if answer := (*client.Error)(nil); errors.As(err, &answer) && answer.Code == http.StatusUnauthorized && len(answer.Errors) > 0 {
		f.fault("", answerText(answer))
		return nil
	}
	return f.blame(err)
}

func (v *visit) factorForm(secret, address string) form {
	intro := v.t("Put this secret into the app: %s", secret)
	if u, err := url.Parse(address); err == nil && u.Scheme == "otpauth" {
		intro += " · " + v.t("on a telephone, this address does it: %s", address)
	}
	return form{Action: "/console/totp", Title: v.t("Add second factor"), Intro: intro, Submit: v.t("Confirm"), Cancel: userLink(v.user.Id), Hidden: []pair{{"secret", secret}},
		Fields: []field{{Name: "totpCode", Label: v.t("Code of the app"), Kind: "code", Required: true, Focus: true, Autocomplete: "one-time-code"}}}
}

func (v *visit) confirmFactor(code string, back crumb) error {
	codes, err := v.api.Totp.Confirm(v.ctx(), v.user.Id, client.TotpConfirm{TotpCode: strings.TrimSpace(code)})
	if err != nil {
		f := v.factorForm(v.r.PostFormValue("secret"), "")
		if err := v.blameWithin(&f, err); err != nil {
			return err
		}
		return v.showForm(f, back)
	}
	return v.show("secret", v.t("Recovery codes"), secretPage{
		Title: v.t("Recovery codes"), Intro: v.t("Each is good once in place of a code of the app. Keep them where you keep passwords: they are shown only this once."), Codes: codes.RecoveryCodes, Back: back,
	})
}

// disableFactor removes the visitor's own second factor.
func (v *visit) disableFactor() error {
	f := form{Action: "/console/totp/disable", Title: v.t("Remove second factor"), Submit: v.t("Remove second factor"), Danger: true, Cancel: userLink(v.user.Id),
		Intro:  v.t("Signing in will need nothing but the password."),
		Fields: []field{{Name: "password", Label: v.t("Password"), Kind: "password", Required: true, Focus: true, Autocomplete: "current-password"}}}
	back := crumb{userName(v.user), userLink(v.user.Id)}
	if !v.posted() {
		return v.showForm(f, back)
	}
	if _, err := v.api.Totp.Disable(v.ctx(), v.user.Id, client.TotpCreate{Password: v.r.PostFormValue("password")}); err != nil {
		if err := v.blameWithin(&f, err); err != nil {
			return err
		}
		return v.showForm(f, back)
	}
	return v.done(userLink(v.user.Id), v.t("The second factor was removed."))
}
