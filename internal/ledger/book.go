package ledger

import (
	"time"

	"tollkeeper"
)

// Book is what one batch works on: the accounts and calls it touches, as loaded
// under lock, and everything it adds. The store fills it before the work and
// writes out what changed after it.
type Book struct {
	Now      time.Time
	Accounts map[tollkeeper.ID]*Account
	Calls    map[tollkeeper.CallKey]*Call
	Trunks   map[TrunkKey]*Trunk // those that have limits of their own
	// Tariff prices a number by the named deck at a time.
	Tariff func(deck, number string, at time.Time) (tollkeeper.Tariff, bool)

	// Barrings is the barring table; nil: without rows.
	Barrings *tollkeeper.Barrings

	Transfers []tollkeeper.Transfer // to be appended
	Records   []*tollkeeper.CDR     // to be appended
	Events    []tollkeeper.Event    // to be appended; their ids come from the store

	newID  func(after tollkeeper.ID) tollkeeper.ID
	limits tollkeeper.EffectiveLimits // of customers who have none of their own
}

// Account is a loaded account. Changed is set when it must be written back.
type Account struct {
	tollkeeper.Account
	Changed bool
}

// Call is what is known under a call key: the call in progress, and the newest
// record of one that is over.
type Call struct {
	Live    *tollkeeper.Call // nil: none in progress
	Stored  bool             // there is a row for a call in progress
	Changed bool             // the row must be written, or deleted when Live is nil
	Record  *tollkeeper.CDR  // nil: none
}

// TrunkKey names a trunk and the customer whose it is.
type TrunkKey struct{ Customer, Trunk tollkeeper.ID }

// Trunk is a trunk's limits and counters. Changed is set when it must be written
// back. It is locked by its customer's account.
type Trunk struct {
	MaxConcurrentCalls  int64 // 0: no limit
	MaxOutboundCallRate int32 // 0: no limit
	LiveCalls           int64
	RateWindow          tollkeeper.RateWindow
	Changed             bool
}

// trunkOf returns the trunk whose limits count a call, or nil.
func (b *Book) trunkOf(call *tollkeeper.Call) *Trunk {
	if !call.TrunkCounted {
		return nil
	}
	return b.Trunks[TrunkKey{call.Customer, call.Trunk}]
}

// account returns the account of a customer, or nil.
func (b *Book) account(id tollkeeper.ID) *Account { return b.Accounts[id] }

// call returns what is known under a key; never nil.
func (b *Book) call(key tollkeeper.CallKey) *Call {
	c := b.Calls[key]
	if c == nil {
		c = &Call{}
		b.Calls[key] = c
	}
	return c
}

// purse is the part of an account that a call draws on: prepaid credit, or the
// unbilled usage of the bill method paymentmethod.
type purse struct {
	account *Account
	accrues bool
}

func (p purse) held() *tollkeeper.Micros {
	if p.accrues {
		return &p.account.AccruedHeld
	}
	return &p.account.Held
}

func (p purse) posted() *tollkeeper.Micros {
	if p.accrues {
		return &p.account.Accrued
	}
	return &p.account.Posted
}

func (p purse) book() tollkeeper.BookAccount {
	if p.accrues {
		return tollkeeper.BookUnbilled
	}
	return tollkeeper.BookCredit
}

// post appends a transfer of amount from the purse to revenue, with what it frees
// of the call's holds, and moves the account with it. Nothing changes on error.
func (b *Book) post(p purse, t tollkeeper.Transfer) error {
	t.Customer, t.Debit, t.Credit = p.account.ID, p.book(), tollkeeper.BookRevenue
	held, err := p.held().Add(t.HeldDelta())
	if err != nil {
		return amountFault(err)
	}
	posted, err := p.posted().Add(t.PostedDelta())
	if err != nil {
		return amountFault(err)
	}
	if t.Kind != tollkeeper.TransferHold {
		if err := p.account.Spend(b.Now, t.Amount); err != nil {
			return amountFault(err)
		}
	}
	t.ID, t.CreatedAt, t.PostedAfter, t.HeldAfter = b.newID(p.account.LastEntry), b.Now, posted, held
	*p.held(), *p.posted(), p.account.LastEntry, p.account.Changed = held, posted, t.ID, true
	p.account.SyncCredit()
	b.Transfers = append(b.Transfers, t)
	b.Events = append(b.Events, p.account.Watch(b.Now, p.account.Limits.Over(b.limits))...)
	return nil
}

// ranOut tells an account's owner, once, that a call got less than it asked for.
func (b *Book) ranOut(a *Account, reason tollkeeper.Reason) {
	if events := a.RanOut(b.Now, reason, a.Limits.Over(b.limits)); events != nil {
		b.Events, a.Changed = append(b.Events, events...), true
	}
}

func amountFault(err error) error {
	return &tollkeeper.Error{Code: tollkeeper.CodeConflict, Message: "the amount is out of the range of an account", Err: err}
}
