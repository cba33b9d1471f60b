package console

import (
	"net/http"
	"strings"

	"tollkeeper/client"
)

// changePassword changes the visitor's own password, which ends all other sessions.
func (v *visit) changePassword() error {
	f := form{
		Action: "/console/password", Title: v.t("Change password"), Submit: v.t("Change password"), Cancel: userLink(v.user.Id),
		Intro: v.t("All sessions end, and you sign in again."),
		Fields: []field{
			{Name: "oldPassword", Label: v.t("Password now"), Kind: "password", Required: true, Focus: true, Autocomplete: "current-password"},
			{Name: "password", Label: v.t("New password"), Kind: "password", Required: true, Autocomplete: "new-password", Help: v.t("8 to 255 characters.")},
		},
	}
	back := crumb{userName(v.user), userLink(v.user.Id)}
	if !v.posted() {
		return v.showForm(f, back)
	}
	_, err := v.api.Users.Patch(v.ctx(), v.user.Id, client.UsersPatch{
		OldPassword: client.Set(v.r.PostFormValue("oldPassword")), Password: client.Set(v.r.PostFormValue("password")),
	})
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
		return v.showForm(f, back)
	}
	v.forget()
	return v.redirect("/console/sign-in")
}

// forgotten asks for a link to set a new password.
func (v *visit) forgotten() error {
	f := form{
		Action: "/console/forgotten", Title: v.t("Forgotten password"), Submit: v.t("Send link"), Cancel: "/console/sign-in",
		Intro:  v.t("A link to set a new password is mailed to you, if the address is a user's. It is good for 30 minutes."),
		Fields: []field{{Name: "email", Label: v.t("E-mail"), Kind: "email", Required: true, Focus: true, Autocomplete: "username"}},
	}
	if !v.posted() {
		return v.render(http.StatusOK, "outside", f.Title, formPage{Form: f})
	}
	f.refill(v.r)
	_, err := v.client("").Password.Forget(v.ctx(), client.PasswordForgetRequest{Email: strings.TrimSpace(v.r.PostFormValue("email"))})
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
		return v.render(http.StatusUnprocessableEntity, "outside", f.Title, formPage{Form: f})
	}
	sent := form{Title: f.Title, Intro: v.t("If the address is a user's, a mail with a link is on its way."), Cancel: "/console/sign-in"}
	return v.render(http.StatusOK, "outside", f.Title, formPage{Form: sent})
}
