package api

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
	"tollkeeper/internal/rating"
)

// deckStore keeps rate decks.
type deckStore interface {
	PutDeck(ctx context.Context, w tollkeeper.Write, v tollkeeper.DeckVersion, deck *rating.Deck, progress func(done, total int)) (tollkeeper.DeckVersion, error)
	DeckVersions(ctx context.Context, deck string) ([]tollkeeper.DeckVersion, error)
	DeckInForce(ctx context.Context, deck string, at time.Time) (tollkeeper.DeckVersion, *rating.Deck, error)
	DeckAt(ctx context.Context, deck string, version int64) (tollkeeper.DeckVersion, *rating.Deck, error)
	RollBackDeck(ctx context.Context, w tollkeeper.Write, deck string, version int64) (tollkeeper.DeckVersion, error)
	DeleteDeck(ctx context.Context, w tollkeeper.Write, deck string) (tollkeeper.DeckVersion, error)
}

// maxDeck is the longest rate deck that is read.
const maxDeck = 64 << 20

var deckName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (a *API) deckName(x *exchange) (string, error) {
	name := x.r.PathValue("name")
	if !deckName.MatchString(name) {
		return "", tollkeeper.Errorf(tollkeeper.CodeNotFound, "no rate deck %s exists", fieldName(name))
	}
	return name, nil
}

func (a *API) findDecks(x *exchange) error {
	f, _, err := x.paging()
	if err != nil {
		return err
	}
	versions, err := a.Store.DeckVersions(x.r.Context(), "")
	if err != nil {
		return err
	}
	now := a.Now()
	var decks []tollkeeper.DeckVersion // one per deck: in force, or the first to come
	for len(versions) > 0 {
		n := 1
		for n < len(versions) && versions[n].Deck == versions[0].Deck {
			n++
		}
		v, _ := inForce(versions[:n], now)
		decks = append(decks, v)
		versions = versions[n:]
	}
	return x.answer(page(int64(len(decks)), f.Limit, f.Skip, slice(decks, f), func(b []byte, v tollkeeper.DeckVersion) []byte {
		return append(b, deckBody(v, !v.EffectiveFrom.After(now))...)
	}))
}

// inForce picks the version of a deck that applies, of a list with the newest
// first; or the one that will apply first, where none does yet.
func inForce(versions []tollkeeper.DeckVersion, now time.Time) (best tollkeeper.DeckVersion, ok bool) {
	for _, v := range versions {
		effective := !v.EffectiveFrom.After(now)
		switch {
		case best.Version == 0,
			effective && !ok,
			effective && ok && v.EffectiveFrom.After(best.EffectiveFrom),
			!effective && !ok && v.EffectiveFrom.Before(best.EffectiveFrom):
			best, ok = v, effective
		}
	}
	return best, ok
}

func (a *API) findDeckVersions(x *exchange) error {
	name, err := a.deckName(x)
	if err != nil {
		return err
	}
	f, _, err := x.paging()
	if err != nil {
		return err
	}
	versions, err := a.Store.DeckVersions(x.r.Context(), name)
	if err != nil {
		return err
	}
	current, ok := inForce(versions, a.Now())
	return x.answer(page(int64(len(versions)), f.Limit, f.Skip, slice(versions, f), func(b []byte, v tollkeeper.DeckVersion) []byte {
		return append(b, deckBody(v, ok && v.Version == current.Version)...)
	}))
}

func deckBody(v tollkeeper.DeckVersion, inForce bool) []byte {
	w := newWire(nil)
	w.text("name", v.Deck)
	w.int("version", v.Version)
	w.int("rates", v.Rates)
	w.bool("inForce", inForce)
	w.time("createdAt", v.CreatedAt)
	w.effective(v)
	return w.end()
}

// effective writes since when a version is in force, unless that was at once.
func (w *wire) effective(v tollkeeper.DeckVersion) {
	if !v.EffectiveFrom.Equal(v.CreatedAt) {
		w.time("effectiveFrom", v.EffectiveFrom)
	}
	if v.RollbackOf != 0 {
		w.int("rollbackOf", v.RollbackOf)
	}
}

func (a *API) importDeck(x *exchange) error {
	name, err := a.deckName(x)
	if err != nil {
		return tollkeeper.Invalid("name: must have 1 to 64 letters, digits, dots, dashes and underscores, and begin with a letter or digit")
	}
	v := tollkeeper.DeckVersion{Deck: name}
	dryRun, err := x.importOptions(&v)
	if err != nil {
		return err
	}
	body, err := x.csv(maxDeck)
	if err != nil {
		return err
	}
	rates, err := rating.ParseCSV(body, nil)
	if err != nil {
		return fileFault(err, maxDeck)
	}
	deck := rating.Compile(rates)
	difference, err := a.difference(x.r.Context(), v, deck)
	if err != nil {
		return err
	}
	v.Rates = int64(deck.Len())
	if !dryRun {
		if v, err = a.Store.PutDeck(x.r.Context(), tollkeeper.Write{Principal: x.who}, v, deck, nil); err != nil {
			return err
		}
	}
	return x.answer(importBody(v, dryRun, difference))
}

