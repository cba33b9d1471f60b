package console

import (
	"errors"
	"strings"

	"tollkeeper"
	"tollkeeper/client"
)

// customerHead is what stands above every page of a customer.
type customerHead struct {
	Id, Name, Site, SiteLink string
	Logo, Initial            string // the initial stands in for a logo
	Status                   cell
	Reason                   string
	Facts                    []fact
	Actions                  []button
}

// fact is a figure with its name.
type fact struct{ Title, Value, Exact, Note, Tone, Link string }

// tab is one of a customer's pages, or a group of them that leads to its first.
type tab struct {
	Title, Link string
	Here        bool
	Pages       []tab // of the group that the visitor is in, where there are several
}

// customerTabs are the pages of a customer, with what they need. A title begins a group
// of the tabs, and of the menu that the customer's own users have.
var customerTabs = []struct {
	path      string
	title     text
	icon      string
	operation string
	group     text
}{
	{"", "Record", "customers", "GET /customers/{id}", ""},
	{"/billing", "Billing", "money", "GET /customers/{id}/billing", "Money"},
	{"/invoices", "Invoices", "records", "GET /invoices", ""},
	{"/payments", "Payments", "money", "GET /payments", ""},
	{"/ledger", "Ledger", "ledger", "GET /customers/{id}/ledger", ""},
	{"/calls", "Live calls", "calls", "GET /calls", "Calls"},
	{"/cdrs", "Call records", "records", "GET /cdrs", ""},
	{"/usage", "Usage", "records", "GET /customers/{id}/usage", ""},
	{"/decisions", "Decisions", "try", "GET /decisions", ""},
	{"/check", "Try a call", "search", "POST /calls/check", ""},
	{"/limits", "Limits", "decks", "GET /customers/{id}/limits", ""},
	{"/barrings", "Barring", "try", "GET /barrings", ""},
	{"/recordings", "Recordings", "calls", "GET /recordings", "Recordings"},
	{"/transcripts", "Transcripts", "mails", "GET /transcripts", ""},
	{"/media", "Media", "try", "GET /customers/{id}/media", ""},
	{"/retention", "Retention", "jobs", "GET /customers/{id}/retention", ""},
	{"/numbers", "Numbers", "numbers", "GET /numbers", "Numbers"},
	{"/trunks", "Trunks", "calls", "GET /servers", ""},
	{"/porting", "Porting", "audit", "GET /customers/{id}/porting", ""},
	{"/users", "Users", "users", "GET /users", "Access"},
	{"/tokens", "Tokens", "tokens", "GET /usertokens", ""},
	{"/webhooks", "Webhooks", "hook", "GET /webhooks", ""},
	{"/audit", "Changes", "audit", "GET /customers/{id}/audit", "Watch"},
	{"/events", "Events", "events", "GET /events", ""},
}

// tabs are the groups of a customer's pages that the visitor may see, and the pages of
// the group that is shown. A customer's own users have them in the menu.
func (v *visit) tabs(id, here string) (groups []tab) {
	if !v.staff() {
		return nil
	}
	title, begun := customerTabs[0].title, false
	for _, t := range customerTabs {
		if t.group != "" {
			title, begun = t.group, false
		}
		if !v.sees(t.operation) {
			continue
		}
		page := tab{Title: v.t(t.title), Link: customerLink(id) + t.path, Here: t.path == here}
		if !begun {
			groups, begun = append(groups, tab{Title: v.t(title), Link: page.Link}), true
		}
		group := &groups[len(groups)-1]
		group.Here = group.Here || page.Here
		group.Pages = append(group.Pages, page)
	}
	for i := range groups {
		if !groups[i].Here || len(groups[i].Pages) == 1 {
			groups[i].Pages = nil
		}
	}
	return groups
}

// account is a customer with what is kept beside the record. What the visitor may not
// see is nil.
type account struct {
	record  *client.Customer
	balance *client.Balance
	status  *client.Status
	deck    *client.CustomerRateDeck
}

func (v *visit) account(id string) (a account, err error) {
	if a.record, err = v.api.Customers.Get(v.ctx(), id); err != nil {
		return a, err
	}
	if v.may("GET /customers/{id}/balance") {
		if a.balance, err = v.api.Balance.Get(v.ctx(), id); err != nil {
			return a, err
		}
	}
	if v.may("GET /customers/{id}/status") {
		if a.status, err = v.api.Status.Get(v.ctx(), id); err != nil {
			return a, err
		}
	}
	if v.may("GET /customers/{id}/ratedeck") {
		a.deck, err = v.api.CustomerRatedeck.Get(v.ctx(), id)
	}
	return a, err
}

