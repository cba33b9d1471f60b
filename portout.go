package tollkeeper

import (
	"slices"
	"strings"
	"time"
)

// Portout is another carrier's request to take numbers over.
type Portout struct {
	ID               ID
	Customer         ID // whose numbers they are; zero: nobody's
	Numbers          []string
	GainingCarrier   string
	AuthorizedPerson string
	AccountNumber    string // as the request gives it
	RequestedDate    string // 2006-01-02
	State            PortoutState
	Reasons          []PortoutReason // why it is held, or was refused
	DecideBy         time.Time       // of a held one: when the policy decides for the owner
	DecidedAt        time.Time
	DecidedBy        string // the actor; "server" for the policy
	CreatedAt        time.Time
	CreatedBy        string
	UpdatedAt        time.Time
}

// PortoutState is how far a request has come.
type PortoutState string

// The states of a port-out. Held and approved ones are open.
const (
	PortoutHeld      PortoutState = "held"      // waits for the owner
	PortoutApproved  PortoutState = "approved"  // may be carried out
	PortoutRefused   PortoutState = "refused"   // Reasons say why
	PortoutCancelled PortoutState = "cancelled" // the gaining carrier has withdrawn it
	PortoutCompleted PortoutState = "completed" // the numbers have moved
)

// PortoutStates lists every state.
var PortoutStates = []PortoutState{PortoutHeld, PortoutApproved, PortoutRefused, PortoutCancelled, PortoutCompleted}

// Open reports whether the request still stands.
func (s PortoutState) Open() bool { return s == PortoutHeld || s == PortoutApproved }

// PortoutReason says why a port-out is held or was refused.
type PortoutReason string

// The reasons.
const (
	PortoutNotFound     PortoutReason = "number_not_found"
	PortoutNotActive    PortoutReason = "number_not_active"
	PortoutMixed        PortoutReason = "numbers_of_different_accounts"
	PortoutInProgress   PortoutReason = "port_in_progress"
	PortoutWrongAccount PortoutReason = "wrong_account_number"
	PortoutWrongPIN     PortoutReason = "wrong_pin"
	PortoutTooMany      PortoutReason = "too_many_attempts" // of the PIN
	PortoutLocked       PortoutReason = "account_locked"
	PortoutCoolingOff   PortoutReason = "cooling_off" // unlocked a short while ago
	PortoutOwnerRefused PortoutReason = "refused_by_owner"
	PortoutNotDecided   PortoutReason = "not_decided_in_time"
)

// maxWrongPINs is how many requests of a day may have a wrong PIN, so that none is
// found by trying.
const maxWrongPINs = 5

// PortoutReasons lists every reason.
var PortoutReasons = []PortoutReason{
	PortoutNotFound, PortoutNotActive, PortoutMixed, PortoutInProgress, PortoutWrongAccount, PortoutWrongPIN, PortoutTooMany,
	PortoutLocked, PortoutCoolingOff, PortoutOwnerRefused, PortoutNotDecided,
}

// PortoutPolicy is what the carrier has settled for port-outs.
type PortoutPolicy struct {
	NotifyOnly       bool // a lock holds nothing; the owner is told
	ApproveUndecided bool // what the owner has not decided in time is approved, not refused
	DecideWithin     time.Duration
	CoolingOff       time.Duration // how long a lock protects after it was taken off
}

// Undecided is what becomes of a request that the owner has not decided in time.
func (p PortoutPolicy) Undecided() PortoutState {
	if p.ApproveUndecided {
		return PortoutApproved
	}
	return PortoutRefused
}

// Porting is by what a customer's port-outs are validated.
type Porting struct {
	Customer      ID
	AccountNumber string    // "": the customer's id
	PINHash       string    // "": no PIN is asked for
	Locked        bool      // the record's accountLock
	UnlockedAt    time.Time // when the lock was last taken off; zero: never
}

