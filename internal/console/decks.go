package console

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"tollkeeper/client"
)

func deckLink(name string) string { return "/console/ratedecks/" + url.PathEscape(name) }

// decksPage shows the rate decks.
type decksPage struct {
	Title   string
	Decks   []deckRow
	Actions []button
	Empty   string
}

type deckRow struct {
	Name, Link    string
	Version       string
	Rates, Prices string // their number, and the same with what it counts
	State         cell
	From, Created cell
	Note          string
	Rollback      *form
	Export        string
}

func (v *visit) deckRow(d client.RateDeck) deckRow {
	r := deckRow{Name: d.Name, Link: deckLink(d.Name), Version: itoa(d.Version), Rates: v.count(int64(d.Rates)), From: v.time(d.EffectiveFrom), Created: v.time(d.CreatedAt)}
	r.Prices = v.several(int64(d.Rates), "%s price", "%s prices", r.Rates)
	switch {
	case d.InForce:
		r.State = badge(v.t("In force"), "good")
	case d.EffectiveFrom.After(v.Now()):
		r.State = badge(v.t("Scheduled"), "info")
	default:
		r.State = badge(v.t("Replaced"), "quiet")
	}
	if d.RollbackOf != 0 {
		r.Note = v.t("brought back version %d", d.RollbackOf)
	}
	return r
}

func (v *visit) decksPage() error {
	found, err := v.api.Ratedecks.Find(v.ctx(), client.Page{Limit: maxDecks})
	if err != nil {
		return err
	}
	p := decksPage{Title: v.t("Rate decks"), Actions: v.actions(action{"PUT /ratedecks/{name}", "Upload a deck", "/console/upload"}),
		Empty: v.t("No rate deck yet. Without one no call has a price, and all but emergency calls are refused. The deck named default is for every customer without another.")}
	for _, d := range found.Data {
		p.Decks = append(p.Decks, v.deckRow(d))
	}
	return v.show("decks", p.Title, p)
}

// deckPage shows the versions and the prices of one deck.
type deckPage struct {
	Name     string
	Back     crumb
	Versions []deckRow
	Actions  []button
	Prefix   string
	Number   string
	Rates    []rateRow
	More     string
	Answer   string
}

type rateRow struct{ Prefix, Destination, Price, Fee, Minimum, Increment string }

func (v *visit) deckPage() error {
	name := v.r.PathValue("name")
	versions, err := v.api.Ratedecks.Get(v.ctx(), name, client.Page{Limit: 100})
	if err != nil {
		return err
	}
	p := deckPage{Name: name, Back: crumb{v.t("Rate decks"), "/console/ratedecks"}, Actions: v.actions(
		action{"PUT /ratedecks/{name}", "Upload a version", "/console/upload?name=" + url.QueryEscape(name)},
		action{"DELETE /ratedecks/{name}", "Delete", deckLink(name) + "/delete"})}
	for _, d := range versions.Data {
		r := v.deckRow(d)
		r.Export = deckLink(name) + "/versions/" + itoa(d.Version)
		if !d.InForce && v.may("POST /ratedecks/{name}/rollback") {
			r.Rollback = &form{Action: deckLink(name) + "/rollback", Submit: v.t("Bring back"), Compact: true, Hidden: []pair{{"version", itoa(d.Version)}}}
		}
		p.Versions = append(p.Versions, r)
	}
	if err := v.prices(&p); err != nil {
		return err
	}
	return v.show("deck", name, p)
}

// pricesShown bounds the table of prices.
const pricesShown = 100

