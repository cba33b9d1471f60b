package store

import (
	"context"
	"errors"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// deliveryLife is how long the log of a delivery can be read.
const deliveryLife = 7 * 24 * time.Hour

const deliveryColumns = "customer, id, webhook, event, type, state, attempts, status, error, took_millis, created_at, next_at, ended_at"

var deliveryRows = newMultiRow("deliveries", deliveryColumns)

var deliverySource = &source{
	table: "deliveries", columns: deliveryColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer", absent: tollkeeper.ID{}}, "event": {expr: "event"}, "type": {expr: "type"}, "state": {expr: "state"},
		"attempts": {expr: "attempts"}, "status": {expr: "status", absent: int64(0)}, "error": {expr: "error", absent: ""},
		"createdAt": {expr: "created_at"}, "nextAt": {expr: "CASE WHEN next_at > 0 THEN next_at END"}, "endedAt": {expr: "ended_at", absent: int64(0)},
	},
}

func scanDelivery(r row) (tollkeeper.Delivery, error) {
	return tollkeeper.Delivery{
		Customer: r.id(0), ID: r.id(1), Webhook: r.id(2), Event: r.id(3), Type: tollkeeper.EventType(r.text(4)),
		State: tollkeeper.DeliveryState(r.text(5)), Attempts: r.int(6), Status: r.int(7), Error: r.text(8),
		Took: time.Duration(r.int(9)) * time.Millisecond, CreatedAt: fromMillis(r.int(10)), NextAt: fromMillis(max(r.int(11), 0)), EndedAt: fromMillis(r.int(12)),
	}, nil
}

// FindDeliveries returns a page of the deliveries to a webhook.
func (s *Store) FindDeliveries(ctx context.Context, webhook tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.Delivery], error) {
	return find(ctx, s, deliverySource, f, "webhook = ?", []any{webhook}, scanDelivery)
}

// parked marks the first of a customer's deliveries while their webhook is disabled.
const parked = -1

// resume lets the deliveries of a webhook that was enabled go on, and those of one that
// was disabled wait. It changes one for each customer, and not those behind it.
func (s *Store) resume(t tx, w tollkeeper.Webhook) error {
	if w.Enabled {
		return t.later(nil, "UPDATE deliveries SET next_at = ? WHERE webhook = ? AND next_at < 0", millis(s.now()), w.ID)
	}
	return t.later(nil, "UPDATE deliveries SET next_at = ? WHERE webhook = ? AND next_at > 0", parked, w.ID)
}

// lane is what is sent one after the other.
type lane struct{ webhook, customer tollkeeper.ID }

// first returns the delivery of a lane that comes first; zero for an empty one.
func (l lane) first(t tx) (first tollkeeper.ID, err error) {
	err = t.query(func(r row) error { first = r.id(0); return nil },
		"SELECT id FROM deliveries WHERE webhook = ? AND customer = ? AND state = 'waiting' ORDER BY id LIMIT 1", l.webhook, l.customer)
	return first, err
}

// DueDeliveries returns what is to be sent now, and has been due longest first.
func (s *Store) DueDeliveries(ctx context.Context, q tollkeeper.DueQuery) (due []tollkeeper.Due, err error) {
	query, args := `SELECT d.id, d.webhook, d.customer, w.failures FROM deliveries d JOIN webhooks w ON w.id = d.webhook
 WHERE d.next_at > 0 AND d.next_at <= ?`, []any{millis(s.now())}
	if q.Working {
		query += " AND w.failures = 0"
	}
	if len(q.Busy) > 0 {
		query += " AND d.webhook NOT IN (" + marks(len(q.Busy)) + ")"
		for _, id := range q.Busy {
			args = append(args, id)
		}
	}
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error {
			due = append(due, tollkeeper.Due{Delivery: r.id(0), Webhook: r.id(1), Customer: r.id(2), Failing: r.int(3) > 0})
			return nil
		}, query+" ORDER BY d.next_at LIMIT ?", append(args, q.Limit)...)
	})
	return due, err
}

