package console

import (
	"io"

	"tollkeeper/client"
)

func invoiceLink(id string) string { return "/console/invoices/" + id }

var (
	invoiceKinds  = []option{{"usage", "Usage"}, {"refill", "Refill"}, {"statement", "Statement"}}
	invoiceStates = []option{{"open", "Open"}, {"closed", "Closed"}, {"collection", "In collection"}, {"onHold", "On hold"}, {"error", "Failed"}}
	invoiceTones  = map[string]string{"open": "info", "closed": "good", "collection": "bad", "onHold": "warn", "error": "bad"}
)

// named is one of several values by its name, as a badge where it has a tone.
func (v *visit) named(value string, names []option, tones map[string]string) cell {
	for _, o := range names {
		if o.Value == value {
			return badge(v.t(o.Title), tones[value]).raw(value)
		}
	}
	return plain(value)
}

// owed is an amount of an invoice, in cents of the account's currency.
func (v *visit) owed(cents int64) cell {
	m := client.Micros(cents) * client.Cent
	return cell{Text: v.money(m), Plain: m.String()}
}

// invoices are what customers were asked to pay, and the statements of what they paid
// before.
func (v *visit) invoices() list[client.Invoice] {
	return list[client.Invoice]{
		Name: "invoices", Search: "Number of the invoice", Find: v.api.Invoices.Find, All: v.api.Invoices.All,
		Empty: "No invoice yet. Usage is invoiced once a month, and every refill has its own.",
		Link:  func(i client.Invoice) string { return invoiceLink(i.Id) },
		Names: func(i client.Invoice) (string, []string) { return i.Customer, nil },
		Columns: []column[client.Invoice]{
			{Key: "number", Title: "Invoice", Cell: func(v *visit, i client.Invoice) cell { return link(i.Number, invoiceLink(i.Id)) }},
			customerColumn(func(i client.Invoice) string { return i.Customer }),
			{Key: "kind", Title: "Kind", Cell: func(v *visit, i client.Invoice) cell { return v.named(string(i.Kind), invoiceKinds, nil) }},
			{Key: "status", Title: "State", Cell: func(v *visit, i client.Invoice) cell {
				return v.named(string(i.Status), invoiceStates, invoiceTones)
			}},
			{Key: "total", Title: "Total", Number: true, Cell: func(v *visit, i client.Invoice) cell { return v.owed(i.Total) }},
			{Key: "due", Title: "Due", Number: true, Cell: func(v *visit, i client.Invoice) cell { return v.owed(i.Due) }},
			{Key: "createdAt", Title: "Made", Cell: func(v *visit, i client.Invoice) cell { return v.time(i.CreatedAt) }},
			{Key: "dueAt", Title: "Pay by", Cell: func(v *visit, i client.Invoice) cell { return v.time(i.DueAt) }},
			{Key: "tax", Title: "Tax", Number: true, Extra: true, Cell: func(v *visit, i client.Invoice) cell { return v.owed(i.Tax) }},
			{Key: "paid", Title: "Paid", Number: true, Extra: true, Cell: func(v *visit, i client.Invoice) cell { return v.owed(i.Paid) }},
			{Key: "periodStart", Title: "From", Extra: true, Cell: func(v *visit, i client.Invoice) cell { return v.time(i.PeriodStart) }},
			{Key: "periodEnd", Title: "Until", Extra: true, Cell: func(v *visit, i client.Invoice) cell { return v.time(i.PeriodEnd) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, i client.Invoice) cell { return code(i.Id) }},
		},
		Filters: []filter{
			{Field: "status", Title: "State", Kind: oneOf, Choices: invoiceStates},
			{Field: "kind", Title: "Kind", Kind: oneOf, Choices: invoiceKinds},
			{Field: "due", Title: "Due", Kind: cents},
			{Field: "createdAt", Title: "Made", Kind: days},
		},
	}
}

func (v *visit) invoicesPage() error {
	l := v.invoices()
	return showList(v, &l, listPage{Title: v.t("Invoices")})
}

