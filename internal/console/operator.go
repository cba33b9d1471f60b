package console

import (
	"net/http"
	"strings"

	"tollkeeper/client"
)

// operatorNeeded reports whether nobody can sign in to this server yet.
func (v *visit) operatorNeeded() bool {
	operator, err := v.client("").Operator.Get(v.ctx())
	return err == nil && operator.Needed
}

// operatorPage makes the first user of a new server, for who has the code that it
// printed, and begins the first steps with it.
func (v *visit) operatorPage() error {
	if !v.operatorNeeded() {
		return v.redirect("/console/")
	}
	f := form{
		Action: "/console/operator", Title: v.t("Make the operator"), Submit: v.t("Go on"),
		Intro: v.t("Nobody can sign in to this server yet. The operator whom you make now may do everything, and can make other users later."),
		Fields: []field{
			{Name: "code", Label: v.t("Code"), Kind: "code", Value: v.r.FormValue("code"), Required: true, Autocomplete: "off", Help: v.t("The server printed it when it started, and keeps it in the file operator-code of its data folder. It is good once.")},
			{Name: "email", Label: v.t("E-mail"), Kind: "email", Required: true, Focus: true, Autocomplete: "username"},
			{Name: "password", Label: v.t("Password"), Kind: "password", Required: true, Autocomplete: "new-password", Help: v.t("8 to 255 characters.")},
			{Name: "again", Label: v.t("Password, once more"), Kind: "password", Required: true, Autocomplete: "new-password"},
			{Name: "zone", Label: v.t("Time zone"), Kind: "zone", Help: v.t("A name of the IANA database such as America/New_York.")},
		},
	}
	if !v.posted() {
		return v.render(http.StatusOK, "outside", f.Title, formPage{Form: f})
	}
	f.refill(v.r)
	if err := v.makeOperator(&f); err != nil || !f.wrong() {
		return err
	}
	return v.render(http.StatusUnprocessableEntity, "outside", f.Title, formPage{Form: f})
}

func (v *visit) makeOperator(f *form) error {
	password := v.r.PostFormValue("password")
	if v.r.PostFormValue("again") != password {
		f.fault("again", v.t("is not the same"))
		return nil
	}
	draft := client.OperatorCreate{
		Code: v.r.PostFormValue("code"), Email: strings.TrimSpace(v.r.PostFormValue("email")), Password: password,
		Language: v.locale.tag, Timezone: strings.TrimSpace(v.r.PostFormValue("zone")),
	}
	made, err := v.client("").Operator.Create(v.ctx(), draft)
	if err != nil {
		return f.blame(err)
	}
	signedIn, err := v.client("").Authentication.Create(v.ctx(), client.AuthenticationRequest{Strategy: client.StrategyLocal, Email: made.Email, Password: password})
	if err != nil {
		return err
	}
	v.begins(signedIn)
	return v.redirect("/console/start")
}