// PackDelivery returns what it takes to send a delivery; found is false when it, or its
// webhook, is not there any more, or is not to be sent now.
func (s *Store) PackDelivery(ctx context.Context, id tollkeeper.ID) (p tollkeeper.Parcel, found bool, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		p, found, err = loadParcel(t, id)
		return err
	})
	return p, found && p.Webhook.Enabled && !p.Delivery.NextAt.IsZero() && !p.Delivery.NextAt.After(s.now()), err
}

func loadParcel(t tx, id tollkeeper.ID) (p tollkeeper.Parcel, found bool, err error) {
	err = t.query(func(r row) (err error) { p.Delivery, err = scanDelivery(r); return err }, "SELECT "+deliveryColumns+" FROM deliveries WHERE id = ?", id)
	if err != nil || p.Delivery.ID.IsZero() {
		return p, false, err
	}
	err = t.query(func(r row) (err error) { p.Webhook, err = scanWebhook(r); return err },
		"SELECT "+webhookColumns+" FROM webhooks WHERE id = ?", p.Delivery.Webhook)
	if err != nil || p.Webhook.ID.IsZero() {
		return p, false, err
	}
	err = t.query(func(r row) (err error) { p.Event, err = scanEvent(r); return err },
		"SELECT "+eventColumns+" FROM events WHERE customer = ? AND id = ?", p.Delivery.Customer, p.Delivery.Event)
	return p, true, err
}

// SettleDelivery writes down an attempt to send a delivery, which was its n-th, and
// returns the one that is to be sent next to the webhook for the same customer; zero
// when that is not now. An attempt that somebody else has made too is written once.
func (s *Store) SettleDelivery(ctx context.Context, id tollkeeper.ID, n int64, a tollkeeper.Attempt) (next tollkeeper.ID, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		next = tollkeeper.ID{}
		p, found, err := loadParcel(t, id)
		if err != nil || !found || p.Delivery.State != tollkeeper.DeliveryWaiting || p.Delivery.Attempts != n-1 {
			return err
		}
		p.Delivery.Attempts = n
		back, events := p.Settle(a, s.now())
		if next, err = s.settle(t, &p); err != nil {
			return err
		}
		for _, e := range events {
			if err := s.disable(t, &p.Webhook, e); err != nil {
				return err
			}
		}
		if !p.Webhook.Enabled {
			next = tollkeeper.ID{}
		}
		if back {
			err = t.later(nil, "UPDATE deliveries SET next_at = ? WHERE webhook = ? AND next_at > ?", millis(s.now()), p.Webhook.ID, millis(s.now()))
		}
		return errors.Join(err, saveWebhook(t, p.Webhook))
	})
	return next, err
}

// settle writes a delivery back, and when it is done with, makes the one behind it due.
func (s *Store) settle(t tx, p *tollkeeper.Parcel) (next tollkeeper.ID, err error) {
	d := &p.Delivery
	at := millis(d.NextAt)
	if !p.Webhook.Enabled && at > 0 {
		at = parked
	}
	err = t.later(nil, "UPDATE deliveries SET state = ?, attempts = ?, status = ?, error = ?, took_millis = ?, next_at = ?, ended_at = ? WHERE id = ?",
		string(d.State), d.Attempts, d.Status, d.Error, d.Took.Milliseconds(), at, millis(d.EndedAt), d.ID)
	if err != nil || d.State == tollkeeper.DeliveryWaiting {
		return next, err
	}
	p.Webhook.Waiting--
	if next, err = (lane{p.Webhook.ID, d.Customer}).first(t); err != nil || next.IsZero() {
		return next, err
	}
	at = millis(s.now())
	if !p.Webhook.Enabled {
		at = parked
	}
	return next, t.later(nil, "UPDATE deliveries SET next_at = ? WHERE id = ?", at, next)
}

