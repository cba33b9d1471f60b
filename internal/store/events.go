package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const eventColumns = "id, customer, type, data, created_at"

var (
	eventRows = newMultiRow("events", eventColumns)
	queueRows = newMultiRow("event_queue", "customer, event")
)

// tell writes events, and the tasks that they make necessary, in the transaction of
// what they tell of, and queues them for those who are to be told. It locks their
// customers, so that whoever tells of them next, on whatever node, has seen these.
func (s *Store) tell(t tx, events []tollkeeper.Event) error {
	if lock := t.locked(); lock != "" {
		for _, customer := range customersOf(events) {
			if err := t.later(nil, "SELECT 1 FROM customers WHERE id = ?"+lock, customer); err != nil {
				return err
			}
		}
	}
	return s.tellLocked(t, events)
}

// tellLocked is tell where the customers are locked already.
func (s *Store) tellLocked(t tx, events []tollkeeper.Event) error {
	if len(events) == 0 {
		return nil
	}
	newest, err := newestEvents(t, customersOf(events))
	if err != nil {
		return err
	}
	values := make([]any, 0, len(events)*eventRows.columns)
	queued := make([]any, 0, len(events)*queueRows.columns)
	for _, e := range events {
		if task := taskFor[e.Type]; task != "" {
			if err := s.assign(t, e.Customer, task); err != nil {
				return err
			}
		}
		id := s.NewIDAfter(newest[e.Customer])
		values = append(values, id, e.Customer, string(e.Type), string(e.Data), millis(e.CreatedAt))
		queued = append(queued, e.Customer, id)
	}
	if err := eventRows.insert(t, values); err != nil {
		return err
	}
	return queueRows.insert(t, queued)
}

// customersOf returns whom events are about, each once, in the order in which batches of
// calls lock their accounts.
func customersOf(events []tollkeeper.Event) []tollkeeper.ID {
	all := make([]tollkeeper.ID, len(events))
	for i, e := range events {
		all[i] = e.Customer
	}
	slices.SortFunc(all, func(a, b tollkeeper.ID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

// newestEvents returns the newest event of each customer; it may be of a node whose clock
// is ahead, and those that follow must not come before it.
func newestEvents(t tx, customers []tollkeeper.ID) (newest map[tollkeeper.ID]tollkeeper.ID, err error) {
	newest = make(map[tollkeeper.ID]tollkeeper.ID, len(customers))
	for i, customer := range customers {
		ask := t.later
		if i == len(customers)-1 { // the answers are needed now
			ask = t.query
		}
		err := ask(func(r row) error { newest[customer] = r.id(0); return nil },
			"SELECT id FROM events WHERE customer = ? ORDER BY id DESC LIMIT 1", customer)
		if err != nil {
			return nil, err
		}
	}
	return newest, nil
}

// tellChange tells of a write to an account, with what it changed.
func (s *Store) tellChange(t tx, kind tollkeeper.EventType, customer tollkeeper.ID, changes []tollkeeper.Change) error {
	data := append(tollkeeper.AppendChanges([]byte(`{"changes":`), changes), '}')
	return s.tell(t, []tollkeeper.Event{{Type: kind, Customer: customer, Data: data, CreatedAt: s.now()}})
}

// tellPatch tells of a patch, and apart from it of the account lock. Refills that were
// stopped begin anew with another amount.
func (s *Store) tellPatch(t tx, a *tollkeeper.Account, changes []tollkeeper.Change) error {
	if err := s.tellChange(t, tollkeeper.EventCustomerUpdated, a.ID, changes); err != nil {
		return err
	}
	changedAt := func(field string) int {
		return slices.IndexFunc(changes, func(c tollkeeper.Change) bool { return c.Field == field })
	}
	if changedAt("automaticRefillAmount") >= 0 {
		if err := s.assignAgain(t, a.ID, taskRefill); err != nil {
			return err
		}
	}
	i := changedAt("accountLock")
	if i < 0 {
		return nil
	}
	return s.tellLock(t, a, changes[i])
}

// watched tells what a change of an account's balance, or of what it is measured
// against, has crossed.
func (s *Store) watched(t tx, a *tollkeeper.Account) error {
	return s.tell(t, a.Watch(s.now(), a.Limits.Over(s.limits)))
}

var eventSource = &source{
	table: "events", columns: eventColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer", absent: tollkeeper.ID{}}, "type": {expr: "type"}, "createdAt": {expr: "created_at"},
	},
}

// FindEvents returns a page of events.
func (s *Store) FindEvents(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Event], error) {
	return find(ctx, s, eventSource, f, "", nil, scanEvent)
}

func scanEvent(r row) (tollkeeper.Event, error) {
	return tollkeeper.Event{
		ID: r.id(0), Customer: r.id(1), Type: tollkeeper.EventType(r.text(2)), Data: []byte(r.text(3)), CreatedAt: fromMillis(r.int(4)),
	}, nil
}

func mustLoadEvent(t tx, id tollkeeper.ID) (e tollkeeper.Event, err error) {
	err = t.query(func(r row) (err error) { e, err = scanEvent(r); return err }, "SELECT "+eventColumns+" FROM events WHERE id = ?", id)
	if err == nil && e.ID.IsZero() {
		err = notFound("event", id.String())
	}
	return e, err
}

// eventsAtOnce bounds how many events one transaction deletes.
const eventsAtOnce = 10_000

// DeleteEvents removes the events that are older than a time, and returns how
// many.
func (s *Store) DeleteEvents(ctx context.Context, before time.Time) (removed int, err error) {
	return s.deleteInBatches(ctx, "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < ? ORDER BY id LIMIT ?)", before, eventsAtOnce)
}
