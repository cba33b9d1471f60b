package console

import (
	"errors"
	"net/http"
	"strings"

	"tollkeeper/client"
)

var directions = []option{{"outbound", "Outbound"}, {"inbound", "Inbound"}}

func (v *visit) direction(d client.Direction) cell {
	if d == client.Inbound {
		return plain(v.t("In")).raw(string(d))
	}
	return plain(v.t("Out")).raw(string(d))
}

// liveCalls are the calls in progress.
func (v *visit) liveCalls() list[client.Call] {
	l := list[client.Call]{
		Name: "calls", Search: "Number, call id or destination", Find: v.api.Calls.Find, All: v.api.Calls.All,
		Empty: "No call is in progress.", Sort: "-startedAt",
		Names: func(c client.Call) (string, []string) { return c.Customer, nil },
		Columns: []column[client.Call]{
			{Key: "startedAt", Title: "Started", Cell: func(v *visit, c client.Call) cell { return v.time(c.StartedAt) }},
			customerColumn(func(c client.Call) string { return c.Customer }),
			{Key: "direction", Title: "Way", Cell: func(v *visit, c client.Call) cell { return v.direction(c.Direction) }},
			{Key: "from", Title: "From", Cell: func(v *visit, c client.Call) cell { return code(c.From) }},
			{Key: "to", Title: "To", Cell: func(v *visit, c client.Call) cell { return code(c.To) }},
			{Key: "destination", Title: "Destination", Cut: true, Cell: func(v *visit, c client.Call) cell { return plain(c.Destination) }},
			{Key: "answeredAt", Title: "Talking", Number: true, Cell: func(v *visit, c client.Call) cell {
				if c.AnsweredAt.IsZero() {
					return badge(v.t("Ringing"), "info")
				}
				return plain(duration(int(v.Now().Sub(c.AnsweredAt).Seconds())))
			}},
			{Key: "pricePerMinuteMicros", Title: "Price", Number: true, Cell: func(v *visit, c client.Call) cell { return v.priceCell(c.PricePerMinuteMicros) }},
			{Key: "heldMicros", Title: "Held", Number: true, Cell: func(v *visit, c client.Call) cell { return v.amount(c.HeldMicros) }},
			{Key: "expiresAt", Title: "Silence ends it", Extra: true, Cell: func(v *visit, c client.Call) cell { return v.time(c.ExpiresAt) }},
			{Key: "callId", Title: "Call id", Extra: true, Cell: func(v *visit, c client.Call) cell { return code(c.CallId) }},
			{Key: "deck", Title: "Deck", Extra: true, Cell: func(v *visit, c client.Call) cell { return plain(c.Deck) }},
		},
		Filters: []filter{
			{Field: "direction", Title: "Way", Kind: oneOf, Choices: directions},
			{Field: "answeredAt", Title: "Answered", Kind: presence, Choices: []option{{"1", "Answered"}, {"0", "Ringing"}}},
			{Field: "to", Title: "To", Kind: exactly},
		},
	}
	if v.may("POST /calls/{callId}/end") {
		l.Columns = append(l.Columns, column[client.Call]{Key: "end", Title: "", Fixed: true, Cell: func(v *visit, c client.Call) cell {
			return cell{Action: &form{Action: "/console/calls/end", Submit: v.t("End"), Danger: true, Compact: true,
				Hidden: []pair{{"callId", c.CallId}, {"leg", c.Leg}, {"customer", c.Customer}, {"next", v.here()}}}}
		}})
	}
	return l
}

func (v *visit) priceCell(m client.Micros) cell {
	return plain(v.perMinute(m)).raw(m.String())
}

func (v *visit) callsPage() error {
	l := v.liveCalls()
	return showList(v, &l, listPage{Title: v.t("Live calls"), Live: "/console/decisions/live", Renew: true,
		Intro: v.t("Calls that begin appear by themselves; those that have ended leave within 15 seconds.")})
}

func (v *visit) customerCallsPage() error {
	return showWithin(v, within(v.liveCalls(), v.r.PathValue("id")), "/calls")
}

// endCall ends a call in the books by the server's clock. Its switch hears of it when
// it asks for more time.
func (v *visit) endCall() error {
	to := next(v.r.PostFormValue("next"))
	record, err := v.api.Calls.End(v.ctx(), v.r.PostFormValue("callId"), client.CallEnd{
		Leg: v.r.PostFormValue("leg"), Customer: v.r.PostFormValue("customer"), Cause: "ended_by_console",
	})
	if errors.Is(err, client.ErrNotFound) {
		return v.done(to, v.t("The call had ended already."))
	}
	if err != nil {
		return err
	}
	return v.done(to, v.t("The call was ended and charged %s.", v.money(record.ChargeMicros)))
}

