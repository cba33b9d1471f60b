package main

import (
	"context"
	"fmt"

	"tollkeeper"
	"tollkeeper/client"
)

type customerCommand struct {
	List     customerListCommand     `cmd:"" help:"List the customers of a running server."`
	Show     customerShowCommand     `cmd:"" help:"Show one customer with balance and status."`
	Create   customerCreateCommand   `cmd:"" help:"Make a customer; every other field has its default."`
	Suspend  customerSuspendCommand  `cmd:"" help:"Suspend a customer, so that only emergency calls pass."`
	Activate customerActivateCommand `cmd:"" help:"End a customer's suspension."`
	Lock     customerLockCommand     `cmd:"" help:"Turn a customer's account lock on: port-outs are held for the owner. It touches no call."`
	Unlock   customerUnlockCommand   `cmd:"" help:"Turn the account lock off, when the owner wants it."`
}

var customerColumns = []column[client.Customer]{
	{"ID", func(c client.Customer) string { return c.Id }},
	{"NAME", func(c client.Customer) string { return c.Name }},
	{"CREDIT", func(c client.Customer) string { return tollkeeper.FromCents(int32(c.Credit)).String() }},
	{"BILLED BY", func(c client.Customer) string { return string(c.DefaultBillMethod) }},
	{"ABROAD", func(c client.Customer) string { return yesNo(c.InternationalCalling == 1) }},
	{"CALLS/S", func(c client.Customer) string { return fmt.Sprint(c.MaxOutboundCallRate) }},
	{"LOCKED", func(c client.Customer) string { return yesNo(c.AccountLock == 1) }},
	{"SINCE", func(c client.Customer) string { return day(c.CreatedAt) }},
}

type customerListCommand struct {
	remote  `embed:""`
	listing `embed:""`
}

// Run lists customers.
func (c *customerListCommand) Run(ctx context.Context) error {
	return list(c.remote, c.listing, customerColumns, func(s *client.Client) (*client.List[client.Customer], error) { return s.Customers.Find(ctx, c.find()) })
}

// customerState is a customer with what stands beside the record.
type customerState struct {
	client.Customer
	Balance *client.Balance `json:"balance"`
	Status  *client.Status  `json:"status"`
}

var customerStateColumns = append(ofState(customerColumns),
	column[customerState]{"AVAILABLE", func(s customerState) string { return tollkeeper.Micros(s.Balance.AvailableMicros).String() }},
	column[customerState]{"HELD", func(s customerState) string { return tollkeeper.Micros(s.Balance.HeldMicros).String() }},
	column[customerState]{"UNBILLED", func(s customerState) string { return tollkeeper.Micros(s.Balance.UnbilledMicros).String() }},
	column[customerState]{"STATUS", func(s customerState) string { return string(s.Status.Status) }},
	column[customerState]{"REASON", func(s customerState) string { return s.Status.Reason }},
)

func ofState(columns []column[client.Customer]) (wider []column[customerState]) {
	for _, c := range columns {
		wider = append(wider, column[customerState]{c.name, func(s customerState) string { return c.value(s.Customer) }})
	}
	return wider
}

type customerShowCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run shows one customer.
func (c *customerShowCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, customerStateColumns, func(s *client.Client) (*customerState, error) { return stateOf(ctx, s, c.ID) })
}

func stateOf(ctx context.Context, server *client.Client, id string) (*customerState, error) {
	customer, err := server.Customers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	balance, err := server.Balance.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	status, err := server.Status.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &customerState{Customer: *customer, Balance: balance, Status: status}, nil
}

type customerCreateCommand struct {
	remote     `embed:""`
	Name       string `help:"Name, 1 to 45 characters." required:"" env:"-" placeholder:"NAME"`
	BillMethod string `help:"credit or paymentmethod." default:"credit" env:"-" placeholder:"METHOD"`
	Credit     amount `help:"Prepaid credit, in the account currency." default:"0" env:"-" placeholder:"AMOUNT"`
	JSON       bool   `name:"json" help:"Print JSON for scripts." env:"-"`
}

// Run makes a customer.
func (c *customerCreateCommand) Run(ctx context.Context) error {
	if tollkeeper.Micros(c.Credit)%tollkeeper.Cent != 0 {
		return tollkeeper.Invalid("credit: must be whole cents")
	}
	return show(c.remote, c.JSON, customerColumns, func(s *client.Client) (*client.Customer, error) {
		return s.Customers.Create(ctx, client.CustomersCreateOrPatch{
			Name: client.Set(c.Name), DefaultBillMethod: client.Set(client.BillMethod(c.BillMethod)),
			Credit: client.Set(int(tollkeeper.Micros(c.Credit).Cents())),
		})
	})
}

type customerSuspendCommand struct {
	remote  `embed:""`
	showing `embed:""`
	Reason  string `help:"Why." env:"-" placeholder:"TEXT"`
}

// Run suspends a customer.
func (c *customerSuspendCommand) Run(ctx context.Context) error {
	return c.change(ctx, c.remote, client.StatusPatch{Status: client.StatusSuspended, Reason: c.Reason})
}

type customerActivateCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run ends a suspension.
func (c *customerActivateCommand) Run(ctx context.Context) error {
	return c.change(ctx, c.remote, client.StatusPatch{Status: client.StatusActive})
}

// change changes the status of the customer and shows the customer.
func (c showing) change(ctx context.Context, to remote, patch client.StatusPatch) error {
	return show(to, c.JSON, customerStateColumns, func(s *client.Client) (*customerState, error) {
		if _, err := s.Status.Patch(ctx, c.ID, patch); err != nil {
			return nil, err
		}
		return stateOf(ctx, s, c.ID)
	})
}

type customerLockCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run locks an account.
func (c *customerLockCommand) Run(ctx context.Context) error {
	return c.lock(ctx, c.remote, client.On)
}

type customerUnlockCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run unlocks an account.
func (c *customerUnlockCommand) Run(ctx context.Context) error {
	return c.lock(ctx, c.remote, client.Off)
}

// lock changes the account lock of the customer and shows the record.
func (c showing) lock(ctx context.Context, to remote, lock client.Flag) error {
	return show(to, c.JSON, customerColumns, func(s *client.Client) (*client.Customer, error) {
		return s.Customers.Patch(ctx, c.ID, client.CustomersPatch{AccountLock: client.Set(lock)})
	})
}
