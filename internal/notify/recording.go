package notify

import "tollkeeper"

// aboutRecording writes of a recording, with a link to listen by, which stands apart from
// the text.
func (d *Dispatcher) aboutRecording(e tollkeeper.Event, c tollkeeper.Customer, to tollkeeper.User) tollkeeper.Mail {
	data := parseData(e.Data)
	text, _ := data["recording"].(string)
	recording, err := tollkeeper.ParseID(text)
	if d.ListenLink == nil || err != nil {
		return d.Letters.about(e, c, to)
	}
	address, until := d.ListenLink(e.Customer, recording, e.CreatedAt)
	data["link"], data["until"] = tollkeeper.MailSecret, until.UTC().Format(tollkeeper.TimeLayout)
	m := d.Letters.letter(letterOf(e.Type), to, page{Customer: c.Name, at: e.CreatedAt, data: data})
	m.Secret, m.ExpiresAt = address, until
	return m
}
