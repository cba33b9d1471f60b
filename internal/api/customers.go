package api

import (
	"context"
	"strconv"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// customerStore keeps the records of customers.
type customerStore interface {
	CreateCustomer(context.Context, tollkeeper.Write, tollkeeper.Customer) (tollkeeper.Account, error)
	Account(context.Context, tollkeeper.ID) (tollkeeper.Account, error)
	FindCustomers(context.Context, *query.Find) (tollkeeper.Page[*tollkeeper.Account], error)
	PatchCustomer(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, fields []tollkeeper.Field, expect func(*tollkeeper.Account) error) (tollkeeper.Account, error)
	DeleteCustomer(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(*tollkeeper.Account) error) (tollkeeper.Account, error)
}

// customerTag names the state of a record. The credit is part of it, because it
// is part of the record, though calls change it and not writes.
func customerTag(a *tollkeeper.Account) string {
	return `"` + strconv.FormatInt(a.Revision, 36) + "-" + strconv.FormatInt(int64(a.Credit), 36) + `"`
}

func customerAnswer(a tollkeeper.Account) *tollkeeper.Answer {
	return tagged(customerBody(a, nil), customerTag(&a))
}

func customerBody(a tollkeeper.Account, keep func(string) bool) []byte {
	return a.Customer.AppendJSON(nil, keep)
}

func (a *API) findCustomers(x *exchange) error {
	return list(x, query.Customers, a.Store.FindCustomers, func(account *tollkeeper.Account, keep func(string) bool) []byte {
		return account.Customer.AppendJSON(nil, keep)
	})
}

func (a *API) createCustomer(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	draft, err := tollkeeper.DraftCustomer(o.fields)
	if err != nil {
		return err
	}
	if err := x.mayCreate(&draft); err != nil {
		return err
	}
	return perform(x, customerAnswer, func(w tollkeeper.Write) (tollkeeper.Account, error) {
		return a.Store.CreateCustomer(x.r.Context(), w, draft)
	})
}

func (a *API) getCustomer(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	account, err := a.Store.Account(x.r.Context(), id)
	if err != nil {
		return err
	}
	x.body = account.Customer.AppendJSON(x.body[:0], nil)
	x.sendTagged(tagged(x.body, customerTag(&account)))
	return nil
}

func (a *API) patchCustomer(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	return perform(x, customerAnswer, func(w tollkeeper.Write) (tollkeeper.Account, error) {
		return a.Store.PatchCustomer(x.r.Context(), w, id, o.fields, func(account *tollkeeper.Account) error { return x.mayPatch(account, o.fields) })
	})
}

func (a *API) removeCustomer(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	return perform(x, untagged(customerBody), func(w tollkeeper.Write) (tollkeeper.Account, error) {
		return a.Store.DeleteCustomer(x.r.Context(), w, id, x.expectCustomer)
	})
}

func (x *exchange) expectCustomer(account *tollkeeper.Account) error {
	if !matches(x.r, customerTag(account)) {
		return errChanged
	}
	return nil
}

// mayCreate makes sure that the caller may write what a new record has beside its
// required fields and defaults.
func (x *exchange) mayCreate(draft *tollkeeper.Customer) error {
	plain := tollkeeper.NewCustomer()
	plain.Name, plain.DefaultBillMethod = draft.Name, draft.DefaultBillMethod
	return x.who.CheckChanges(tollkeeper.CustomerChanges(&plain, draft))
}

// mayPatch makes sure that the record is as the caller expects it, and that the
// caller may make the changes.
func (x *exchange) mayPatch(account *tollkeeper.Account, fields []tollkeeper.Field) error {
	if err := x.expectCustomer(account); err != nil || x.who.IsStaff() && x.who.Rights == tollkeeper.AllRights {
		return err
	}
	patched, err := account.Patched(fields)
	if err != nil {
		return err
	}
	return x.who.CheckChanges(tollkeeper.CustomerChanges(&account.Customer, &patched))
}
