package simulation_test

import (
	"context"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
)

// create makes a customer. The write is not repeatable by itself, so it goes
// under an idempotency key.
func (a *auditor) create() {
	r := a.w.random
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.InternationalCalling = fmt.Sprint("Customer ", len(a.customers)), true
	draft.Credit = pick[int32](r, 0, -500, 1, 100, 2_000, 50_000)
	draft.MaxOutboundCallRate = pick[int32](r, 0, 0, 0, 1, 5)
	draft.DefaultBillMethod = pick(r, tollkeeper.BillCredit, tollkeeper.BillCredit, tollkeeper.BillPaymentMethod)
	c := &client{posted: new(big.Int), accrued: new(big.Int), status: tollkeeper.StatusActive,
		method: draft.DefaultBillMethod, unbilled: policy.Limits.Unbilled, limited: draft.MaxOutboundCallRate > 0}
	err := a.w.settled(func() error {
		once := tollkeeper.Once{Principal: "test", Key: draft.Name, Hash: []byte{1}, Render: func(result any) *tollkeeper.Answer {
			account := result.(tollkeeper.Account)
			return &tollkeeper.Answer{Body: account.ID[:]}
		}}
		account, err := a.w.store.CreateCustomer(context.Background(), tollkeeper.Write{Once: &once}, draft)
		if c.id = account.ID; once.Replayed != nil {
			copy(c.id[:], once.Replayed.Body)
		}
		return err
	}, nil)
	if err != nil {
		a.w.fatalf("create a customer: %v", err)
	}
	a.customers = append(a.customers, c)
	a.adjust(c, amount(tollkeeper.FromCents(draft.Credit)))
}

// adjust enters what came in for a client.
func (a *auditor) adjust(c *client, by *big.Int) {
	c.posted.Add(c.posted, by)
	a.adjusted.Add(a.adjusted, by)
}

// post credits or debits a customer.
func (a *auditor) post(c *client) {
	r := a.w.random
	p := posting{client: c, asked: tollkeeper.Adjustment{
		Amount: tollkeeper.Micros(r.Int64N(20_000_000) - 6_000_000), Reason: "by hand",
		Key: fmt.Sprint("post-", len(a.posts)), AllowNegative: r.IntN(3) == 0,
	}}
	a.around(c, func() (err error) {
		p.entry, err = a.w.store.Adjust(context.Background(), tollkeeper.Write{}, c.id, p.asked)
		return err
	}, func(err error) {
		covered := new(big.Int).Add(a.free(c, false), amount(p.asked.Amount)).Sign() >= 0
		switch code := tollkeeper.ErrorCode(err); {
		case c.deleted && code == tollkeeper.CodeNotFound:
		case code == tollkeeper.CodeConflict && p.asked.Amount < 0 && !p.asked.AllowNegative && !covered:
		case err != nil:
			a.w.fatalf("adjust by %s: %v", p.asked.Amount, err)
		case p.asked.Amount < 0 && !p.asked.AllowNegative && !covered:
			a.w.fatalf("%s was taken of %s", p.asked.Amount, a.expected(c))
		default:
			a.tally["adjusted"]++
			a.adjust(c, amount(p.asked.Amount))
			a.posts = append(a.posts, p)
		}
	})
}

// writeCredit patches the record's credit, which is in whole cents.
func (a *auditor) writeCredit(c *client) {
	to := a.w.random.Int64N(5000) - 500
	fields := []tollkeeper.Field{{Key: "credit", Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: strconv.FormatInt(to, 10)}}}
	a.around(c, func() error {
		_, err := a.w.store.PatchCustomer(context.Background(), tollkeeper.Write{}, c.id, fields, nil)
		return err
	}, func(err error) {
		if a.gone(c, err) {
			return
		}
		cent := amount(tollkeeper.Cent)
		if have := new(big.Int).Div(c.posted, cent); have.Cmp(big.NewInt(to)) == 0 { // Div rounds down for a positive divisor
			return
		}
		wanted := new(big.Int).Mul(big.NewInt(to), cent)
		a.adjust(c, wanted.Sub(wanted, c.posted))
	})
}

// gone reports whether a customer was deleted; any other error is a fault.
func (a *auditor) gone(c *client, err error) bool {
	if c.deleted && tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
		return true
	}
	if err != nil || c.deleted {
		a.w.fatalf("customer %s, deleted %v: %v", c.id, c.deleted, err)
	}
	return false
}