func (v *visit) customerInvoicesPage() error {
	return showWithin(v, within(v.invoices(), v.r.PathValue("id")), "/invoices")
}

var itemKinds = []option{{"calls", "Calls"}, {"service", "Service"}, {"credit", "Credit"}, {"tax", "Tax"}}

// invoiceItems are the lines of invoices.
func (v *visit) invoiceItems() list[client.InvoiceItem] {
	return list[client.InvoiceItem]{
		Name: "items", Find: v.api.Invoiceitems.Find, Empty: "The invoice has no items.",
		Columns: []column[client.InvoiceItem]{
			{Key: "description", Title: "Item", Wrap: true, Cell: func(v *visit, i client.InvoiceItem) cell { return plain(i.Description) }},
			{Key: "kind", Title: "Kind", Cell: func(v *visit, i client.InvoiceItem) cell { return v.named(string(i.Kind), itemKinds, nil) }},
			{Key: "quantity", Title: "Quantity", Number: true, Cell: func(v *visit, i client.InvoiceItem) cell { return plain(v.count(i.Quantity)) }},
			{Key: "seconds", Title: "Time", Number: true, Cell: func(v *visit, i client.InvoiceItem) cell {
				if i.Seconds == 0 {
					return cell{}
				}
				return plain(duration(int(i.Seconds)))
			}},
			{Key: "amountMicros", Title: "Exactly", Number: true, Cell: func(v *visit, i client.InvoiceItem) cell { return v.amount(i.AmountMicros) }},
			{Key: "amount", Title: "Amount", Number: true, Cell: func(v *visit, i client.InvoiceItem) cell { return v.owed(i.Amount) }},
		},
	}
}

// invoicePage shows an invoice, what it is made of and what was paid for it.
func (v *visit) invoicePage() error {
	i, err := v.api.Invoices.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.customerNames, err = v.accounts(i.Customer); err != nil {
		return err
	}
	p := detailPage{Title: v.t("Invoice %s", i.Number), Badge: v.named(string(i.Status), invoiceStates, invoiceTones), Back: v.listOf(i.Customer, "Invoices", "/invoices")}
	p.Actions = []button{{v.t("Download PDF"), invoiceLink(i.Id) + "/pdf"}}
	if i.Status != client.InvoiceClosed && i.Kind != client.InvoiceStatement {
		p.Actions = append(p.Actions, v.actions(
			action{"POST /invoices/{id}/payments", "Record a payment", invoiceLink(i.Id) + "/pay"},
			action{"PATCH /invoices/{id}", "Decide", invoiceLink(i.Id) + "/decide"},
		)...)
	}
	p.Groups = []detailGroup{
		{v.t("Invoice"), []detail{
			{v.t("Customer"), v.customer(i.Customer), ""}, {v.t("Kind"), v.named(string(i.Kind), invoiceKinds, nil), ""},
			{v.t("From"), v.time(i.PeriodStart), ""}, {v.t("Until"), v.time(i.PeriodEnd), ""},
			{v.t("Made"), v.time(i.CreatedAt), ""}, {v.t("Pay by"), v.time(i.DueAt), ""}, {v.t("Closed"), v.time(i.ClosedAt), ""},
			{v.t("Reason"), plain(i.Reason), ""}, {v.t("Id"), code(i.Id), ""},
		}},
		{v.t("Money"), v.invoiceMoney(i)},
	}
	items, err := panelOf(v, "Items", v.invoiceItems(), client.Eq("invoice", i.Id))
	if err != nil {
		return err
	}
	p.Panels = append(p.Panels, items)
	if v.may("GET /payments") && i.Kind != client.InvoiceStatement {
		payments := v.payments()
		payments.Columns, payments.Empty = without(payments.Columns, "customer"), "Nothing was paid for it yet."
		paid, err := panelOf(v, "Payments", payments, client.Eq("invoice", i.Id))
		if err != nil {
			return err
		}
		p.Panels = append(p.Panels, paid)
	}
	return v.show("detail", p.Title, p)
}

