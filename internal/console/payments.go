package console

import "tollkeeper/client"

func paymentLink(id string) string { return "/console/payments/" + id }

var (
	paymentPurposes = []option{{"refill", "Refill"}, {"invoice", "Invoice"}}
	paymentStates   = []option{{"pending", "Under way"}, {"succeeded", "Succeeded"}, {"failed", "Failed"}, {"cancelled", "Called off"}}
	paymentTones    = map[string]string{"pending": "info", "succeeded": "good", "failed": "bad", "cancelled": "quiet"}
)

// payments are what was charged to payment methods, or is to come.
func (v *visit) payments() list[client.Payment] {
	return list[client.Payment]{
		Name: "payments", Search: "Reference or why it failed", Find: v.api.Payments.Find, All: v.api.Payments.All, Empty: "No payment yet.",
		Link:  func(p client.Payment) string { return paymentLink(p.Id) },
		Names: func(p client.Payment) (string, []string) { return p.Customer, nil },
		Columns: []column[client.Payment]{
			{Key: "createdAt", Title: "Begun", Cell: func(v *visit, p client.Payment) cell {
				at := v.time(p.CreatedAt)
				at.Link = paymentLink(p.Id)
				return at
			}},
			customerColumn(func(p client.Payment) string { return p.Customer }),
			{Key: "purpose", Title: "For", Cell: func(v *visit, p client.Payment) cell {
				return v.named(string(p.Purpose), paymentPurposes, nil)
			}},
			{Key: "state", Title: "State", Cell: func(v *visit, p client.Payment) cell {
				return v.named(string(p.State), paymentStates, paymentTones)
			}},
			{Key: "amount", Title: "Amount", Number: true, Cell: func(v *visit, p client.Payment) cell { return v.owed(p.Amount) }},
			{Key: "refunded", Title: "Given back", Number: true, Cell: func(v *visit, p client.Payment) cell { return v.owed(p.Refunded) }},
			{Key: "provider", Title: "By", Cell: func(v *visit, p client.Payment) cell { return plain(v.word("provider", p.Provider)).raw(p.Provider) }},
			{Key: "failure", Title: "Why it failed", Wrap: true, Cell: func(v *visit, p client.Payment) cell { return plain(p.Failure) }},
			{Key: "tax", Title: "Tax", Number: true, Extra: true, Cell: func(v *visit, p client.Payment) cell { return v.owed(p.Tax) }},
			{Key: "disputed", Title: "Disputed", Number: true, Extra: true, Cell: func(v *visit, p client.Payment) cell { return v.owed(p.Disputed) }},
			{Key: "reference", Title: "Reference", Extra: true, Cell: func(v *visit, p client.Payment) cell { return code(p.Reference) }},
			{Key: "settledAt", Title: "Settled", Extra: true, Cell: func(v *visit, p client.Payment) cell { return v.time(p.SettledAt) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, p client.Payment) cell { return code(p.Id) }},
		},
		Filters: []filter{
			{Field: "state", Title: "State", Kind: oneOf, Choices: paymentStates},
			{Field: "purpose", Title: "For", Kind: oneOf, Choices: paymentPurposes},
			{Field: "amount", Title: "Amount", Kind: cents},
			{Field: "createdAt", Title: "Begun", Kind: days},
		},
	}
}

func (v *visit) paymentsPage() error {
	l := v.payments()
	return showList(v, &l, listPage{Title: v.t("Payments")})
}

func (v *visit) customerPaymentsPage() error {
	return showWithin(v, within(v.payments(), v.r.PathValue("id")), "/payments")
}

// refunds are what was given back.
func (v *visit) refunds() list[client.Refund] {
	return list[client.Refund]{
		Name: "refunds", Find: v.api.Refunds.Find, Empty: "Nothing of it was given back.",
		Columns: []column[client.Refund]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, r client.Refund) cell { return v.time(r.CreatedAt) }},
			{Key: "amount", Title: "Amount", Number: true, Cell: func(v *visit, r client.Refund) cell { return v.owed(r.Amount) }},
			{Key: "state", Title: "State", Cell: func(v *visit, r client.Refund) cell { return v.named(string(r.State), paymentStates, paymentTones) }},
			{Key: "reason", Title: "Reason", Wrap: true, Cell: func(v *visit, r client.Refund) cell { return plain(r.Reason) }},
			{Key: "failure", Title: "Why it failed", Wrap: true, Cell: func(v *visit, r client.Refund) cell { return plain(r.Failure) }},
		},
	}
}

