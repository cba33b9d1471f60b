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
	Answer(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	Extend(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error)
}

// Directory finds the customers of calls that name none.
type Directory interface {
	// Owner returns whose call it is: an outbound one by its trunk or source, an
	// inbound one by the called number. Zero where nobody is known.
	Owner(context.Context, *Attempt) (tollkeeper.ID, error)
}

// Names finds the names of callers.
type Names interface {
	// CallerName returns at most 15 characters; "" where no name is known in time.
	CallerName(context.Context, tollkeeper.Decision, tollkeeper.CallingNumber) string
}

// Attempt is a call as a door was told of it. Of its Authorization the door leaves
// Called and Caller empty.
type Attempt struct {
	tollkeeper.Authorization
	Only   tollkeeper.ID // the only customer the switch may speak of; zero: all
	Trunk  string        // name of the trunk on which the call came, where the switch tells it
	Source netip.Addr    // address from which the switch got the call, likewise
}

// Admission admits calls. Directory and Names may be nil.
type Admission struct {
	Ledger
	Plan      *numbering.Plan
	Directory Directory
	Names     Names
}

// Authorize decides whether a call may be placed. A denial names the customer that
// was asked for.
func (m *Admission) Authorize(ctx context.Context, t Attempt) (tollkeeper.Decision, error) {
	q := &t.Authorization
	q.Called, q.Caller = m.Plan.Called(q.To), m.Plan.Calling(q.From)
	if err := m.identify(ctx, &t); err != nil {
		return tollkeeper.Decision{}, err
	}
	asked := q.Customer
	if !t.Only.IsZero() && asked != t.Only {
		q.Customer = tollkeeper.ID{} // of others nothing is known
	}
	decision, err := m.Ledger.Authorize(ctx, *q)
	if err != nil {
		return decision, err
	}
	if q.Customer.IsZero() {
		decision.Customer = asked
	}
	if m.Names != nil && decision.Allowed && decision.Media.CallerName {
		decision.CallerName = m.Names.CallerName(ctx, decision, q.Caller)
	}
	return decision, nil
}

// identify finds the customer of a call that names none. A switch that can speak of
// one customer only need not name it.
func (m *Admission) identify(ctx context.Context, t *Attempt) (err error) {
	switch {
	case !t.Customer.IsZero():
	case !t.Only.IsZero():
		t.Customer = t.Only
	case m.Directory != nil:
		t.Customer, err = m.Directory.Owner(ctx, t)
	}
	return err
}
