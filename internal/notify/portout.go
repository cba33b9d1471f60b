package notify

import (
	"time"

	"tollkeeper"
)

// aboutPortout writes of a request of another carrier. Whoever may decide about one that
// is held gets a link to do it with, which stands apart from the text; whoever may not is
// told that others decide.
func (d *Dispatcher) aboutPortout(e tollkeeper.Event, c tollkeeper.Customer, to tollkeeper.User) tollkeeper.Mail {
	p := page{Customer: c.Name, at: e.CreatedAt, data: parseData(e.Data)}
	link, until := "", time.Time{}
	if p.data["state"] == string(tollkeeper.PortoutHeld) {
		if to.DecidesFor(e.Customer) {
			link, until = d.decisionLink(p.data, to.ID)
		} else {
			p.data["othersDecide"] = true
		}
	}
	if link != "" {
		p.data["link"] = tollkeeper.MailSecret
	}
	m := d.Letters.letter(letterOf(e.Type), to, p)
	m.Secret, m.ExpiresAt = link, until
	return m
}

// decisionLink is the link by which a user decides about the request that data tells of,
// and until when; "" where there is none.
func (d *Dispatcher) decisionLink(data map[string]any, user tollkeeper.ID) (link string, until time.Time) {
	text, _ := data["portout"].(string)
	deadline, _ := data["decideBy"].(string)
	portout, err := tollkeeper.ParseID(text)
	until, timeErr := time.Parse(tollkeeper.TimeLayout, deadline)
	if d.DecisionLink == nil || err != nil || timeErr != nil {
		return "", time.Time{}
	}
	return d.DecisionLink(portout, user, until), until
}