// prices looks up what the visitor asks for: the price of a number, or prefixes.
func (v *visit) prices(p *deckPage) error {
	p.Number, p.Prefix = strings.TrimSpace(v.r.FormValue("number")), strings.TrimSpace(v.r.FormValue("prefix"))
	find := client.RatesFind{Page: client.Page{Limit: pricesShown}, Prefix: strings.TrimPrefix(p.Prefix, "+")}
	if p.Number != "" {
		find.Number = p.Number
	}
	found, err := v.api.Rates.Find(v.ctx(), p.Name, find)
	if answer := (*client.Error)(nil); errors.As(err, &answer) && (answer.Code == http.StatusBadRequest || answer.Code == http.StatusNotFound) {
		p.Answer = answerText(answer)
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range found.Data {
		p.Rates = append(p.Rates, rateRow{r.Prefix, r.Destination, v.perMinute(r.PricePerMinuteMicros), v.money(r.ConnectFeeMicros), v.t("%d s", r.MinimumSeconds), v.t("%d s", r.IncrementSeconds)})
	}
	if found.Total > int64(len(found.Data)) {
		p.More = v.t("The first %s of %s. Narrow them by a prefix.", v.count(int64(len(found.Data))), v.count(found.Total))
	}
	if p.Number != "" && len(found.Data) == 0 {
		p.Answer = v.t("No prefix of this deck matches the number: the call would be refused with no_price.")
	}
	return nil
}

// exampleDeck is what an upload begins with for who has none at hand.
const exampleDeck = `prefix,destination,price,increment
1,United States,0.0085,6/6
44,United Kingdom,0.0190,60/60
4420,"United Kingdom, London",0.0120,60/60
`

// uploadPage uploads a version, first to see what it would change.
type uploadPage struct {
	Form   form
	Back   crumb
	Change *deckChange
}

// deckChange is the difference that an import makes.
type deckChange struct {
	Rates  string
	Groups []changeGroup
	Apply  form
	Same   string
}

type changeGroup struct {
	Title, Count, Tone string
	Rows               []changeRow
	More               string
}

type changeRow struct{ Prefix, Destination, Old, New string }

func (v *visit) uploadDeck() error {
	name := v.r.URL.Query().Get("name")
	f := form{
		Action: "/console/upload", Title: v.t("Upload a rate deck"), Submit: v.t("Check and compare"), Cancel: "/console/ratedecks", Upload: true,
		Intro: v.t("Nothing is changed before you have seen the difference to the version in force. Prices are per minute in %s.", v.Currency),
		Fields: []field{
			{Name: "name", Label: v.t("Deck"), Kind: "text", Value: name, Required: true, Help: v.t("The deck named default is for every customer without another.")},
			{Name: "file", Label: v.t("CSV file"), Kind: "file", Help: v.t("Columns prefix, destination, price, increment; at most 64 MiB. Or paste it below.")},
			{Name: "csv", Label: v.t("or CSV text"), Kind: "textarea", Placeholder: exampleDeck},
			{Name: "effectiveFrom", Label: v.t("In force from"), Kind: "date", Help: v.t("The beginning of a day in your time zone; empty is at once.")},
		},
	}
	if name == "" {
		f.Fields[0].Value = "default"
	}
	p := uploadPage{Form: f, Back: crumb{v.t("Rate decks"), "/console/ratedecks"}}
	if !v.posted() {
		return v.show("upload", f.Title, p)
	}
	data, from := v.readUpload(&p.Form)
	if p.Form.wrong() {
		return v.render(http.StatusUnprocessableEntity, "upload", f.Title, p)
	}
	name = v.r.PostFormValue("name")
	apply := v.r.PostFormValue("apply") == "1"
	outcome, err := v.api.Ratedecks.Import(v.ctx(), name, bytes.NewReader(data), client.ImportOptions{DryRun: !apply, EffectiveFrom: from})
	if err != nil {
		if err := p.Form.blame(err); err != nil {
			return err
		}
		p.Form.Fields[2].Value = string(data[:min(len(data), 64<<10)])
		return v.render(http.StatusUnprocessableEntity, "upload", f.Title, p)
	}
	if apply {
		return v.done(deckLink(name), v.several(int64(outcome.Rates), "Version %d of %s was imported with %s price.", "Version %d of %s was imported with %s prices.", outcome.Version, name, v.count(int64(outcome.Rates))))
	}
	p.Change = v.deckChange(outcome)
	p.Change.Apply = form{Action: f.Action, Submit: v.t("Import this version"), Cancel: deckLink(name), Compact: true, Upload: true,
		Hidden: []pair{{"name", name}, {"csv", string(data)}, {"effectiveFrom", v.r.PostFormValue("effectiveFrom")}, {"apply", "1"}}}
	return v.show("upload", f.Title, p)
}

// readUpload reads the CSV of a file, or the text where there is no file, or blames the
// form.
func (v *visit) readUpload(f *form) (data []byte, from time.Time) {
	if err := v.r.ParseMultipartForm(withFile(v.largest)); err != nil {
		f.fault("file", v.unread(err))
		return nil, from
	}
	f.refill(v.r)
	if file, _, err := v.r.FormFile("file"); err == nil {
		defer file.Close()
		plain := transform.NewReader(file, unicode.BOMOverride(transform.Nop)) // of UTF-16 too
		if data, err = io.ReadAll(plain); err != nil {
			f.fault("file", v.unread(err))
			return nil, from
		}
	}
	if len(data) == 0 {
		data = []byte(strings.ReplaceAll(v.r.PostFormValue("csv"), "\r\n", "\n"))
	}
	if len(data) == 0 {
		f.fault("file", v.t("choose a file, or paste its text"))
	}
	if day := v.r.PostFormValue("effectiveFrom"); day != "" {
		var err error
		if from, err = time.ParseInLocation(time.DateOnly, day, v.zone); err != nil {
			f.fault("effectiveFrom", v.t("must be a day"))
		}
	}
	return data, from
}

// unread says why a file could not be read.
func (v *visit) unread(err error) string {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return v.t("is larger than %d MiB", v.largest>>20)
	}
	return v.t("could not be read: %s", err)
}

