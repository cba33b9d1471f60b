package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// PortoutState is how far a port-out has come.
type PortoutState string

// The states of a port-out.
const (
	PortoutHeld      PortoutState = "held"      // waits for the owner
	PortoutApproved  PortoutState = "approved"  // may be carried out
	PortoutRefused   PortoutState = "refused"   // Reasons say why
	PortoutCancelled PortoutState = "cancelled" // withdrawn by the gaining carrier
	PortoutCompleted PortoutState = "completed" // the numbers have moved
)

// PortoutReason says why a port-out is held, or was refused.
type PortoutReason string

// The reasons.
const (
	PortoutNumberNotFound            PortoutReason = "number_not_found"
	PortoutNumberNotActive           PortoutReason = "number_not_active"
	PortoutNumbersOfDifferentAccount PortoutReason = "numbers_of_different_accounts"
	PortoutPortInProgress            PortoutReason = "port_in_progress"
	PortoutWrongAccountNumber        PortoutReason = "wrong_account_number"
	PortoutWrongPin                  PortoutReason = "wrong_pin"
	PortoutTooManyAttempts           PortoutReason = "too_many_attempts"
	PortoutAccountLocked             PortoutReason = "account_locked"
	PortoutCoolingOff                PortoutReason = "cooling_off"
	PortoutRefusedByOwner            PortoutReason = "refused_by_owner"
	PortoutNotDecidedInTime          PortoutReason = "not_decided_in_time"
)

// PortoutVerdict is what the owner decides.
type PortoutVerdict string

// The verdicts.
const (
	PortoutApprove PortoutVerdict = "approve"
	PortoutRefuse  PortoutVerdict = "refuse"
)

// Portout is another carrier's request to take numbers over.
type Portout struct {
	Id               string          `json:"_id"`
	Customer         string          `json:"customer,omitzero"`
	Numbers          []string        `json:"numbers"`
	GainingCarrier   string          `json:"gainingCarrier"`
	AuthorizedPerson string          `json:"authorizedPerson,omitzero"`
	AccountNumber    string          `json:"accountNumber"`
	RequestedDate    string          `json:"requestedDate"` // 2006-01-02
	State            PortoutState    `json:"state"`
	Reasons          []PortoutReason `json:"reasons"`
	DecideBy         time.Time       `json:"decideBy,omitzero"`
	DecidedAt        time.Time       `json:"decidedAt,omitzero"`
	DecidedBy        string          `json:"decidedBy,omitzero"`
	CreatedAt        time.Time       `json:"createdAt"`
	CreatedBy        string          `json:"createdBy"`
	UpdatedAt        time.Time       `json:"updatedAt"`
}

// PortoutCreate is a request of another carrier.
type PortoutCreate struct {
	Numbers          []string `json:"numbers"` // 1 to 100
	GainingCarrier   string   `json:"gainingCarrier"`
	AuthorizedPerson string   `json:"authorizedPerson,omitzero"`
	AccountNumber    string   `json:"accountNumber"`
	Pin              string   `json:"pin,omitzero"`
	RequestedDate    string   `json:"requestedDate"` // 2006-01-02
}

// PortoutPatch ends an open port-out.
type PortoutPatch struct {
	State PortoutState `json:"state"` // PortoutCompleted or PortoutCancelled
}

// PortoutDecision is the owner's, with the password and, where there is one, the second
// factor.
type PortoutDecision struct {
	Decision     PortoutVerdict `json:"decision"`
	Password     string         `json:"password"`
	TotpCode     string         `json:"totpCode,omitzero"`
	RecoveryCode string         `json:"recoveryCode,omitzero"`
}

// PortoutList is a page of port-outs.
type PortoutList = List[Portout]

// PortoutsService has the operations on port-outs.
type PortoutsService struct{ c *Client }

// Find lists port-outs, the newest first where the Find does not say. Search looks in
// gainingCarrier and authorizedPerson.
func (s PortoutsService) Find(ctx context.Context, f Find) (*PortoutList, error) {
	r := get("portoutsFind", "portouts")
	r.query = f.encode()
	return fetch[PortoutList](ctx, s.c, r)
}

