// Package admission is the one step before the ledger, which the doors of all
// protocols share: it finds out whose a call is and what its numbers are, asks the
// ledger, and adds to the answer what only the switch needs.
package admission

import (
	"context"
	"net/netip"

	"tollkeeper"
	"tollkeeper/internal/numbering"
)

// Ledger decides about calls.
type Ledger interface {
	Authorize(context.Context, tollkeeper.Authorization) (tollkeeper.Decision, error)
	Check(context.Context, tollkeeper.Authorization) (tollkeeper.Check, error)
	Answer(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	Extend(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error)
}

// Directory knows trunks and numbers.
type Directory interface {
	// Trunk returns the trunk that a call came by; found is false where none is known.
	Trunk(context.Context, tollkeeper.TrunkKey) (t tollkeeper.Trunk, found bool, err error)
	// Number returns whose a called number is, and what the call costs its owner; no
	// customer where it is nobody's.
	Number(ctx context.Context, e164 string) (tollkeeper.ID, tollkeeper.InboundPrice, error)
}

// Names finds the names of callers.
type Names interface {
	// CallerName returns the name of a caller, given in E.164, for a call that is
	// allowed; an empty one where none is known in time.
	CallerName(ctx context.Context, d tollkeeper.Decision, e164 string) tollkeeper.CallerName
}

// Links completes what a switch is told of the media of a call that is allowed.
type Links interface {
	Instruct(*tollkeeper.Decision)
}

// Attempt is a call as a door was told of it. Of its Authorization the door leaves
// empty what follows from the rest: Called, Caller, Trunk, TrunkLimited and Inbound.
type Attempt struct {
	tollkeeper.Authorization
	Only   tollkeeper.ID // the only customer the switch may speak of; zero: all
	Trunk  string        // name of the trunk on which the call came, where the switch tells it
	User   string        // digest user who has proved to be the caller, likewise
	Source netip.Addr    // address from which the switch got the call, likewise
	Port   uint16        // port of the source; 0: not known
	NoName bool          // no name is looked up: the switch cannot be told it, or the caller hides the number
}

// key is what is known of the trunk.
func (t *Attempt) key() tollkeeper.TrunkKey {
	return tollkeeper.TrunkKey{Name: t.Trunk, User: t.User, Source: netip.AddrPortFrom(t.Source, t.Port)}
}

// Admission admits calls. Directory, Names and Links may be nil.
type Admission struct {
	Ledger
	Plan      *numbering.Plan
	Directory Directory
	Names     Names
	Links     Links
	// Decided hears of each decision; nil for none.
	Decided func(tollkeeper.Authorization, tollkeeper.Decision)
}

// Authorize decides whether a call may be placed. A denial names the customer that
// was asked for.
func (m *Admission) Authorize(ctx context.Context, t Attempt) (tollkeeper.Decision, error) {
	who, err := m.understand(ctx, &t)
	if err != nil {
		return tollkeeper.Decision{}, err
	}
	decision, err := m.Ledger.Authorize(ctx, t.Authorization)
	if err != nil {
		return decision, err
	}
	who.complete(&decision)
	if m.Decided != nil {
		m.Decided(t.Authorization, decision)
	}
	if m.Names != nil && !t.NoName && decision.Allowed && decision.Media.CallerName && m.mayHaveName(t.Caller.Shown) {
		decision.CallerName = m.Names.CallerName(ctx, decision, t.Caller.Shown)
	}
	return m.instructed(decision), nil
}

// Check says what Authorize would, and why, without placing the call.
func (m *Admission) Check(ctx context.Context, t Attempt) (tollkeeper.Check, error) {
	who, err := m.understand(ctx, &t)
	if err != nil {
		return tollkeeper.Check{}, err
	}
	check, err := m.Ledger.Check(ctx, t.Authorization)
	who.complete(&check.Decision)
	return check, err
}

// identity is whose a call is.
type identity struct {
	asked    tollkeeper.ID // the customer, where the ledger is told of none
	callerID string        // to be sent, where the trunk has one
}

// understand finds out what the ledger needs to know of a call.
func (m *Admission) understand(ctx context.Context, t *Attempt) (who identity, err error) {
	q := &t.Authorization
	q.CallKey, q.From, q.To = storableKey(q.CallKey), storable(q.From), storable(q.To)
	q.Called, q.Caller = m.Plan.Called(q.To), m.Plan.Calling(q.From)
	q.To, q.From, q.Caller.Shown = beginning(q.To), beginning(q.From), beginning(q.Caller.Shown)
	if who.callerID, err = m.identify(ctx, t); err != nil {
		return who, err
	}
	if !t.Only.IsZero() && q.Customer != t.Only {
		who.asked, q.Customer = q.Customer, tollkeeper.ID{} // of others nothing is known
	}
	return who, nil
}

// complete adds to a decision what the ledger was not told.
func (who identity) complete(d *tollkeeper.Decision) {
	if !who.asked.IsZero() {
		d.Customer = who.asked
	}
	if d.Allowed {
		d.CallerID = who.callerID
	}
}

// Answer notes that a call was answered.
func (m *Admission) Answer(ctx context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	decision, err := m.Ledger.Answer(ctx, storableReport(r))
	return m.instructed(decision), err
}

// Extend grants a call more time, or says that no more will follow.
func (m *Admission) Extend(ctx context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	decision, err := m.Ledger.Extend(ctx, storableReport(r))
	return m.instructed(decision), err
}

// End charges a call that is over.
func (m *Admission) End(ctx context.Context, r tollkeeper.Report) (tollkeeper.CDR, error) {
	return m.Ledger.End(ctx, storableReport(r))
}

func (m *Admission) instructed(d tollkeeper.Decision) tollkeeper.Decision {
	if m.Links != nil && d.Allowed {
		m.Links.Instruct(&d)
	}
	return d
}

// identify finds out whose call it is: an outbound one by its trunk, an inbound one by
// the called number, where the switch does not say; one that can speak of a single
// customer only need not. It adds what the call's trunk and number say of it, if they
// are the customer's, and returns the calling number that the trunk wants to be sent.
//
// A directory that cannot be asked keeps no emergency call waiting, nor one whose
// customer is known.
func (m *Admission) identify(ctx context.Context, t *Attempt) (callerID string, err error) {
	if t.Customer.IsZero() {
		t.Customer = t.Only
	}
	if m.Directory == nil {
		return "", nil
	}
	trunk, price, err := m.lookUp(ctx, t)
	if err != nil && t.Customer.IsZero() && !t.Called.Emergency {
		return "", err
	}
	if trunk.Customer == t.Customer {
		t.Authorization.Trunk, t.TrunkLimited = trunk.ID, trunk.Limited()
		if trunk.CallerID != "" && t.Direction == tollkeeper.Outbound {
			t.Caller.Shown, callerID = trunk.CallerID, trunk.CallerID
		}
	}
	t.Inbound = price
	return callerID, nil
}

// lookUp asks the directory for the call's trunk and for the price of its number, and
// fills in the customer.
func (m *Admission) lookUp(ctx context.Context, t *Attempt) (trunk tollkeeper.Trunk, price tollkeeper.InboundPrice, err error) {
	if key := t.key(); !key.IsZero() {
		if trunk, _, err = m.Directory.Trunk(ctx, key); err != nil {
			return trunk, price, err
		}
	}
	owner := trunk.Customer
	if t.Direction == tollkeeper.Inbound && t.Called.E164 != "" {
		if owner, price, err = m.Directory.Number(ctx, t.Called.E164); err != nil {
			return trunk, price, err
		}
	}
	if t.Customer.IsZero() {
		t.Customer = owner
	}
	if t.Customer != owner {
		price = tollkeeper.InboundPrice{}
	}
	return trunk, price, nil
}