// difference compares a deck with the one it will replace.
func (a *API) difference(ctx context.Context, v tollkeeper.DeckVersion, deck *rating.Deck) (rating.Difference, error) {
	at := a.Now()
	_, old, err := a.Store.DeckInForce(ctx, v.Deck, at)
	if err != nil && tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
		return rating.Difference{}, err
	}
	if v.EffectiveFrom.After(at) {
		at = v.EffectiveFrom
	}
	return rating.Diff(old, deck, at), nil
}

func importBody(v tollkeeper.DeckVersion, dryRun bool, difference rating.Difference) []byte {
	w := newWire(nil)
	w.text("name", v.Deck)
	if !dryRun {
		w.int("version", v.Version)
	}
	w.int("rates", v.Rates)
	w.bool("dryRun", dryRun)
	if !v.EffectiveFrom.IsZero() {
		w.effective(v)
	}
	b, err := json.Marshal(difference)
	if err == nil { // plain values always encode
		w.raw("difference", b)
	}
	return w.end()
}

func (a *API) removeDeck(x *exchange) error {
	name, err := a.deckName(x)
	if err != nil {
		return err
	}
	v, err := a.Store.DeleteDeck(x.r.Context(), tollkeeper.Write{Principal: x.who}, name)
	if err != nil {
		return err
	}
	return x.answer(deckBody(v, !v.EffectiveFrom.After(a.Now())))
}

func (a *API) findRates(x *exchange) error {
	name, err := a.deckName(x)
	if err != nil {
		return err
	}
	f, values, err := x.paging("number", "prefix")
	if err != nil {
		return err
	}
	now := a.Now()
	_, deck, err := a.Store.DeckInForce(x.r.Context(), name, now)
	if err != nil {
		return err
	}
	rates, total, err := a.selectRates(deck, f, values, now)
	if err != nil {
		return err
	}
	return x.answer(page(int64(total), f.Limit, f.Skip, rates, func(b []byte, r rating.Rate) []byte {
		return append(b, rateBody(r)...)
	}))
}

// selectRates picks the page of rates: the one that prices a number, or those
// below a prefix.
func (a *API) selectRates(deck *rating.Deck, f *query.Find, values url.Values, now time.Time) (rates []rating.Rate, total int, err error) {
	if values.Has("number") {
		if values.Has("prefix") {
			return nil, 0, tollkeeper.Invalid("prefix: must be absent when number is given")
		}
		called := a.Plan.Called(values.Get("number"))
		if called.E164 == "" {
			return nil, 0, tollkeeper.Invalid("number: must be a telephone number")
		}
		if rate, ok := deck.Lookup(called.E164, now); ok {
			rates = append(rates, rate)
		}
		return slice(rates, f), len(rates), nil
	}
	prefix := values.Get("prefix")
	if len(prefix) > rating.MaxPrefixDigits || strings.Trim(prefix, "0123456789") != "" {
		return nil, 0, tollkeeper.Invalid("prefix: must have 1 to 15 digits")
	}
	for rate := range deck.All() {
		if strings.HasPrefix(rate.Prefix, prefix) {
			if total >= f.Skip && len(rates) < f.Limit {
				rates = append(rates, rate)
			}
			total++
		}
	}
	return rates, total, nil
}

func rateBody(r rating.Rate) []byte {
	w := newWire(nil)
	w.text("prefix", r.Prefix)
	w.text("destination", r.Destination)
	w.micros("pricePerMinuteMicros", r.PricePerMinute)
	w.micros("connectFeeMicros", r.ConnectFee)
	w.int("minimumSeconds", int64(max(r.MinimumSeconds, 1)))
	w.int("incrementSeconds", int64(max(r.IncrementSeconds, 1)))
	w.time("effectiveFrom", r.EffectiveFrom)
	w.time("effectiveTo", r.EffectiveTo)
	return w.end()
}

func (a *API) rollBackDeck(x *exchange) error {
	name, err := a.deckName(x)
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	version := o.required("version", 1, maxMicros)
	if err := o.done(); err != nil {
		return err
	}
	if _, err := a.Store.DeckVersions(x.r.Context(), name); err != nil {
		return err
	}
	_, deck, err := a.Store.DeckAt(x.r.Context(), name, version)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
		return tollkeeper.Invalid("version: must be a version of the deck")
	}
	if err != nil {
		return err
	}
	difference, err := a.difference(x.r.Context(), tollkeeper.DeckVersion{Deck: name}, deck)
	if err != nil {
		return err
	}
	render := func(v tollkeeper.DeckVersion) *tollkeeper.Answer { return tagged(importBody(v, false, difference), "") }
	return perform(x, render, func(w tollkeeper.Write) (tollkeeper.DeckVersion, error) {
		return a.Store.RollBackDeck(x.r.Context(), w, name, version)
	})
}

func (a *API) exportDeck(x *exchange) error {
	name, err := a.deckName(x)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(x.r.PathValue("version"), 10, 64)
	if err != nil || strconv.FormatInt(version, 10) != x.r.PathValue("version") {
		return tollkeeper.Errorf(tollkeeper.CodeNotFound, "no such version of rate deck %s exists", name)
	}
	_, deck, err := a.Store.DeckAt(x.r.Context(), name, version)
	if err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	return rating.WriteCSV(x.w, slices.Collect(deck.All()))
}
