package console

import (
	"net/url"
	"slices"
	"strings"

	"tollkeeper"
	"tollkeeper/client"
)

func customerLink(id string) string { return "/console/customers/" + url.PathEscape(id) }

// customers is the table of all customers.
func (v *visit) customers() list[client.Customer] {
	l := list[client.Customer]{
		Name: "customers", Search: "Name or website", Find: v.findCustomers, All: v.api.Customers.All,
		Link:  func(c client.Customer) string { return customerLink(c.Id) },
		Empty: "No customer yet. A customer is whoever's calls are charged to one account: a company, a reseller, an application.",
		Columns: []column[client.Customer]{
			{Key: "name", Title: "Name", Cut: true, Cell: func(v *visit, c client.Customer) cell { return link(c.Name, customerLink(c.Id)) }},
			{Key: "credit", Title: "Credit", Number: true, Cell: func(v *visit, c client.Customer) cell { return v.credit(c) }},
			{Key: "defaultBillMethod", Title: "Billed by", Cell: func(v *visit, c client.Customer) cell {
				return plain(v.t(billMethods[c.DefaultBillMethod])).raw(string(c.DefaultBillMethod))
			}},
			{Key: "maxOutboundCallRate", Title: "Calls/s", Number: true, Cell: func(v *visit, c client.Customer) cell {
				if c.MaxOutboundCallRate == 0 {
					return plain(v.t("no limit")).raw("0")
				}
				return plain(v.count(int64(c.MaxOutboundCallRate))).raw(itoa(int64(c.MaxOutboundCallRate)))
			}},
			flagColumn("internationalCalling", "International", false, func(c client.Customer) client.Flag { return c.InternationalCalling }),
			flagColumn("callRecording", "Recording", false, func(c client.Customer) client.Flag { return c.CallRecording }),
			flagColumn("accountLock", "Account lock", false, func(c client.Customer) client.Flag { return c.AccountLock }),
			{Key: "createdAt", Title: "Created", Cell: func(v *visit, c client.Customer) cell { return v.time(c.CreatedAt) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, c client.Customer) cell { return code(c.Id) }},
			{Key: "websiteUrl", Title: "Website", Extra: true, Cell: func(v *visit, c client.Customer) cell { return plain(c.WebsiteUrl) }},
			{Key: "lowBalanceAlertAmount", Title: "Alert below", Number: true, Extra: true, Cell: func(v *visit, c client.Customer) cell { return v.centsOrOff(c.LowBalanceAlertAmount) }},
			{Key: "automaticRefillAmount", Title: "Refill", Number: true, Extra: true, Cell: func(v *visit, c client.Customer) cell { return v.centsOrOff(c.AutomaticRefillAmount) }},
			{Key: "cdrRetention", Title: "Retention", Number: true, Extra: true, Cell: func(v *visit, c client.Customer) cell {
				return plain(v.months(c.CdrRetention)).raw(itoa(int64(c.CdrRetention)))
			}},
			flagColumn("mediaBypass", "Media bypass", true, func(c client.Customer) client.Flag { return c.MediaBypass }),
			flagColumn("cnamLookUps", "Caller names", true, func(c client.Customer) client.Flag { return c.CnamLookUps }),
			flagColumn("holdMusic", "Hold music", true, func(c client.Customer) client.Flag { return c.HoldMusic }),
			flagColumn("transcribeCalls", "Transcripts", true, func(c client.Customer) client.Flag { return c.TranscribeCalls }),
			{Key: "updatedAt", Title: "Changed", Extra: true, Cell: func(v *visit, c client.Customer) cell { return v.time(c.UpdatedAt) }},
		},
		Filters: []filter{
			{Field: "defaultBillMethod", Title: "Billed by", Kind: oneOf, Choices: []option{{"credit", "Prepaid credit"}, {"paymentmethod", "Invoice"}}},
			{Field: "credit", Title: "Credit", Kind: cents},
			{Field: "internationalCalling", Title: "International", Kind: oneOf, Choices: onOff},
			{Field: "callRecording", Title: "Recording", Kind: oneOf, Choices: onOff},
			{Field: "accountLock", Title: "Account lock", Kind: oneOf, Choices: onOff},
			{Field: "cnamLookUps", Title: "Caller names", Kind: oneOf, Choices: onOff},
			{Field: "createdAt", Title: "Created", Kind: days},
		},
	}
	return l
}

