package console

import (
	"cmp"
	"strings"

	"tollkeeper/client"
)

func userLink(id string) string { return "/console/users/" + id }

// userName is a user's name, or the address of one without.
func userName(u *client.User) string {
	return cmp.Or(strings.TrimSpace(u.First+" "+u.Last), u.Email)
}

func (v *visit) users() list[client.User] {
	permission := func(p client.Permission) cell {
		switch p {
		case client.PermissionWrite:
			return badge(v.t("Full"), "info").raw(string(p))
		case client.PermissionRead:
			return badge(v.t("Read"), "quiet").raw(string(p))
		}
		return cell{}
	}
	permissions := []option{{"rw", "Full"}, {"r", "Read"}}
	return list[client.User]{
		Name: "users", Search: "E-mail address or name", Find: v.api.Users.Find, All: v.api.Users.All,
		Link: func(u client.User) string { return userLink(u.Id) }, Empty: "Nobody can sign in for this customer yet.",
		Names: func(u client.User) (string, []string) { return u.Customer, nil },
		Columns: []column[client.User]{
			{Key: "email", Title: "E-mail", Cut: true, Cell: func(v *visit, u client.User) cell { return link(u.Email, userLink(u.Id)) }},
			{Key: "first", Title: "Name", Cut: true, Cell: func(v *visit, u client.User) cell {
				return plain(strings.TrimSpace(u.First + " " + u.Last)).raw(u.First)
			}},
			{Key: "last", Title: "Last name", Extra: true, Cut: true, Cell: func(v *visit, u client.User) cell { return plain(u.Last) }},
			{Key: "customer", Title: "Customer", Fixed: true, Cut: true, Cell: func(v *visit, u client.User) cell {
				if u.Customer == "" {
					return badge(v.t("Staff"), "quiet")
				}
				return v.customer(u.Customer)
			}},
			{Key: "adminPermission", Title: "Account", Cell: func(v *visit, u client.User) cell { return permission(u.AdminPermission) }},
			{Key: "billingPermission", Title: "Money", Cell: func(v *visit, u client.User) cell { return permission(u.BillingPermission) }},
			{Key: "phonePermission", Title: "Calls", Cell: func(v *visit, u client.User) cell { return permission(u.PhonePermission) }},
			{Key: "createdAt", Title: "Created", Cell: func(v *visit, u client.User) cell { return v.time(u.CreatedAt) }},
			{Key: "timezone", Title: "Time zone", Extra: true, Cell: func(v *visit, u client.User) cell { return plain(u.Timezone) }},
			{Key: "language", Title: "Language", Extra: true, Cell: func(v *visit, u client.User) cell { return plain(u.Language) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, u client.User) cell { return code(u.Id) }},
		},
		Filters: []filter{
			{Field: "customer", Title: "Belongs to", Kind: presence, Choices: []option{{"1", "Customers"}, {"0", "Staff"}}},
			{Field: "adminPermission", Title: "Account", Kind: oneOf, Choices: permissions},
			{Field: "billingPermission", Title: "Money", Kind: oneOf, Choices: permissions},
			{Field: "phonePermission", Title: "Calls", Kind: oneOf, Choices: permissions},
		},
	}
}

func (v *visit) usersPage() error {
	l := v.users()
	return showList(v, &l, listPage{Title: v.t("Users"), Actions: v.actions(action{"POST /users", "New user", "/console/users/new"})})
}

func (v *visit) customerUsersPage() error {
	id := v.r.PathValue("id")
	return showWithin(v, within(v.users(), id), "/users", action{"POST /users", "New user", "/console/users/new?customer=" + id})
}

// permissionOptions are what a user may do with one group of matters.
var permissionOptions = []option{{"", "Nothing"}, {"r", "Read"}, {"rw", "Read and change"}}

// userFields are the inputs of a user.
func (v *visit) userFields(u *client.User) []field {
	return []field{
		{Name: "email", Label: v.t("E-mail"), Kind: "email", Value: u.Email, Required: true, Focus: true, Autocomplete: "off"},
		{Name: "first", Label: v.t("First name"), Kind: "text", Value: u.First},
		{Name: "last", Label: v.t("Last name"), Kind: "text", Value: u.Last},
		{Name: "language", Label: v.t("Language"), Kind: "text", Value: u.Language, Help: v.t("A language tag such as en-US or es. Mails and numbers follow it.")},
		{Name: "timezone", Label: v.t("Time zone"), Kind: "zone", Value: u.Timezone, Help: v.t("A name of the IANA database such as America/New_York.")},
		{Name: "adminPermission", Label: v.t("The account, its users and tokens"), Kind: "select", Choices: v.options(string(u.AdminPermission), permissionOptions...)},
		{Name: "billingPermission", Label: v.t("Credit, ledger and limits"), Kind: "select", Choices: v.options(string(u.BillingPermission), permissionOptions...)},
		{Name: "phonePermission", Label: v.t("Calls and call records"), Kind: "select", Choices: v.options(string(u.PhonePermission), permissionOptions...)},
	}
}

// readUser makes a request of the form. What is empty is cleared.
func (v *visit) readUser(changes *client.UsersPatch) {
	optional := func(name string) client.Optional[string] {
		return optionalText(strings.TrimSpace(v.r.PostFormValue(name)))
	}
	permission := func(name string) client.Optional[client.Permission] {
		if s := v.r.PostFormValue(name); s != "" {
			return client.Set(client.Permission(s))
		}
		return client.Null[client.Permission]()
	}
	changes.Email = client.Set(strings.TrimSpace(v.r.PostFormValue("email")))
	changes.First, changes.Last, changes.Language = optional("first"), optional("last"), optional("language")
	if zone := strings.TrimSpace(v.r.PostFormValue("timezone")); zone != "" {
		changes.Timezone = client.Set(zone)
	}
	changes.AdminPermission, changes.BillingPermission, changes.PhonePermission = permission("adminPermission"), permission("billingPermission"), permission("phonePermission")
}