var (
	statuses    = []option{{"active", "Active"}, {"suspended", "Suspended"}, {"fraud", "Fraud"}, {"terminated", "Terminated"}}
	statusTones = map[string]string{"active": "good", "suspended": "warn", "fraud": "bad", "terminated": "quiet"}
)

// head reads what stands above a customer's pages.
func (v *visit) head(id string) (*customerHead, error) {
	a, err := v.account(id)
	if err != nil {
		return nil, err
	}
	return v.headOf(&a), nil
}

func (v *visit) headOf(a *account) *customerHead {
	c := a.record
	h := &customerHead{Id: c.Id, Name: c.Name, Site: c.WebsiteUrl, Logo: uploadedLogo(c), Initial: initial(c.Name)}
	if c.WebsiteUrl != "" {
		h.SiteLink = webAddress(c.WebsiteUrl)
	}
	if a.status != nil {
		h.Status, h.Reason = v.named(string(a.status.Status), statuses, statusTones), a.status.Reason
	}
	if b := a.balance; b != nil && c.DefaultBillMethod == client.BillCredit {
		available := fact{Title: v.t("Available"), Value: v.about(b.AvailableMicros), Exact: v.money(b.AvailableMicros), Note: v.t("%s held for live calls", v.money(b.HeldMicros))}
		if b.AvailableMicros <= 0 {
			available.Tone = "bad"
		} else if b.AvailableMicros < client.Micros(c.LowBalanceAlertAmount)*client.Cent {
			available.Tone = "warn"
		}
		h.Facts = append(h.Facts, available)
	} else if b != nil {
		h.Facts = append(h.Facts, fact{Title: v.t("Unbilled"), Value: v.about(b.UnbilledMicros), Exact: v.money(b.UnbilledMicros), Note: v.t("%s held for live calls", v.money(b.UnbilledHeldMicros))})
	}
	h.Facts = append(h.Facts, fact{Title: v.t("Billed by"), Value: v.t(billMethods[c.DefaultBillMethod])})
	if a.deck != nil {
		deck := fact{Title: v.t("Rate deck"), Value: a.deck.Name}
		if v.may("GET /ratedecks") {
			deck.Link = deckLink(a.deck.Name)
		}
		h.Facts = append(h.Facts, deck)
	}
	if !v.staff() && c.DefaultBillMethod == client.BillCredit {
		h.Actions = v.actions(action{"POST /customers/{id}/refills", "Add credit", customerLink(c.Id) + "/refill"})
		return h
	}
	h.Actions = v.actions(
		action{"POST /customers/{id}/ledger", "Credit or debit", customerLink(c.Id) + "/ledger/new"},
		action{"PATCH /customers/{id}/status", "Change status", customerLink(c.Id) + "/status"},
		action{"DELETE /customers/{id}", "Delete", customerLink(c.Id) + "/delete"},
	)
	return h
}

// uploadedLogo is where this server has the customer's logo; "" for none, and for one that
// is elsewhere: pages load nothing from other hosts, and no other page as a picture.
func uploadedLogo(c *client.Customer) string {
	folder := "/media/logos/" + c.Id + "/"
	_, name, ours := strings.Cut(c.Logo, folder)
	if _, err := tollkeeper.ParseID(name); !ours || err != nil {
		return ""
	}
	return folder + name
}

// initial is what stands in for a logo.
func initial(name string) string {
	for _, r := range name {
		return string(r)
	}
	return "?"
}

// customerPage shows the record, with one field as a form where one is being edited.
type customerPage struct {
	Head   *customerHead
	Tabs   []tab
	Groups []recordRows
	Origin []fact
	Chart  *chart
}

func (v *visit) customerPage() error {
	id := v.r.PathValue("id")
	a, err := v.account(id)
	if err != nil {
		return err
	}
	var editing *form
	if f := findRecordField(v.r.FormValue("field")); f != nil && pageOf[f.Name] == "" && v.writable(f.Name) {
		users, err := v.candidates(f, id)
		if err != nil {
			return err
		}
		edit := v.fieldForm(f, a.record, users)
		if editing = &edit; v.posted() {
			err := v.changeField(f, a.record, editing)
			if err != nil || !editing.wrong() {
				return err
			}
		}
	}
	p := customerPage{Head: v.headOf(&a), Tabs: v.tabs(id, "")}
	people, err := v.people(a.record.AdminUserId, a.record.BillingUserId, a.record.CallRecordingUserId, a.record.SupportUserId, a.record.CreatedByUserId, a.record.UpdatedByUserId)
	if err != nil {
		return err
	}
	p.Groups = v.recordRows(a.record, people, editing)
	p.Origin = v.origin(a.record, people)
	if v.may("GET /customers/{id}/balance/history") {
		if p.Chart, err = v.creditChart(a.record); err != nil {
			return err
		}
	}
	return v.render(editing.status(), "customer", a.record.Name, p)
}

