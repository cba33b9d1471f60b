package client

import (
	"context"
	"io"
	"iter"
	"net/http"
)

// ListedName is a number with its name in the carrier's list.
type ListedName struct {
	Id     string `json:"_id"`
	Number string `json:"number"` // E.164
	Name   string `json:"name"`   // in full
}

// ListedNameList is a page of the list.
type ListedNameList = List[ListedName]

// CallerNamesImport is what an import did, or would do.
type CallerNamesImport struct {
	Names  int64 `json:"names"` // that the list has now
	DryRun bool  `json:"dryRun"`
}

// CallernamesService has the operations on the carrier's list of callers' names.
type CallernamesService struct{ c *Client }

// Find returns a page of names.
func (s CallernamesService) Find(ctx context.Context, f Find) (*ListedNameList, error) {
	r := get("callernamesFind", "callernames")
	r.query = f.encode()
	return fetch[ListedNameList](ctx, s.c, r)
}

// All yields every name that is found, until the first error, which it yields last.
func (s CallernamesService) All(ctx context.Context, f Find) iter.Seq2[ListedName, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(n ListedName) string { return n.Id }, s.Find)
}

// Import replaces the list by the names of CSV with the columns number and name, of at
// most 64 MiB. Nothing is replaced unless everything is right: the Errors of an
// ErrBadRequest list every fault with its line. Like that of a rate deck, the CSV is
// sent as it is read, and once; progress, if not nil, is told how many bytes were.
func (s CallernamesService) Import(ctx context.Context, csv io.Reader, dryRun bool, progressed func(sent int64)) (*CallerNamesImport, error) {
	r := (&request{operation: "callernamesImport", method: http.MethodPut}).importing(csv, dryRun, progressed)
	return fetch[CallerNamesImport](ctx, s.c, r.at("callernames"))
}
