package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"time"
)

// NumberStatus says whether calls reach a number.
type NumberStatus string

// The statuses of a number.
const (
	NumberActive   NumberStatus = "active"
	NumberInactive NumberStatus = "inactive"
	NumberPorted   NumberStatus = "ported" // moved to another carrier
)

// Number is a telephone number of the carrier.
type Number struct {
	Id                          string       `json:"_id"`
	Number                      string       `json:"number"`            // E.164
	Customer                    string       `json:"customer,omitzero"` // empty: in stock
	Label                       string       `json:"label,omitzero"`
	Status                      NumberStatus `json:"status"`
	InboundPricePerMinuteMicros int64        `json:"inboundPricePerMinuteMicros"` // what a call to it costs its owner
	InboundMinimumSeconds       int          `json:"inboundMinimumSeconds"`
	InboundIncrementSeconds     int          `json:"inboundIncrementSeconds"`
	OwnedAt                     time.Time    `json:"ownedAt,omitzero"`
	CreatedAt                   time.Time    `json:"createdAt"`
	UpdatedAt                   time.Time    `json:"updatedAt"`

	ETag string `json:"-"` // for IfMatch; empty in lists
}

// NumberCreate says what a new number is to be.
type NumberCreate struct {
	Number                      string       `json:"number"`            // E.164, or as dialled at home
	Customer                    string       `json:"customer,omitzero"` // in stock when empty
	Label                       string       `json:"label,omitzero"`    // at most 100 characters
	Status                      NumberStatus `json:"status,omitzero"`   // NumberActive when empty
	InboundPricePerMinuteMicros int64        `json:"inboundPricePerMinuteMicros,omitzero"`
	InboundMinimumSeconds       int          `json:"inboundMinimumSeconds,omitzero"`   // 1 when 0
	InboundIncrementSeconds     int          `json:"inboundIncrementSeconds,omitzero"` // 1 when 0
}

// NumberPatch is the changes to a number. Only the fields that were Set are sent.
type NumberPatch struct {
	Customer                    Optional[string]       `json:"customer,omitzero"` // Null takes it back into stock
	Label                       Optional[string]       `json:"label,omitzero"`    // Null clears it
	Status                      Optional[NumberStatus] `json:"status,omitzero"`
	InboundPricePerMinuteMicros Optional[int64]        `json:"inboundPricePerMinuteMicros,omitzero"`
	InboundMinimumSeconds       Optional[int]          `json:"inboundMinimumSeconds,omitzero"`
	InboundIncrementSeconds     Optional[int]          `json:"inboundIncrementSeconds,omitzero"`
}

// NumberImport is an import of numbers.
type NumberImport struct {
	Numbers int  `json:"numbers"` // in the file, all of which are right
	DryRun  bool `json:"dryRun"`  // they were only checked
}

// NumberImportOptions say how numbers are imported.
type NumberImportOptions struct {
	DryRun bool // check only

	// Progress is told how many bytes of the CSV were sent so far. It is called from
	// another goroutine, and must return soon.
	Progress func(sent int64)
}

// NumberList is a page of numbers.
type NumberList = List[Number]

// NumberOwner is a time during which a number was a customer's.
type NumberOwner struct {
	Id       string    `json:"_id"`
	Number   string    `json:"number"`
	Customer string    `json:"customer"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until,omitzero"` // zero: it still is
	FromBy   string    `json:"fromBy"`
	UntilBy  string    `json:"untilBy,omitzero"`
}

// NumberOwnerList is a page of owners.
type NumberOwnerList = List[NumberOwner]

// NumbersService has the operations on telephone numbers. A number is named by its id
// or in E.164.
type NumbersService struct{ c *Client }

// Find lists numbers, by _id where the Find does not say. Search looks in number and
// label.
func (s NumbersService) Find(ctx context.Context, f Find) (*NumberList, error) {
	r := get("numbersFind", "numbers")
	r.query = f.encode()
	return fetch[NumberList](ctx, s.c, r)
}

// All yields every number that is found, until the first error, which it yields last.
func (s NumbersService) All(ctx context.Context, f Find) iter.Seq2[Number, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(n Number) string { return n.Id }, s.Find)
}

// Get reads a number.
func (s NumbersService) Get(ctx context.Context, number string) (*Number, error) {
	return s.fetch(ctx, get("numbersGet", "numbers", number))
}

// Create makes a number. One that exists already is an ErrConflict.
func (s NumbersService) Create(ctx context.Context, number NumberCreate, options ...CreateOption) (*Number, error) {
	return s.fetch(ctx, keyed("numbersCreate", http.MethodPost, number, "numbers").creating(options))
}

// Import makes numbers from CSV with the columns number, customer and label, and perhaps
// status, price, minimum and increment, at most 100,000. All of them are made or none: the
// Errors of an ErrBadRequest list every fault with line and column. The CSV is read once,
// so the client never repeats an import.
func (s NumbersService) Import(ctx context.Context, csv io.Reader, options NumberImportOptions) (*NumberImport, error) {
	r := (&request{operation: "numbersImport", method: http.MethodPost}).importing(csv, options.DryRun, options.Progress)
	return fetch[NumberImport](ctx, s.c, r.at("numbers", "import"))
}

// Patch changes a number, moves it to another customer, or takes it back into stock. It
// is an ErrConflict while the account lock protects the owner's numbers.
func (s NumbersService) Patch(ctx context.Context, number string, changes NumberPatch, options ...ChangeOption) (*Number, error) {
	return s.fetch(ctx, keyed("numbersPatch", http.MethodPatch, changes, "numbers", number).changing(options))
}

// Remove deletes a number and returns it as it was. It is an ErrConflict while the
// account lock protects the owner's numbers.
func (s NumbersService) Remove(ctx context.Context, number string, options ...ChangeOption) (*Number, error) {
	return s.fetch(ctx, keyed("numbersRemove", http.MethodDelete, nil, "numbers", number).changing(options))
}

func (s NumbersService) fetch(ctx context.Context, r *request) (*Number, error) {
	number, tag, err := fetchTagged[Number](ctx, s.c, r)
	if err != nil {
		return nil, err
	}
	number.ETag = tag
	return number, nil
}

// NumberOwnersService has the operation on the history of numbers.
type NumberOwnersService struct{ c *Client }

// Find lists whose a number was and is, the newest first where the Find does not say.
// One that was deleted is named in E.164.
func (s NumberOwnersService) Find(ctx context.Context, number string, f Find) (*NumberOwnerList, error) {
	r := get("numberOwnersFind", "numbers", number, "owners")
	r.query = f.encode()
	return fetch[NumberOwnerList](ctx, s.c, r)
}