// All yields every port-out that is found, until the first error, which it yields last.
func (s PortoutsService) All(ctx context.Context, f Find) iter.Seq2[Portout, error] {
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(p Portout) string { return p.Id }, s.Find)
}

// Get reads a port-out.
func (s PortoutsService) Get(ctx context.Context, id string) (*Portout, error) {
	return fetch[Portout](ctx, s.c, get("portoutsGet", "portouts", id))
}

// Create validates a request and tells how it stands: a refusal is no error.
func (s PortoutsService) Create(ctx context.Context, request PortoutCreate, options ...CreateOption) (*Portout, error) {
	return fetch[Portout](ctx, s.c, keyed("portoutsCreate", http.MethodPost, request, "portouts").creating(options))
}

// Patch completes or cancels an open request.
func (s PortoutsService) Patch(ctx context.Context, id string, to PortoutPatch, options ...CreateOption) (*Portout, error) {
	return fetch[Portout](ctx, s.c, keyed("portoutsPatch", http.MethodPatch, to, "portouts", id).creating(options))
}

// Decide approves or refuses a held request, for its owner.
func (s PortoutsService) Decide(ctx context.Context, id string, decision PortoutDecision, options ...CreateOption) (*Portout, error) {
	return fetch[Portout](ctx, s.c, keyed("portoutsDecide", http.MethodPost, decision, "portouts", id, "decision").creating(options))
}

// Porting is by what requests for a customer's numbers are validated.
type Porting struct {
	Customer      string    `json:"customer"`
	AccountNumber string    `json:"accountNumber"`
	PinSet        bool      `json:"pinSet"`
	Locked        bool      `json:"locked"`
	UnlockedAt    time.Time `json:"unlockedAt,omitzero"`
}

// PortingPatch is the changes to that. Only the fields that were Set are sent.
type PortingPatch struct {
	AccountNumber Optional[string] `json:"accountNumber,omitzero"` // Null returns to the customer's id
	Pin           Optional[string] `json:"pin,omitzero"`           // 4 to 15 digits; Null takes it away
}

// PortingService has the operations on customers' port-out data.
type PortingService struct{ c *Client }

// Get reads by what requests for a customer's numbers are validated.
func (s PortingService) Get(ctx context.Context, customer string) (*Porting, error) {
	return fetch[Porting](ctx, s.c, get("portingGet", "customers", customer, "porting"))
}

// Patch changes it.
func (s PortingService) Patch(ctx context.Context, customer string, changes PortingPatch) (*Porting, error) {
	r := &request{operation: "portingPatch", method: http.MethodPatch, body: changes, repeatable: true}
	return fetch[Porting](ctx, s.c, r.at("customers", customer, "porting"))
}

// PortoutLink is a mailed link to decide about a port-out.
type PortoutLink struct {
	Link string `json:"link"` // what follows the # of the link
}

// PortoutLinkDecision is the owner's decision by a mailed link.
type PortoutLinkDecision struct {
	Link     string `json:"link"`     // what follows the # of the link
	Decision string `json:"decision"` // "approve" or "refuse"
}

// Linked reads the port-out that a mailed link is about, without signing in.
func (s PortoutsService) Linked(ctx context.Context, link PortoutLink) (*Portout, error) {
	r := &request{operation: "portoutsLinked", method: http.MethodPost, body: link, repeatable: true, public: true}
	return fetch[Portout](ctx, s.c, r.at("portouts", "linked"))
}

// DecideLinked decides by a mailed link, without signing in. What was decided is an
// ErrConflict.
func (s PortoutsService) DecideLinked(ctx context.Context, decision PortoutLinkDecision) (*Portout, error) {
	r := &request{operation: "portoutsDecideLinked", method: http.MethodPost, body: decision, public: true}
	return fetch[Portout](ctx, s.c, r.at("portouts", "linked", "decision"))
}

// Page reads the page to which a mailed link leads.
func (s PortoutsService) Page(ctx context.Context) (string, error) {
	r := public("portoutsPage", "portout")
	r.mediaType = "text/html"
	return fetchText(ctx, s.c, r)
}