// PortoutFacts is what a port-out is judged by.
type PortoutFacts struct {
	Porting
	Found      []Number // those of the numbers there are
	Busy       bool     // one of them is in another open port-out
	PINRight   bool
	WrongPINs  int64 // requests of the last day that had a wrong PIN
	ChangeTime time.Time
}

// Judge validates a request and says how it stands: refused with every reason, held
// for the owner, or approved.
func (p *Portout) Judge(f PortoutFacts, policy PortoutPolicy) {
	p.Reasons = p.faults(f)
	now := f.ChangeTime
	hold := f.protection(now, policy)
	switch {
	case len(p.Reasons) > 0:
		p.State, p.DecidedAt, p.DecidedBy = PortoutRefused, now, "server"
	case hold != "" && !policy.NotifyOnly:
		p.State, p.Reasons, p.DecideBy = PortoutHeld, []PortoutReason{hold}, now.Add(policy.DecideWithin)
	default:
		p.State, p.DecidedAt, p.DecidedBy = PortoutApproved, now, "server"
	}
}

func (p *Portout) faults(f PortoutFacts) (reasons []PortoutReason) {
	add := func(reason PortoutReason, is bool) {
		if is {
			reasons = append(reasons, reason)
		}
	}
	notActive := func(n Number) bool { return n.Status != NumberActive || n.Customer.IsZero() }
	add(PortoutNotFound, len(f.Found) < len(p.Numbers))
	add(PortoutNotActive, slices.ContainsFunc(f.Found, notActive))
	add(PortoutMixed, slices.ContainsFunc(f.Found, func(n Number) bool { return n.Customer != p.Customer && !n.Customer.IsZero() }))
	add(PortoutInProgress, f.Busy)
	if p.Customer.IsZero() {
		return reasons
	}
	account := f.AccountNumber
	if account == "" {
		account = p.Customer.String()
	}
	add(PortoutWrongAccount, plainAccount(p.AccountNumber) != plainAccount(account))
	if f.PINHash != "" {
		tooMany := f.WrongPINs >= maxWrongPINs
		add(PortoutTooMany, tooMany)
		add(PortoutWrongPIN, !tooMany && !f.PINRight)
	}
	return reasons
}

// plainAccount leaves out how people group what they write.
func plainAccount(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s))
}

// protection is why the owner is to be asked; "" for no reason.
func (p *Porting) protection(now time.Time, policy PortoutPolicy) PortoutReason {
	switch {
	case p.Locked:
		return PortoutLocked
	case !p.UnlockedAt.IsZero() && now.Before(p.UnlockedAt.Add(policy.CoolingOff)):
		return PortoutCoolingOff
	}
	return ""
}

// Protects reports whether numbers stay where they are: the lock is on, or was taken
// off so short a while ago that it still counts.
func (p *Porting) Protects(now time.Time, policy PortoutPolicy) bool {
	return p.protection(now, policy) != ""
}

// Decide is the owner's decision about a held request, or the policy's.
func (p *Portout) Decide(approve bool, reason PortoutReason, actor string, now time.Time) error {
	if p.State != PortoutHeld {
		return Errorf(CodeConflict, "the port-out is %s; there is nothing to decide", p.State)
	}
	p.State, p.Reasons, p.DecideBy, p.DecidedAt, p.DecidedBy = PortoutApproved, nil, time.Time{}, now, actor
	if !approve {
		p.State, p.Reasons = PortoutRefused, []PortoutReason{reason}
	}
	return nil
}

// DecidesFor reports whether a user may decide about a customer's port-outs. The
// carrier's staff may not.
func (u *User) DecidesFor(customer ID) bool {
	return !customer.IsZero() && u.Customer == customer && u.Rights()&WriteAdmin != 0
}

// Close ends an open request: the numbers have moved, or the gaining carrier has
// withdrawn it.
func (p *Portout) Close(state PortoutState) error {
	if !p.State.Open() || state == PortoutCompleted && p.State != PortoutApproved {
		return Errorf(CodeConflict, "the port-out is %s; it cannot be %s", p.State, state)
	}
	p.State, p.DecideBy = state, time.Time{}
	return nil
}
