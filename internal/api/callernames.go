package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/internal/cnam"
	"tollkeeper/internal/query"
)

// callerNameStore keeps the carrier's list of callers' names.
type callerNameStore interface {
	ListNames(context.Context, tollkeeper.Write, []tollkeeper.ListedName) error
	FindListedNames(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.ListedName], error)
}

func (a *API) findCallerNames(x *exchange) error {
	return list(x, query.CallerNames, a.Store.FindListedNames, listedNameBody)
}

func listedNameBody(n tollkeeper.ListedName, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", n.ID)
	w.text("number", n.Number)
	w.text("name", n.Name)
	return w.end()
}

// importCallerNames replaces the list by the one that the request brings, if all of it
// is right.
func (a *API) importCallerNames(x *exchange) error {
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return tollkeeper.Invalid("query: must be percent-encoded")
	}
	dryRun := false
	for key := range values {
		if key != "dryRun" {
			return tollkeeper.Invalid(fieldName(key) + ": is not known here")
		}
		if dryRun, err = strconv.ParseBool(values.Get(key)); err != nil {
			return tollkeeper.Invalid("dryRun: must be true or false")
		}
	}
	if err := checkMediaType(x.r, "text/csv"); err != nil {
		return err
	}
	deadline := time.Now().Add(importTimeout)
	if err := http.NewResponseController(x.w).SetReadDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	names, err := cnam.ParseCSV(http.MaxBytesReader(x.w, x.r.Body, maxDeck), func(number string) (string, error) {
		n, err := a.Plan.Parse(number)
		return n.E164, err
	})
	if err != nil {
		return deckFault(err)
	}
	if !dryRun {
		if err := a.Store.ListNames(x.r.Context(), tollkeeper.Write{Principal: x.who}, names); err != nil {
			return err
		}
	}
	w := newWire(nil)
	w.int("names", int64(len(names)))
	w.bool("dryRun", dryRun)
	return x.answer(w.end())
}
