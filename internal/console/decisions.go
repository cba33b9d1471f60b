package console

import (
	"html/template"

	"tollkeeper/client"
)

// decisions are the latest decisions about calls that wanted to start.
func (v *visit) decisions() list[client.Ruling] {
	return list[client.Ruling]{
		Name: "decisions", Search: "Number, call id or destination", Find: v.api.Decisions.Find, All: v.api.Decisions.All,
		Empty: "No switch has asked about a call in the last 12 hours.",
		Names: func(r client.Ruling) (string, []string) { return r.Customer, nil },
		Columns: []column[client.Ruling]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, r client.Ruling) cell { return v.time(r.CreatedAt) }},
			{Key: "decision", Title: "Decision", Cell: func(v *visit, r client.Ruling) cell { return v.verdict(r) }},
			{Key: "reason", Title: "Reason", Cell: func(v *visit, r client.Ruling) cell { return plain(string(r.Reason)) }},
			customerColumn(func(r client.Ruling) string { return r.Customer }),
			{Key: "from", Title: "From", Cell: func(v *visit, r client.Ruling) cell { return code(r.From) }},
			{Key: "to", Title: "To", Cell: func(v *visit, r client.Ruling) cell { return code(r.To) }},
			{Key: "destination", Title: "Destination", Cut: true, Cell: func(v *visit, r client.Ruling) cell { return plain(r.Destination) }},
			{Key: "pricePerMinuteMicros", Title: "Price", Number: true, Cell: func(v *visit, r client.Ruling) cell {
				if r.PricePerMinuteMicros == 0 {
					return cell{}
				}
				return v.priceCell(r.PricePerMinuteMicros)
			}},
			{Key: "grantedSeconds", Title: "Granted", Number: true, Extra: true, Cell: func(v *visit, r client.Ruling) cell {
				if r.GrantedSeconds == 0 {
					return cell{}
				}
				return plain(v.t("%d s", r.GrantedSeconds)).raw(itoa(int64(r.GrantedSeconds)))
			}},
			{Key: "callId", Title: "Call id", Extra: true, Cell: func(v *visit, r client.Ruling) cell { return code(r.CallId) }},
		},
		Filters: []filter{
			{Field: "decision", Title: "Decision", Kind: oneOf, Choices: []option{{"allow", "Allowed"}, {"deny", "Refused"}}},
			{Field: "reason", Title: "Reason", Kind: exactly},
			{Field: "direction", Title: "Way", Kind: oneOf, Choices: directions},
			{Field: "to", Title: "To", Kind: exactly},
		},
	}
}

func (v *visit) verdict(r client.Ruling) cell {
	if r.Decision == client.Allow {
		return badge(v.t("Allowed"), "good").raw(string(r.Decision))
	}
	return badge(v.t("Refused"), "bad").raw(string(r.Decision))
}

func (v *visit) decisionsPage() error {
	l := v.decisions()
	return showList(v, &l, listPage{Title: v.t("Decisions"), Live: "/console/decisions/live",
		Intro: v.t("What switches asked in the last 12 hours and were answered, the refused calls too. New ones appear by themselves.")})
}

func (v *visit) customerDecisionsPage() error {
	return showWithin(v, within(v.decisions(), v.r.PathValue("id")), "/decisions")
}

// templates are those of one page in the visitor's language.
func (v *visit) templates(name string) *template.Template {
	return v.pages.sets[v.locale.language][name]
}
