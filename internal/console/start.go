package console

import (
	"slices"
	"strings"
	"time"

	"tollkeeper/client"
)

// start is how far somebody has come on a new server, as the browser keeps it, sealed.
// All but the token can be seen from the server too, so that the steps can be taken up
// again in any browser.
type start struct {
	User     string // whose steps they are
	Customer string
	Token    string // of the switch, so that it can be shown until the steps are left
	At       time.Time
	Left     bool
}

const (
	startCookie = "tollkeeper_start"
	// startLife is how long a token is shown again to the browser that made it.
	startLife = time.Hour
	// startLeft is how long a browser is not invited any more, in seconds.
	startLeft = 365 * 24 * 60 * 60
)

// started is what the browser keeps.
func (v *visit) started() (s start) {
	cookie, err := v.r.Cookie(startCookie)
	if err != nil || !v.seal.open(startCookie, cookie.Value, &s) || s.User != v.user.Id || !s.Left && v.Now().Sub(s.At) > startLife {
		return start{}
	}
	return s
}

func (v *visit) keepStart(s start) {
	s.User, s.At = v.user.Id, v.Now()
	age := int(startLife.Seconds())
	if s.Left {
		age = startLeft
	}
	v.cookie(startCookie, v.seal.close(startCookie, s), age)
}

// leaveStart ends the steps, wherever they stand.
func (v *visit) leaveStart() error {
	v.keepStart(start{Left: true})
	return v.redirect("/console/")
}

// invited reports whether the visitor is to be led to the first steps: on a server
// without customers, or in the midst of them.
func (v *visit) invited() (bool, error) {
	if s := v.started(); s.Left || !v.may("POST /customers") {
		return false, nil
	} else if s.Token != "" || s.Customer != "" {
		done, err := v.startDone()
		return slices.Contains(done[:], ""), err
	}
	found, err := v.api.Customers.Find(v.ctx(), client.Find{Limit: client.CountOnly})
	return err == nil && found.Total == 0, err
}

// startPage is one of the steps, among all of them.
type startPage struct {
	Title, Step string
	Steps       []startStep
	Intro       string
	Form        *form
	Next        string // the step after this one
	Done        string // what there is already; "" for nothing
	Line, Token string // of the last step
	Switches    []switchSnippet
	Decisions   *table
}

// startStep is a step as the list of them shows it.
type startStep struct {
	Number     int
	Title      string
	Link       string
	Done, Here bool
}

var startSteps = []struct {
	path  string
	title text
}{
	{"/console/start/customer", "A customer"},
	{"/console/start/deck", "Prices"},
	{"/console/start/token", "A token for the switch"},
	{"/console/start/call", "The first call"},
}

// startPage leads to the first step that is not done.
func (v *visit) startPage() error {
	done, err := v.startDone()
	if err != nil {
		return err
	}
	for i, step := range startSteps {
		if done[i] == "" {
			return v.redirect(step.path)
		}
	}
	return v.redirect(startSteps[len(startSteps)-1].path)
}

// startDone is what the server has of each step.
func (v *visit) startDone() (done [4]string, err error) {
	customers, err := v.api.Customers.Find(v.ctx(), client.Find{Limit: 1, Select: []string{"name"}})
	if err != nil {
		return done, err
	}
	for _, c := range customers.Data {
		done[0] = v.several(customers.Total, "There is %s customer: %s.", "There are %s customers, %s among them.", v.count(customers.Total), c.Name)
	}
	decks, err := v.api.Ratedecks.Find(v.ctx(), client.Page{Limit: maxDecks})
	if err != nil {
		return done, err
	}
	for _, d := range decks.Data {
		if d.Name == defaultDeck {
			done[1] = v.several(int64(d.Rates), "The deck default has %s price.", "The deck default has %s prices.", v.count(int64(d.Rates)))
		}
	}
	tokens, err := v.api.Usertokens.Find(v.ctx(), client.Find{Limit: client.CountOnly, Where: []client.Condition{client.Eq("kind", client.TokenSwitch), client.Eq("status", 1)}})
	if err != nil {
		return done, err
	}
	if tokens.Total > 0 {
		done[2] = v.several(tokens.Total, "There is %s token for switches.", "There are %s tokens for switches.", v.count(tokens.Total))
	}
	calls, err := v.api.Decisions.Find(v.ctx(), client.Find{Limit: 1})
	if err == nil && len(calls.Data) > 0 {
		done[3] = v.t("A switch has asked about a call.")
	}
	return done, err
}

