package console

import (
	"strings"

	"tollkeeper/client"
)

func portoutLink(id string) string { return "/console/portouts/" + id }

var (
	portoutStates = []option{{"held", "Waiting for the owner"}, {"approved", "Approved"}, {"refused", "Refused"}, {"cancelled", "Withdrawn"}, {"completed", "Carried out"}}
	portoutTones  = map[string]string{"held": "warn", "approved": "info", "refused": "bad", "cancelled": "quiet", "completed": "good"}
)

// portoutReasons say why a request was refused.
var portoutReasons = []option{
	{string(client.PortoutNumberNotFound), "A number is not known here"},
	{string(client.PortoutNumberNotActive), "A number is out of use"},
	{string(client.PortoutNumbersOfDifferentAccount), "The numbers are of different accounts"},
	{string(client.PortoutPortInProgress), "A number is being moved already"},
	{string(client.PortoutWrongAccountNumber), "The account number is wrong"},
	{string(client.PortoutWrongPin), "The PIN is wrong"},
	{string(client.PortoutTooManyAttempts), "Too many wrong attempts"},
	{string(client.PortoutAccountLocked), "The account is locked"},
	{string(client.PortoutCoolingOff), "The account was unlocked only lately"},
	{string(client.PortoutRefusedByOwner), "The owner refused"},
	{string(client.PortoutNotDecidedInTime), "The owner did not decide in time"},
}

// portouts are requests of other carriers to take numbers over.
func (v *visit) portouts() list[client.Portout] {
	return list[client.Portout]{
		Name: "portouts", Search: "Number, carrier or person", Find: v.api.Portouts.Find, All: v.api.Portouts.All,
		Empty: "No other carrier has asked for a number yet.",
		Link:  func(p client.Portout) string { return portoutLink(p.Id) },
		Names: func(p client.Portout) (string, []string) { return p.Customer, nil },
		Columns: []column[client.Portout]{
			{Key: "createdAt", Title: "Asked", Cell: func(v *visit, p client.Portout) cell {
				at := v.time(p.CreatedAt)
				at.Link = portoutLink(p.Id)
				return at
			}},
			{Key: "numbers", Title: "Numbers", Fixed: true, Wrap: true, Cell: func(v *visit, p client.Portout) cell { return code(strings.Join(p.Numbers, " ")) }},
			customerColumn(func(p client.Portout) string { return p.Customer }),
			{Key: "gainingCarrier", Title: "To", Cut: true, Cell: func(v *visit, p client.Portout) cell { return plain(p.GainingCarrier) }},
			{Key: "state", Title: "State", Cell: func(v *visit, p client.Portout) cell { return v.named(string(p.State), portoutStates, portoutTones) }},
			{Key: "decideBy", Title: "Decide by", Cell: func(v *visit, p client.Portout) cell { return v.time(p.DecideBy) }},
			{Key: "requestedDate", Title: "Wanted for", Cell: func(v *visit, p client.Portout) cell { return plain(p.RequestedDate) }},
			{Key: "authorizedPerson", Title: "Signed by", Extra: true, Cell: func(v *visit, p client.Portout) cell { return plain(p.AuthorizedPerson) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, p client.Portout) cell { return code(p.Id) }},
		},
		Filters: []filter{{Field: "state", Title: "State", Kind: oneOf, Choices: portoutStates}, {Field: "createdAt", Title: "Asked", Kind: days}},
	}
}

func (v *visit) portoutsPage() error {
	l := v.portouts()
	return showList(v, &l, listPage{Title: v.t("Port-outs"), Actions: v.actions(action{"POST /portouts", "New request", "/console/portouts/new"})})
}

// newPortout brings a request of another carrier in. What is wrong with it is an answer,
// not an error.
func (v *visit) newPortout() error {
	key := v.onceKey()
	f := form{Title: v.t("Request of another carrier"), Submit: v.t("Take the request in"), Hidden: []pair{{"key", key}},
		Intro: v.t("It is checked at once. Numbers of a locked account wait for the owner's decision."), Fields: []field{
			{Name: "numbers", Label: v.t("Numbers"), Kind: "textarea", Required: true, Focus: true, Help: v.t("1 to 100, with + and country code (E.164), separated by spaces or lines.")},
			{Name: "gainingCarrier", Label: v.t("Carrier that asks"), Kind: "text", Required: true},
			{Name: "authorizedPerson", Label: v.t("Signed by"), Kind: "text"},
			{Name: "accountNumber", Label: v.t("Account number"), Kind: "text", Required: true},
			{Name: "pin", Label: v.t("PIN"), Kind: "text", Autocomplete: "off"},
			{Name: "requestedDate", Label: v.t("Wanted for"), Kind: "date", Required: true},
		}}
	return v.ask(f, crumb{v.t("Port-outs"), "/console/portouts"}, func(*form) (string, error) {
		typed := v.r.PostFormValue
		made, err := v.api.Portouts.Create(v.ctx(), client.PortoutCreate{
			Numbers: strings.Fields(typed("numbers")), GainingCarrier: typed("gainingCarrier"), AuthorizedPerson: typed("authorizedPerson"),
			AccountNumber: typed("accountNumber"), Pin: typed("pin"), RequestedDate: typed("requestedDate"),
		}, client.IdempotencyKey(key))
		if err != nil {
			return "", err
		}
		return v.t("The request was taken in: %s.", v.named(string(made.State), portoutStates, nil).Text), nil
	})
}