var billMethods = map[client.BillMethod]text{client.BillCredit: "Prepaid credit", client.BillPaymentMethod: "Invoice"}

func flagColumn(key string, title text, extra bool, of func(client.Customer) client.Flag) column[client.Customer] {
	return column[client.Customer]{Key: key, Title: title, Extra: extra, Cell: func(v *visit, c client.Customer) cell { return v.flag(of(c)) }}
}

// credit is a customer's prepaid credit, which says nothing of those who are invoiced.
func (v *visit) credit(c client.Customer) cell {
	shown := plain(v.cents(c.Credit)).raw(writeCents(c.Credit))
	if c.DefaultBillMethod == client.BillCredit && c.Credit <= 0 {
		shown.Tone = "bad"
	} else if c.LowBalanceAlertAmount > 0 && c.Credit < c.LowBalanceAlertAmount {
		shown.Tone = "warn"
	}
	return shown
}

func (v *visit) centsOrOff(cents int) cell {
	if cents == 0 {
		return cell{Text: v.t("Off"), Off: true, Plain: "0"}
	}
	return plain(v.cents(cents)).raw(writeCents(cents))
}

func (v *visit) customersPage() error {
	if !v.staff() {
		return v.redirect(customerLink(v.user.Customer))
	}
	l := v.customers()
	return showList(v, &l, listPage{Title: v.t("Customers"), Actions: v.actions(action{"POST /customers", "New customer", "/console/customers/new"})})
}

// listPage is a page with a table.
type listPage struct {
	Back    crumb
	Title   string
	Intro   string
	Actions []button
	Table   *table
	Tabs    []tab
	Head    *customerHead // of a customer's page
	Live    string        // address of the events that change the table; "" for none
	Charts  []*chart      // of what the list finds
	Renew   bool          // the events are no rows of the table: it is asked for again
}

type button struct{ Title, Link string }

// Download reports whether the button hands out a file and opens no page.
func (b button) Download() bool { return strings.HasSuffix(b.Link, "/export") }

// New reports whether the button makes something: the key n presses it.
func (b button) New() bool {
	return strings.Contains(b.Link, "/new") || strings.Contains(b.Link, "/upload")
}

// takingAway are the ends of the addresses at which something is taken away or given up.
var takingAway = []string{"/delete", "/release", "/lock", "/hold", "/totp", "/secret", "to=cancelled"}

// TakesAway reports whether the button is none that a page would recommend.
func (b button) TakesAway() bool {
	return slices.ContainsFunc(takingAway, func(end string) bool { return strings.HasSuffix(b.Link, end) })
}

// action is a button for those who may use an operation.
type action struct {
	Operation string
	Title     text
	Link      string
}

// actions are the buttons that the visitor may use.
func (v *visit) actions(all ...action) (buttons []button) {
	for _, a := range all {
		if v.may(a.Operation) {
			buttons = append(buttons, button{v.t(a.Title), a.Link})
		}
	}
	return buttons
}

// showList shows a page with a list.
func showList[T any](v *visit, l *list[T], p listPage) error {
	t, err := l.table(v)
	if err != nil || t == nil {
		return err
	}
	p.Table, t.Charts = t, p.Charts != nil
	return v.show("list", p.Title, p)
}

// newCustomer asks for what a customer needs at least. Everything else has a default
// that can be changed on the customer's page.
func (v *visit) newCustomer() error {
	f, back := v.customerForm(), crumb{v.t("Customers"), "/console/customers"}
	f.Action, f.Cancel = "/console/customers/new", back.Link
	if !v.posted() {
		return v.showForm(f, back)
	}
	made, err := v.createCustomer(&f)
	if err != nil {
		return err
	}
	if f.wrong() {
		return v.showForm(f, back)
	}
	return v.done(customerLink(made.Id), v.t("%s was created.", made.Name))
}

