package client

import (
	"context"
	"net/http"
)

// AccountStatus says whether an account is in use.
type AccountStatus string

// The statuses of an account. Only an active one may call; emergency numbers
// always pass.
const (
	StatusActive     AccountStatus = "active"
	StatusSuspended  AccountStatus = "suspended"
	StatusTerminated AccountStatus = "terminated"
	StatusFraud      AccountStatus = "fraud"
)

// Status is whether a customer may call.
type Status struct {
	Customer string        `json:"customer"`
	Status   AccountStatus `json:"status"`
	Reason   string        `json:"reason,omitzero"`
}

// StatusPatch is a change of status. The old reason is dropped where none is given.
type StatusPatch struct {
	Status AccountStatus `json:"status"`
	Reason string        `json:"reason,omitzero"` // at most 255 characters
}

// StatusService has the operations on customers' statuses.
type StatusService struct{ c *Client }

// Get reads a customer's status.
func (s StatusService) Get(ctx context.Context, customer string) (*Status, error) {
	return fetch[Status](ctx, s.c, get("statusGet", "customers", customer, "status"))
}

// Patch changes a customer's status. It holds for the next authorization and the
// next extension.
func (s StatusService) Patch(ctx context.Context, customer string, change StatusPatch) (*Status, error) {
	r := &request{operation: "statusPatch", method: http.MethodPatch, body: change}
	return fetch[Status](ctx, s.c, r.at("customers", customer, "status"))
}

// LimitName names one of the Limits.
type LimitName string

// The names of the limits.
const (
	LimitMaxConcurrentCalls      LimitName = "maxConcurrentCalls"
	LimitMaxPricePerMinuteMicros LimitName = "maxPricePerMinuteMicros"
	LimitDailySpendMicros        LimitName = "dailySpendMicros"
	LimitUnbilledMicros          LimitName = "unbilledMicros"
	LimitOutboundBarred          LimitName = "outboundBarred"
)

// Limits are the limits in effect. In every number 0 is no limit.
type Limits struct {
	Customer                string      `json:"customer"`
	MaxConcurrentCalls      int         `json:"maxConcurrentCalls"`
	MaxPricePerMinuteMicros Micros      `json:"maxPricePerMinuteMicros"`
	DailySpendMicros        Micros      `json:"dailySpendMicros"` // charged and held per UTC day
	UnbilledMicros          Micros      `json:"unbilledMicros"`   // usage not invoiced of a customer billed by payment method
	OutboundBarred          bool        `json:"outboundBarred"`
	Overridden              []LimitName `json:"overridden"` // the customer's own; the others are the server's defaults
}

// LimitsPatch is a change of limits. Null returns one to the server's default.
type LimitsPatch struct {
	MaxConcurrentCalls      Optional[int]    `json:"maxConcurrentCalls,omitzero"`
	MaxPricePerMinuteMicros Optional[Micros] `json:"maxPricePerMinuteMicros,omitzero"`
	DailySpendMicros        Optional[Micros] `json:"dailySpendMicros,omitzero"`
	UnbilledMicros          Optional[Micros] `json:"unbilledMicros,omitzero"`
	OutboundBarred          Optional[bool]   `json:"outboundBarred,omitzero"`
}

// LimitsService has the operations on customers' limits.
type LimitsService struct{ c *Client }

// Get reads the limits in effect for a customer.
func (s LimitsService) Get(ctx context.Context, customer string) (*Limits, error) {
	return fetch[Limits](ctx, s.c, get("limitsGet", "customers", customer, "limits"))
}

// Patch changes the limits that were set, and returns those in effect after it.
func (s LimitsService) Patch(ctx context.Context, customer string, changes LimitsPatch) (*Limits, error) {
	r := &request{operation: "limitsPatch", method: http.MethodPatch, body: changes}
	return fetch[Limits](ctx, s.c, r.at("customers", customer, "limits"))
}

// CustomerRateDeck is which rate deck prices a customer's calls.
type CustomerRateDeck struct {
	Customer string `json:"customer"`
	Name     string `json:"name"`
	Assigned bool   `json:"assigned"` // false where "default" applies for want of another
}

// CustomerRateDeckUpdate is the deck to assign.
type CustomerRateDeckUpdate struct {
	Name string `json:"name"`
}

// CustomerRatedeckService has the operations on the assignment of rate decks.
type CustomerRatedeckService struct{ c *Client }

// Get reads which rate deck applies to a customer.
func (s CustomerRatedeckService) Get(ctx context.Context, customer string) (*CustomerRateDeck, error) {
	return fetch[CustomerRateDeck](ctx, s.c, get("customerRatedeckGet", "customers", customer, "ratedeck"))
}

// Update assigns a rate deck, which must exist, for the next call.
func (s CustomerRatedeckService) Update(ctx context.Context, customer string, deck CustomerRateDeckUpdate) (*CustomerRateDeck, error) {
	r := &request{operation: "customerRatedeckUpdate", method: http.MethodPut, body: deck}
	return fetch[CustomerRateDeck](ctx, s.c, r.at("customers", customer, "ratedeck"))
}

// Remove returns a customer to the deck named "default".
func (s CustomerRatedeckService) Remove(ctx context.Context, customer string) (*CustomerRateDeck, error) {
	r := &request{operation: "customerRatedeckRemove", method: http.MethodDelete, repeatable: true}
	return fetch[CustomerRateDeck](ctx, s.c, r.at("customers", customer, "ratedeck"))
}
