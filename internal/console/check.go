package console

import (
	"strings"

	"tollkeeper/client"
)

// checkPage tries a call that nobody places.
type checkPage struct {
	Head  *customerHead
	Tabs  []tab
	Form  form
	Facts []fact // nil: nothing was tried yet
	Rules []checkedRule
}

type checkedRule struct {
	Name   string
	Result cell
	Detail string
}

// checkCall says what would become of a call of a customer, and which rule says so.
func (v *visit) checkCall() error {
	id := v.r.PathValue("id")
	head, err := v.head(id)
	if err != nil {
		return err
	}
	p := checkPage{Head: head, Tabs: v.tabs(id, "/check"), Form: form{
		Action: customerLink(id) + "/check", Title: v.t("Try a call"), Submit: v.t("Try it"),
		Intro: v.t("Shows what a switch would be answered now, and what each rule says. No call is placed and no money is held."),
		Fields: []field{
			{Name: "direction", Label: v.t("Way"), Kind: "select", Choices: v.options("outbound", directions...)},
			{Name: "from", Label: v.t("From"), Kind: "text", Placeholder: "+12125550100", Help: v.t("Empty where it is withheld.")},
			{Name: "to", Label: v.t("To"), Kind: "text", Required: true, Focus: true, Placeholder: "+442079460123", Help: v.t("As it is dialled.")},
		},
	}}
	if v.posted() {
		p.Form.refill(v.r)
		checked, err := v.api.Calls.Check(v.ctx(), client.CallCheck{
			Customer: id, Direction: client.Direction(v.r.PostFormValue("direction")),
			From: strings.TrimSpace(v.r.PostFormValue("from")), To: strings.TrimSpace(v.r.PostFormValue("to")),
		})
		if err == nil {
			p.Facts, p.Rules = v.checkedFacts(checked), v.checkedRules(checked)
		} else if err := p.Form.blame(err); err != nil {
			return err
		}
	}
	return v.render(p.Form.status(), "check", head.Name, p)
}

// checkedFacts are the answer in short.
func (v *visit) checkedFacts(c *client.CallChecked) []fact {
	facts := []fact{{Title: v.t("Decision"), Value: v.t("Refused"), Note: string(c.Reason) + ", SIP " + itoa(int64(c.SipCode)), Tone: "bad"}}
	if c.Decision == client.Allow {
		facts[0].Value, facts[0].Tone = v.t("Allowed"), "good"
	}
	destination := c.Destination
	if destination == "" {
		destination = c.Region
	}
	facts = append(facts, fact{Title: v.t("Called"), Value: c.To, Note: destination})
	if c.Prefix != "" {
		facts = append(facts, fact{Title: v.t("Price"), Value: v.perMinute(c.PricePerMinuteMicros), Note: v.t("prefix %s of the deck %s", c.Prefix, c.Deck)})
	}
	if c.Decision == client.Allow {
		note := v.t("%s would be held", v.money(c.HeldMicros))
		if c.Final {
			note += ", " + v.t("and no more granted after it")
		}
		facts = append(facts, fact{Title: v.t("Granted"), Value: v.t("%d s", c.GrantedSeconds), Note: note})
	}
	return facts
}

func (v *visit) checkedRules(c *client.CallChecked) (rules []checkedRule) {
	for _, r := range c.Rules {
		results := map[client.RuleOutcome]cell{
			client.OutcomePassed: badge(v.t("Passed"), "good"), client.OutcomeRefused: badge(v.t("Refused"), "bad"),
			client.OutcomeNotReached: badge(v.t("Not reached"), "quiet"), client.OutcomeExempt: badge(v.t("Exempt"), "info"),
		}
		rules = append(rules, checkedRule{string(r.Rule), results[r.Outcome], r.Detail})
	}
	return rules
}
