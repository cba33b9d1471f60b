package console

import "strings"

// menuGroup are pages that belong together.
type menuGroup struct {
	Title string
	Items []menuItem
}

type menuItem struct {
	Title, Link, Icon, Key string // Key: what is pressed after g
	Here                   bool
}

// menuEntry is a page of the menu, for those who may use an operation.
type menuEntry struct {
	title     text
	link      string
	icon      string
	key       string
	operation string
}

// staffMenu is what the carrier's staff go to.
var staffMenu = []struct {
	title   text
	entries []menuEntry
}{
	{"", []menuEntry{
		{"Overview", "/console/", "overview", "o", "GET /customers"},
	}},
	{"Accounts", []menuEntry{
		{"Customers", "/console/customers", "customers", "c", "GET /customers"},
		{"Users", "/console/users", "users", "u", "GET /users"},
		{"Tokens", "/console/tokens", "tokens", "t", "GET /usertokens"},
	}},
	{"Calls", []menuEntry{
		{"Live calls", "/console/calls", "calls", "l", "GET /calls"},
		{"Decisions", "/console/decisions", "try", "y", "GET /decisions"},
		{"Call records", "/console/cdrs", "records", "r", "GET /cdrs"},
		{"Rate decks", "/console/ratedecks", "decks", "d", "GET /ratedecks"},
	}},
	{"Watch", []menuEntry{
		{"Events", "/console/events", "events", "e", "GET /events"},
		{"Mails", "/console/mails", "mails", "m", "GET /mails"},
		{"Audit trail", "/console/audit", "audit", "a", "GET /audit"},
	}},
}

// menu is the menu as the visitor may use it. A customer's users have their account's
// pages instead.
func (v *visit) menu() (groups []menuGroup) {
	if !v.staff() {
		return v.customerMenu()
	}
	for _, g := range staffMenu {
		group := menuGroup{Title: v.t(g.title)}
		for _, e := range g.entries {
			if v.may(e.operation) {
				group.Items = append(group.Items, menuItem{v.t(e.title), e.link, e.icon, e.key, v.at(e.link)})
			}
		}
		if group.Items != nil {
			groups = append(groups, group)
		}
	}
	return groups
}

func (v *visit) customerMenu() []menuGroup {
	group := menuGroup{}
	for i, t := range customerTabs {
		if !v.may(t.operation) {
			continue
		}
		at := customerLink(v.user.Customer) + t.path
		here := strings.TrimSuffix(v.r.URL.Path, "/") == at || i > 0 && strings.HasPrefix(v.r.URL.Path, at)
		group.Items = append(group.Items, menuItem{v.t(t.title), at, tabIcons[t.path], "", here})
	}
	return []menuGroup{group}
}

// tabIcons are the icons of a customer's pages.
var tabIcons = map[string]string{
	"": "customers", "/ledger": "ledger", "/calls": "calls", "/cdrs": "records", "/decisions": "try", "/limits": "decks", "/users": "users", "/tokens": "tokens", "/audit": "audit", "/events": "events",
}

// at reports whether the visitor is on a page or below it.
func (v *visit) at(link string) bool {
	path := v.r.URL.Path
	return path == link || link != "/console/" && strings.HasPrefix(path, link+"/")
}