func (v *visit) newUser() error {
	customer := v.r.FormValue("customer")
	if !v.staff() {
		customer = v.user.Customer
	}
	blank := client.User{Timezone: v.user.Timezone, Language: v.user.Language}
	f := form{
		Action: "/console/users/new", Title: v.t("New user"), Submit: v.t("Create user"), Cancel: "/console/users", Hidden: []pair{{"customer", customer}},
		Fields: append(v.userFields(&blank), field{Name: "password", Label: v.t("Password"), Kind: "password", Required: true, Autocomplete: "new-password", Help: v.t("8 to 255 characters. Hand it over by a safe way; the user can change it.")}),
	}
	back := crumb{v.t("Users"), "/console/users"}
	if customer == "" {
		f.Intro = v.t("This user will belong to the carrier's own staff, who see all customers.")
	} else {
		f.Cancel = customerLink(customer) + "/users"
		back.Link = f.Cancel
	}
	if !v.posted() {
		return v.showForm(f, back)
	}
	f.refill(v.r)
	draft := client.UsersCreateOrPatch{Password: client.Set(v.r.PostFormValue("password"))}
	v.readUser(&draft)
	if customer != "" {
		draft.Customer = client.Set(customer)
	}
	made, err := v.api.Users.Create(v.ctx(), draft)
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
		return v.showForm(f, back)
	}
	return v.done(userLink(made.Id), v.t("%s can sign in now.", made.Email))
}

// userPage shows a user as a form for those who may change it.
func (v *visit) userPage() error {
	id := v.r.PathValue("id")
	u, err := v.api.Users.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	factor, err := v.api.Totp.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	me := v.user.Id == id
	f := form{Action: userLink(id), Submit: v.t("Save"), Fields: v.userFields(u), Hidden: []pair{{"etag", u.ETag}}}
	f.Fields[0].Focus = false
	p := userPage{Title: userName(u), Back: crumb{v.t("Users"), "/console/users"}, User: u, Factor: factor}
	if me {
		f.Fields = f.Fields[:5]
		p.Back = crumb{}
	}
	if v.posted() {
		f.refill(v.r)
		var changes client.UsersPatch
		v.readUser(&changes)
		if me {
			changes.AdminPermission, changes.BillingPermission, changes.PhonePermission = client.Optional[client.Permission]{}, client.Optional[client.Permission]{}, client.Optional[client.Permission]{}
		}
		_, err := v.api.Users.Patch(v.ctx(), id, changes, client.IfMatch(v.r.PostFormValue("etag")))
		if err == nil {
			if me {
				v.cookie(languageCookie, "", -1) // what the user's own record says counts from now on
			}
			return v.done(userLink(id), v.t("The user was saved."))
		}
		if err := f.blame(err); err != nil {
			return err
		}
	}
	if me || v.may("DELETE /users/{id}") {
		p.Form = &f
	}
	if v.customerNames, err = v.accounts(u.Customer); err != nil {
		return err
	}
	p.Customer = v.customer(u.Customer)
	p.Created = v.time(u.CreatedAt)
	p.CodesLeft = v.several(factor.RecoveryCodesLeft, "%d recovery code left", "%d recovery codes left", factor.RecoveryCodesLeft)
	if me {
		p.Actions = append(p.Actions, button{v.t("Change password"), "/console/password"})
		if factor.Enabled {
			p.Actions = append(p.Actions, button{v.t("Remove second factor"), "/console/totp/disable"})
		} else {
			p.Actions = append(p.Actions, button{v.t("Add second factor"), "/console/totp"})
		}
	} else if v.may("DELETE /users/{id}") {
		if factor.Enabled {
			p.Actions = append(p.Actions, button{v.t("Remove second factor"), userLink(id) + "/totp"})
		}
		p.Actions = append(p.Actions, button{v.t("Delete"), userLink(id) + "/delete"})
	}
	return v.render(f.status(), "user", p.Title, p)
}

type userPage struct {
	Title     string
	Back      crumb
	User      *client.User
	Form      *form
	Factor    *client.Totp
	Customer  cell
	Created   cell
	CodesLeft string
	Actions   []button
}

func (v *visit) deleteUser() error {
	id := v.r.PathValue("id")
	u, err := v.api.Users.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Delete %s?", u.Email), Intro: v.t("The user's sessions and tokens stop working at once."), Submit: v.t("Delete user"), Cancel: userLink(id)}
	return v.sure(f, crumb{v.t("Users"), "/console/users"}, func() error {
		_, err := v.api.Users.Remove(v.ctx(), id, client.IfMatch(u.ETag))
		return err
	}, v.t("%s was deleted.", u.Email))
}

func (v *visit) removeFactor() error {
	id := v.r.PathValue("id")
	u, err := v.api.Users.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Remove the second factor of %s?", u.Email), Intro: v.t("For somebody who has lost it. Make sure that it is really they who ask."), Submit: v.t("Remove second factor"), Cancel: userLink(id)}
	return v.sure(f, crumb{u.Email, userLink(id)}, func() error {
		_, err := v.api.Totp.Remove(v.ctx(), id)
		return err
	}, v.t("The second factor was removed."))
}
