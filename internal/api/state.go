package api

import (
	"context"
	"math"

	"tollkeeper"
)

// stateStore keeps what an account has beside its record.
type stateStore interface {
	SetStatus(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, status tollkeeper.Status, reason string) (tollkeeper.Account, error)
	SetLimits(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Limits)) (tollkeeper.Account, error)
	AssignDeck(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, deck string) (tollkeeper.Account, error)
	Adjust(context.Context, tollkeeper.Write, tollkeeper.ID, tollkeeper.Adjustment) (tollkeeper.Transfer, error)
}

// account reads the account that the path names.
func (a *API) account(x *exchange) (tollkeeper.Account, error) {
	id, err := x.pathID("customer")
	if err != nil {
		return tollkeeper.Account{}, err
	}
	return a.Store.Account(x.r.Context(), id)
}

func (a *API) getBalance(x *exchange) error {
	account, err := a.account(x)
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.micros("postedMicros", account.Posted)
	w.micros("heldMicros", account.Held)
	w.micros("availableMicros", account.Available())
	w.micros("unbilledMicros", account.Accrued)
	w.micros("unbilledHeldMicros", account.AccruedHeld)
	return x.answer(w.end())
}

func (a *API) getStatus(x *exchange) error {
	account, err := a.account(x)
	if err != nil {
		return err
	}
	return x.answer(statusBody(&account))
}

func (a *API) patchStatus(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	status := oneOf(o, "status", tollkeeper.Statuses...)
	reason := o.text("reason", 0, 255)
	if err := o.done(); err != nil {
		return err
	}
	account, err := a.Store.SetStatus(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, status, reason)
	if err != nil {
		return err
	}
	return x.answer(statusBody(&account))
}

func statusBody(account *tollkeeper.Account) []byte {
	w := newWire(nil)
	w.id("customer", account.ID)
	w.text("status", string(account.Status))
	w.optional("reason", account.StatusReason)
	return w.end()
}

func (a *API) getLimits(x *exchange) error {
	account, err := a.account(x)
	if err != nil {
		return err
	}
	return x.answer(a.limitsBody(&account))
}

func (a *API) patchLimits(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	calls, callsSet := o.limit("maxConcurrentCalls", math.MaxInt32)
	price, priceSet := o.limit("maxPricePerMinuteMicros", maxMicros)
	daily, dailySet := o.limit("dailySpendMicros", maxMicros)
	unbilled, unbilledSet := o.limit("unbilledMicros", maxMicros)
	barred, barredSet := o.optionalBool("outboundBarred")
	if err := o.done(); err != nil {
		return err
	}
	account, err := a.Store.SetLimits(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, func(l *tollkeeper.Limits) {
		set(&l.MaxConcurrentCalls, calls, callsSet)
		set(&l.MaxPricePerMinute, (*tollkeeper.Micros)(price), priceSet)
		set(&l.DailySpend, (*tollkeeper.Micros)(daily), dailySet)
		set(&l.Unbilled, (*tollkeeper.Micros)(unbilled), unbilledSet)
		set(&l.OutboundBarred, barred, barredSet)
	})
	if err != nil {
		return err
	}
	return x.answer(a.limitsBody(&account))
}

func (a *API) limitsBody(account *tollkeeper.Account) []byte {
	own, effective := account.Limits, account.Limits.Over(a.Limits)
	overridden := []string{}
	note := func(name string, set bool) {
		if set {
			overridden = append(overridden, name)
		}
	}
	note("maxConcurrentCalls", own.MaxConcurrentCalls != nil)
	note("maxPricePerMinuteMicros", own.MaxPricePerMinute != nil)
	note("dailySpendMicros", own.DailySpend != nil)
	note("unbilledMicros", own.Unbilled != nil)
	note("outboundBarred", own.OutboundBarred != nil)
	w := newWire(nil)
	w.id("customer", account.ID)
	w.int("maxConcurrentCalls", effective.MaxConcurrentCalls)
	w.micros("maxPricePerMinuteMicros", effective.MaxPricePerMinute)
	w.micros("dailySpendMicros", effective.DailySpend)
	w.micros("unbilledMicros", effective.Unbilled)
	w.bool("outboundBarred", effective.OutboundBarred)
	w.texts("overridden", overridden)
	return w.end()
}

func (a *API) getCustomerDeck(x *exchange) error {
	account, err := a.account(x)
	if err != nil {
		return err
	}
	return x.answer(customerDeckBody(&account))
}

func (a *API) putCustomerDeck(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	name := o.text("name", 1, 64)
	if err := o.done(); err != nil {
		return err
	}
	return a.assignDeck(x, name)
}

func (a *API) removeCustomerDeck(x *exchange) error { return a.assignDeck(x, "") }

func (a *API) assignDeck(x *exchange, name string) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	account, err := a.Store.AssignDeck(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, name)
	if err != nil {
		return err
	}
	return x.answer(customerDeckBody(&account))
}

func customerDeckBody(account *tollkeeper.Account) []byte {
	w := newWire(nil)
	w.id("customer", account.ID)
	w.text("name", account.Deck())
	w.bool("assigned", account.RateDeck != "")
	return w.end()
}
