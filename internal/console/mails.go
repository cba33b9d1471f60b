package console

import (
	"tollkeeper/client"
)

var (
	mailStates = []option{{"queued", "Waiting"}, {"sent", "Sent"}, {"kept", "Kept"}, {"failed", "Given up"}}
	mailTones  = map[string]string{"queued": "info", "sent": "good", "kept": "quiet", "failed": "bad"}
)

// mails are what was written to people.
func (v *visit) mails() list[client.Mail] {
	return list[client.Mail]{
		Name: "mails", Search: "Address or subject", Find: v.api.Mails.Find, All: v.api.Mails.All, Empty: "No mail was written yet.",
		Link:  func(m client.Mail) string { return "/console/mails/" + m.Id },
		Names: func(m client.Mail) (string, []string) { return m.Customer, []string{m.User} },
		Columns: []column[client.Mail]{
			{Key: "createdAt", Title: "Written", Cell: func(v *visit, m client.Mail) cell { return v.time(m.CreatedAt) }},
			{Key: "to", Title: "To", Cell: func(v *visit, m client.Mail) cell { return plain(m.To) }},
			{Key: "subject", Title: "Subject", Cut: true, Cell: func(v *visit, m client.Mail) cell { return link(m.Subject, "/console/mails/"+m.Id) }},
			{Key: "state", Title: "State", Cell: func(v *visit, m client.Mail) cell { return v.named(string(m.State), mailStates, mailTones) }},
			customerColumn(func(m client.Mail) string { return m.Customer }),
			{Key: "attempts", Title: "Attempts", Number: true, Cell: func(v *visit, m client.Mail) cell { return plain(v.count(m.Attempts)) }},
			{Key: "kind", Title: "Kind", Extra: true, Cell: func(v *visit, m client.Mail) cell { return plain(m.Kind) }},
			{Key: "error", Title: "Error", Extra: true, Cell: func(v *visit, m client.Mail) cell { return plain(m.Error) }},
		},
		Filters: []filter{{Field: "state", Title: "State", Kind: oneOf, Choices: mailStates}, {Field: "kind", Title: "Kind", Kind: exactly}, {Field: "createdAt", Title: "Written", Kind: days}},
	}
}

func (v *visit) mailsPage() error {
	l := v.mails()
	return showList(v, &l, listPage{Title: v.t("Mails"), Intro: v.t("What the server wrote to people. Secrets in them are hidden. Without a mail server they are kept and can be read here.")})
}

func (v *visit) mailPage() error {
	found, err := v.api.Mails.Find(v.ctx(), client.Find{Limit: 1, Where: []client.Condition{client.Eq("_id", v.r.PathValue("id"))}})
	if err != nil {
		return err
	}
	if len(found.Data) == 0 {
		return &client.Error{Code: 404, ClassName: client.ErrNotFound, Message: v.t("No mail has this id.")}
	}
	m := found.Data[0]
	if v.customerNames, err = v.accounts(m.Customer); err != nil {
		return err
	}
	if v.userNames, err = v.people(m.User); err != nil {
		return err
	}
	p := detailPage{Title: m.Subject, Back: crumb{v.t("Mails"), "/console/mails"}, Text: m.Text, Groups: []detailGroup{{v.t("Mail"), []detail{
		{v.t("To"), plain(m.To), ""}, {v.t("User"), v.person(m.User), ""}, {v.t("Customer"), v.customer(m.Customer), ""}, {v.t("State"), v.named(string(m.State), mailStates, mailTones), ""},
		{v.t("Written"), v.time(m.CreatedAt), ""}, {v.t("Sent"), v.time(m.SentAt), ""}, {v.t("Attempts"), plain(v.count(m.Attempts)), ""},
		{v.t("Next attempt"), v.time(m.NextAt), ""}, {v.t("Error"), plain(m.Error), ""},
	}}}}
	return v.show("detail", p.Title, p)
}