func (v *visit) invoiceMoney(i *client.Invoice) []detail {
	if i.Kind == client.InvoiceStatement {
		return []detail{
			{v.t("Balance before"), v.owed(i.OpeningBalance), ""}, {v.t("Used"), v.owed(i.Total), v.t("A statement asks for nothing: it was prepaid.")},
			{v.t("Balance after"), v.owed(i.ClosingBalance), ""},
		}
	}
	rows := []detail{
		{v.t("Before tax"), v.owed(i.Subtotal), ""}, {v.t("Tax"), v.owed(i.Tax), ""}, {v.t("Total"), v.owed(i.Total), ""},
		{v.t("Paid"), v.owed(i.Paid), ""},
	}
	if i.WrittenOff > 0 {
		rows = append(rows, detail{v.t("Written off"), v.owed(i.WrittenOff), ""})
	}
	return append(rows, detail{v.t("Due"), v.owed(i.Due), ""})
}

// listOf leads back to a list: of everybody's for staff, and the own for a customer.
func (v *visit) listOf(customer string, title text, path string) crumb {
	if v.staff() {
		return crumb{v.t(title), "/console" + path}
	}
	return crumb{v.t(title), customerLink(customer) + path}
}

// invoicePDF hands out the invoice as it was mailed.
func (v *visit) invoicePDF() error {
	i, err := v.api.Invoices.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.handOut("application/pdf", i.Number+".pdf", func(w io.Writer) error { return v.api.Invoices.Print(v.ctx(), i.Id, w) })
}

// payInvoice books money that came by another way than the payment method.
func (v *visit) payInvoice() error {
	i, err := v.api.Invoices.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	key := v.onceKey()
	f := form{Title: v.t("Payment for %s", i.Number), Submit: v.t("Record the payment"), Hidden: []pair{{"key", key}},
		Intro: v.t("For money that has come by bank transfer or cheque. It lowers what is due, and closes the invoice when nothing is left."),
		Fields: []field{
			{Name: "amount", Label: v.t("Amount"), Kind: "money", Unit: i.Currency, Value: v.decimal(writeCents(int(i.Due))), Required: true, Focus: true},
			{Name: "reference", Label: v.t("Reference"), Kind: "text", Required: true, Help: v.t("Such as the number of the transfer.")},
		}}
	return v.ask(f, crumb{i.Number, invoiceLink(i.Id)}, func(f *form) (string, error) {
		amount := f.cents(v, "amount")
		if f.wrong() {
			return "", nil
		}
		_, err := v.api.Invoices.Pay(v.ctx(), i.Id, client.InvoicePay{Amount: amount, Reference: v.r.PostFormValue("reference")}, client.IdempotencyKey(key))
		return v.t("The payment was recorded."), err
	})
}

// decideInvoice stops the attempts to charge an invoice, begins them anew, or writes it
// off.
func (v *visit) decideInvoice() error {
	i, err := v.api.Invoices.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f := form{Title: v.t("Decide about %s", i.Number), Submit: v.t("Save"), Fields: []field{
		{Name: "status", Label: v.t("What now"), Kind: "select", Choices: v.options("onHold",
			option{"onHold", "Hold: stop the attempts to charge it"}, option{"open", "Open: begin the attempts anew"}, option{"closed", "Close: write off what is due"}),
			Help: v.t("An invoice that is closed stays closed.")},
		{Name: "reason", Label: v.t("Reason"), Kind: "text", Focus: true, Help: v.t("At most 255 characters; the customer can read it.")},
	}}
	return v.ask(f, crumb{i.Number, invoiceLink(i.Id)}, func(*form) (string, error) {
		_, err := v.api.Invoices.Patch(v.ctx(), i.Id, client.InvoicePatch{Status: client.InvoiceStatus(v.r.PostFormValue("status")), Reason: v.r.PostFormValue("reason")})
		return v.t("The invoice was changed."), err
	})
}