// changeField writes one field, unless the record was changed meanwhile by somebody
// else.
func (v *visit) changeField(f *recordField, c *client.Customer, editing *form) error {
	var changes client.CustomersPatch
	editing.refill(v.r)
	if fault := f.set(&changes, v.read(f)); fault != "" {
		editing.fault(f.Name, v.t(fault))
		return nil
	}
	_, err := v.api.Customers.Patch(v.ctx(), c.Id, changes, client.IfMatch(v.r.PostFormValue("etag")))
	if errors.Is(err, client.ErrConflict) {
		editing.fault(f.Name, v.t("Somebody changed this record meanwhile. Look at it again before you save."))
		editing.Hidden = []pair{{"field", f.Name}, {"etag", c.ETag}}
		return nil
	}
	if err != nil {
		return editing.blame(err)
	}
	return v.done(customerLink(c.Id), v.t("%s was saved.", v.t(f.Label)))
}

// maxCandidates bounds a select of users. Who is not in it can be named by the API.
const maxCandidates = 200

// candidates are the users that a field may name: the customer's and the carrier's.
func (v *visit) candidates(f *recordField, customer string) ([]client.User, error) {
	if f.Kind != "user" || !v.may("GET /users") {
		return nil, nil
	}
	find := client.Find{Limit: maxCandidates, Sort: []client.Order{client.Asc("email")}, Where: []client.Condition{client.Or(client.Eq("customer", customer), client.Absent("customer"))}}
	if !v.staff() {
		find.Where = nil
	}
	found, err := v.api.Users.Find(v.ctx(), find)
	if err != nil {
		return nil, err
	}
	return found.Data, nil
}

func (v *visit) origin(c *client.Customer, people map[string]string) []fact {
	by := func(id string) string {
		if id == "" {
			return v.t("the server or a token")
		}
		return people[id]
	}
	created, changed := v.moment(c.CreatedAt), v.moment(c.UpdatedAt)
	return []fact{
		{Title: v.t("Id"), Value: c.Id},
		{Title: v.t("Created"), Value: created.Text, Exact: created.UTC, Note: by(c.CreatedByUserId)},
		{Title: v.t("Changed"), Value: changed.Text, Exact: changed.UTC, Note: by(c.UpdatedByUserId)},
	}
}

// deleteCustomer asks once more, and says what remains.
func (v *visit) deleteCustomer() error {
	id := v.r.PathValue("id")
	c, err := v.api.Customers.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Delete %s?", c.Name), Submit: v.t("Delete customer"), Danger: true, Cancel: customerLink(id),
		Intro:  v.t("Its calls are refused from now on, and credit that is left is closed out. The ledger, the call records and the audit trail remain."),
		Fields: []field{{Name: "name", Label: v.t("Type the customer's name to confirm"), Kind: "text", Required: true, Focus: true, Autocomplete: "off"}}}
	return v.ask(f, crumb{v.t("Customers"), "/console/customers"}, func(f *form) (string, error) {
		if v.r.PostFormValue("name") != c.Name {
			f.fault("name", v.t("This is not the customer's name."))
			return "", nil
		}
		_, err := v.api.Customers.Remove(v.ctx(), id, client.IfMatch(c.ETag))
		return v.t("%s was deleted.", c.Name), err
	})
}

// changeStatus lets staff suspend an account or take it up again.
func (v *visit) changeStatus() error {
	id := v.r.PathValue("id")
	c, err := v.api.Customers.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	now, err := v.api.Status.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Status of %s", c.Name), Submit: v.t("Save"),
		Intro: v.t("It holds for the next call, and for calls in progress when they ask for more time. Emergency calls always pass."),
		Fields: []field{
			{Name: "status", Label: v.t("Status"), Kind: "select", Choices: v.options(string(now.Status), statuses...)},
			{Name: "reason", Label: v.t("Reason"), Kind: "text", Value: now.Reason, Help: v.t("At most 255 characters; the customer can read it.")},
		}}
	return v.ask(f, crumb{c.Name, customerLink(id)}, func(*form) (string, error) {
		_, err := v.api.Status.Patch(v.ctx(), id, client.StatusPatch{Status: client.AccountStatus(v.r.PostFormValue("status")), Reason: v.r.PostFormValue("reason")})
		return v.t("The status was changed."), err
	})
}
