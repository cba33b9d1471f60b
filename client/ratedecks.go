package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// RatedecksService has the operations on rate decks.
type RatedecksService struct{ c *Client }

// Find lists the decks by name: of each the version in force, or the first
// scheduled one.
func (s RatedecksService) Find(ctx context.Context, p Page) (*RateDeckList, error) {
	r := get("ratedecksFind", "ratedecks")
	r.query = p.encode()
	return fetch[RateDeckList](ctx, s.c, r)
}

// All yields every deck, until the first error, which it yields last.
func (s RatedecksService) All(ctx context.Context) iter.Seq2[RateDeck, error] {
	return walk(0, 0, func(limit, skip int) (*RateDeckList, error) { return s.Find(ctx, Page{limit, skip}) })
}

// Get lists the versions of a deck, newest first.
func (s RatedecksService) Get(ctx context.Context, name string, p Page) (*RateDeckList, error) {
	r := get("ratedecksGet", "ratedecks", name)
	r.query = p.encode()
	return fetch[RateDeckList](ctx, s.c, r)
}

// ImportOptions say how a rate deck is imported.
type ImportOptions struct {
	DryRun        bool      // check and compare only
	EffectiveFrom time.Time // when the version comes into force; zero is at once

	// Progress is told how many bytes of the CSV were sent so far. It is called
	// from another goroutine, and must return soon.
	Progress func(sent int64)
}

// Import makes a new version of a deck from CSV of at most 64 MiB, and the deck
// where there is none yet. Nothing is imported unless everything is right: the
// Errors of an ErrBadRequest list every fault with line and column.
//
// The CSV is read once and sent as it is read, so the client never repeats an
// import, and its timeout does not bound it: ctx does. When Import fails early,
// a Read that is under way may end after it.
func (s RatedecksService) Import(ctx context.Context, name string, csv io.Reader, options ImportOptions) (*RateDeckImport, error) {
	if s.c.credentials.login != nil {
		s.Find(ctx, Page{Limit: CountOnly}) // renews an old token while nothing of the CSV is lost; the import tells of errors
	}
	r := &request{operation: "ratedecksImport", method: http.MethodPut}
	if !options.EffectiveFrom.IsZero() {
		r.query = url.Values{"effectiveFrom": {options.EffectiveFrom.UTC().Format(time.RFC3339Nano)}}.Encode()
	}
	return fetch[RateDeckImport](ctx, s.c, r.importing(csv, options.DryRun, options.Progress).at("ratedecks", name))
}

// importing sends CSV as it is read, which is only checked in a dry run; told, if not nil, is
// told how much of it was sent.
func (r *request) importing(csv io.Reader, dryRun bool, told func(sent int64)) *request {
	r.stream = csv
	if told != nil {
		r.stream = &progress{r: csv, tell: told}
	}
	if dryRun {
		r.query = strings.TrimSuffix("dryRun=true&"+r.query, "&")
	}
	return r
}

// progress counts what is read.
type progress struct {
	r    io.Reader
	sent int64
	tell func(int64)
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.sent += int64(n)
	p.tell(p.sent)
	return n, err
}

// Remove deletes a deck with all its versions. It is an ErrConflict while
// customers use it.
func (s RatedecksService) Remove(ctx context.Context, name string) (*RateDeck, error) {
	r := &request{operation: "ratedecksRemove", method: http.MethodDelete}
	return fetch[RateDeck](ctx, s.c, r.at("ratedecks", name))
}

// Rollback makes a new version with the rates of an earlier one, in force at once.
func (s RatedecksService) Rollback(ctx context.Context, name string, to RateDeckRollback, options ...CreateOption) (*RateDeckImport, error) {
	r := keyed("ratedecksRollback", http.MethodPost, to, "ratedecks", name, "rollback")
	return fetch[RateDeckImport](ctx, s.c, r.creating(options))
}

// Export writes a version as CSV, in the columns of the import. What was written
// before an error stays written.
func (s RatedecksService) Export(ctx context.Context, name string, version int64, w io.Writer) error {
	r := get("ratedecksExport", "ratedecks", name, "versions", strconv.FormatInt(version, 10))
	r.mediaType = "text/csv"
	r.receive = func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	}
	_, err := s.c.send(ctx, r)
	return err
}

// RatesService has the operation on single rates.
type RatesService struct{ c *Client }

// RatesFind says which rates are wanted.
type RatesFind struct {
	Page
	Number string // only the rate that prices a call to this number now; not together with Prefix
	Prefix string // only rates whose prefix starts with these digits
}

// Find lists the rates of a deck's version in force by prefix, or looks one up.
func (s RatesService) Find(ctx context.Context, deck string, f RatesFind) (*RateList, error) {
	var q query
	q.page(f.Limit, f.Skip)
	if f.Number != "" {
		q.add("number", f.Number)
	}
	if f.Prefix != "" {
		q.add("prefix", f.Prefix)
	}
	r := get("ratesFind", "ratedecks", deck, "rates")
	r.query = q.String()
	return fetch[RateList](ctx, s.c, r)
}

// All yields every rate that is found, until the first error, which it yields
// last.
func (s RatesService) All(ctx context.Context, deck string, f RatesFind) iter.Seq2[Rate, error] {
	return walk(f.Limit, f.Skip, func(limit, skip int) (*RateList, error) {
		f := f
		f.Page = Page{limit, skip}
		return s.Find(ctx, deck, f)
	})
}
