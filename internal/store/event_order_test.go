package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// clocks are two nodes on one database, the second of which is five seconds behind. On the
// embedded engine, which has one node at a time, they are two runs of one whose clock
// was set back.
type clocks struct {
	t      *testing.T
	config store.Config
	behind time.Duration
	open   [2]*store.Store
}

func newClocks(t *testing.T) *clocks {
	return &clocks{t: t, config: storetest.Config(t), behind: 5 * time.Second}
}

// on lets a node do something.
func (c *clocks) on(node int, do func(*store.Store) error) {
	c.t.Helper()
	if c.open[node] == nil {
		if other := c.open[1-node]; other != nil && !storetest.OnPostgres() {
			if err := other.Close(); err != nil {
				c.t.Fatal(err)
			}
			c.open[1-node] = nil
		}
		config := c.config
		config.Now = func() time.Time { return time.Now().Add(-time.Duration(node) * c.behind) }
		s, err := store.Open(c.t.Context(), config)
		if err != nil {
			c.t.Fatal(err)
		}
		c.open[node] = s
		c.t.Cleanup(func() { s.Close() })
	}
	if err := do(c.open[node]); err != nil {
		c.t.Fatal(err)
	}
}

// TestOrderOfEvents has two nodes write, queue and send a customer's events in turn: they
// are listed and arrive in the order in which they happened, whatever the clocks say.
// Calls are told of a moment later, in the order of their ends.
func TestOrderOfEvents(t *testing.T) {
	t.Parallel()
	c := newClocks(t)
	var customer tollkeeper.ID
	c.on(0, func(s *store.Store) error {
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.DefaultBillMethod = "0", tollkeeper.BillCredit
		a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
		if err != nil {
			return err
		}
		customer = a.ID
		_, err = s.CreateWebhook(t.Context(), tollkeeper.Write{}, tollkeeper.Webhook{Customer: customer, URL: "https://portal.example/",
			EventTypes: []tollkeeper.EventType{tollkeeper.EventCustomerUpdated, tollkeeper.EventCallEnded}})
		return err
	})
	var names, updates, calls, sent []string
	for i := range 12 {
		name := fmt.Sprintf("event-%02d", i)
		names = append(names, name)
		if i%3 == 0 {
			calls = append(calls, name)
		} else {
			updates = append(updates, name)
		}
		c.on(i%2, func(s *store.Store) error {
			if i%3 == 0 {
				return oneCall(t.Context(), s, customer, name)
			}
			fields := []tollkeeper.Field{{Key: "name", Value: tollkeeper.Value{Kind: tollkeeper.StringValue, Text: name}}}
			_, err := s.PatchCustomer(t.Context(), tollkeeper.Write{}, customer, fields, nil)
			return err
		})
		if i%4 == 3 { // what waits for the webhook was queued by both nodes
			c.on(i/4%2, func(s *store.Store) error {
				_, err := s.DispatchEvents(t.Context(), func(tollkeeper.EventType) []tollkeeper.Notice { return nil })
				return err
			})
		}
	}
	var listed []string
	c.on(1, func(s *store.Store) error {
		f, err := query.Parse("$sort[_id]=1&type[$in]=customer.updated&type[$in]=call.ended&customer="+customer.String(), query.Events)
		if err != nil {
			return err
		}
		page, err := s.FindEvents(t.Context(), f)
		for _, e := range page.Items {
			listed = append(listed, nameIn(e, names))
		}
		return err
	})
	c.on(0, func(s *store.Store) (err error) {
		sent, err = sendAll(t.Context(), s, names)
		return err
	})
	if !slices.Equal(sent, listed) {
		t.Errorf("sent were %v, listed are %v", sent, listed)
	}
	among := func(kind []string) []string {
		return slices.DeleteFunc(slices.Clone(listed), func(name string) bool { return !slices.Contains(kind, name) })
	}
	if got := among(updates); !slices.Equal(got, updates) {
		t.Errorf("listed are %v, want %v", got, updates)
	}
	if got := among(calls); !slices.Equal(got, calls) {
		t.Errorf("listed are %v, want %v", got, calls)
	}
}

// oneCall lets an inbound call be authorised and end.
func oneCall(ctx context.Context, s *store.Store, customer tollkeeper.ID, id string) error {
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter})
	defer l.Close()
	key, used := tollkeeper.CallKey{CallID: id}, time.Second
	_, err := l.Authorize(ctx, tollkeeper.Authorization{CallKey: key, Customer: customer, Direction: tollkeeper.Inbound,
		From: "+12125550100", To: "+12125550123", Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}, Called: tollkeeper.CalledNumber{E164: "+12125550123"}})
	if err != nil {
		return err
	}
	_, err = l.End(ctx, tollkeeper.Report{CallKey: key, Used: &used})
	return err
}

// nameIn is the last of names in an event: what a record's change led to.
func nameIn(e tollkeeper.Event, names []string) (found string) {
	last := -1
	for _, name := range names {
		if at := strings.LastIndex(string(e.Data), name); at > last {
			found, last = name, at
		}
	}
	return found
}

// sendAll takes one delivery after the other, as a webhook does that always answers.
func sendAll(ctx context.Context, s *store.Store, names []string) (sent []string, err error) {
	for {
		due, err := s.DueDeliveries(ctx, tollkeeper.DueQuery{Limit: 1})
		if err != nil || len(due) == 0 {
			return sent, err
		}
		p, found, err := s.PackDelivery(ctx, due[0].Delivery)
		if err != nil || !found {
			return sent, err
		}
		sent = append(sent, nameIn(p.Event, names))
		if _, err := s.SettleDelivery(ctx, due[0].Delivery, 1, tollkeeper.Attempt{Status: 200}); err != nil {
			return sent, err
		}
	}
}

// TestRedeliverDeletedEvent asks for an event again whose delivery can still be read, while
// the event is gone, and for one that never was.
func TestRedeliverDeletedEvent(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), storetest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	hook, err := s.CreateWebhook(t.Context(), tollkeeper.Write{}, tollkeeper.Webhook{URL: "https://portal.example/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DispatchEvents(t.Context(), func(tollkeeper.EventType) []tollkeeper.Notice { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := sendAll(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteEvents(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	f, err := query.Parse("", query.Deliveries)
	if err != nil {
		t.Fatal(err)
	}
	log, err := s.FindDeliveries(t.Context(), hook.ID, f)
	if err != nil || len(log.Items) != 1 || log.Items[0].Type != tollkeeper.EventCustomerCreated || log.Items[0].State != tollkeeper.DeliveryDelivered {
		t.Fatalf("the log is %+v (%v)", log.Items, err)
	}
	for event, want := range map[tollkeeper.ID]string{log.Items[0].Event: "was deleted since", s.NewID(): "no event"} {
		_, err := s.Redeliver(t.Context(), tollkeeper.Write{}, hook.ID, event)
		var refused *tollkeeper.Error
		if !errors.As(err, &refused) || refused.Code != tollkeeper.CodeNotFound || !strings.Contains(refused.Message, want) {
			t.Errorf("sent again: %v, want %q", err, want)
		}
	}
}