// records are the calls that have ended.
func (v *visit) records() list[client.Cdr] {
	return list[client.Cdr]{
		Name: "cdrs", Search: "Number, call id or destination", Whole: ofNumber, Find: v.api.Cdrs.Find, All: v.api.Cdrs.All,
		Link:  func(c client.Cdr) string { return "/console/cdrs/" + c.Id },
		Empty: "No call has ended yet. Each leaves a record here.",
		Names: func(c client.Cdr) (string, []string) { return c.Customer, nil },
		Columns: []column[client.Cdr]{
			{Key: "startedAt", Title: "Started", Cell: func(v *visit, c client.Cdr) cell {
				at := v.time(c.StartedAt)
				at.Link = "/console/cdrs/" + c.Id
				return at
			}},
			customerColumn(func(c client.Cdr) string { return c.Customer }),
			{Key: "direction", Title: "Way", Cell: func(v *visit, c client.Cdr) cell { return v.direction(c.Direction) }},
			{Key: "from", Title: "From", Cell: func(v *visit, c client.Cdr) cell { return code(c.From) }},
			{Key: "to", Title: "To", Cell: func(v *visit, c client.Cdr) cell { return code(c.To) }},
			{Key: "destination", Title: "Destination", Cut: true, Cell: func(v *visit, c client.Cdr) cell { return plain(c.Destination) }},
			{Key: "durationSeconds", Title: "Duration", Number: true, Cell: func(v *visit, c client.Cdr) cell {
				if c.AnsweredAt.IsZero() {
					return badge(v.t("No answer"), "quiet").raw("0")
				}
				return plain(duration(c.DurationSeconds)).raw(itoa(int64(c.DurationSeconds)))
			}},
			{Key: "chargeMicros", Title: "Charge", Number: true, Cell: func(v *visit, c client.Cdr) cell { return v.amount(c.ChargeMicros) }},
			{Key: "billedSeconds", Title: "Billed", Number: true, Extra: true, Cell: func(v *visit, c client.Cdr) cell {
				return plain(duration(c.BilledSeconds)).raw(itoa(int64(c.BilledSeconds)))
			}},
			{Key: "pricePerMinuteMicros", Title: "Price", Number: true, Extra: true, Cell: func(v *visit, c client.Cdr) cell { return v.priceCell(c.PricePerMinuteMicros) }},
			{Key: "cause", Title: "Cause", Extra: true, Cell: func(v *visit, c client.Cdr) cell { return plain(c.Cause) }},
			{Key: "callId", Title: "Call id", Extra: true, Cell: func(v *visit, c client.Cdr) cell { return code(c.CallId) }},
			{Key: "deck", Title: "Deck", Extra: true, Cell: func(v *visit, c client.Cdr) cell { return plain(c.Deck) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, c client.Cdr) cell { return code(c.Id) }},
		},
		Filters: []filter{
			{Field: "direction", Title: "Way", Kind: oneOf, Choices: directions},
			{Field: "answeredAt", Title: "Answered", Kind: presence, Choices: []option{{"1", "Answered"}, {"0", "No answer"}}},
			{Field: "expired", Title: "Fell silent", Kind: oneOf, Choices: []option{{"true", "Yes"}, {"false", "No"}}},
			{Field: "chargeMicros", Title: "Charge", Kind: micros},
			{Field: "durationSeconds", Title: "Seconds", Kind: numbers},
			{Field: "startedAt", Title: "Started", Kind: days},
			{Field: "to", Title: "To", Kind: exactly},
			{Field: "cause", Title: "Cause", Kind: exactly},
			{Field: "pricePerMinuteMicros", Title: "Price", Kind: micros},
		},
	}
}

// ofNumber are the calls from or to a telephone number, if a text is a whole one in
// E.164: all else may be part of anything.
func ofNumber(text string) []client.Condition {
	number := strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(text)
	digits, international := strings.CutPrefix(number, "+")
	if !international || len(digits) < 8 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	return []client.Condition{client.Or(client.Eq("from", number), client.Eq("to", number))}
}

func (v *visit) recordsPage() error {
	l := v.records()
	return showList(v, &l, listPage{Title: v.t("Call records")})
}

func (v *visit) customerRecordsPage() error {
	return showWithin(v, within(v.records(), v.r.PathValue("id")), "/cdrs")
}