func (v *visit) portoutPage() error {
	p, err := v.api.Portouts.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.customerNames, err = v.accounts(p.Customer); err != nil {
		return err
	}
	page := detailPage{Title: v.t("Port-out to %s", p.GainingCarrier), Badge: v.named(string(p.State), portoutStates, portoutTones), Back: crumb{v.t("Port-outs"), "/console/portouts"}}
	if !v.staff() {
		page.Back = crumb{v.t("Porting"), customerLink(p.Customer) + "/porting"}
	}
	if p.State == client.PortoutHeld {
		page.Actions = v.actions(action{"POST /portouts/{id}/decision", "Refuse", portoutLink(p.Id) + "/decision?verdict=refuse"}, action{"POST /portouts/{id}/decision", "Approve", portoutLink(p.Id) + "/decision?verdict=approve"})
	}
	if p.State == client.PortoutApproved {
		page.Actions = append(page.Actions, v.actions(action{"PATCH /portouts/{id}", "The numbers have moved", portoutLink(p.Id) + "/state?to=completed"})...)
	}
	if p.State == client.PortoutApproved || p.State == client.PortoutHeld {
		page.Actions = append(page.Actions, v.actions(action{"PATCH /portouts/{id}", "It was withdrawn", portoutLink(p.Id) + "/state?to=cancelled"})...)
	}
	undecided := ""
	if p.State == client.PortoutHeld {
		undecided = v.t("After that the carrier's rule decides.")
	}
	var reasons []string
	for _, r := range p.Reasons {
		reasons = append(reasons, v.word("reasons", string(r)))
	}
	page.Groups = []detailGroup{{v.t("Request"), []detail{
		{v.t("Numbers"), code(strings.Join(p.Numbers, " ")), ""}, {v.t("Customer"), v.customer(p.Customer), ""}, {v.t("Carrier that asks"), plain(p.GainingCarrier), ""},
		{v.t("Signed by"), plain(p.AuthorizedPerson), ""}, {v.t("Account number"), code(p.AccountNumber), ""}, {v.t("Wanted for"), plain(p.RequestedDate), ""},
		{v.t("Asked"), v.time(p.CreatedAt), ""}, {v.t("Id"), code(p.Id), ""},
	}}, {v.t("Decision"), []detail{
		{v.t("State"), v.named(string(p.State), portoutStates, portoutTones), ""}, {v.t("Reason"), plain(strings.Join(reasons, "; ")), ""},
		{v.t("Decide by"), v.time(p.DecideBy), undecided}, {v.t("Decided"), v.time(p.DecidedAt), ""},
	}}}
	return v.showDetail(page)
}

// decidePortout asks the owner for the password again, as the API does.
func (v *visit) decidePortout() error {
	id, verdict := v.r.PathValue("id"), client.PortoutVerdict(v.r.URL.Query().Get("verdict"))
	p, err := v.api.Portouts.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Refuse the port-out to %s?", p.GainingCarrier), Submit: v.t("Refuse: keep the numbers"), Intro: v.t("The numbers stay with you: %s", strings.Join(p.Numbers, " "))}
	if verdict == client.PortoutApprove {
		f.Title, f.Submit, f.Danger = v.t("Give numbers away to %s?", p.GainingCarrier), v.t("Approve: give the numbers away"), true
		f.Intro = v.t("These numbers leave this carrier, and calls to them with it: %s", strings.Join(p.Numbers, " "))
	}
	f.Fields = []field{
		{Name: "password", Label: v.t("Password"), Kind: "password", Required: true, Focus: true, Autocomplete: "current-password"},
		{Name: "totpCode", Label: v.t("Code of the app"), Kind: "code", Autocomplete: "one-time-code", Help: v.t("Only with a second factor.")},
	}
	return v.ask(f, crumb{v.t("Port-out"), portoutLink(id)}, func(*form) (string, error) {
		_, err := v.api.Portouts.Decide(v.ctx(), id, client.PortoutDecision{Decision: verdict, Password: v.r.PostFormValue("password"), TotpCode: strings.TrimSpace(v.r.PostFormValue("totpCode"))})
		return v.t("Your decision was kept."), err
	})
}

