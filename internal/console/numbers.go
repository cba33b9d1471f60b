package console

import (
	"cmp"
	"context"
	"errors"
	"io"

	"tollkeeper/client"
)

func numberLink(id string) string { return "/console/numbers/" + id }

var (
	numberStates = []option{{"active", "In use"}, {"inactive", "Out of use"}, {"ported", "Moved away"}}
	numberTones  = map[string]string{"active": "good", "inactive": "quiet", "ported": "quiet"}
)

// numbers are telephone numbers, those in stock too.
func (v *visit) numbers() list[client.Number] {
	return list[client.Number]{
		Name: "numbers", Search: "Number or label", Find: v.api.Numbers.Find, All: v.api.Numbers.All,
		Empty: "No number yet. Inbound calls to a number are its owner's.",
		Link:  func(n client.Number) string { return numberLink(n.Id) },
		Names: func(n client.Number) (string, []string) { return n.Customer, nil },
		Columns: []column[client.Number]{
			{Key: "number", Title: "Number", Cell: func(v *visit, n client.Number) cell { return link(n.Number, numberLink(n.Id)) }},
			{Key: "customer", Title: "Customer", Fixed: true, Cut: true, Cell: func(v *visit, n client.Number) cell {
				if n.Customer == "" {
					return cell{Text: v.t("In stock"), Off: true}
				}
				return v.customer(n.Customer)
			}},
			{Key: "label", Title: "Label", Cut: true, Cell: func(v *visit, n client.Number) cell { return plain(n.Label) }},
			{Key: "status", Title: "State", Cell: func(v *visit, n client.Number) cell { return v.named(string(n.Status), numberStates, numberTones) }},
			{Key: "inboundPricePerMinuteMicros", Title: "Inbound price", Number: true, Cell: func(v *visit, n client.Number) cell {
				return v.priceCell(client.Micros(n.InboundPricePerMinuteMicros))
			}},
			{Key: "ownedAt", Title: "Owned since", Cell: func(v *visit, n client.Number) cell { return v.time(n.OwnedAt) }},
			{Key: "createdAt", Title: "Created", Extra: true, Cell: func(v *visit, n client.Number) cell { return v.time(n.CreatedAt) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, n client.Number) cell { return code(n.Id) }},
		},
		Filters: []filter{
			{Field: "customer", Title: "Owner", Kind: presence, Choices: []option{{"1", "Owned"}, {"0", "In stock"}}},
			{Field: "status", Title: "State", Kind: oneOf, Choices: numberStates},
			{Field: "ownedAt", Title: "Owned since", Kind: days},
		},
	}
}

func (v *visit) numbersPage() error {
	l := v.numbers()
	return showList(v, &l, listPage{Title: v.t("Numbers"), Actions: v.actions(
		action{"POST /numbers", "New number", "/console/numbers/new"}, action{"POST /numbers/import", "Import", "/console/numbers/import"})})
}

const exampleNumbers = `number,customer,label
+12125550101,69a555184b1f8c3a5e000003,Front desk
+12125550102,,
`

func (v *visit) importNumbers() error {
	return v.importFile(importing{
		title: v.t("Import numbers"), back: crumb{v.t("Numbers"), "/console/numbers"}, example: exampleNumbers,
		intro: v.t("Each row is a new number. All of them are made or none. Without a customer a number is in stock."),
		help:  v.t("Columns number, customer, label, and perhaps status, price, minimum, increment; at most 100,000 numbers and 16 MiB. Or paste it below."),
		send: func(csv io.Reader, dryRun bool) (string, error) {
			outcome, err := v.api.Numbers.Import(v.ctx(), csv, client.NumberImportOptions{DryRun: dryRun})
			if err != nil {
				return "", err
			}
			if dryRun {
				return v.t("New numbers in the file: %s.", v.count(int64(outcome.Numbers))), nil
			}
			return v.t("Numbers made: %s.", v.count(int64(outcome.Numbers))), nil
		}})
}

func (v *visit) customerNumbersPage() error {
	id := v.r.PathValue("id")
	return showWithin(v, within(v.numbers(), id), "/numbers", action{"POST /numbers", "New number", "/console/numbers/new?customer=" + id})
}