// paymentPage shows a payment with what was given back of it.
func (v *visit) paymentPage() error {
	p, err := v.api.Payments.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.customerNames, err = v.accounts(p.Customer); err != nil {
		return err
	}
	page := detailPage{Title: v.t("Payment of %s", v.owed(p.Amount).Text), Badge: v.named(string(p.State), paymentStates, paymentTones), Back: v.listOf(p.Customer, "Payments", "/payments")}
	switch {
	case p.State == client.PaymentPending && p.Provider == manualName:
		page.Actions = v.actions(action{"POST /payments/{id}/record", "The money has come", paymentLink(p.Id) + "/record"}, action{"POST /payments/{id}/cancel", "Call it off", paymentLink(p.Id) + "/cancel"})
	case p.State == client.PaymentSucceeded && p.Refunded < p.Amount:
		page.Actions = v.actions(action{"POST /payments/{id}/refund", "Give it back", paymentLink(p.Id) + "/refund"})
	}
	invoice := cell{}
	if p.Invoice != "" {
		invoice = link(v.t("Invoice"), invoiceLink(p.Invoice))
	}
	page.Groups = []detailGroup{
		{v.t("Payment"), []detail{
			{v.t("Customer"), v.customer(p.Customer), ""}, {v.t("For"), v.named(string(p.Purpose), paymentPurposes, nil), ""}, {v.t("Invoice"), invoice, ""},
			{v.t("By"), plain(v.word("provider", p.Provider)), ""}, {v.t("Begun"), v.time(p.CreatedAt), ""}, {v.t("Settled"), v.time(p.SettledAt), ""},
			{v.t("Reference"), code(p.Reference), ""}, {v.t("Why it failed"), plain(p.Failure), ""}, {v.t("Id"), code(p.Id), ""},
		}},
		{v.t("Money"), []detail{
			{v.t("Amount"), v.owed(p.Amount), v.t("With tax.")}, {v.t("Tax"), v.owed(p.Tax), ""},
			{v.t("Given back"), v.owed(p.Refunded), ""}, {v.t("Disputed"), v.owed(p.Disputed), ""},
		}},
	}
	if v.may("GET /refunds") {
		refunds, err := panelOf(v, "Refunds", v.refunds(), client.Eq("payment", p.Id))
		if err != nil {
			return err
		}
		page.Panels = []panel{refunds}
	}
	return v.show("detail", page.Title, page)
}

// recordPayment settles a payment that staff wait for themselves.
func (v *visit) recordPayment() error {
	id, key := v.r.PathValue("id"), v.onceKey()
	p, err := v.api.Payments.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Has %s come?", v.owed(p.Amount).Text), Submit: v.t("The money has come"), Hidden: []pair{{"key", key}},
		Intro:  v.t("The customer is credited, or the invoice is paid, at once."),
		Fields: []field{{Name: "reference", Label: v.t("Reference"), Kind: "text", Required: true, Focus: true, Help: v.t("Such as the number of the transfer.")}}}
	return v.ask(f, crumb{v.t("Payment"), paymentLink(id)}, func(*form) (string, error) {
		_, err := v.api.Payments.Record(v.ctx(), id, client.PaymentRecord{Reference: v.r.PostFormValue("reference")}, client.IdempotencyKey(key))
		return v.t("The payment was recorded."), err
	})
}

func (v *visit) cancelPayment() error {
	id, key := v.r.PathValue("id"), v.onceKey()
	f := form{Title: v.t("Call the payment off?"), Intro: v.t("Nobody waits for the money any more."), Submit: v.t("Call it off"), Danger: true, Hidden: []pair{{"key", key}}}
	return v.ask(f, crumb{v.t("Payment"), paymentLink(id)}, func(*form) (string, error) {
		_, err := v.api.Payments.Cancel(v.ctx(), id, client.IdempotencyKey(key))
		return v.t("The payment was called off."), err
	})
}

// refundPayment gives a payment back, or a part of it.
func (v *visit) refundPayment() error {
	id, key := v.r.PathValue("id"), v.onceKey()
	p, err := v.api.Payments.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	left := p.Amount - p.Refunded
	f := form{Title: v.t("Give back a payment of %s", v.owed(p.Amount).Text), Submit: v.t("Give it back"), Danger: true, Hidden: []pair{{"key", key}},
		Intro: v.t("The money goes back to where it came from, and a refill's credit is taken from the account."),
		Fields: []field{
			{Name: "amount", Label: v.t("Amount"), Kind: "money", Unit: v.Currency, Value: v.decimal(writeCents(int(left))), Required: true, Focus: true, Help: v.t("At most %s.", v.owed(left).Text)},
			{Name: "reason", Label: v.t("Reason"), Kind: "text", Required: true},
		}}
	return v.ask(f, crumb{v.t("Payment"), paymentLink(id)}, func(f *form) (string, error) {
		amount := f.cents(v, "amount")
		if f.wrong() {
			return "", nil
		}
		_, err := v.api.Payments.Refund(v.ctx(), id, client.RefundCreate{Amount: amount, Reason: v.r.PostFormValue("reason")}, client.IdempotencyKey(key))
		return v.t("The refund is under way."), err
	})
}
