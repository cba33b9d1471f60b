package store

import (
	"context"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// maxWebhooks bounds the webhooks of one customer, and those of the carrier.
const maxWebhooks = 20

const webhookColumns = `id, customer, url, description, event_types, enabled, disabled_reason, secret, old_secret, old_secret_until,
 failures, failing_since, waiting, created_at, updated_at`

var webhookSource = &source{
	table: "webhooks", columns: webhookColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "url": {expr: "url"}, "description": {expr: "description", absent: ""},
		"enabled": {expr: "enabled", enum: []string{"false", "true"}}, "disabledReason": {expr: "disabled_reason", absent: ""},
		"failures": {expr: "failures"}, "failingSince": {expr: "failing_since", absent: int64(0)}, "waiting": {expr: "waiting"},
		"createdAt": {expr: "created_at"}, "updatedAt": {expr: "updated_at"},
	},
}

func scanWebhook(r row) (tollkeeper.Webhook, error) {
	w := tollkeeper.Webhook{
		ID: r.id(0), Customer: r.id(1), URL: r.text(2), Description: r.text(3), Enabled: r.int(5) == 1, DisabledReason: r.text(6),
		Secret: r.text(7), OldSecret: r.text(8), OldSecretUntil: fromMillis(r.int(9)), Failures: r.int(10), FailingSince: fromMillis(r.int(11)),
		Waiting: r.int(12), CreatedAt: fromMillis(r.int(13)), UpdatedAt: fromMillis(r.int(14)),
	}
	for kind := range strings.FieldsSeq(r.text(4)) {
		w.EventTypes = append(w.EventTypes, tollkeeper.EventType(kind))
	}
	return w, nil
}

// CreateWebhook stores a webhook.
func (s *Store) CreateWebhook(ctx context.Context, by tollkeeper.Write, w tollkeeper.Webhook) (tollkeeper.Webhook, error) {
	err := s.engine.write(ctx, func(t tx) error {
		w.ID, w.CreatedAt = s.NewID(), s.now()
		w.UpdatedAt = w.CreatedAt
		w.Enable()
		if !w.Customer.IsZero() {
			found, err := exists(t, "SELECT 1 FROM customers WHERE id = ?", w.Customer)
			if err != nil {
				return err
			}
			if !found {
				return tollkeeper.Invalid("customer: must be the id of an existing customer")
			}
		}
		if err := checkRoom(t, w.Customer); err != nil {
			return err
		}
		_, err := t.exec("INSERT INTO webhooks ("+webhookColumns+") VALUES ("+marks(15)+")",
			w.ID, idOrNull(w.Customer), w.URL, w.Description, tollkeeper.EventTypesText(w.EventTypes), w.Enabled, w.DisabledReason,
			w.Secret, w.OldSecret, millis(w.OldSecretUntil), w.Failures, millis(w.FailingSince), w.Waiting, millis(w.CreatedAt), millis(w.UpdatedAt))
		if err != nil {
			return err
		}
		return s.webhookChanged(t, by, "webhook.create", w, w.Changes(tollkeeper.Webhook{}))
	})
	return w, err
}

// checkRoom refuses one webhook more than a customer, or the carrier, may have.
func checkRoom(t tx, customer tollkeeper.ID) error {
	condition, args := "customer = ?", []any{customer}
	if customer.IsZero() {
		condition, args = "customer IS NULL", nil
	}
	n, err := count(t, "SELECT COUNT(*) FROM webhooks WHERE "+condition, args...)
	if err == nil && n >= maxWebhooks {
		err = tollkeeper.Errorf(tollkeeper.CodeConflict, "there are %d webhooks already; remove one first", n)
	}
	return err
}

// Webhook returns one webhook.
func (s *Store) Webhook(ctx context.Context, id tollkeeper.ID) (w tollkeeper.Webhook, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		w, err = mustLoadWebhook(t, id)
		return err
	})
	return w, err
}

