package console

import (
	"errors"
	"net/http"
	"slices"

	"tollkeeper/client"
)

// The providers, as the API names them: Stripe's pages take cards, and payments by hand
// wait until somebody records that the money has come.
const (
	stripeName = "stripe"
	manualName = "manual"
)

var (
	providers   = []option{{stripeName, "Stripe"}, {manualName, "By hand"}}
	methodKinds = []option{{"card", "Card"}, {"us_bank_account", "Bank account"}, {"sepa_debit", "Bank account"}, {manualName, "By hand"}}
)

// newMethod offers what an account can pay by: a card or bank account, which is typed on
// the provider's own page, and a method that the carrier settles by hand.
func (v *visit) newMethod() error {
	id := v.r.PathValue("id")
	billing, err := v.api.Billing.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	head, err := v.head(id)
	if err != nil {
		return err
	}
	byHand := v.methodByHand(id)
	if v.posted() {
		if err := v.addByHand(&byHand, id); err != nil || !byHand.wrong() {
			return err
		}
	}
	p := formWithin{Head: head, Tabs: v.tabs(id, "/billing"), Form: byHand}
	if slices.Contains(billing.Providers, stripeName) {
		p.Form, p.More = form{Action: methodsLink(id) + "/card", Title: v.t("Card or bank account"), Submit: v.t("Go on to Stripe"), Cancel: customerLink(id) + "/billing",
			Intro: v.t("It is typed on a page of Stripe's, and its number never passes this server. You come back here afterwards.")}, []form{byHand}
	}
	return v.render(byHand.status(), "limits", head.Name, p)
}

func methodsLink(customer string) string { return customerLink(customer) + "/methods" }

// methodByHand is the form of a method that is settled by hand.
func (v *visit) methodByHand(id string) form {
	intro := v.t("For money that comes by bank transfer or cheque: payments wait until you record that it has come.")
	if !v.staff() {
		intro = v.t("For money that you send by bank transfer or cheque: payments wait until your carrier records that it has come.")
	}
	return form{
		Action: methodsLink(id) + "/new", Title: v.t("By transfer or cheque"), Submit: v.t("Add payment method"), Cancel: customerLink(id) + "/billing", Intro: intro,
		Fields: []field{
			{Name: "label", Label: v.t("Name"), Kind: "text", Required: true, Placeholder: v.t("Bank transfer")},
			{Name: "isDefault", Label: v.t("Charged"), Kind: "select", Choices: v.options("1", option{"1", "Refills and invoices are charged to it"}, option{"0", "Only kept"})},
		},
	}
}

func (v *visit) addByHand(f *form, id string) error {
	f.refill(v.r)
	m, err := v.api.Paymentmethods.Create(v.ctx(), client.PaymentMethodCreate{Customer: id, Provider: manualName, Label: v.r.PostFormValue("label"), IsDefault: v.r.PostFormValue("isDefault") == "1"})
	if err != nil {
		return f.blame(err)
	}
	return v.done(customerLink(id)+"/billing", v.t("%s was added.", m.Label))
}

// outwardPage leads to a page of another host. A form's answer may not: the policy of
// pages, which keeps forms within this server, counts for redirects too.
type outwardPage struct {
	Title, Intro, Go, To string
	Back                 crumb
}

// setUpCard opens a page of the provider's and leads to it.
func (v *visit) setUpCard() error {
	id := v.r.PathValue("id")
	if !v.posted() {
		return v.newMethod() // after the password was asked for
	}
	begun, err := v.api.Paymentmethods.Setup(v.ctx(), client.PaymentMethodSetupCreate{Customer: id, Provider: stripeName, ReturnUrl: v.Address + methodsLink(id) + "/return"})
	if err != nil {
		return err
	}
	v.w.Header().Set("Refresh", "0;url="+begun.Url)
	return v.show("outward", v.t("Card or bank account"), outwardPage{
		Title: v.t("On to Stripe"), Intro: v.t("The page that takes the card opens by itself. Where it does not, follow the button."), Go: v.t("Go on to Stripe"), To: begun.Url,
		Back: crumb{v.t("Billing"), customerLink(id) + "/billing"},
	})
}

// setUpDone is where the provider's page leads back to. The method may be there already,
// by the provider's message; the API takes it over once.
func (v *visit) setUpDone() error {
	id, billing := v.r.PathValue("id"), customerLink(v.r.PathValue("id"))+"/billing"
	setUp := v.r.FormValue("setUp")
	if setUp == "" {
		return v.done(billing, v.t("No payment method was added."))
	}
	m, err := v.api.Paymentmethods.Create(v.ctx(), client.PaymentMethodCreate{Customer: id, Provider: stripeName, SetUp: setUp})
	if answer := (*client.Error)(nil); errors.As(err, &answer) && (answer.Code == http.StatusBadRequest || answer.Code == http.StatusConflict) {
		return v.done(billing, v.t("No payment method was added: %s", answerText(answer)))
	}
	if err != nil {
		return err
	}
	return v.done(billing, v.t("%s was added.", methodName(m)))
}

// methodName is a payment method as people know it.
func methodName(m *client.PaymentMethod) string {
	if m.Last4 == "" {
		return m.Label
	}
	return m.Label + " ···· " + m.Last4
}
