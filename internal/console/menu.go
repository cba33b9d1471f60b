package console

import (
	"slices"
	"strings"
)

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
		{"Balances", "/console/balances", "money", "b", "GET /balances"},
		{"Users", "/console/users", "users", "u", "GET /users"},
		{"Tokens", "/console/tokens", "tokens", "t", "GET /usertokens"},
	}},
	{"Calls", []menuEntry{
		{"Live calls", "/console/calls", "calls", "l", "GET /calls"},
		{"Decisions", "/console/decisions", "try", "y", "GET /decisions"},
		{"Call records", "/console/cdrs", "records", "r", "GET /cdrs"},
		{"Recordings", "/console/recordings", "calls", "s", "GET /recordings"},
		{"Transcripts", "/console/transcripts", "mails", "v", "GET /transcripts"},
		{"Rate decks", "/console/ratedecks", "decks", "d", "GET /ratedecks"},
		{"Barring", "/console/barrings", "try", "h", "GET /barrings"},
	}},
	{"Money", []menuEntry{
		{"Invoices", "/console/invoices", "records", "i", "GET /invoices"},
		{"Payments", "/console/payments", "money", "p", "GET /payments"},
	}},
	{"Numbers", []menuEntry{
		{"Numbers", "/console/numbers", "numbers", "n", "GET /numbers"},
		{"Trunks", "/console/trunks", "calls", "k", "GET /servers"},
		{"Caller names", "/console/callernames", "users", "f", "GET /callernames"},
		{"Port-outs", "/console/portouts", "audit", "x", "GET /portouts"},
	}},
	{"Watch", []menuEntry{
		{"Events", "/console/events", "events", "e", "GET /events"},
		{"Mails", "/console/mails", "mails", "m", "GET /mails"},
		{"Audit trail", "/console/audit", "audit", "a", "GET /audit"},
		{"Webhooks", "/console/webhooks", "hook", "w", "GET /webhooks"},
		{"Jobs", "/console/jobs", "jobs", "j", "GET /jobs"},
		{"Settings", "/console/settings", "gear", "z", "GET /settings"},
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
	groups := []menuGroup{{}}
	for i, t := range customerTabs {
		if t.group != "" {
			groups = append(groups, menuGroup{Title: v.t(t.group)})
		}
		if !v.sees(t.operation) {
			continue
		}
		at := customerLink(v.user.Customer) + t.path
		here := strings.TrimSuffix(v.r.URL.Path, "/") == at || i > 0 && strings.HasPrefix(v.r.URL.Path, at+"/")
		last := &groups[len(groups)-1]
		last.Items = append(last.Items, menuItem{v.t(t.title), at, t.icon, "", here})
	}
	return slices.DeleteFunc(groups, func(g menuGroup) bool { return g.Items == nil })
}

// at reports whether the visitor is on a page or below it.
func (v *visit) at(link string) bool {
	path := v.r.URL.Path
	return path == link || link != "/console/" && strings.HasPrefix(path, link+"/")
}
