package api

import (
	"context"
	"errors"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/cnam"
	"tollkeeper/internal/query"
)

// callerNameStore keeps the carrier's list of callers' names.
type callerNameStore interface {
	ListNames(context.Context, tollkeeper.Write, []tollkeeper.ListedName) error
	FindListedNames(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.ListedName], error)
}

// maxNameFile has room for as many names as a list may have.
const maxNameFile = 64 << 20

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
	dryRun, err := x.importOptions(nil)
	if err != nil {
		return err
	}
	body, err := x.csv(maxNameFile)
	if err != nil {
		return err
	}
	names, err := cnam.ParseCSV(body, func(number string) (string, error) {
		n, err := a.Plan.Parse(number)
		if err != nil { // the column is named by the line's fault
			err = errors.New(strings.TrimPrefix(err.Error(), "number: "))
		}
		return n.E164, err
	})
	if err != nil {
		return fileFault(err, maxNameFile)
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
