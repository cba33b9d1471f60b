package store

import "tollkeeper"

// addresses finds who is told of events, in one transaction.
type addresses struct {
	webhooks map[tollkeeper.ID]*tollkeeper.Webhook
	carriers []*tollkeeper.Webhook                   // own ones
	of       map[tollkeeper.ID][]*tollkeeper.Webhook // by customer
	lanes    map[lane]bool                           // in which something waits
	newest   tollkeeper.ID                           // delivery there is
	rows     []any
}

func (a *addresses) load(t tx, condition string, args ...any) (found []*tollkeeper.Webhook, err error) {
	err = t.query(func(r row) error {
		w, err := scanWebhook(r)
		found = append(found, &w)
		a.webhooks[w.ID] = &w
		return err
	}, "SELECT "+webhookColumns+" FROM webhooks WHERE enabled = 1 AND "+condition, args...)
	return found, err
}

// queueDeliveries writes a delivery of each event for each webhook that wants it.
func (s *Store) queueDeliveries(t tx, events []tollkeeper.Event) (err error) {
	a := &addresses{webhooks: map[tollkeeper.ID]*tollkeeper.Webhook{}, of: map[tollkeeper.ID][]*tollkeeper.Webhook{}, lanes: map[lane]bool{}}
	if a.carriers, err = a.load(t, "customer IS NULL"); err != nil {
		return err
	}
	if a.newest, err = newestDelivery(t); err != nil {
		return err
	}
	for _, e := range events {
		own, known := a.of[e.Customer]
		if !known {
			if own, err = a.load(t, "customer = ?", e.Customer); err != nil {
				return err
			}
			a.of[e.Customer] = own
		}
		for _, list := range [][]*tollkeeper.Webhook{a.carriers, own} {
			for _, w := range list {
				if err := s.queueDelivery(t, a, w, e); err != nil {
					return err
				}
			}
		}
	}
	if err := deliveryRows.insert(t, a.rows); err != nil {
		return err
	}
	return s.saveWaiting(t, a)
}

func (s *Store) queueDelivery(t tx, a *addresses, w *tollkeeper.Webhook, e tollkeeper.Event) error {
	if !w.Wants(e.Type) || w.Waiting >= tollkeeper.MaxWaiting {
		return nil
	}
	l := lane{w.ID, e.Customer}
	behind, known := a.lanes[l]
	if !known && w.Waiting > 0 {
		first, err := l.first(t)
		if err != nil {
			return err
		}
		behind = !first.IsZero()
	}
	a.lanes[l] = true
	next := millis(s.now())
	if behind {
		next = 0
	}
	w.Waiting++
	a.rows = append(a.rows, s.newDelivery(*w, e, next, a.newest)...)
	return nil
}

// saveWaiting writes how much waits for each webhook, and disables those for which it
// is too much.
func (s *Store) saveWaiting(t tx, a *addresses) error {
	added := map[tollkeeper.ID]bool{}
	for l := range a.lanes {
		added[l.webhook] = true
	}
	for id := range added {
		w := a.webhooks[id]
		if w.Waiting >= tollkeeper.MaxWaiting {
			if err := s.disable(t, w, w.Disable("too many events wait for it", s.now())); err != nil {
				return err
			}
		}
		if err := saveWebhook(t, *w); err != nil {
			return err
		}
	}
	return nil
}

// disable parks what waits for a webhook that was disabled by itself, and tells of it.
func (s *Store) disable(t tx, w *tollkeeper.Webhook, e tollkeeper.Event) error {
	w.UpdatedAt = s.now()
	if err := s.resume(t, *w); err != nil {
		return err
	}
	if err := s.tell(t, []tollkeeper.Event{e}); err != nil {
		return err
	}
	before := *w
	before.Enabled, before.DisabledReason = true, ""
	return s.webhookChanged(t, tollkeeper.Write{}, "webhook.disable", *w, w.Changes(before))
}