func (v *visit) customerForm() form {
	return form{
		Title: v.t("New customer"), Submit: v.t("Create customer"),
		Intro: v.t("Everything else starts with a safe default and can be changed on the customer's page."),
		Fields: []field{
			{Name: "name", Label: v.t("Name"), Kind: "text", Required: true, Focus: true, Help: v.t("1 to 45 characters.")},
			{Name: "defaultBillMethod", Label: v.t("Billed by"), Kind: "select", Required: true, Choices: v.options("credit",
				option{"credit", "Prepaid credit: calls draw on it and are refused without it"},
				option{"paymentmethod", "Invoice: usage accrues up to a limit and is invoiced"})},
			{Name: "credit", Label: v.t("Opening credit"), Kind: "money", Unit: v.Currency, Value: v.decimal("0.00"), Help: v.t("Posted to the ledger as the opening balance.")},
			{Name: "internationalCalling", Label: v.t("International calls"), Kind: "select", Choices: v.options("0", option{"0", "Refuse them"}, option{"1", "Allow them"}),
				Help: v.t("Decided by the numbering region of the number called, never by its first digits.")},
			{Name: "maxOutboundCallRate", Label: v.t("New outbound calls per second"), Kind: "number", Value: "1", Help: v.t("0 is no limit.")},
		},
	}
}

// createCustomer makes the customer that a form asks for. What is wrong with it is then
// in the form, and nothing was made.
func (v *visit) createCustomer(f *form) (*client.Customer, error) {
	f.refill(v.r)
	draft := client.CustomersCreateOrPatch{
		Name:                 client.Set(v.r.PostFormValue("name")),
		DefaultBillMethod:    client.Set(client.BillMethod(v.r.PostFormValue("defaultBillMethod"))),
		InternationalCalling: client.Set(readFlag(v.r.PostFormValue("internationalCalling"))),
	}
	v.readCents(f, "credit", &draft.Credit)
	v.readInt(f, "maxOutboundCallRate", &draft.MaxOutboundCallRate)
	if f.wrong() {
		return nil, nil
	}
	made, err := v.api.Customers.Create(v.ctx(), draft)
	if err != nil {
		return nil, f.blame(err)
	}
	return made, nil
}

// maxAlike bounds the customers that are offered for a name that nobody has.
const maxAlike = 5

// readCustomer finds the customer whose name, or id, was typed into a form; "" where
// nothing was. It blames the field where there is no one such customer.
func (v *visit) readCustomer(f *form, name string) (id string, err error) {
	typed := strings.TrimSpace(v.r.PostFormValue(name))
	if _, err := tollkeeper.ParseID(typed); err == nil || typed == "" {
		return typed, nil
	}
	found, err := v.api.Customers.Find(v.ctx(), client.Find{Limit: maxAlike, Select: []string{"name"}, Where: []client.Condition{client.Eq("name", typed)}})
	if err != nil {
		return "", err
	}
	switch found.Total {
	case 1:
		return found.Data[0].Id, nil
	case 0:
		found, err = v.api.Customers.Find(v.ctx(), client.Find{Limit: maxAlike, Select: []string{"name"}, Search: typed})
		if err != nil {
			return "", err
		}
		var alike []string
		for _, c := range found.Data {
			alike = append(alike, c.Name)
		}
		if alike == nil {
			f.fault(name, v.t("no customer has this name"))
		} else {
			f.fault(name, v.t("no customer has exactly this name; alike are: %s", strings.Join(alike, " · ")))
		}
	default:
		f.fault(name, v.t("several customers have this name; give the id of one, from its page"))
	}
	return "", nil
}

func readFlag(s string) client.Flag {
	if s == "1" {
		return client.On
	}
	return client.Off
}

// readCents reads an input of money into a field of a request.
func (v *visit) readCents(f *form, name string, into *client.Optional[int]) {
	n, ok := readCents(v.typed(name))
	if !ok {
		f.fault(name, v.t("must be an amount with at most two decimals"))
		return
	}
	*into = client.Set(n)
}

// readInt reads an input of a number into a field of a request.
func (v *visit) readInt(f *form, name string, into *client.Optional[int]) {
	n, ok := readInt(v.typed(name))
	if !ok {
		f.fault(name, v.t("must be a whole number"))
		return
	}
	*into = client.Set(int(n))
}
