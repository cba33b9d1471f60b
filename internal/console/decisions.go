package console

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"tollkeeper/client"
)

// decisions are the latest decisions about calls that wanted to start.
func (v *visit) decisions() list[client.Ruling] {
	return list[client.Ruling]{
		Name: "decisions", Search: "Number, call id or destination", Find: v.api.Decisions.Find, All: v.api.Decisions.All,
		Empty: "No switch has asked about a call in the last 12 hours.",
		Names: func(r client.Ruling) (string, string) { return r.Customer, "" },
		Columns: []column[client.Ruling]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, r client.Ruling) cell { return v.time(r.CreatedAt) }},
			{Key: "decision", Title: "Decision", Cell: func(v *visit, r client.Ruling) cell { return v.verdict(r) }},
			{Key: "reason", Title: "Reason", Cell: func(v *visit, r client.Ruling) cell { return plain(string(r.Reason)) }},
			{Key: "customer", Title: "Customer", Fixed: true, Cell: func(v *visit, r client.Ruling) cell { return v.customer(r.Customer) }},
			{Key: "from", Title: "From", Cell: func(v *visit, r client.Ruling) cell { return code(r.From) }},
			{Key: "to", Title: "To", Cell: func(v *visit, r client.Ruling) cell { return code(r.To) }},
			{Key: "destination", Title: "Destination", Cell: func(v *visit, r client.Ruling) cell { return plain(r.Destination) }},
			{Key: "pricePerMinuteMicros", Title: "Price", Number: true, Cell: func(v *visit, r client.Ruling) cell {
				if r.PricePerMinuteMicros == 0 {
					return cell{}
				}
				return v.priceCell(r.PricePerMinuteMicros)
			}},
			{Key: "grantedSeconds", Title: "Granted", Number: true, Cell: func(v *visit, r client.Ruling) cell {
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

// watch passes decisions on as they are made: each is a row of the table of decisions.
// It goes on while the session would, and does not keep it alive.
func (v *visit) watch() error {
	control := http.NewResponseController(v.w)
	header := v.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no")
	l := v.decisions()
	l.Names, v.customerNames = nil, map[string]string{} // they are learnt as they come
	until := v.session.Seen.Add(v.Idle)
	send := func(message string) error {
		control.SetWriteDeadline(time.Now().Add(time.Minute))
		if _, err := fmt.Fprint(v.w, message); err != nil {
			return err
		}
		if v.Now().After(until) {
			return errSignedOut
		}
		return control.Flush()
	}
	err := v.api.Decisions.Live(v.ctx(), func(r *client.Ruling) error {
		if r == nil {
			return send("event: beat\ndata: .\n\n")
		}
		v.meet(r.Customer)
		var t table
		if err := l.fill(v, &t, l.chosen(nil), []client.Ruling{*r}); err != nil {
			return err
		}
		var row strings.Builder
		if err := v.templates("list").ExecuteTemplate(&row, "row", t.Rows[0]); err != nil {
			return err
		}
		return send("event: row\ndata: " + strings.ReplaceAll(row.String(), "\n", " ") + "\n\n")
	})
	if v.ctx().Err() != nil || err == errSignedOut {
		return nil
	}
	return err
}

// namesKept bounds the names that a stream remembers.
const namesKept = 1000

// meet learns a customer's name once in a stream, so that a busy stream asks the API
// for little. A customer without a name, or whose name cannot be had now, is shown by
// id: that must not end the stream.
func (v *visit) meet(customer string) {
	if _, known := v.customerNames[customer]; known {
		return
	}
	found, err := v.accounts(customer)
	if err != nil {
		v.Log.Debug("console: name of a customer", "customer", customer, "error", err)
		return
	}
	if len(v.customerNames) >= namesKept {
		clear(v.customerNames)
	}
	v.customerNames[customer] = found[customer]
}

// templates are those of one page in the visitor's language.
func (v *visit) templates(name string) *template.Template {
	return v.pages.sets[v.locale.language][name]
}
