package console

import (
	"fmt"

	"tollkeeper/client"
)

// billingPage is how an account pays: its methods, what refills and alerts come to in
// money, and whom invoices are made out to.
type billingPage struct {
	Head    *customerHead
	Tabs    []tab
	Actions []button
	Says    []string // refill and alert, in sentences
	Edit    []button
	Methods panel
	Payer   form
	Payable bool // whether the payer can be changed
	Next    []fact
}

func (v *visit) billingPage() error {
	id := v.r.PathValue("id")
	a, err := v.account(id)
	if err != nil {
		return err
	}
	billing, err := v.api.Billing.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := v.payerForm(billing)
	if v.posted() {
		f.refill(v.r)
		if err := v.changePayer(&f, id); err != nil || !f.wrong() {
			return err
		}
	}
	p := billingPage{Head: v.headOf(&a), Tabs: v.tabs(id, "/billing"), Payer: f, Payable: v.may("PATCH /customers/{id}/billing"), Says: v.refillSays(a.record)}
	p.Actions = v.actions(
		action{"POST /customers/{id}/refills", "Add credit now", customerLink(id) + "/refill"},
		action{"POST /paymentmethods", "Add payment method", customerLink(id) + "/methods/new"},
	)
	for _, name := range []string{"lowBalanceAlertAmount", "automaticRefillAmount"} {
		if v.writable(name) {
			p.Edit = append(p.Edit, button{v.t("Change: %s", v.t(findRecordField(name).Label)), customerLink(id) + "?field=" + name + "#f-" + name})
		}
	}
	if p.Methods, err = panelOf(v, "Payment methods", v.methods(), client.Eq("customer", id)); err != nil {
		return err
	}
	p.Next = []fact{
		{Title: v.t("Invoiced and not paid"), Value: v.money(billing.ReceivableMicros)},
		{Title: v.t("Next invoice"), Value: v.moment(billing.NextInvoiceAt).Text, Exact: v.moment(billing.NextInvoiceAt).UTC},
	}
	return v.render(f.status(), "billing", a.record.Name, p)
}

// refillSays is what alert and refill come to in money.
func (v *visit) refillSays(c *client.Customer) (says []string) {
	alert, refill := v.cents(c.LowBalanceAlertAmount), v.cents(c.AutomaticRefillAmount)
	if c.LowBalanceAlertAmount > 0 {
		says = append(says, v.t("When less than %s is available, the billing user gets one mail; the next after it has been above that again.", alert))
	} else {
		says = append(says, v.t("Nobody is told when credit runs low: the alert is off."))
	}
	switch {
	case c.AutomaticRefillAmount > 0 && c.LowBalanceAlertAmount > 0:
		says = append(says, v.t("Below %s of available credit, %s and its taxes are charged to the default payment method by themselves.", alert, refill))
	case c.AutomaticRefillAmount > 0:
		says = append(says, v.t("Below the server's own trigger, %s and its taxes are charged to the default payment method by themselves.", refill))
	default:
		says = append(says, v.t("Credit is not refilled by itself: when it is used up, calls are refused until somebody adds some. Emergency calls always pass."))
	}
	if c.DefaultBillMethod != client.BillCredit {
		says = append(says, v.t("Calls of this account are invoiced and do not draw on credit."))
	}
	return says
}

// methods are what an account pays with.
func (v *visit) methods() list[client.PaymentMethod] {
	l := list[client.PaymentMethod]{
		Name: "methods", Find: v.api.Paymentmethods.Find, Empty: "No payment method yet. Refills and invoices cannot be charged without one.",
		Columns: []column[client.PaymentMethod]{
			{Key: "label", Title: "Method", Wrap: true, Cell: func(v *visit, m client.PaymentMethod) cell { return plain(methodName(&m)) }},
			{Key: "kind", Title: "Kind", Cell: func(v *visit, m client.PaymentMethod) cell { return plain(v.word("kind", m.Kind)) }},
			{Key: "expYear", Title: "Expires", Cell: func(v *visit, m client.PaymentMethod) cell {
				if m.ExpYear == 0 {
					return cell{}
				}
				return plain(fmt.Sprintf("%02d/%d", m.ExpMonth, m.ExpYear))
			}},
			{Key: "isDefault", Title: "Charged", Cell: func(v *visit, m client.PaymentMethod) cell {
				if m.IsDefault {
					return badge(v.t("Default"), "good")
				}
				if !v.may("PATCH /paymentmethods/{id}") {
					return cell{}
				}
				return cell{Action: &form{Action: customerLink(m.Customer) + "/methods/default", Submit: v.t("Make default"), Compact: true, Hidden: []pair{{"method", m.Id}}}}
			}},
		},
	}
	if v.may("DELETE /paymentmethods/{id}") {
		l.Columns = append(l.Columns, column[client.PaymentMethod]{Key: "remove", Cell: func(v *visit, m client.PaymentMethod) cell {
			return link(v.t("Remove"), customerLink(m.Customer)+"/methods/"+m.Id+"/delete")
		}})
	}
	return l
}

