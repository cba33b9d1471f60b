package client

import (
	"context"
	"iter"
	"time"
)

// CustomerBalance is a customer's prepaid balance at a time.
type CustomerBalance struct {
	Id                string     `json:"_id"` // of the customer
	DefaultBillMethod BillMethod `json:"defaultBillMethod"`
	PostedMicros      Micros     `json:"postedMicros"`     // credit minus charges
	HeldMicros        Micros     `json:"heldMicros"`       // for live calls
	AvailableMicros   Micros     `json:"availableMicros"`  // posted minus held
	AlertBelowMicros  Micros     `json:"alertBelowMicros"` // 0: no alert
	Low               Flag       `json:"low"`              // less is available than AlertBelowMicros
	AsOf              time.Time  `json:"asOf"`             // when it was so
}

// CustomerBalanceList is a page of balances, all of one time.
type CustomerBalanceList = List[CustomerBalance]

// BalancesService has the operation on the balances of all customers.
type BalancesService struct{ c *Client }

// Find lists the balances of all customers, the lowest available one first where the
// Find does not say. They are some seconds old; more than a million customers are
// ErrUnavailable.
func (s BalancesService) Find(ctx context.Context, f Find) (*CustomerBalanceList, error) {
	r := get("balancesFind", "balances")
	r.query = f.encode()
	return fetch[CustomerBalanceList](ctx, s.c, r)
}

// All yields every balance that is found, by _id rising where the Find does not say,
// until the first error, which it yields last. Later ones may be of a later time.
func (s BalancesService) All(ctx context.Context, f Find) iter.Seq2[CustomerBalance, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(b CustomerBalance) string { return b.Id }, s.Find)
}