// showStart shows a step. What the page has more than its place among the others is in p.
func (v *visit) showStart(step int, p startPage) error {
	done, err := v.startDone()
	if err != nil {
		return err
	}
	p.Title, p.Step, p.Done = v.t("First steps"), v.t(startSteps[step].title), done[step]
	for i, s := range startSteps {
		p.Steps = append(p.Steps, startStep{i + 1, v.t(s.title), s.path, done[i] != "", i == step})
	}
	if step+1 < len(startSteps) {
		p.Next = startSteps[step+1].path
	}
	return v.render(p.Form.status(), "start", p.Step, p)
}

// takeStep shows a step with a form, and goes on to the next once do has done what the
// form asks for.
func (v *visit) takeStep(step int, intro text, f form, do func(*form, *start) error) error {
	f.Action = startSteps[step].path
	if v.posted() {
		f.refill(v.r)
		s := v.started()
		if err := do(&f, &s); err != nil {
			if err := f.blame(err); err != nil {
				return err
			}
		}
		if !f.wrong() {
			v.keepStart(s)
			return v.redirect(startSteps[step+1].path)
		}
	}
	return v.showStart(step, startPage{Intro: v.t(intro), Form: &f})
}

func (v *visit) startCustomer() error {
	f := v.customerForm()
	for i := range f.Fields {
		switch in := &f.Fields[i]; in.Name {
		case "credit":
			in.Value = v.decimal("10.00")
		case "maxOutboundCallRate":
			in.Value = "5"
		}
	}
	return v.takeStep(0, "Whose calls are charged to one account: a company, a reseller, an application.", f, func(f *form, s *start) error {
		made, err := v.createCustomer(f)
		if made != nil {
			s.Customer = made.Id
		}
		return err
	})
}

// defaultDeck is the deck of every customer without another.
const defaultDeck = "default"

func (v *visit) startDeck() error {
	f := form{Submit: v.t("Import these prices"), Fields: []field{
		{Name: "csv", Label: v.t("Prices per minute in %s, as CSV", v.Currency), Kind: "textarea", Value: exampleDeck, Required: true,
			Help: v.t("Three to begin with; change them, or paste your own. Calls to a number have the price of the longest prefix that it begins with.")},
	}}
	return v.takeStep(1, "A call without a price is refused. These prices become the deck named default, which every customer has who has no other.", f, func(f *form, _ *start) error {
		csv := strings.ReplaceAll(v.r.PostFormValue("csv"), "\r\n", "\n")
		_, err := v.api.Ratedecks.Import(v.ctx(), defaultDeck, strings.NewReader(csv), client.ImportOptions{})
		return err
	})
}

// startTokenYears is how long the first token is good.
const startTokenYears = 1

func (v *visit) startToken() error {
	f := form{Submit: v.t("Create token"), Fields: []field{
		{Name: "name", Label: v.t("Name"), Kind: "text", Value: "switch-1", Required: true, Focus: true, Help: v.t("Where it will be used, such as sbc-1; 1 to 45 characters.")},
		{Name: "networks", Label: v.t("Networks"), Kind: "text", Placeholder: "192.0.2.0/24", Help: v.t("Where it may be used from, such as 192.0.2.0/24; empty is everywhere. Separate several by spaces.")},
	}}
	return v.takeStep(2, "A switch proves by it who it is. It opens the operations of calls and nothing else, for one year.", f, func(f *form, s *start) error {
		made, err := v.api.Usertokens.Create(v.ctx(), client.UserTokenCreate{
			Name: v.r.PostFormValue("name"), Kind: client.TokenSwitch, ExpiresInYears: startTokenYears, Networks: strings.Fields(v.r.PostFormValue("networks")),
		})
		if made != nil {
			s.Token = made.Token
		}
		return err
	})
}

// startCall has a call asked about, by hand or by a switch, and shows the decision as
// soon as it is made.
func (v *visit) startCall() error {
	s := v.started()
	p := startPage{Intro: v.t("Paste this line into a shell that reaches the server. It asks whether the customer may call; nothing rings. Or let your switch ask."), Token: s.Token}
	if s.Customer == "" {
		found, err := v.api.Customers.Find(v.ctx(), client.Find{Limit: 1, Select: []string{"name"}})
		if err != nil {
			return err
		}
		for _, c := range found.Data {
			s.Customer = c.Id
		}
	}
	p.Line = v.curl(v.switchToken(s), s.Customer)
	p.Switches = v.snippets(v.switchToken(s))
	var err error
	if p.Decisions, err = newest(v, v.decisions(), overviewRows); err != nil {
		return err
	}
	return v.showStart(3, p)
}