func (v *visit) defaultMethod() error {
	m, err := v.api.Paymentmethods.Patch(v.ctx(), v.r.PostFormValue("method"), client.PaymentMethodPatch{IsDefault: client.Set(true)})
	if err != nil {
		return err
	}
	return v.done(customerLink(v.r.PathValue("id"))+"/billing", v.t("Refills and invoices are charged to %s.", m.Label))
}

func (v *visit) deleteMethod() error {
	id, method := v.r.PathValue("id"), v.r.PathValue("method")
	m, err := v.api.Paymentmethods.Get(v.ctx(), method)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Remove %s?", m.Label), Intro: v.t("Nothing is charged to it any more."), Submit: v.t("Remove payment method"), Cancel: customerLink(id) + "/billing"}
	return v.sure(f, crumb{v.t("Billing"), customerLink(id) + "/billing"}, func() error {
		_, err := v.api.Paymentmethods.Remove(v.ctx(), method)
		return err
	}, v.t("%s was removed.", m.Label))
}

// refill charges the default payment method and credits the account.
func (v *visit) refill() error {
	id, key := v.r.PathValue("id"), v.onceKey()
	c, err := v.api.Customers.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	methods, err := v.api.Paymentmethods.Find(v.ctx(), client.Find{Limit: client.CountOnly, Where: []client.Condition{client.Eq("customer", id)}})
	if err != nil {
		return err
	}
	if methods.Total == 0 {
		return v.done(methodsLink(id)+"/new", v.t("Nothing can be charged yet: add a payment method first."))
	}
	in := field{Name: "amount", Label: v.t("Credit"), Kind: "money", Unit: v.Currency, Required: true, Focus: true, Help: v.t("Taxes are added to it. It can be used as soon as the payment has succeeded, mostly within seconds.")}
	if c.AutomaticRefillAmount > 0 {
		in.Value = v.decimal(writeCents(c.AutomaticRefillAmount))
	}
	f := form{Title: v.t("Add credit to %s", c.Name), Submit: v.t("Charge the payment method"), Hidden: []pair{{"key", key}}, Fields: []field{in},
		Intro: v.t("The default payment method is charged.")}
	return v.ask(f, crumb{v.t("Billing"), customerLink(id) + "/billing"}, func(f *form) (string, error) {
		amount := f.cents(v, "amount")
		if f.wrong() {
			return "", nil
		}
		p, err := v.api.Refills.Create(v.ctx(), id, client.RefillCreate{Amount: amount}, client.IdempotencyKey(key))
		if err != nil {
			return "", err
		}
		if p.Provider == manualName {
			return v.t("A payment of %s with taxes waits, under Payments, until it is recorded that the money has come.", v.owed(p.Amount).Text), nil
		}
		return v.t("A payment of %s with taxes is under way.", v.owed(p.Amount).Text), nil
	})
}

func (v *visit) payerForm(b *client.Billing) form {
	f := form{Action: customerLink(b.Customer) + "/billing", Title: v.t("Invoices are made out to"), Submit: v.t("Save"), Fields: []field{
		{Name: "company", Label: v.t("Company"), Kind: "text", Value: b.Company, Autocomplete: "organization", Help: v.t("Empty: the name of the account.")},
		{Name: "line1", Label: v.t("Street"), Kind: "text", Value: b.Line1, Autocomplete: "address-line1"},
		{Name: "line2", Label: v.t("More of the address"), Kind: "text", Value: b.Line2, Autocomplete: "address-line2"},
		{Name: "city", Label: v.t("City"), Kind: "text", Value: b.City, Autocomplete: "address-level2"},
		{Name: "state", Label: v.t("State or province"), Kind: "text", Value: b.State, Autocomplete: "address-level1"},
		{Name: "postalCode", Label: v.t("Postal code"), Kind: "text", Value: b.PostalCode, Autocomplete: "postal-code"},
		{Name: "country", Label: v.t("Country"), Kind: "text", Value: b.Country, Autocomplete: "country", Help: v.t("Two letters (ISO 3166), such as US.")},
		{Name: "taxId", Label: v.t("Tax number"), Kind: "text", Value: b.TaxId},
		{Name: "timezone", Label: v.t("Time zone"), Kind: "zone", Value: b.Timezone, Help: v.t("In which a month begins, such as America/New_York; empty: the server's.")},
	}}
	if v.staff() {
		exempt := "0"
		if b.TaxExempt {
			exempt = "1"
		}
		f.Fields = append(f.Fields, field{Name: "taxExempt", Label: v.t("Taxes"), Kind: "select", Choices: v.options(exempt, option{"0", "Are charged"}, option{"1", "Exempt"})})
	}
	return f
}

func (v *visit) changePayer(f *form, id string) error {
	text := func(name string) client.Optional[string] { return optionalText(v.r.PostFormValue(name)) }
	changes := client.BillingPatch{
		Company: text("company"), Line1: text("line1"), Line2: text("line2"), City: text("city"), State: text("state"), PostalCode: text("postalCode"),
		Country: text("country"), TaxId: text("taxId"), Timezone: text("timezone"),
	}
	if v.staff() {
		changes.TaxExempt = client.Set(v.r.PostFormValue("taxExempt") == "1")
	}
	if _, err := v.api.Billing.Patch(v.ctx(), id, changes); err != nil {
		return f.blame(err)
	}
	return v.done(customerLink(id)+"/billing", v.t("The address was saved."))
}
