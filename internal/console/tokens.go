package console

import (
	"strings"

	"tollkeeper/client"
)

func tokenLink(id string) string { return "/console/tokens/" + id }

func (v *visit) tokens() list[client.UserToken] {
	return list[client.UserToken]{
		Name: "tokens", Search: "Name", Find: v.api.Usertokens.Find, All: v.api.Usertokens.All,
		Link:  func(t client.UserToken) string { return tokenLink(t.Id) },
		Empty: "No token yet. A switch or a program signs in with one.",
		Names: func(t client.UserToken) (string, []string) { return t.Customer, []string{t.User} },
		Columns: []column[client.UserToken]{
			{Key: "name", Title: "Name", Cut: true, Cell: func(v *visit, t client.UserToken) cell { return link(t.Name, tokenLink(t.Id)) }},
			{Key: "kind", Title: "For", Cell: func(v *visit, t client.UserToken) cell { return plain(v.t(tokenKinds[t.Kind])).raw(string(t.Kind)) }},
			{Key: "status", Title: "State", Cell: func(v *visit, t client.UserToken) cell {
				if t.Status == 1 {
					return badge(v.t("In use"), "good").raw("1")
				}
				return badge(v.t("Taken away"), "quiet").raw("0")
			}},
			{Key: "user", Title: "User", Fixed: true, Cut: true, Cell: func(v *visit, t client.UserToken) cell { return v.person(t.User) }},
			customerColumn(func(t client.UserToken) string { return t.Customer }),
			{Key: "networks", Title: "Networks", Fixed: true, Cell: func(v *visit, t client.UserToken) cell { return code(strings.Join(t.Networks, " ")) }},
			{Key: "createdAt", Title: "Created", Cell: func(v *visit, t client.UserToken) cell { return v.time(t.CreatedAt) }},
			{Key: "expiresAt", Title: "Expires", Cell: func(v *visit, t client.UserToken) cell { return v.time(t.ExpiresAt) }},
		},
		Filters: []filter{
			{Field: "kind", Title: "For", Kind: oneOf, Choices: []option{{"user", "A user's programs"}, {"switch", "A switch"}, {"server", "The server's own"}}},
			{Field: "status", Title: "State", Kind: oneOf, Choices: []option{{"1", "In use"}, {"0", "Taken away"}}},
		},
	}
}

var tokenKinds = map[client.TokenKind]text{client.TokenUser: "A user's programs", client.TokenSwitch: "A switch", client.TokenServer: "The server's own"}

func (v *visit) tokensPage() error {
	l := v.tokens()
	return showList(v, &l, listPage{Title: v.t("Tokens"), Actions: v.actions(action{"POST /usertokens", "New token", "/console/tokens/new"})})
}

func (v *visit) customerTokensPage() error {
	id := v.r.PathValue("id")
	l := v.tokens()
	if v.staff() { // the tokens of switches that may speak of this customer only
		l = within(l, id)
	}
	return showWithin(v, l, "/tokens", action{"POST /usertokens", "New token", "/console/tokens/new?customer=" + id})
}

// secretPage shows what is shown only once.
type secretPage struct {
	Title, Intro, Secret, Line string
	Back                       crumb
	Codes                      []string
}

