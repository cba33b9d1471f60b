package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"time"
)

// BarringEffect is what a row of the barring table does to a call.
type BarringEffect string

// The effects.
const (
	BarringAllow         BarringEffect = "allow"         // as to a domestic number
	BarringInternational BarringEffect = "international" // only with internationalCalling
	BarringPremium       BarringEffect = "premium"       // likewise
	BarringDeny          BarringEffect = "deny"          // never
)

// Barring is a row of the barring table, about a prefix or a region.
type Barring struct {
	Id        string        `json:"_id"`
	Customer  string        `json:"customer,omitzero"` // whose calls it is about; "" for everybody's
	Prefix    string        `json:"prefix,omitzero"`   // of E.164, with its plus sign
	Region    string        `json:"region,omitzero"`   // ISO 3166-1 alpha-2
	Effect    BarringEffect `json:"effect"`
	Note      string        `json:"note,omitzero"`
	CreatedAt time.Time     `json:"createdAt"`
	CreatedBy string        `json:"createdBy"`
}

// BarringCreate says what a row is to be. Prefix or Region is given.
type BarringCreate struct {
	Customer string        `json:"customer,omitzero"`
	Prefix   string        `json:"prefix,omitzero"`
	Region   string        `json:"region,omitzero"`
	Effect   BarringEffect `json:"effect"`        // BarringAllow or BarringDeny for one customer
	Note     string        `json:"note,omitzero"` // at most 200 characters
}

// BarringPatch says what is to change of a row.
type BarringPatch struct {
	Effect Optional[BarringEffect] `json:"effect,omitzero"`
	Note   Optional[string]        `json:"note,omitzero"` // Null clears it
}

// BarringImport is what an import did, or would do.
type BarringImport struct {
	Rows    int  `json:"rows"`    // in the file
	Changed int  `json:"changed"` // of them: new, or other than before
	DryRun  bool `json:"dryRun"`
}

// BarringPlan is what holds for numbers that no row is about.
type BarringPlan struct {
	Premium string            `json:"premium"` // the effect of a domestic premium-rate number
	Unknown string            `json:"unknown"` // of a number of no region
	Regions map[string]string `json:"regions"`
}

// BarringList is a page of rows.
type BarringList = List[Barring]

// BarringsService has the operations on the barring table.
type BarringsService struct{ c *Client }

// Find lists rows, by _id where the Find does not say. Search looks in prefix, region
// and note.
func (s BarringsService) Find(ctx context.Context, f Find) (*BarringList, error) {
	r := get("barringsFind", "barrings")
	r.query = f.encode()
	return fetch[BarringList](ctx, s.c, r)
}

// All yields every row that is found, until the first error, which it yields last.
func (s BarringsService) All(ctx context.Context, f Find) iter.Seq2[Barring, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(b Barring) string { return b.Id }, s.Find)
}

// Get reads a row.
func (s BarringsService) Get(ctx context.Context, id string) (*Barring, error) {
	return fetch[Barring](ctx, s.c, get("barringsGet", "barrings", id))
}

// Plan reads what the numbering plan says, which rows override.
func (s BarringsService) Plan(ctx context.Context) (*BarringPlan, error) {
	return fetch[BarringPlan](ctx, s.c, get("barringsPlan", "barrings", "plan"))
}

// Create makes a row, in place of the one for the same customer and prefix or region.
func (s BarringsService) Create(ctx context.Context, row BarringCreate, options ...CreateOption) (*Barring, error) {
	return fetch[Barring](ctx, s.c, keyed("barringsCreate", http.MethodPost, row, "barrings").creating(options))
}

// Patch changes what a row does, or its note.
func (s BarringsService) Patch(ctx context.Context, id string, changes BarringPatch) (*Barring, error) {
	return fetch[Barring](ctx, s.c, keyed("barringsPatch", http.MethodPatch, changes, "barrings", id))
}

// Import makes or replaces rows from CSV with the columns prefix, region, customer, effect
// and note, at most 10,000. All of them are stored or none: the Errors of an ErrBadRequest
// list every fault with line and column. The CSV is read once, so the client never
// repeats an import; progressed, if not nil, is told how many bytes were sent.
func (s BarringsService) Import(ctx context.Context, csv io.Reader, dryRun bool, progressed func(sent int64)) (*BarringImport, error) {
	r := (&request{operation: "barringsImport", method: http.MethodPost}).importing(csv, dryRun, progressed)
	return fetch[BarringImport](ctx, s.c, r.at("barrings", "import"))
}

// Export writes the rows for which all conditions hold as CSV that Import takes.
func (s BarringsService) Export(ctx context.Context, w io.Writer, where ...Condition) error {
	var q query
	q.all("", where)
	r := get("barringsExport", "barrings", "export")
	r.query, r.mediaType = q.String(), "text/csv"
	r.receive = func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	}
	_, err := s.c.send(ctx, r)
	return err
}

// Remove deletes a row and returns it as it was.
func (s BarringsService) Remove(ctx context.Context, id string) (*Barring, error) {
	return fetch[Barring](ctx, s.c, keyed("barringsRemove", http.MethodDelete, nil, "barrings", id))
}