func (v *visit) deckChange(i *client.RateDeckImport) *deckChange {
	d := &i.Difference
	c := &deckChange{Rates: v.count(int64(i.Rates)), Same: v.count(int64(d.Unchanged))}
	for _, g := range []struct {
		title text
		tone  string
		group client.RateDeckDifferenceGroup
	}{{"New", "info", d.New}, {"Dearer", "bad", d.Dearer}, {"Cheaper", "good", d.Cheaper}, {"Changed otherwise", "quiet", d.Changed}, {"Gone", "warn", d.Gone}} {
		group := changeGroup{Title: v.t(g.title), Count: v.count(int64(g.group.Count)), Tone: g.tone}
		for _, e := range g.group.Examples {
			group.Rows = append(group.Rows, changeRow{e.Prefix, e.Destination, v.terms(e.Old), v.terms(e.New)})
		}
		if g.group.Count > len(g.group.Examples) {
			group.More = v.t("and %s more", v.count(int64(g.group.Count-len(g.group.Examples))))
		}
		if g.group.Count > 0 {
			c.Groups = append(c.Groups, group)
		}
	}
	return c
}

func (v *visit) terms(t *client.RateTerms) string {
	if t == nil {
		return ""
	}
	return v.t("%s, %d/%d s", v.perMinute(t.PricePerMinuteMicros), t.MinimumSeconds, t.IncrementSeconds)
}

// rollBack brings an earlier version back.
func (v *visit) rollBack() error {
	name := v.r.PathValue("name")
	version, err := strconv.ParseInt(v.r.FormValue("version"), 10, 64)
	if err != nil {
		return v.redirect(deckLink(name))
	}
	f := form{Title: v.t("Bring back version %d of %s?", version, name), Submit: v.t("Bring back"), Cancel: deckLink(name), Hidden: []pair{{"version", itoa(version)}, {"sure", "1"}},
		Intro: v.t("It becomes a new version, in force at once. Calls in progress keep their price.")}
	if v.r.PostFormValue("sure") == "" {
		f.Action = v.r.URL.Path
		return v.showForm(f, crumb{name, deckLink(name)})
	}
	return v.sure(f, crumb{name, deckLink(name)}, func() error {
		_, err := v.api.Ratedecks.Rollback(v.ctx(), name, client.RateDeckRollback{Version: version})
		return err
	}, v.t("Version %d is in force again.", version))
}

func (v *visit) deleteDeck() error {
	name := v.r.PathValue("name")
	f := form{Title: v.t("Delete the deck %s?", name), Submit: v.t("Delete deck"), Cancel: deckLink(name), Intro: v.t("All its versions go. Call records keep the prices they were charged by.")}
	return v.sure(f, crumb{v.t("Rate decks"), "/console/ratedecks"}, func() error {
		_, err := v.api.Ratedecks.Remove(v.ctx(), name)
		return err
	}, v.t("%s was deleted.", name))
}

// exportDeck hands a version out as CSV.
func (v *visit) exportDeck() error {
	version, err := strconv.ParseInt(v.r.PathValue("version"), 10, 64)
	if err != nil {
		return v.redirect(deckLink(v.r.PathValue("name")))
	}
	return v.handOut(csvType, "ratedeck-"+itoa(version)+".csv", func(w io.Writer) error {
		return v.api.Ratedecks.Export(v.ctx(), v.r.PathValue("name"), version, w)
	})
}