func (v *visit) newToken() error {
	customer := v.r.FormValue("customer")
	f := form{
		Action: "/console/tokens/new", Title: v.t("New token"), Submit: v.t("Create token"), Cancel: "/console/tokens", Hidden: []pair{{"customer", customer}},
		Fields: []field{
			{Name: "name", Label: v.t("Name"), Kind: "text", Required: true, Focus: true, Help: v.t("Where it will be used, such as sbc-1; 1 to 45 characters.")},
			{Name: "kind", Label: v.t("For"), Kind: "select", Choices: v.options("user", option{"user", "A program of yours: may do what you may"})},
			{Name: "expiresInYears", Label: v.t("Good for"), Kind: "number", Value: "1", Unit: v.t("years"), Help: v.t("1 to 10 years.")},
		},
	}
	if v.staff() {
		f.Fields[1].Choices = v.options("switch", option{"switch", "A switch: opens the operations of calls and nothing else"}, option{"user", "A program of yours: may do what you may"})
		f.Fields = append(f.Fields, field{Name: "networks", Label: v.t("Networks"), Kind: "text", Help: v.t("Only for a switch: where it may be used from, such as 192.0.2.0/24; empty is everywhere. Separate several by spaces."), Placeholder: "192.0.2.0/24"})
	}
	back := crumb{v.t("Tokens"), "/console/tokens"}
	if !v.posted() {
		return v.showForm(f, back)
	}
	f.refill(v.r)
	years, ok := readInt(v.typed("expiresInYears"))
	if !ok {
		f.fault("expiresInYears", v.t("must be a whole number"))
	}
	draft := client.UserTokenCreate{Name: v.r.PostFormValue("name"), Kind: client.TokenKind(v.r.PostFormValue("kind")), ExpiresInYears: int(years)}
	networks := strings.Fields(v.r.PostFormValue("networks"))
	if draft.Kind == client.TokenSwitch {
		draft.Customer, draft.Networks = customer, networks
	} else if len(networks) > 0 {
		f.fault("networks", v.t("must be empty: only the token of a switch has networks"))
	}
	if f.wrong() {
		return v.showForm(f, back)
	}
	made, err := v.api.Usertokens.Create(v.ctx(), draft)
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
		return v.showForm(f, back)
	}
	return v.show("secret", v.t("Token %s", made.Name), secretPage{
		Title: v.t("Token %s", made.Name), Intro: v.t("Copy it now: it is shown only this once."), Secret: made.Token, Back: back, Line: v.curl(made.Token, customer),
	})
}

// curl is a line for the shell that asks whether a customer may call. Each time it is
// another call.
func (v *visit) curl(token, customer string) string {
	if customer == "" {
		return ""
	}
	return "curl -s " + v.Address + "/calls -H 'Authorization: Bearer " + token + "' -H 'Content-Type: application/json' \\\n  -d '" +
		`{"callId":"first-'$(date +%s)'","customer":"` + customer + `","direction":"outbound","from":"+12125550100","to":"+12125550123"}'`
}

// tokenPage shows a token to those who may rename it or take it away.
func (v *visit) tokenPage() error {
	id := v.r.PathValue("id")
	t, err := v.api.Usertokens.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Action: tokenLink(id), Submit: v.t("Save"), Fields: []field{
		{Name: "name", Label: v.t("Name"), Kind: "text", Value: t.Name, Required: true},
		{Name: "status", Label: v.t("State"), Kind: "select", Choices: v.options(itoa(int64(t.Status)), option{"1", "In use"}, option{"0", "Taken away"}), Help: v.t("A token that is taken away opens nothing after a second.")},
	}}
	if v.posted() {
		f.refill(v.r)
		status, _ := readInt(v.r.PostFormValue("status"))
		_, err := v.api.Usertokens.Patch(v.ctx(), id, client.UserTokenPatch{Name: client.Set(v.r.PostFormValue("name")), Status: client.Set(int(status))})
		if err == nil {
			return v.done(tokenLink(id), v.t("The token was saved."))
		}
		if err := f.blame(err); err != nil {
			return err
		}
	}
	if v.customerNames, err = v.accounts(t.Customer); err != nil {
		return err
	}
	if v.userNames, err = v.people(t.User); err != nil {
		return err
	}
	remove := form{Action: tokenLink(id) + "/delete", Submit: v.t("Delete token"), Danger: true, Compact: true}
	p := detailPage{Title: t.Name, Back: crumb{v.t("Tokens"), "/console/tokens"}, Forms: []form{f, remove}, Groups: []detailGroup{{v.t("Token"), []detail{
		{v.t("For"), plain(v.t(tokenKinds[t.Kind])), ""}, {v.t("User"), v.person(t.User), ""}, {v.t("Customer"), v.customer(t.Customer), v.t("The only one that the token may speak of.")},
		{v.t("Networks"), code(strings.Join(t.Networks, " ")), v.t("Where it may be used from; everywhere without one.")},
		{v.t("Created"), v.time(t.CreatedAt), ""}, {v.t("Expires"), v.time(t.ExpiresAt), ""}, {v.t("Id"), code(t.Id), ""},
	}}}}
	return v.show("detail", p.Title, p)
}

func (v *visit) deleteToken() error {
	id := v.r.PathValue("id")
	t, err := v.api.Usertokens.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Delete the token %s?", t.Name), Intro: v.t("Whoever uses it can do nothing more from the next second on."), Submit: v.t("Delete token"), Cancel: tokenLink(id)}
	return v.sure(f, crumb{v.t("Tokens"), "/console/tokens"}, func() error {
		_, err := v.api.Usertokens.Remove(v.ctx(), id)
		return err
	}, v.t("%s was deleted.", t.Name))
}
