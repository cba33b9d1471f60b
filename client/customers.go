package client

import (
	"context"
	"iter"
	"net/http"
)

// CustomersService has the operations on customers' records.
type CustomersService struct{ c *Client }

// Find lists customers, by _id where the Find does not say. Search looks in name
// and websiteUrl.
func (s CustomersService) Find(ctx context.Context, f Find) (*CustomerList, error) {
	r := get("customersFind", "customers")
	r.query = f.encode()
	return fetch[CustomerList](ctx, s.c, r)
}

// All yields every customer that is found, page by page, until the first error,
// which it yields last.
func (s CustomersService) All(ctx context.Context, f Find) iter.Seq2[Customer, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(c Customer) string { return c.Id }, s.Find)
}

// Get reads a customer.
func (s CustomersService) Get(ctx context.Context, id string) (*Customer, error) {
	return s.fetch(ctx, get("customersGet", "customers", id))
}

// Create makes a customer.
func (s CustomersService) Create(ctx context.Context, customer CustomersCreateOrPatch, options ...CreateOption) (*Customer, error) {
	return s.fetch(ctx, keyed("customersCreate", http.MethodPost, customer, "customers").creating(options))
}

// Patch changes the fields that were set, and no others.
func (s CustomersService) Patch(ctx context.Context, id string, changes CustomersPatch, options ...ChangeOption) (*Customer, error) {
	return s.fetch(ctx, keyed("customersPatch", http.MethodPatch, changes, "customers", id).changing(options))
}

// Remove deletes a customer and returns the record as it was. It is an ErrConflict
// while there are live calls. The ledger, the call records and the audit trail
// remain.
func (s CustomersService) Remove(ctx context.Context, id string, options ...ChangeOption) (*Customer, error) {
	return s.fetch(ctx, keyed("customersRemove", http.MethodDelete, nil, "customers", id).changing(options))
}

func (s CustomersService) fetch(ctx context.Context, r *request) (*Customer, error) {
	customer, tag, err := fetchTagged[Customer](ctx, s.c, r)
	if err != nil {
		return nil, err
	}
	customer.ETag = tag
	return customer, nil
}
