package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// market is two nodes on one database that want the same numbers for their customers.
// The second node's clock is behind.
type market struct {
	t         *testing.T
	nodes     [2]*store.Store
	customers [2]tollkeeper.ID
}

func newMarket(t *testing.T) *market {
	m := &market{t: t}
	config := storetest.Config(t)
	for i := range m.nodes {
		config.Now = func() time.Time { return time.Now().Add(-time.Duration(i) * time.Minute) }
		m.nodes[i] = node(t, config)
	}
	for i := range m.customers {
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.DefaultBillMethod = fmt.Sprint("Customer ", i), tollkeeper.BillCredit
		account, err := m.nodes[i].CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
		if err != nil {
			t.Fatal(err)
		}
		m.customers[i] = account.ID
	}
	return m
}

// node opens a database, which others may have open too.
func node(t *testing.T, config store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// race lets both nodes try the same at once, and returns the one that succeeded.
func (m *market) race(what string, try func(ctx context.Context, node int) error) int {
	m.t.Helper()
	faults := m.both(try)
	winner := slices.Index(faults[:], nil)
	if winner < 0 || tollkeeper.ErrorCode(faults[1-winner]) != tollkeeper.CodeConflict {
		m.t.Fatalf("%s: the nodes end with %v and %v; want one success and one conflict", what, faults[0], faults[1])
	}
	return winner
}

// both lets both nodes do something at once.
func (m *market) both(do func(ctx context.Context, node int) error) (faults [2]error) {
	var wait sync.WaitGroup
	for i := range m.nodes {
		wait.Go(func() { faults[i] = do(m.t.Context(), i) })
	}
	wait.Wait()
	return faults
}

func (m *market) owners(number string) []tollkeeper.Ownership {
	m.t.Helper()
	f, err := query.Parse("$sort[from]=1", query.Owners)
	if err != nil {
		m.t.Fatal(err)
	}
	page, err := m.nodes[0].FindOwners(m.t.Context(), number, f)
	if err != nil {
		m.t.Fatal(err)
	}
	return page.Items
}

// TestNumberRaces lets two nodes create, import and move the same numbers at once. Each
// number has one owner ever after, and its history has no two at a time.
func TestNumberRaces(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	for round := range 30 {
		number := fmt.Sprintf("+1212555%04d", round)
		draft := func(node int) tollkeeper.Number {
			return tollkeeper.Number{E164: number, Customer: m.customers[node], Status: tollkeeper.NumberActive}
		}
		first := m.race("create", func(ctx context.Context, node int) error {
			if node != round%3 { // who creates races with who imports, or both create
				_, err := m.nodes[node].CreateNumber(ctx, tollkeeper.Write{}, draft(node))
				return err
			}
			faults, err := m.nodes[node].ImportNumbers(ctx, tollkeeper.Write{}, []tollkeeper.Number{draft(node), {E164: number + "1", Status: tollkeeper.NumberActive}}, false)
			if err == nil && len(faults) == 1 && faults[0].Field == "number" {
				err = tollkeeper.Errorf(tollkeeper.CodeConflict, "%s", faults[0].Message)
			}
			return err
		})
		owners := m.owners(number)
		if len(owners) != 1 || owners[0].Customer != m.customers[first] {
			t.Fatalf("%s was won by node %d; its owners are %+v", number, first, owners)
		}
		m.move(number, m.customers[first])
	}
	if v, err := m.nodes[1].Verify(t.Context()); err != nil || !v.OK() {
		t.Errorf("verify: %v %+v", err, v)
	}
}

// move lets both nodes take a number back into stock and then, as long as it is there,
// give it to their customers.
func (m *market) move(number string, owner tollkeeper.ID) {
	m.t.Helper()
	ctx := m.t.Context()
	n, err := m.nodes[0].NumberByE164(ctx, number)
	if err != nil {
		m.t.Fatal(err)
	}
	give := func(ctx context.Context, node int, to tollkeeper.ID) error {
		_, err := m.nodes[node].PatchNumber(ctx, tollkeeper.Write{}, n.ID, func(n *tollkeeper.Number) error {
			if n.Customer != owner { // as If-Match says it
				return tollkeeper.Errorf(tollkeeper.CodeConflict, "it was changed meanwhile")
			}
			n.Customer = to
			return nil
		})
		return err
	}
	if err := give(ctx, 0, tollkeeper.ID{}); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		m.t.Fatalf("a number of a locked account was taken: %v", err)
	}
	m.unlock(owner)
	m.race("release", func(ctx context.Context, node int) error { return give(ctx, node, tollkeeper.ID{}) })
	m.lock(owner)
	owner = tollkeeper.ID{}
	second := m.race("move", func(ctx context.Context, node int) error { return give(ctx, node, m.customers[node]) })
	owners := m.owners(number)
	if len(owners) != 2 || owners[1].Customer != m.customers[second] || !owners[1].Until.IsZero() ||
		owners[0].Until.Before(owners[0].From) || owners[1].From.Before(owners[0].Until) {
		m.t.Fatalf("%s was moved by node %d; its owners are %+v", number, second, owners)
	}
}

func (m *market) unlock(customer tollkeeper.ID) { m.setLock(customer, "0") }
func (m *market) lock(customer tollkeeper.ID)   { m.setLock(customer, "1") }

func (m *market) setLock(customer tollkeeper.ID, to string) {
	m.t.Helper()
	fields := []tollkeeper.Field{{Key: "accountLock", Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: to}}}
	if _, err := m.nodes[0].PatchCustomer(m.t.Context(), tollkeeper.Write{}, customer, fields, nil); err != nil {
		m.t.Fatal(err)
	}
}