func mustLoadWebhook(t tx, id tollkeeper.ID) (w tollkeeper.Webhook, err error) {
	err = t.query(func(r row) (err error) { w, err = scanWebhook(r); return err }, "SELECT "+webhookColumns+" FROM webhooks WHERE id = ?", id)
	if err == nil && w.ID.IsZero() {
		err = notFound("webhook", id.String())
	}
	return w, err
}

// FindWebhooks returns a page of webhooks.
func (s *Store) FindWebhooks(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Webhook], error) {
	return find(ctx, s, webhookSource, f, "", nil, scanWebhook)
}

// PatchWebhook applies change to a webhook. One that is enabled goes on with what
// waits for it.
func (s *Store) PatchWebhook(ctx context.Context, by tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Webhook)) (w tollkeeper.Webhook, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		before, err := mustLoadWebhook(t, id)
		if err != nil {
			return err
		}
		w = before
		change(&w)
		changes := w.Changes(before)
		if len(changes) == 0 {
			return nil
		}
		w.UpdatedAt = s.now()
		if err := saveWebhook(t, w); err != nil {
			return err
		}
		if w.Enabled != before.Enabled {
			if err := s.resume(t, w); err != nil {
				return err
			}
		}
		return s.webhookChanged(t, by, "webhook.patch", w, changes)
	})
	return w, err
}

// saveWebhook writes back everything that can change of a webhook.
func saveWebhook(t tx, w tollkeeper.Webhook) error {
	return t.later(nil, `UPDATE webhooks SET url = ?, description = ?, event_types = ?, enabled = ?, disabled_reason = ?, secret = ?,
 old_secret = ?, old_secret_until = ?, failures = ?, failing_since = ?, waiting = ?, updated_at = ? WHERE id = ?`,
		w.URL, w.Description, tollkeeper.EventTypesText(w.EventTypes), w.Enabled, w.DisabledReason, w.Secret,
		w.OldSecret, millis(w.OldSecretUntil), w.Failures, millis(w.FailingSince), w.Waiting, millis(w.UpdatedAt), w.ID)
}

// webhookChanged writes to the audit trail, and lets those who listen to calls be
// counted anew.
func (s *Store) webhookChanged(t tx, by tollkeeper.Write, action string, w tollkeeper.Webhook, changes []tollkeeper.Change) error {
	if err := listenersChanged(t); err != nil {
		return err
	}
	return s.audited(t, by, tollkeeper.AuditEntry{Customer: w.Customer, Subject: w.ID.String(), Action: action, Changes: changes})
}

// forgetAtOnce bounds the deliveries that one transaction removes.
const forgetAtOnce = 1000

// DeleteWebhook removes a webhook with what waits for it, and returns it as it was. The
// log of what was delivered stays until its time. It is disabled first, so that
// nothing is sent or added meanwhile; when it is interrupted, it can be repeated.
func (s *Store) DeleteWebhook(ctx context.Context, by tollkeeper.Write, id tollkeeper.ID) (tollkeeper.Webhook, error) {
	was, err := s.Webhook(ctx, id)
	if err != nil {
		return was, err
	}
	if _, err := s.PatchWebhook(ctx, by, id, func(w *tollkeeper.Webhook) { w.Enabled = false }); err != nil {
		return was, err
	}
	for left := true; left; {
		err := s.engine.write(ctx, func(t tx) error {
			n, err := t.exec("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE webhook = ? AND state = 'waiting' LIMIT ?)", id, forgetAtOnce)
			if left = n == forgetAtOnce; err != nil || left {
				return err
			}
			if n, err = t.exec("DELETE FROM webhooks WHERE id = ?", id); err != nil || n == 0 {
				return err
			}
			return s.webhookChanged(t, by, "webhook.remove", was, tollkeeper.Webhook{}.Changes(was))
		})
		if err != nil {
			return was, err
		}
	}
	return was, nil
}
