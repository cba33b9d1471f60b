package console

import (
	"io"
	"strings"

	"tollkeeper/client"
)

func barringLink(id string) string { return "/console/barrings/" + id }

var (
	barringEffects = []option{{"deny", "Denied"}, {"allow", "Let through"}, {"international", "As abroad"}, {"premium", "As premium rate"}}
	barringTones   = map[string]string{"deny": "bad", "allow": "good", "international": "info", "premium": "info"}
)

// customerEffects are those of rules about one customer.
const customerEffects = 2

// barrings are the rules of the barring table.
func (v *visit) barrings() list[client.Barring] {
	return list[client.Barring]{
		Name: "barrings", Search: "Prefix, region or note", Find: v.api.Barrings.Find, All: v.api.Barrings.All,
		Empty: "No rule yet. The numbering plan and each customer's international calling decide.",
		Link:  func(b client.Barring) string { return barringLink(b.Id) },
		Names: func(b client.Barring) (string, []string) { return b.Customer, []string{userOf(b.CreatedBy)} },
		Columns: []column[client.Barring]{
			{Key: "prefix", Title: "Prefix or region", Cell: func(v *visit, b client.Barring) cell {
				return link(b.Prefix+b.Region, barringLink(b.Id))
			}},
			{Key: "effect", Title: "Calls are", Cell: func(v *visit, b client.Barring) cell {
				return v.named(string(b.Effect), barringEffects, barringTones)
			}},
			{Key: "customer", Title: "Customer", Fixed: true, Cut: true, Cell: func(v *visit, b client.Barring) cell { return v.barred(b.Customer) }},
			{Key: "note", Title: "Note", Wrap: true, Cell: func(v *visit, b client.Barring) cell { return plain(b.Note) }},
			{Key: "createdAt", Title: "Created", Cell: func(v *visit, b client.Barring) cell { return v.time(b.CreatedAt) }},
			{Key: "createdBy", Title: "By", Extra: true, Cell: func(v *visit, b client.Barring) cell { return v.by(b.CreatedBy) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, b client.Barring) cell { return code(b.Id) }},
		},
		Filters: []filter{
			{Field: "customer", Title: "Whose calls", Kind: presence, Choices: []option{{"0", "Everybody's"}, {"1", "One customer's"}}},
			{Field: "effect", Title: "Calls are", Kind: oneOf, Choices: barringEffects},
		},
	}
}

// barred is whose calls a rule is about.
func (v *visit) barred(customer string) cell {
	if customer == "" {
		return cell{Text: v.t("Everybody's"), Off: true}
	}
	return v.customer(customer)
}

func (v *visit) barringsPage() error {
	l := v.barrings()
	return showList(v, &l, listPage{Title: v.t("Barring"),
		Intro: v.t("A customer's own rules come before everybody's, a longer prefix before a shorter one, and any prefix before a region. Emergency numbers are never barred."),
		Actions: v.actions(action{"POST /barrings", "New rule", "/console/barrings/new"}, action{"GET /barrings/plan", "Numbering plan", "/console/barrings/plan"},
			action{"POST /barrings/import", "Import", "/console/barrings/import"}, action{"GET /barrings/export", "Export", "/console/barrings/export"})})
}

func (v *visit) customerBarringsPage() error {
	id := v.r.PathValue("id")
	return showWithin(v, within(v.barrings(), id), "/barrings",
		action{"POST /barrings", "New rule", "/console/barrings/new?customer=" + id}, action{"GET /barrings/plan", "Numbering plan", "/console/barrings/plan"})
}

// barringFields are what a rule does.
func (v *visit) barringFields(b *client.Barring) []field {
	effects := barringEffects
	if b.Customer != "" {
		effects = effects[:customerEffects]
	}
	return []field{
		{Name: "effect", Label: v.t("Calls are"), Kind: "select", Choices: v.options(string(b.Effect), effects...), Help: v.t("As abroad, as premium rate: only with international calling.")},
		{Name: "note", Label: v.t("Note"), Kind: "text", Value: b.Note, Help: v.t("At most 200 characters.")},
	}
}

