package store

import (
	"context"
	"slices"

	"tollkeeper"
)

// dispatchAtOnce bounds the events of one transaction. Calls share it, and wait.
const dispatchAtOnce = 50

// DispatchEvents takes events from the queue, oldest first, writes the letters that they
// cause and their deliveries to webhooks, and counts them for charts, in one transaction,
// so that each is done once. It returns how many events there were, at most dispatchAtOnce.
// Calls that ended become events before.
func (s *Store) DispatchEvents(ctx context.Context, notices func(tollkeeper.EventType) []tollkeeper.Notice) (done int, err error) {
	if err := s.tellOfCalls(ctx); err != nil {
		return 0, err
	}
	waiting := false
	err = s.engine.look(ctx, func(t tx) (err error) {
		waiting, err = exists(t, "SELECT 1 FROM event_queue LIMIT 1")
		return err
	})
	if err != nil || !waiting {
		return 0, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		events, all, err := takeEvents(t)
		done = all
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := s.writeNotices(t, e, notices(e.Type)); err != nil {
				return err
			}
		}
		if err := addCounts(t, tollkeeper.EventCounts(events)); err != nil {
			return err
		}
		return s.queueDeliveries(t, events)
	})
	return done, err
}

// takeEvents removes the oldest events from the queue. Those of one customer are there
// in their order: whoever wrote the later one had waited for the other's commit. One
// that was deleted, so long has it waited, is left out.
func takeEvents(t tx) (events []tollkeeper.Event, all int, err error) {
	var taken []any
	err = t.query(func(r row) error {
		taken = append(taken, r.id(1))
		if !r.null(2) {
			events = append(events, tollkeeper.Event{
				Customer: r.id(0), ID: r.id(1), Type: tollkeeper.EventType(r.text(2)), Data: []byte(r.text(3)), CreatedAt: fromMillis(r.int(4)),
			})
		}
		return nil
	}, `SELECT q.customer, q.event, e.type, e.data, e.created_at FROM event_queue q
 LEFT JOIN events e ON e.id = q.event AND e.customer = q.customer ORDER BY q.event LIMIT ?`, dispatchAtOnce)
	if err == nil && len(taken) > 0 {
		err = t.later(nil, "DELETE FROM event_queue WHERE event IN ("+marks(len(taken))+")", taken...)
	}
	return events, len(taken), err
}

// maxStaff bounds the carrier's own people who get a letter about its own matters.
const maxStaff = 10

// writeNotices queues the letters about an event. A customer who is gone has nobody to
// write to; what concerns no customer is written to the carrier's staff.
func (s *Store) writeNotices(t tx, e tollkeeper.Event, notices []tollkeeper.Notice) error {
	if len(notices) == 0 {
		return nil
	}
	var c tollkeeper.Customer
	var staff []tollkeeper.ID
	var err error
	if e.Customer.IsZero() {
		err = t.query(func(r row) error { staff = append(staff, r.id(0)); return nil },
			"SELECT id FROM users WHERE customer IS NULL AND admin_permission = 'rw' ORDER BY id LIMIT ?", maxStaff)
	} else {
		c, err = contacts(t, e.Customer)
	}
	if err != nil {
		return err
	}
	for _, n := range notices {
		told := staff
		for _, role := range n.To {
			if contact := c.Contact(role); !contact.IsZero() && !slices.Contains(told, contact) {
				told = append(told, contact)
			}
		}
		for _, contact := range told {
			if err := s.writeNotice(t, e, c, contact, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// contacts reads whom a customer's record names, without keeping calls from the
// account; zero when there is no such customer.
func contacts(t tx, id tollkeeper.ID) (c tollkeeper.Customer, err error) {
	condition, key := t.customerKey(id)
	err = t.query(func(r row) error {
		c.ID, c.Name = id, r.text(0)
		c.AdminUserID, c.BillingUserID, c.CallRecordingUserID, c.SupportUserID = r.id(1), r.id(2), r.id(3), r.id(4)
		return nil
	}, "SELECT name, admin_user_id, billing_user_id, call_recording_user_id, support_user_id FROM customers WHERE "+condition, key...)
	return c, err
}

// writeNotice queues one letter, unless one of its kind waits already.
func (s *Store) writeNotice(t tx, e tollkeeper.Event, c tollkeeper.Customer, contact tollkeeper.ID, n tollkeeper.Notice) error {
	now := s.now()
	due := now
	if n.Every > 0 && n.Digest != nil {
		if gathered, err := s.gather(t, e, c, contact, n); err != nil || gathered {
			return err
		}
	} else if n.Every > 0 {
		newest, err := newestMail(t, c.ID, contact, n.Kind)
		if err != nil || newest.After(now) {
			return err
		}
		if next := newest.Add(n.Every); next.After(now) {
			due = next
		}
	}
	u, found, err := loadUser(t, contact)
	if err != nil || !found {
		return err
	}
	m := n.Write(e, c, u)
	m.Customer, m.DueAt = c.ID, due
	return s.queueMail(t, m)
}

// Backlog counts what waits to be told.
func (s *Store) Backlog(ctx context.Context) (b tollkeeper.Backlog, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		return t.query(func(r row) error {
			b.Events, b.Mails, b.Deliveries, b.Disabled = r.int(0), r.int(1), r.int(2), r.int(3)
			b.Events += r.int(5) / int64(endedBytes)
			oldest := fromMillis(r.int(4))
			if note := r.id(6); !note.IsZero() && (oldest.IsZero() || note.Time().Before(oldest)) {
				oldest = note.Time()
			}
			if !oldest.IsZero() {
				b.Oldest = max(s.now().Sub(oldest), 0)
			}
			return nil
		}, `SELECT (SELECT COUNT(*) FROM event_queue), (SELECT COUNT(*) FROM mails WHERE state = 'queued'),
 (SELECT CAST(COALESCE(SUM(waiting), 0) AS BIGINT) FROM webhooks), (SELECT COUNT(*) FROM webhooks WHERE enabled = 0 AND disabled_reason <> ''),
 COALESCE((SELECT e.created_at FROM event_queue q JOIN events e ON e.id = q.event AND e.customer = q.customer ORDER BY q.event LIMIT 1), 0),
 (SELECT CAST(COALESCE(SUM(LENGTH(calls)), 0) AS BIGINT) FROM ended_calls), (SELECT id FROM ended_calls ORDER BY position, id LIMIT 1)`)
	})
	return b, err
}
