package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// asks is another carrier's request for numbers of a customer, all right.
func asks(customer tollkeeper.ID, numbers ...string) tollkeeper.Portout {
	return tollkeeper.Portout{Numbers: numbers, GainingCarrier: "Rival", AccountNumber: customer.String(), RequestedDate: "2030-01-01"}
}

// owned makes a number of a customer's.
func owned(t *testing.T, s *store.Store, e164 string, customer tollkeeper.ID) tollkeeper.Number {
	t.Helper()
	n, err := s.CreateNumber(t.Context(), tollkeeper.Write{}, tollkeeper.Number{E164: e164, Customer: customer, Status: tollkeeper.NumberActive})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// portout reads how a request stands.
func portout(t *testing.T, s *store.Store, id tollkeeper.ID) tollkeeper.Portout {
	t.Helper()
	p, err := s.Portout(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// told counts what customers were told of.
func told(t *testing.T, s *store.Store, condition string) int64 {
	t.Helper()
	f, err := query.Parse("$limit=0&"+condition, query.Events)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.FindEvents(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

func complete(p *tollkeeper.Portout) error { return p.Close(tollkeeper.PortoutCompleted) }

// TestPortoutRaces lets two nodes ask for the same number at once, then decide, then
// carry out what was decided while the other gives the number to somebody else. Each
// happens once.
func TestPortoutRaces(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	owner := m.customers[0]
	for round := range 20 {
		number := owned(t, m.nodes[round%2], fmt.Sprintf("+1312555%04d", round), owner)
		m.lock(owner)
		numbers := [2][]string{{number.E164, fmt.Sprintf("+1312556%04d", round)}, {fmt.Sprintf("+1312557%04d", round), number.E164}}
		owned(t, m.nodes[0], numbers[0][1], owner)
		owned(t, m.nodes[1], numbers[1][0], owner)
		var made [2]tollkeeper.Portout
		first := m.race("ask", func(ctx context.Context, node int) (err error) {
			made[node], err = m.nodes[node].CreatePortout(ctx, tollkeeper.Write{}, asks(owner, numbers[node]...), "")
			if slices.Equal(made[node].Reasons, []tollkeeper.PortoutReason{tollkeeper.PortoutInProgress}) {
				err = tollkeeper.Errorf(tollkeeper.CodeConflict, "%s", made[node].Reasons[0])
			}
			return err
		})
		held := made[first]
		if held.State != tollkeeper.PortoutHeld || made[1-first].State != tollkeeper.PortoutRefused {
			t.Fatalf("round %d: %+v", round, made)
		}
		m.race("decide", func(ctx context.Context, node int) error {
			_, err := m.nodes[node].PatchPortout(ctx, tollkeeper.Write{}, held.ID, func(p *tollkeeper.Portout) error {
				return p.Decide(round%2 == node, tollkeeper.PortoutOwnerRefused, "owner", time.Now())
			})
			return err
		})
		if portout(t, m.nodes[0], held.ID).State != tollkeeper.PortoutApproved {
			continue
		}
		m.unlock(owner)
		gone := m.race("carry out", func(ctx context.Context, node int) error {
			if node == 0 {
				_, err := m.nodes[0].PatchPortout(ctx, tollkeeper.Write{}, held.ID, complete)
				return err
			}
			_, err := m.nodes[1].PatchNumber(ctx, tollkeeper.Write{}, number.ID, func(n *tollkeeper.Number) error {
				if n.Customer != owner {
					return tollkeeper.Errorf(tollkeeper.CodeConflict, "it was changed meanwhile")
				}
				n.Customer = m.customers[1]
				return nil
			})
			return err
		})
		n, err := m.nodes[1].NumberByE164(t.Context(), number.E164)
		if err != nil || (gone == 0) != (n.Status == tollkeeper.NumberPorted && n.Customer.IsZero()) || (gone == 1) != (n.Customer == m.customers[1]) {
			t.Fatalf("round %d: carried out by node %d, and the number is %+v (%v)", round, gone, n, err)
		}
	}
	if asked, decided := told(t, m.nodes[0], "type=portout.requested"), told(t, m.nodes[0], "type=portout.decided"); asked != 40 || decided < 20 {
		t.Errorf("%d requests and %d decisions were told of", asked, decided)
	}
}

// TestPortoutsOfNumbersThatHaveGone carries requests out whose numbers are not their
// owner's any more.
func TestPortoutsOfNumbersThatHaveGone(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	s, owner := m.nodes[0], m.customers[0]
	m.unlock(owner)
	stock, sold, removed := owned(t, s, "+13125550001", owner), owned(t, s, "+13125550002", owner), owned(t, s, "+13125550003", owner)
	made := map[string]tollkeeper.ID{}
	for _, n := range []tollkeeper.Number{stock, sold, removed} {
		p, err := s.CreatePortout(t.Context(), tollkeeper.Write{}, asks(owner, n.E164), "")
		if err != nil || p.State != tollkeeper.PortoutApproved {
			t.Fatalf("%+v (%v)", p, err)
		}
		made[n.E164] = p.ID
	}
	give := func(n tollkeeper.Number, to tollkeeper.ID) {
		t.Helper()
		if _, err := s.PatchNumber(t.Context(), tollkeeper.Write{}, n.ID, func(n *tollkeeper.Number) error { n.Customer = to; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	give(stock, tollkeeper.ID{})
	give(sold, m.customers[1])
	if _, err := s.DeleteNumber(t.Context(), tollkeeper.Write{}, removed.ID, func(*tollkeeper.Number) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, n := range []tollkeeper.Number{stock, removed} {
		if p, err := s.PatchPortout(t.Context(), tollkeeper.Write{}, made[n.E164], complete); err != nil || p.State != tollkeeper.PortoutCompleted {
			t.Errorf("%s: %+v (%v)", n.E164, p, err)
		}
	}
	if n, err := s.Number(t.Context(), stock.ID); err != nil || n.Status != tollkeeper.NumberPorted {
		t.Errorf("a number that moved out of stock: %+v (%v)", n, err)
	}
	_, err := s.PatchPortout(t.Context(), tollkeeper.Write{}, made[sold.E164], complete)
	if tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict || !strings.Contains(err.Error(), sold.E164+" is another customer's") {
		t.Errorf("another customer's number was ported away: %v", err)
	}
	if n, err := s.Number(t.Context(), sold.ID); err != nil || n.Customer != m.customers[1] || n.Status != tollkeeper.NumberActive {
		t.Errorf("the other customer's number: %+v (%v)", n, err)
	}
	if p := portout(t, s, made[sold.E164]); p.State != tollkeeper.PortoutApproved {
		t.Errorf("the request is %s", p.State)
	}
}

// TestPortoutDeadlines has the policy decide what the owner has not, once, on two nodes,
// after a restart and whatever the clocks did meanwhile.
func TestPortoutDeadlines(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		before, after tollkeeper.PortoutPolicy
		state         tollkeeper.PortoutState
		reasons       string
	}{
		{state: tollkeeper.PortoutRefused, reasons: "[not_decided_in_time]"},
		{after: tollkeeper.PortoutPolicy{ApproveUndecided: true}, state: tollkeeper.PortoutApproved, reasons: "[]"},
		{after: tollkeeper.PortoutPolicy{ApproveUndecided: true, NotifyOnly: true}, state: tollkeeper.PortoutApproved, reasons: "[]"},
		{before: tollkeeper.PortoutPolicy{NotifyOnly: true}, state: tollkeeper.PortoutApproved, reasons: "[]"},
	} {
		config, clock := storetest.Config(t), time.Now()
		config.Now = func() time.Time { return clock }
		config.Portouts = row.before
		config.Portouts.DecideWithin = 48 * time.Hour
		s := node(t, config)
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
		a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
		if err != nil {
			t.Fatal(err)
		}
		owned(t, s, "+13125550001", a.ID)
		p, err := s.CreatePortout(t.Context(), tollkeeper.Write{}, asks(a.ID, "+13125550001"), "")
		if err != nil || (p.State == tollkeeper.PortoutHeld) == row.before.NotifyOnly {
			t.Fatalf("%+v (%v)", p, err)
		}
		decide := func(s *store.Store, want int) {
			t.Helper()
			if n, err := s.DecideOverduePortouts(t.Context()); err != nil || n != want {
				t.Errorf("%v, %v after it was asked for: %d decided, want %d (%v)", row.after, clock.Sub(p.CreatedAt), n, want, err)
			}
		}
		if p.State == tollkeeper.PortoutHeld {
			decide(s, 0)
			clock = clock.Add(-time.Hour) // set back
			decide(s, 0)
			config.Portouts = row.after
			config.Portouts.DecideWithin = time.Hour // what was said to the owner stands
			s = node(t, config)
			clock = p.DecideBy.Add(-time.Millisecond)
			decide(s, 0)
			clock = clock.Add(365 * 24 * time.Hour) // it was off, or its clock has jumped
			decide(s, 1)
			decide(node(t, config), 0)
		}
		if p = portout(t, s, p.ID); p.State != row.state || fmt.Sprint(p.Reasons) != row.reasons || p.DecidedBy != "server" || !p.DecideBy.IsZero() {
			t.Errorf("%+v then %+v: %+v", row.before, row.after, p)
		}
	}
}

// TestOverduePortoutIsDecidedOnce has two nodes decide at once.
func TestOverduePortoutIsDecidedOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t) // whose policy leaves no time; the second node's clock is behind, and it asks
	owner := m.customers[0]
	for round := range 10 {
		number := fmt.Sprintf("+1312555%04d", round)
		owned(t, m.nodes[0], number, owner)
		if p, err := m.nodes[1].CreatePortout(t.Context(), tollkeeper.Write{}, asks(owner, number), ""); err != nil || p.State != tollkeeper.PortoutHeld {
			t.Fatalf("%+v (%v)", p, err)
		}
		decided := [2]int{}
		faults := m.both(func(ctx context.Context, node int) (err error) {
			decided[node], err = m.nodes[node].DecideOverduePortouts(ctx)
			return err
		})
		if decided[0]+decided[1] != 1 || faults != [2]error{} {
			t.Errorf("round %d: the nodes decided %v (%v)", round, decided, faults)
		}
	}
}
