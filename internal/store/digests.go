package store

import (
	"context"
	"slices"
	"time"

	"tollkeeper"
)

// maxDigest bounds the events that one letter tells of; of the others it says how many.
const maxDigest = 100

// gathering is one person's events of one kind that wait for their letter.
type gathering struct {
	customer, user tollkeeper.ID
	kind           string
}

const ofGathering = "FROM gathered_events WHERE customer = ? AND user_id = ? AND kind = ?"

// gather keeps an event for a later letter, where one has gone out too short a time ago
// or is waited for already. It reports whether it did.
func (s *Store) gather(t tx, e tollkeeper.Event, c tollkeeper.Customer, contact tollkeeper.ID, n tollkeeper.Notice) (bool, error) {
	var due time.Time
	err := t.query(func(r row) error { due = fromMillis(r.int(0)); return nil },
		"SELECT due_at "+ofGathering+" LIMIT 1", c.ID, contact, n.Kind)
	if err != nil {
		return false, err
	}
	for _, kind := range []string{n.Kind, n.Digest.Kind} {
		if !due.IsZero() {
			break
		}
		newest, err := newestMail(t, c.ID, contact, kind)
		if err != nil {
			return false, err
		}
		if next := newest.Add(n.Every); !newest.IsZero() && next.After(s.now()) {
			due = next
		}
	}
	if due.IsZero() {
		return false, nil
	}
	_, err = t.exec("INSERT INTO gathered_events (customer, user_id, kind, event, type, recording, data, created_at, due_at) VALUES ("+marks(9)+")",
		c.ID, contact, n.Kind, e.ID, string(e.Type), n.Digest.Recording(e), string(e.Data), millis(e.CreatedAt), millis(due))
	return true, err
}

// WriteDigest writes the letter about the events of one person and kind that have waited
// longest, if their time has come. It reports whether there were any.
func (s *Store) WriteDigest(ctx context.Context, notices func(tollkeeper.EventType) []tollkeeper.Notice) (found bool, err error) {
	const due = "FROM gathered_events WHERE due_at <= ? ORDER BY due_at LIMIT 1"
	now := millis(s.now())
	err = s.engine.look(ctx, func(t tx) (err error) {
		found, err = exists(t, "SELECT 1 "+due, now)
		return err
	})
	if err != nil || !found {
		return false, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		var g gathering
		found = false
		err := t.query(func(r row) error {
			g, found = gathering{r.id(0), r.id(1), r.text(2)}, true
			return nil
		}, "SELECT customer, user_id, kind "+due, now)
		if err != nil || !found {
			return err
		}
		if err := s.writeDigest(t, g, notices); err != nil {
			return err
		}
		_, err = t.exec("DELETE "+ofGathering, g.customer, g.user, g.kind)
		return err
	})
	return found && err == nil, err
}

// writeDigest queues a letter about what has been gathered and is still there. Who has
// lost the role meanwhile gets none.
func (s *Store) writeDigest(t tx, g gathering, notices func(tollkeeper.EventType) []tollkeeper.Notice) error {
	const there = ofGathering + " AND EXISTS (SELECT 1 FROM recordings r WHERE r.customer = gathered_events.customer AND r.id = gathered_events.recording)"
	var events []tollkeeper.Event
	err := t.query(func(r row) error {
		events = append(events, tollkeeper.Event{ID: r.id(0), Type: tollkeeper.EventType(r.text(1)), Customer: g.customer, Data: []byte(r.text(2)), CreatedAt: fromMillis(r.int(3))})
		return nil
	}, "SELECT event, type, data, created_at "+there+" ORDER BY event LIMIT ?", g.customer, g.user, g.kind, maxDigest)
	if err != nil || len(events) == 0 {
		return err
	}
	all, err := count(t, "SELECT COUNT(*) "+there, g.customer, g.user, g.kind)
	if err != nil {
		return err
	}
	c, err := contacts(t, g.customer)
	if err != nil {
		return err
	}
	u, known, err := loadUser(t, g.user)
	if err != nil || !known {
		return err
	}
	for _, n := range notices(events[0].Type) {
		named := slices.ContainsFunc(n.To, func(role tollkeeper.Role) bool { return c.Contact(role) == g.user })
		if n.Kind != g.kind || n.Digest == nil || !named {
			continue
		}
		m := n.Digest.Write(events, all, c, u)
		m.Customer = c.ID
		return s.queueMail(t, m)
	}
	return nil
}