// numberFields are what the carrier decides about a number.
func (v *visit) numberFields(n *client.Number) []field {
	return []field{
		{Name: "customer", Label: v.t("Owner"), Kind: "customer", Value: cmp.Or(v.customerNames[n.Customer], n.Customer), Help: v.t("Name or id of the customer; empty: in stock. Calls to a number in stock are refused.")},
		{Name: "label", Label: v.t("Label"), Kind: "text", Value: n.Label, Help: v.t("At most 100 characters.")},
		{Name: "status", Label: v.t("State"), Kind: "select", Choices: v.options(string(n.Status), numberStates[:2]...)},
		{Name: "inboundPricePerMinuteMicros", Label: v.t("Inbound price per minute"), Kind: "money", Unit: v.Currency, Value: v.decimal(client.Micros(n.InboundPricePerMinuteMicros).String()), Help: v.t("What a call to it costs its owner.")},
		{Name: "inboundMinimumSeconds", Label: v.t("Minimum"), Kind: "number", Unit: "s", Value: itoa(int64(n.InboundMinimumSeconds))},
		{Name: "inboundIncrementSeconds", Label: v.t("Step"), Kind: "number", Unit: "s", Value: itoa(int64(n.InboundIncrementSeconds))},
	}
}

// numberTyped are the typed fields of a number that are not texts.
type numberTyped struct {
	price              int64
	minimum, increment int
}

func (v *visit) numberTyped(f *form) (t numberTyped) {
	price, ok := readMicros(v.typed("inboundPricePerMinuteMicros"))
	if t.price = int64(price); !ok {
		f.fault("inboundPricePerMinuteMicros", v.t("must be an amount of money"))
	}
	for name, into := range map[string]*int{"inboundMinimumSeconds": &t.minimum, "inboundIncrementSeconds": &t.increment} {
		n, ok := readInt(v.typed(name))
		if *into = int(n); !ok {
			f.fault(name, v.t("must be a whole number"))
		}
	}
	return t
}

func (v *visit) newNumber() error {
	draft := client.Number{Customer: v.r.URL.Query().Get("customer"), Status: client.NumberActive, InboundMinimumSeconds: 1, InboundIncrementSeconds: 1}
	back, key := crumb{v.t("Numbers"), "/console/numbers"}, v.onceKey()
	if draft.Customer != "" {
		back.Link = customerLink(draft.Customer) + "/numbers"
	}
	var err error
	if v.customerNames, err = v.accounts(draft.Customer); err != nil {
		return err
	}
	fields := append([]field{{Name: "number", Label: v.t("Number"), Kind: "tel", Required: true, Focus: true, Placeholder: "+12125550100", Help: v.t("With + and country code (E.164), or as it is dialled at home.")}}, v.numberFields(&draft)...)
	f := form{Title: v.t("New number"), Submit: v.t("Create number"), Fields: fields, Hidden: []pair{{"key", key}}}
	return v.ask(f, back, func(f *form) (string, error) {
		typed := v.numberTyped(f)
		owner, err := v.readCustomer(f, "customer")
		if err != nil || f.wrong() {
			return "", err
		}
		made, err := v.api.Numbers.Create(v.ctx(), client.NumberCreate{
			Number: v.r.PostFormValue("number"), Customer: owner, Label: v.r.PostFormValue("label"), Status: client.NumberStatus(v.r.PostFormValue("status")),
			InboundPricePerMinuteMicros: typed.price, InboundMinimumSeconds: typed.minimum, InboundIncrementSeconds: typed.increment,
		}, client.IdempotencyKey(key))
		if err != nil {
			return "", err
		}
		return v.t("%s was created.", made.Number), nil
	})
}

// numberPage shows a number with who had it when. A customer may change its label.
func (v *visit) numberPage() error {
	n, err := v.api.Numbers.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.customerNames, err = v.accounts(n.Customer); err != nil {
		return err
	}
	p := detailPage{Title: n.Number, Badge: v.named(string(n.Status), numberStates, numberTones), Back: v.listOf(n.Customer, "Numbers", "/numbers")}
	if v.may("PATCH /numbers/{id}") {
		f := form{Title: v.t("Change"), Action: numberLink(n.Id), Submit: v.t("Save"), Fields: v.numberFields(n), Hidden: []pair{{"etag", n.ETag}}}
		if n.Status == client.NumberPorted {
			f.Fields[2].Choices = append(f.Fields[2].Choices, choice{"ported", v.t("Moved away"), true})
		}
		if !v.staff() {
			f.Fields = f.Fields[1:2]
		}
		if v.posted() {
			f.refill(v.r)
			if err := v.changeNumber(&f, n); err != nil || !f.wrong() {
				return err
			}
		}
		p.Forms = []form{f}
	}
	if n.Customer != "" && v.staff() {
		p.Actions = v.actions(action{"PATCH /numbers/{id}", "Release into stock", numberLink(n.Id) + "/release"})
	}
	p.Actions = append(p.Actions, v.actions(action{"DELETE /numbers/{id}", "Delete", numberLink(n.Id) + "/delete"})...)
	owner := v.customer(n.Customer)
	if n.Customer == "" {
		owner = plain(v.t("In stock"))
	}
	p.Groups = []detailGroup{{v.t("Number"), []detail{
		{v.t("Owner"), owner, ""}, {v.t("Owned since"), v.time(n.OwnedAt), ""},
		{v.t("Inbound price"), v.priceCell(client.Micros(n.InboundPricePerMinuteMicros)), v.t("After a minimum of %d s, in steps of %d s.", n.InboundMinimumSeconds, n.InboundIncrementSeconds)},
		{v.t("Created"), v.time(n.CreatedAt), ""}, {v.t("Id"), code(n.Id), ""},
	}}}
	owners, err := panelOf(v, "Owners", v.owners(n.Id))
	if err != nil {
		return err
	}
	p.Panels = []panel{owners}
	return v.showDetail(p)
}

