package console

import (
	"slices"

	"tollkeeper/client"
)

// limitText is one of a customer's limits as the console explains it.
type limitText struct {
	name        client.LimitName
	label, help text
	kind        string
}

var limitTexts = []limitText{
	{client.LimitMaxConcurrentCalls, "Concurrent calls", "Live calls at once, in both directions; 0 is no limit.", "number"},
	{client.LimitMaxPricePerMinuteMicros, "Price cap", "Highest price per minute of a call; dearer destinations are refused; 0 is no limit.", "money"},
	{client.LimitDailySpendMicros, "Daily spend", "Charged and held per UTC day; 0 is no limit.", "money"},
	{client.LimitUnbilledMicros, "Unbilled limit", "Usage not yet invoiced of a customer billed by invoice; 0 is no limit.", "money"},
	{client.LimitOutboundBarred, "Outbound calls", "Barred: every outbound call but emergency calls is refused.", "barred"},
}

// limitsPage shows the limits in effect. A field that is left empty returns to the
// server's default.
func (v *visit) limitsPage() error {
	id := v.r.PathValue("id")
	head, err := v.head(id)
	if err != nil {
		return err
	}
	limits, err := v.api.Limits.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := v.limitsForm(id, limits)
	if v.posted() {
		f.refill(v.r)
		if err := v.changeLimits(&f, id); err != nil || !f.wrong() {
			return err
		}
	}
	p := formWithin{Head: head, Tabs: v.tabs(id, "/limits"), Form: f, ReadOnly: !v.may("PATCH /customers/{id}/limits")}
	if v.may("PUT /customers/{id}/ratedeck") {
		deck, err := v.deckForm(id)
		if err != nil {
			return err
		}
		p.More = append(p.More, deck)
	}
	return v.render(f.status(), "limits", head.Name, p)
}

// formWithin is a form on a page of a customer.
type formWithin struct {
	Head     *customerHead
	Tabs     []tab
	Form     form
	More     []form
	ReadOnly bool
}

func (v *visit) limitsForm(id string, l *client.Limits) form {
	values := map[client.LimitName]string{
		client.LimitMaxConcurrentCalls: itoa(int64(l.MaxConcurrentCalls)), client.LimitMaxPricePerMinuteMicros: v.decimal(l.MaxPricePerMinuteMicros.String()),
		client.LimitDailySpendMicros: v.decimal(l.DailySpendMicros.String()), client.LimitUnbilledMicros: v.decimal(l.UnbilledMicros.String()), client.LimitOutboundBarred: "false",
	}
	if l.OutboundBarred {
		values[client.LimitOutboundBarred] = "true"
	}
	f := form{Action: customerLink(id) + "/limits", Title: v.t("Limits"), Submit: v.t("Save limits"), Intro: v.t("They hold for the next call. An empty field takes the server's default, which is shown in grey.")}
	for _, t := range limitTexts {
		in := field{Name: string(t.name), Label: v.t(t.label), Help: v.t(t.help), Kind: t.kind}
		own := slices.Contains(l.Overridden, t.name)
		if t.kind == "money" {
			in.Unit = v.Currency
		}
		if t.kind == "barred" {
			chosen := ""
			if own {
				chosen = values[t.name]
			}
			in.Kind, in.Choices = "select", v.options(chosen, option{"", "The server's default"}, option{"false", "Allow them"}, option{"true", "Bar them"})
		} else if own {
			in.Value = values[t.name]
		} else {
			in.Placeholder = values[t.name]
		}
		f.Fields = append(f.Fields, in)
	}
	return f
}

func (v *visit) changeLimits(f *form, id string) error {
	var changes client.LimitsPatch
	typed := func(name client.LimitName) string { return v.typed(string(name)) }
	amount := func(name client.LimitName, into *client.Optional[client.Micros]) {
		m, ok := readMicros(typed(name))
		switch {
		case typed(name) == "":
			*into = client.Null[client.Micros]()
		case !ok:
			f.fault(string(name), v.t("must be an amount of money"))
		default:
			*into = client.Set(m)
		}
	}
	amount(client.LimitMaxPricePerMinuteMicros, &changes.MaxPricePerMinuteMicros)
	amount(client.LimitDailySpendMicros, &changes.DailySpendMicros)
	amount(client.LimitUnbilledMicros, &changes.UnbilledMicros)
	if changes.MaxConcurrentCalls = client.Null[int](); typed(client.LimitMaxConcurrentCalls) != "" {
		v.readInt(f, string(client.LimitMaxConcurrentCalls), &changes.MaxConcurrentCalls)
	}
	if changes.OutboundBarred = client.Null[bool](); typed(client.LimitOutboundBarred) != "" {
		changes.OutboundBarred = client.Set(typed(client.LimitOutboundBarred) == "true")
	}
	if f.wrong() {
		return nil
	}
	if _, err := v.api.Limits.Patch(v.ctx(), id, changes); err != nil {
		return f.blame(err)
	}
	return v.done(customerLink(id)+"/limits", v.t("The limits were saved."))
}

// maxDecks bounds a select of rate decks.
const maxDecks = 500

func (v *visit) deckForm(id string) (form, error) {
	now, err := v.api.CustomerRatedeck.Get(v.ctx(), id)
	if err != nil {
		return form{}, err
	}
	decks, err := v.api.Ratedecks.Find(v.ctx(), client.Page{Limit: maxDecks})
	if err != nil {
		return form{}, err
	}
	choices := []choice{{"", v.t("The default deck"), !now.Assigned}}
	for _, d := range decks.Data {
		choices = append(choices, choice{d.Name, d.Name, now.Assigned && d.Name == now.Name})
	}
	return form{Action: customerLink(id) + "/ratedeck", Title: v.t("Rate deck"), Submit: v.t("Save rate deck"), Fields: []field{
		{Name: "deck", Label: v.t("Prices of this customer's calls"), Kind: "select", Choices: choices, Help: v.t("For the next call; calls in progress keep their price.")},
	}}, nil
}

func (v *visit) assignDeck() error {
	id, name := v.r.PathValue("id"), v.r.PostFormValue("deck")
	var err error
	if name == "" {
		_, err = v.api.CustomerRatedeck.Remove(v.ctx(), id)
	} else {
		_, err = v.api.CustomerRatedeck.Update(v.ctx(), id, client.CustomerRateDeckUpdate{Name: name})
	}
	if err != nil {
		return err
	}
	return v.done(customerLink(id)+"/limits", v.t("The rate deck was saved."))
}