func (v *visit) movePortout() error {
	id, to := v.r.PathValue("id"), client.PortoutState(v.r.URL.Query().Get("to"))
	f := form{Title: v.t("Was the request withdrawn?"), Submit: v.t("It was withdrawn"), Intro: v.t("The numbers stay.")}
	if to == client.PortoutCompleted {
		f = form{Title: v.t("Have the numbers moved?"), Submit: v.t("The numbers have moved"), Danger: true, Intro: v.t("They are taken from the customer and marked as moved away.")}
	}
	return v.ask(f, crumb{v.t("Port-out"), portoutLink(id)}, func(*form) (string, error) {
		_, err := v.api.Portouts.Patch(v.ctx(), id, client.PortoutPatch{State: to})
		return v.t("The request was changed."), err
	})
}

// portingPage is what another carrier must know to take a number over, and what holds
// it back.
func (v *visit) portingPage() error {
	id := v.r.PathValue("id")
	head, err := v.head(id)
	if err != nil {
		return err
	}
	now, err := v.api.Porting.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("What another carrier must know"), Action: customerLink(id) + "/porting", Submit: v.t("Save"), Fields: []field{
		{Name: "accountNumber", Label: v.t("Account number"), Kind: "text", Value: now.AccountNumber, Help: v.t("Empty: the id of the account.")},
		{Name: "pin", Label: v.t("PIN"), Kind: "text", Autocomplete: "off", Help: v.t("4 to 15 digits. Empty: as it is.")},
	}}
	if v.posted() && v.may("PATCH /customers/{id}/porting") {
		f.refill(v.r)
		changes := client.PortingPatch{AccountNumber: optionalText(v.r.PostFormValue("accountNumber"))}
		if pin := v.r.PostFormValue("pin"); pin != "" {
			changes.Pin = client.Set(pin)
		}
		_, err := v.api.Porting.Patch(v.ctx(), id, changes)
		if err == nil {
			return v.done(customerLink(id)+"/porting", v.t("Saved."))
		}
		if err := f.blame(err); err != nil {
			return err
		}
	}
	p := detailPage{Title: head.Name, Head: head, Tabs: v.tabs(id, "/porting")}
	state, change := badge(v.t("Unlocked"), "warn"), action{"PATCH /customers/{id}", "Lock", customerLink(id) + "/lock"}
	if now.Locked {
		state, change.Title = badge(v.t("Locked"), "good"), "Unlock"
	}
	if v.writable("accountLock") {
		p.Actions = v.actions(change)
	}
	pin := plain(v.t("None"))
	if now.PinSet {
		pin = plain(v.t("Set"))
	}
	p.Groups = []detailGroup{{v.t("Account lock"), []detail{
		{v.t("Lock"), state, v.t("Locked: a request to port numbers away is held until the owner decides. It never touches calls.")},
		{v.t("Unlocked"), v.time(now.UnlockedAt), ""}, {v.t("Account number"), code(now.AccountNumber), ""}, {v.t("PIN"), pin, ""},
	}}}
	if v.may("PATCH /customers/{id}/porting") {
		p.Forms = []form{f}
	}
	if v.may("GET /portouts") {
		requests := v.portouts()
		requests.Columns = without(requests.Columns, "customer")
		asked, err := panelOf(v, "Port-outs", requests, client.Eq("customer", id))
		if err != nil {
			return err
		}
		p.Panels = []panel{asked}
	}
	return v.showDetail(p)
}

// changeLock locks an account's numbers, or unlocks them.
func (v *visit) changeLock() error {
	id := v.r.PathValue("id")
	c, err := v.api.Customers.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	to, notice := client.On, v.t("The account is locked.")
	f := form{Title: v.t("Lock %s?", c.Name), Submit: v.t("Lock"), Intro: v.t("From now on a request to port numbers away is held until the owner decides. Calls go on as before.")}
	if c.AccountLock == client.On {
		to, notice = client.Off, v.t("The account is unlocked.")
		f = form{Title: v.t("Unlock %s?", c.Name), Submit: v.t("Unlock"), Danger: true, Intro: v.t("Another carrier that knows the account number and the PIN can then take the numbers over without asking the owner. Lock it again as soon as the numbers have moved.")}
	}
	f.Hidden = []pair{{"etag", c.ETag}} // an account that was locked meanwhile is not unlocked by a form that is older
	return v.ask(f, crumb{v.t("Porting"), customerLink(id) + "/porting"}, func(*form) (string, error) {
		_, err := v.api.Customers.Patch(v.ctx(), id, client.CustomersPatch{AccountLock: client.Set(to)}, client.IfMatch(v.r.PostFormValue("etag")))
		return notice, err
	})
}