// Redeliver sends an event to a webhook, again or for the first time. When the event
// waits already, it and what is before it is due at once.
func (s *Store) Redeliver(ctx context.Context, by tollkeeper.Write, webhook, event tollkeeper.ID) (d tollkeeper.Delivery, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		w, err := mustLoadWebhook(t, webhook)
		if err != nil {
			return err
		}
		if !w.Enabled {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the webhook is disabled; enable it first")
		}
		e, err := mustLoadEvent(t, event)
		if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
			err = explainGone(t, webhook, event, err)
		}
		if err != nil {
			return err
		}
		if !w.Customer.IsZero() && e.Customer != w.Customer {
			return notFound("event", event.String())
		}
		if err := s.redeliver(t, w, e); err != nil {
			return err
		}
		err = t.query(func(r row) (err error) { d, err = scanDelivery(r); return err },
			"SELECT "+deliveryColumns+" FROM deliveries WHERE webhook = ? AND customer = ? AND event = ? ORDER BY id DESC LIMIT 1", w.ID, e.Customer, e.ID)
		if err != nil {
			return err
		}
		return s.audited(t, by, tollkeeper.AuditEntry{Customer: w.Customer, Subject: w.ID.String(), Action: "webhook.redeliver",
			Changes: []tollkeeper.Change{{Field: "event", To: tollkeeper.JSONText(event.String())}}})
	})
	return d, err
}

// explainGone tells of an event that was deleted before its delivery's log was, instead of
// an event that never was.
func explainGone(t tx, webhook, event tollkeeper.ID, otherwise error) error {
	logged, err := exists(t, "SELECT 1 FROM deliveries WHERE webhook = ? AND event = ?", webhook, event)
	if err != nil || !logged {
		return errors.Join(err, otherwise)
	}
	return tollkeeper.Errorf(tollkeeper.CodeNotFound, "the event %s of %s was deleted since, as events are kept for a number of days (the setting event-days), and those about calls no longer than the calls' records; it cannot be sent again",
		event, event.Time().Format(time.DateTime+" UTC"))
}

func (s *Store) redeliver(t tx, w tollkeeper.Webhook, e tollkeeper.Event) error {
	l := lane{w.ID, e.Customer}
	waits, err := exists(t, "SELECT 1 FROM deliveries WHERE webhook = ? AND customer = ? AND state = 'waiting' AND event = ?", l.webhook, l.customer, e.ID)
	if err != nil {
		return err
	}
	first, err := l.first(t)
	if err != nil {
		return err
	}
	if waits {
		return t.later(nil, "UPDATE deliveries SET next_at = ? WHERE id = ?", millis(s.now()), first)
	}
	w.Waiting++
	next := millis(s.now())
	if !first.IsZero() {
		next = 0
	}
	newest, err := newestDelivery(t)
	if err != nil {
		return err
	}
	if err := deliveryRows.insert(t, s.newDelivery(w, e, next, newest)); err != nil {
		return err
	}
	return saveWebhook(t, w)
}

// newestDelivery returns the highest id of a delivery. It may be of a node whose clock is
// ahead; what is queued next is sent after it.
func newestDelivery(t tx) (newest tollkeeper.ID, err error) {
	err = t.query(func(r row) error { newest = r.id(0); return nil }, "SELECT id FROM deliveries ORDER BY id DESC LIMIT 1")
	return newest, err
}

// newDelivery is the row of a delivery that is to be sent at a time, or behind another,
// and after an older one.
func (s *Store) newDelivery(w tollkeeper.Webhook, e tollkeeper.Event, next int64, older tollkeeper.ID) []any {
	return []any{e.Customer, s.NewIDAfter(older), w.ID, e.ID, string(e.Type), string(tollkeeper.DeliveryWaiting), 0, 0, "", 0, millis(s.now()), next, 0}
}

// DeleteOldDeliveries removes the log of deliveries that were done with long ago, and
// returns how many there were.
func (s *Store) DeleteOldDeliveries(ctx context.Context) (removed int, err error) {
	return s.deleteInBatches(ctx, "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE id < ? AND state <> 'waiting' ORDER BY id LIMIT ?)",
		s.now().Add(-deliveryLife), forgetAtOnce)
}