// owners are who had a number when.
func (v *visit) owners(number string) list[client.NumberOwner] {
	return list[client.NumberOwner]{
		Name: "owners", Empty: "Nobody has owned it yet.",
		Find: func(ctx context.Context, f client.Find) (*client.NumberOwnerList, error) {
			return v.api.NumberOwners.Find(ctx, number, f)
		},
		Names: func(o client.NumberOwner) (string, []string) { return o.Customer, nil },
		Columns: []column[client.NumberOwner]{
			customerColumn(func(o client.NumberOwner) string { return o.Customer }),
			{Key: "from", Title: "From", Cell: func(v *visit, o client.NumberOwner) cell { return v.time(o.From) }},
			{Key: "until", Title: "Until", Cell: func(v *visit, o client.NumberOwner) cell {
				if o.Until.IsZero() {
					return badge(v.t("Now"), "good")
				}
				return v.time(o.Until)
			}},
		},
	}
}

func (v *visit) changeNumber(f *form, n *client.Number) error {
	changes := client.NumberPatch{Label: optionalText(v.r.PostFormValue("label"))}
	if v.staff() {
		typed := v.numberTyped(f)
		if owner := v.r.PostFormValue("customer"); owner == "" || owner != v.customerNames[n.Customer] {
			id, err := v.readCustomer(f, "customer")
			if err != nil {
				return err
			}
			changes.Customer = optionalText(id)
		}
		changes.InboundPricePerMinuteMicros, changes.InboundMinimumSeconds, changes.InboundIncrementSeconds = client.Set(typed.price), client.Set(typed.minimum), client.Set(typed.increment)
		if status := client.NumberStatus(v.r.PostFormValue("status")); status != n.Status {
			changes.Status = client.Set(status)
		}
	}
	if f.wrong() {
		return nil
	}
	_, err := v.api.Numbers.Patch(v.ctx(), n.Id, changes, client.IfMatch(v.r.PostFormValue("etag")))
	if errors.Is(err, client.ErrConflict) && v.r.PostFormValue("etag") != n.ETag {
		f.Hidden = []pair{{"etag", n.ETag}}
		f.fault("", v.t("Somebody changed this record meanwhile. Look at it again before you save."))
		return nil
	}
	if err != nil {
		return f.blame(err)
	}
	return v.done(numberLink(n.Id), v.t("%s was saved.", n.Number))
}

// optionalText clears a field that was left empty.
func optionalText(s string) client.Optional[string] {
	if s == "" {
		return client.Null[string]()
	}
	return client.Set(s)
}

// releaseNumber takes a number back into stock.
func (v *visit) releaseNumber() error {
	n, err := v.api.Numbers.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f := form{Title: v.t("Release %s?", n.Number), Intro: v.t("It goes back into stock, and calls to it are refused until somebody owns it again."), Submit: v.t("Release into stock"), Cancel: numberLink(n.Id)}
	return v.sure(f, crumb{n.Number, numberLink(n.Id)}, func() error {
		_, err := v.api.Numbers.Patch(v.ctx(), n.Id, client.NumberPatch{Customer: client.Null[string]()})
		return err
	}, v.t("%s is in stock.", n.Number))
}

func (v *visit) deleteNumber() error {
	n, err := v.api.Numbers.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f := form{Title: v.t("Delete %s?", n.Number), Intro: v.t("Calls to it are refused. Who owned it stays known."), Submit: v.t("Delete number"), Cancel: numberLink(n.Id)}
	return v.sure(f, crumb{v.t("Numbers"), "/console/numbers"}, func() error {
		_, err := v.api.Numbers.Remove(v.ctx(), n.Id)
		return err
	}, v.t("%s was deleted.", n.Number))
}
