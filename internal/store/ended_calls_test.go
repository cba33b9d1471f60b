package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// listened is a store with customers whose calls the carrier's webhook wants to hear of.
type listened struct {
	nodes     []*store.Store
	customers []tollkeeper.ID
	failing   atomic.Bool // some commits fail, as lost or as stored
	commits   atomic.Int64
}

// newListened opens the store on a node and, on PostgreSQL, on another whose clock is an
// hour behind.
func newListened(t *testing.T, customers int) *listened {
	t.Helper()
	l := &listened{}
	config := storetest.Config(t)
	config.Fault = func(operation string) error {
		if n := l.commits.Add(1); l.failing.Load() && n%5 == 0 {
			return errors.New("failed " + operation)
		}
		return nil
	}
	for node := range 2 {
		if node == 1 && !storetest.OnPostgres() {
			continue
		}
		config.Now = func() time.Time { return time.Now().Add(-time.Duration(node) * time.Hour) }
		s, err := store.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		l.nodes = append(l.nodes, s)
	}
	for range customers {
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.DefaultBillMethod, draft.CDRRetention = "Acme", tollkeeper.BillCredit, 0
		a, err := l.nodes[0].CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
		if err != nil {
			t.Fatal(err)
		}
		l.customers = append(l.customers, a.ID)
	}
	hook := tollkeeper.Webhook{URL: "https://portal.example/", EventTypes: []tollkeeper.EventType{tollkeeper.EventCallEnded}}
	if _, err := l.nodes[0].CreateWebhook(t.Context(), tollkeeper.Write{}, hook); err != nil {
		t.Fatal(err)
	}
	return l
}

// again repeats what fails because a commit did.
func again(t *testing.T, do func() error) {
	t.Helper()
	for {
		err := do()
		if err == nil {
			return
		}
		if tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
			t.Errorf("%v", err)
			return
		}
	}
}

// dispatch tells of what waits, until nothing does.
func dispatch(ctx context.Context, s *store.Store) error {
	for {
		n, err := s.DispatchEvents(ctx, func(tollkeeper.EventType) []tollkeeper.Notice { return nil })
		if err != nil || n == 0 {
			return err
		}
	}
}

// told lists a customer's calls that were told, by their ids at the switch, as the
// events are listed.
func (l *listened) told(t *testing.T, customer tollkeeper.ID) (calls []string) {
	t.Helper()
	f, err := query.Parse("$limit=1000&$sort[_id]=1&type=call.ended&customer="+customer.String(), query.Events)
	if err != nil {
		t.Fatal(err)
	}
	page, err := l.nodes[0].FindEvents(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Items {
		_, after, _ := strings.Cut(string(e.Data), `"callId":"`)
		call, _, _ := strings.Cut(after, `"`)
		calls = append(calls, call)
	}
	return calls
}

// TestEndedCallsAreTold lets customers call by two nodes in turn, while both make events
// of the calls that ended and some commits fail, lost or stored: each call is told once,
// and those of one customer in the order of their ends.
func TestEndedCallsAreTold(t *testing.T) {
	t.Parallel()
	const calls = 12
	l := newListened(t, 4)
	l.failing.Store(true)
	var callers, dispatchers sync.WaitGroup
	var over atomic.Bool
	for _, customer := range l.customers {
		callers.Go(func() {
			for i := range calls {
				s := l.nodes[i%len(l.nodes)]
				again(t, func() error { return oneCall(t.Context(), s, customer, fmt.Sprintf("%s-%02d", customer, i)) })
			}
		})
	}
	for _, s := range l.nodes {
		dispatchers.Go(func() {
			for !over.Load() {
				again(t, func() error { return dispatch(t.Context(), s) })
			}
		})
	}
	callers.Wait()
	over.Store(true)
	dispatchers.Wait()
	l.failing.Store(false)
	if err := dispatch(t.Context(), l.nodes[0]); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, customer := range l.customers {
		var want []string
		for i := range calls {
			want = append(want, fmt.Sprintf("%s-%02d", customer, i))
		}
		if got := l.told(t, customer); !slices.Equal(got, want) {
			t.Errorf("told of %v, want %v", got, want)
		}
		all = append(all, want...)
	}
	sent, err := sendAll(t.Context(), l.nodes[0], all)
	if err != nil {
		t.Fatal(err)
	}
	for _, customer := range l.customers {
		got := slices.DeleteFunc(slices.Clone(sent), func(name string) bool { return !strings.HasPrefix(name, customer.String()) })
		if !slices.IsSorted(got) || len(got) != calls {
			t.Errorf("sent were %v", got)
		}
	}
}

// TestManyEndedAtOnce has silence end many calls in few transactions: no transaction
// tells of more than it may, and all are told.
func TestManyEndedAtOnce(t *testing.T) {
	t.Parallel()
	const calls = 130
	l := newListened(t, 1)
	s := l.nodes[0]
	var ahead atomic.Bool
	now := func() time.Time {
		if ahead.Load() {
			return time.Now().Add(time.Hour)
		}
		return time.Now()
	}
	decider := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: now, NewID: s.NewIDAfter})
	defer decider.Close()
	for i := range calls {
		_, err := decider.Authorize(t.Context(), tollkeeper.Authorization{CallKey: tollkeeper.CallKey{CallID: fmt.Sprint(i)}, Customer: l.customers[0],
			Direction: tollkeeper.Inbound, From: "+12125550100", To: "+12125550123",
			Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}, Called: tollkeeper.CalledNumber{E164: "+12125550123"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	ahead.Store(true)
	if n, err := decider.Expire(t.Context()); err != nil || n != calls {
		t.Fatalf("%d ended (%v)", n, err)
	}
	if b, err := s.Backlog(t.Context()); err != nil || b.Events != calls+1 { // and the customer, who was made
		t.Errorf("%d wait (%v)", b.Events, err)
	}
	most := 0
	for left := calls + 1; left > 0; {
		n, err := s.DispatchEvents(t.Context(), func(tollkeeper.EventType) []tollkeeper.Notice { return nil })
		if err != nil || n == 0 {
			t.Fatalf("%d left (%v)", left, err)
		}
		left, most = left-n, max(most, n)
	}
	if most > 50 {
		t.Errorf("%d events in one transaction", most)
	}
	told := l.told(t, l.customers[0])
	slices.Sort(told)
	if len(slices.Compact(told)) != calls {
		t.Errorf("told of %d calls", len(told))
	}
}

// TestEndedCallIsDeleted deletes the record of a call before it is told. Nobody hears of
// it, and the next is told.
func TestEndedCallIsDeleted(t *testing.T) {
	t.Parallel()
	l := newListened(t, 1)
	s := l.nodes[0]
	for _, name := range []string{"one", "two"} {
		if err := oneCall(t.Context(), s, l.customers[0], name); err != nil {
			t.Fatal(err)
		}
	}
	f, err := query.Parse("callId=one", query.CDRs)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.FindCDRs(t.Context(), f)
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v (%v)", page, err)
	}
	if _, err := s.RemoveCDR(t.Context(), tollkeeper.Write{}, page.Items[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := dispatch(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if got := l.told(t, l.customers[0]); !slices.Equal(got, []string{"two"}) {
		t.Errorf("told of %v", got)
	}
}
