package notify

import (
	"time"

	"tollkeeper"
)

// aboutPortout writes of a request of another carrier. Whoever may decide about one that
// is held gets a link to do it with, which stands apart from the text.
func (d *Dispatcher) aboutPortout(e tollkeeper.Event, c tollkeeper.Customer, to tollkeeper.User) tollkeeper.Mail {
	data := parseData(e.Data)
	text, _ := data["portout"].(string)
	portout, err := tollkeeper.ParseID(text)
	deadline, _ := data["decideBy"].(string)
	until, timeErr := time.Parse(tollkeeper.TimeLayout, deadline)
	if d.DecisionLink == nil || err != nil || timeErr != nil || data["state"] != string(tollkeeper.PortoutHeld) || !to.DecidesFor(e.Customer) {
		return d.Letters.about(e, c, to)
	}
	data["link"] = tollkeeper.MailSecret
	m := d.Letters.letter(letterOf(e.Type), to, page{Customer: c.Name, at: e.CreatedAt, data: data})
	m.Secret, m.ExpiresAt = d.DecisionLink(portout, to.ID, until), until
	return m
}
