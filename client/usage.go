package client

import (
	"context"
	"iter"
	"time"
)

// Usage is what a customer's calls of one day to one destination came to. A call
// belongs to the day on which it began.
type Usage struct {
	Id            string    `json:"_id"`
	Customer      string    `json:"customer"`
	Day           time.Time `json:"day"` // its begin in UTC
	Direction     Direction `json:"direction"`
	Destination   string    `json:"destination,omitzero"` // empty for calls without a price
	Calls         int64     `json:"calls"`                // that were allowed and have ended
	Answered      int64     `json:"answered"`             // of them
	BilledSeconds int64     `json:"billedSeconds"`        // after minimum and increment
	ChargeMicros  Micros    `json:"chargeMicros"`
}

// UsageList is a page of usage.
type UsageList = List[Usage]

// UsageService has the operation on what customers' calls came to.
type UsageService struct{ c *Client }

// Find lists a customer's usage by day and destination, the newest day first where the
// Find does not say. Search looks in destination.
func (s UsageService) Find(ctx context.Context, customer string, f Find) (*UsageList, error) {
	r := get("usageFind", "customers", customer, "usage")
	r.query = f.encode()
	return fetch[UsageList](ctx, s.c, r)
}

// All yields all usage that is found, by _id falling where the Find does not say, until
// the first error, which it yields last.
func (s UsageService) All(ctx context.Context, customer string, f Find) iter.Seq2[Usage, error] {
	find := func(ctx context.Context, f Find) (*UsageList, error) { return s.Find(ctx, customer, f) }
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(u Usage) string { return u.Id }, find)
}