func (a *auditor) setStatus(c *client) {
	status := pick(a.w.random, append(tollkeeper.Statuses, tollkeeper.StatusActive, tollkeeper.StatusActive, tollkeeper.StatusActive)...)
	a.around(c, func() error {
		_, err := a.w.store.SetStatus(context.Background(), tollkeeper.Write{}, c.id, status, "test")
		return err
	}, func(err error) {
		if !a.gone(c, err) {
			c.status = status
		}
	})
}

func (a *auditor) setLimits(c *client) {
	r := a.w.random
	unbilled := pick(r, 0, tollkeeper.Cent, tollkeeper.Unit, 10*tollkeeper.Unit)
	concurrent, daily := pick[int64](r, 0, 0, 1, 3), pick(r, 0, 0, tollkeeper.Unit)
	a.around(c, func() error {
		_, err := a.w.store.SetLimits(context.Background(), tollkeeper.Write{}, c.id, func(l *tollkeeper.Limits) {
			l.Unbilled, l.MaxConcurrentCalls, l.DailySpend = &unbilled, &concurrent, &daily
		})
		return err
	}, func(err error) {
		if !a.gone(c, err) {
			c.unbilled, c.limited = unbilled, c.limited || concurrent > 0 || daily > 0
		}
	})
}

func (a *auditor) setBillMethod(c *client) {
	method := pick(a.w.random, tollkeeper.BillCredit, tollkeeper.BillPaymentMethod)
	fields := []tollkeeper.Field{{Key: "defaultBillMethod", Value: tollkeeper.Value{Kind: tollkeeper.StringValue, Text: string(method)}}}
	a.around(c, func() error {
		_, err := a.w.store.PatchCustomer(context.Background(), tollkeeper.Write{}, c.id, fields, nil)
		return err
	}, func(err error) {
		if !a.gone(c, err) {
			c.method = method
		}
	})
}

// remove deletes a customer; not while a call is in progress.
func (a *auditor) remove(c *client) {
	tries := 0
	a.around(c, func() error {
		tries++
		_, err := a.w.store.DeleteCustomer(context.Background(), tollkeeper.Write{}, c.id, nil)
		return err
	}, func(err error) {
		charged, emergency := a.liveCalls(c)
		code := tollkeeper.ErrorCode(err)
		if code == tollkeeper.CodeConflict && charged+emergency > 0 {
			return
		}
		if again := code == tollkeeper.CodeNotFound && (c.deleted || tries > 1); err != nil && !again {
			a.w.fatalf("delete a customer with %s: %v", a.expected(c), err)
		}
		if charged > 0 {
			a.w.fatalf("a customer was deleted who had %s", a.expected(c))
		}
		if !c.deleted {
			a.tally["deleted"]++
			a.adjust(c, new(big.Int).Neg(c.posted))
			a.adjusted.Add(a.adjusted, c.accrued)
			c.accrued, c.deleted = new(big.Int), true
			for _, t := range a.trunksOf(c) {
				t.deleted = true
			}
		}
	})
}

// importDeck puts a new version of a rate deck in force.
func (a *auditor) importDeck(name string) {
	r := a.w.random
	rates, compiled := map[string]tariff{}, []rating.Rate{}
	for _, prefix := range []string{"1", "44", "4420", "33", "338", "7"} {
		if name != tollkeeper.DefaultDeck && r.IntN(3) == 0 {
			continue
		}
		p := tariff{
			perMinute: pick[int64](r, 0, 1, 9_999, 12_345, 1_500_000, r.Int64N(100_000)), fee: pick[int64](r, 0, 0, 0, 50_000),
			minimum: pick[int64](r, 1, 6, 30, 60), increment: pick[int64](r, 1, 6, 60),
		}
		rates[prefix] = p
		compiled = append(compiled, rating.Rate{Prefix: prefix, Destination: "Somewhere", PricePerMinute: tollkeeper.Micros(p.perMinute),
			ConnectFee: tollkeeper.Micros(p.fee), MinimumSeconds: int32(p.minimum), IncrementSeconds: int32(p.increment)})
	}
	version := tollkeeper.DeckVersion{Deck: name, EffectiveFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	err := a.w.settled(func() error {
		_, err := a.w.store.PutDeck(context.Background(), tollkeeper.Write{}, version, rating.Compile(compiled), nil)
		return err
	}, nil)
	if err != nil {
		a.w.fatalf("import deck %s: %v", name, err)
	}
	a.rates[name] = rates
}

func (a *auditor) assignDeck(c *client) {
	deck := pick(a.w.random, "", "wholesale")
	a.around(c, func() error {
		_, err := a.w.store.AssignDeck(context.Background(), tollkeeper.Write{}, c.id, deck)
		return err
	}, func(err error) {
		if !a.gone(c, err) {
			c.deck = deck
		}
	})
}