// detailPage is one record, field by field.
type detailPage struct {
	Title      string
	Badge      cell
	Back       crumb
	Groups     []detailGroup
	Text       string // a longer text under the fields
	Forms      []form
	Actions    []button
	Panels     []panel
	Sound      *sound // of a call that was recorded
	Transcript *said
	Head       *customerHead // of a customer's page
	Tabs       []tab
}

// showDetail shows a record: as it was asked for, or with the faults of a form.
func (v *visit) showDetail(p detailPage) error {
	for _, f := range p.Forms {
		if f.wrong() {
			return v.render(http.StatusUnprocessableEntity, "detail", p.Title, p)
		}
	}
	return v.show("detail", p.Title, p)
}

// panel is a short table on the page of something else.
type panel struct {
	Title string
	More  string // address of the whole list
	Table *table
}

// maxPanelRows bounds a panel; the list that it is of has more.
const maxPanelRows = 50

// panelOf is the beginning of a list as a part of another page.
func panelOf[T any](v *visit, title text, l list[T], where ...client.Condition) (panel, error) {
	t, err := newest(v, l, maxPanelRows, where...)
	return panel{Title: v.t(title), Table: t}, err
}

// newest is a short table of what a list begins with.
func newest[T any](v *visit, l list[T], rows int, where ...client.Condition) (*table, error) {
	found, err := l.Find(v.ctx(), client.Find{Limit: rows, Sort: order(l.Sort), Where: where})
	if err != nil {
		return nil, err
	}
	t := &table{Name: l.Name, Empty: v.t(l.Empty), Unfiltered: true}
	return t, l.fill(v, t, l.chosen(nil), found.Data)
}

type detailGroup struct {
	Title string
	Rows  []detail
}

type detail struct {
	Label string
	Value cell
	Help  string
}

// bypassReasons say why media went through the switch although it was to pass it by.
var bypassReasons = map[client.BypassReason]text{
	client.BypassRecording: "It was recorded.", client.BypassTranscription: "It was transcribed.", client.BypassHoldMusic: "Hold music is played by the switch.",
}

// recordPage shows one call record, and how its charge came about.
func (v *visit) recordPage() error {
	c, err := v.api.Cdrs.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.customerNames, err = v.accounts(c.Customer); err != nil {
		return err
	}
	p := detailPage{Title: v.t("Call to %s", c.To), Back: crumb{v.t("Call records"), "/console/cdrs"}}
	if c.Expired {
		p.Badge = badge(v.t("Fell silent"), "warn")
	}
	p.Groups = []detailGroup{
		{v.t("Call"), []detail{
			{v.t("Customer"), v.customer(c.Customer), ""}, {v.t("Direction"), v.direction(c.Direction), ""},
			{v.t("From"), code(c.From), ""}, {v.t("To"), code(c.To), ""}, {v.t("Destination"), plain(c.Destination), ""},
			{v.t("Started"), v.time(c.StartedAt), ""}, {v.t("Answered"), v.time(c.AnsweredAt), ""}, {v.t("Ended"), v.time(c.EndedAt), ""},
			{v.t("Cause"), plain(c.Cause), ""}, {v.t("Emergency"), v.yesNo(c.Emergency), ""},
			{v.t("Call id"), code(c.CallId), ""}, {v.t("Leg"), code(c.Leg), ""},
		}},
		{v.t("Charge"), []detail{
			{v.t("Duration"), plain(duration(c.DurationSeconds)), v.t("From the answer to the end.")},
			{v.t("Billed"), plain(duration(c.BilledSeconds)), v.t("After a minimum of %d s, in steps of %d s.", c.MinimumSeconds, c.IncrementSeconds)},
			{v.t("Price"), v.priceCell(c.PricePerMinuteMicros), v.t("By prefix %s of deck %s, version %d.", c.Prefix, c.Deck, c.DeckVersion)},
			{v.t("Connection fee"), v.amount(c.ConnectFeeMicros), ""},
			{v.t("Charge"), v.amount(c.ChargeMicros), ""},
		}},
		{v.t("Media"), []detail{
			{v.t("Media bypass"), v.yesNo(c.Media.Bypass), v.t(bypassReasons[c.Media.BypassReason])}, {v.t("Recording"), v.yesNo(c.Media.Record), ""},
			{v.t("Transcript"), v.yesNo(c.Media.Transcribe), ""}, {v.t("Hold music"), plain(c.Media.HoldMusic), ""},
		}},
	}
	if p.Sound, _, err = v.soundOf(c.Id); err != nil {
		return err
	}
	if p.Transcript, err = v.transcriptOf(c.Id); err != nil {
		return err
	}
	return v.showDetail(p)
}