func (v *visit) newBarring() error {
	customer, key := v.r.FormValue("customer"), v.onceKey()
	back := crumb{v.t("Barring"), "/console/barrings"}
	if customer != "" {
		back.Link = customerLink(customer) + "/barrings"
	}
	about := field{Name: "prefix", Label: v.t("Prefix or region"), Kind: "text", Value: v.r.URL.Query().Get("about"), Required: true, Focus: true, Placeholder: "+252", Help: v.t("Digits with + and country code, or a region by two letters (ISO 3166-1), such as JM.")}
	f := form{Title: v.t("New rule"), Submit: v.t("Create rule"), Hidden: []pair{{"key", key}, {"customer", customer}},
		Intro:  v.t("A rule for the same customer and prefix or region is replaced. It counts for every call that is decided from now on."),
		Fields: append([]field{about}, v.barringFields(&client.Barring{Customer: customer, Effect: client.BarringDeny})...)}
	return v.ask(f, back, func(f *form) (string, error) {
		typed := strings.TrimSpace(v.r.PostFormValue("prefix"))
		if !strings.ContainsAny(typed, "0123456789") && len(typed) != 2 {
			f.fault("prefix", v.t("must be digits with + and country code, or the two letters of a region"))
			return "", nil
		}
		row := client.BarringCreate{Customer: customer, Effect: client.BarringEffect(v.r.PostFormValue("effect")), Note: v.r.PostFormValue("note")}
		if strings.ContainsAny(typed, "0123456789") {
			row.Prefix = "+" + strings.TrimPrefix(typed, "+")
		} else {
			row.Region = strings.ToUpper(typed)
		}
		made, err := v.api.Barrings.Create(v.ctx(), row, client.IdempotencyKey(key))
		if err != nil {
			return "", err
		}
		return v.t("The rule about %s was saved.", made.Prefix+made.Region), nil
	})
}

// barringPage shows a rule, and changes what it does.
func (v *visit) barringPage() error {
	b, err := v.api.Barrings.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	subject := b.Prefix + b.Region
	p := detailPage{Title: subject, Badge: v.named(string(b.Effect), barringEffects, barringTones), Back: v.listOf(b.Customer, "Barring", "/barrings"),
		Actions: v.actions(action{"DELETE /barrings/{id}", "Delete", barringLink(b.Id) + "/delete"})}
	if v.may("PATCH /barrings/{id}") {
		f := form{Title: v.t("Change"), Action: barringLink(b.Id), Submit: v.t("Save"), Fields: v.barringFields(b)}
		if v.posted() {
			f.refill(v.r)
			_, err := v.api.Barrings.Patch(v.ctx(), b.Id, client.BarringPatch{
				Effect: client.Set(client.BarringEffect(v.r.PostFormValue("effect"))), Note: optionalText(v.r.PostFormValue("note"))})
			if err == nil {
				return v.done(barringLink(b.Id), v.t("The rule about %s was saved.", subject))
			}
			if err := f.blame(err); err != nil {
				return err
			}
		}
		p.Forms = []form{f}
	}
	if v.customerNames, err = v.accounts(b.Customer); err != nil {
		return err
	}
	if v.userNames, err = v.people(userOf(b.CreatedBy)); err != nil {
		return err
	}
	p.Groups = []detailGroup{{v.t("Rule"), []detail{
		{v.t("Whose calls"), v.barred(b.Customer), ""}, {v.t("Note"), plain(b.Note), ""},
		{v.t("Created"), v.time(b.CreatedAt), ""}, {v.t("By"), v.by(b.CreatedBy), ""}, {v.t("Id"), code(b.Id), ""},
	}}}
	return v.showDetail(p)
}

func (v *visit) deleteBarring() error {
	b, err := v.api.Barrings.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	subject := b.Prefix + b.Region
	f := form{Title: v.t("Delete the rule about %s?", subject), Intro: v.t("Other rules and the numbering plan decide about such calls again."), Submit: v.t("Delete rule"), Cancel: barringLink(b.Id)}
	return v.sure(f, v.listOf(b.Customer, "Barring", "/barrings"), func() error {
		_, err := v.api.Barrings.Remove(v.ctx(), b.Id)
		return err
	}, v.t("The rule about %s was deleted.", subject))
}

const exampleBarrings = `prefix,region,customer,effect,note
+252,,,deny,revenue share fraud
,JM,69a555184b1f8c3a5e000003,allow,
`

func (v *visit) importBarrings() error {
	return v.importFile(importing{
		title: v.t("Import rules"), back: crumb{v.t("Barring"), "/console/barrings"}, example: exampleBarrings,
		intro: v.t("Each row is a rule, and replaces the one for the same customer and prefix or region. All of them are stored or none; rules that the file lacks stay."),
		help:  v.t("Columns prefix, region, customer, effect, note; at most 10,000 rows and 4 MiB. Or paste it below."),
		send: func(csv io.Reader, dryRun bool) (string, error) {
			outcome, err := v.api.Barrings.Import(v.ctx(), csv, dryRun, nil)
			if err != nil {
				return "", err
			}
			return v.t("Rules in the file: %s. New or changed: %s.", v.count(int64(outcome.Rows)), v.count(int64(outcome.Changed))), nil
		}})
}

// exportBarrings hands the rules out as an import takes them.
func (v *visit) exportBarrings() error {
	return v.handOut(csvType, v.dated("barrings"), func(w io.Writer) error { return v.api.Barrings.Export(v.ctx(), w) })
}
