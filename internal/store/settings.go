package store

import (
	"context"
	"strconv"

	"tollkeeper"
)

// SetStatus changes the status of an account, with the reason for it.
func (s *Store) SetStatus(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, status tollkeeper.Status, reason string) (tollkeeper.Account, error) {
	return s.changeState(ctx, w, id, "status.patch", func(t tx, a *tollkeeper.Account) ([]tollkeeper.Change, error) {
		return s.setStatus(t, a, status, reason)
	})
}

func (s *Store) setStatus(t tx, a *tollkeeper.Account, status tollkeeper.Status, reason string) ([]tollkeeper.Change, error) {
	changes := changed(nil, "status", tollkeeper.JSONText(string(a.Status)), tollkeeper.JSONText(string(status)))
	changes = changed(changes, "reason", tollkeeper.JSONText(a.StatusReason), tollkeeper.JSONText(reason))
	a.Status, a.StatusReason = status, reason
	if len(changes) > 0 {
		if err := s.tellChange(t, tollkeeper.EventStatusChanged, a.ID, changes); err != nil {
			return nil, err
		}
	}
	_, err := t.exec("UPDATE customers SET status = ?, status_reason = ? WHERE id = ?", string(status), reason, a.ID)
	return changes, err
}

// SetLimits lets change alter the limits of an account.
func (s *Store) SetLimits(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Limits)) (tollkeeper.Account, error) {
	return s.changeState(ctx, w, id, "limits.patch", func(t tx, a *tollkeeper.Account) ([]tollkeeper.Change, error) {
		was := a.Limits
		change(&a.Limits)
		is := a.Limits
		changes := changed(nil, "maxConcurrentCalls", limitText(was.MaxConcurrentCalls), limitText(is.MaxConcurrentCalls))
		changes = changed(changes, "maxPricePerMinuteMicros", limitText(was.MaxPricePerMinute), limitText(is.MaxPricePerMinute))
		changes = changed(changes, "dailySpendMicros", limitText(was.DailySpend), limitText(is.DailySpend))
		changes = changed(changes, "unbilledMicros", limitText(was.Unbilled), limitText(is.Unbilled))
		changes = changed(changes, "outboundBarred", barredText(was.OutboundBarred), barredText(is.OutboundBarred))
		if err := s.watched(t, a); err != nil {
			return nil, err
		}
		_, err := t.exec(`UPDATE customers SET limit_concurrent_calls = ?, limit_price_per_minute = ?, limit_daily_spend = ?,
 limit_unbilled = ?, limit_outbound_barred = ?, alerts = ? WHERE id = ?`, orNull(is.MaxConcurrentCalls), orNull(is.MaxPricePerMinute),
			orNull(is.DailySpend), orNull(is.Unbilled), orNull(is.OutboundBarred), int(a.Alerts), id)
		return changes, err
	})
}

// AssignDeck gives a customer a rate deck; "" returns the customer to the default.
func (s *Store) AssignDeck(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, deck string) (tollkeeper.Account, error) {
	return s.changeState(ctx, w, id, "ratedeck.assign", func(t tx, a *tollkeeper.Account) ([]tollkeeper.Change, error) {
		if deck != "" {
			found, err := exists(t, "SELECT 1 FROM deck_versions WHERE deck = ? LIMIT 1", deck)
			if err != nil {
				return nil, err
			}
			if !found {
				return nil, tollkeeper.Invalid("name: must be the name of an existing rate deck")
			}
		}
		changes := changed(nil, "name", tollkeeper.JSONText(a.RateDeck), tollkeeper.JSONText(deck))
		a.RateDeck = deck
		_, err := t.exec("UPDATE customers SET rate_deck = ? WHERE id = ?", deck, id)
		return changes, err
	})
}

// changeState changes what an account has beside its record, with its audit entry.
func (s *Store) changeState(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, action string, change func(tx, *tollkeeper.Account) ([]tollkeeper.Change, error)) (tollkeeper.Account, error) {
	var a tollkeeper.Account
	err := s.write(ctx, w, func(t tx) (any, error) {
		if err := mustLoad(t, id, &a); err != nil {
			return nil, err
		}
		changes, err := change(t, &a)
		if err != nil || len(changes) == 0 {
			return a, err
		}
		return a, s.audited(t, w, tollkeeper.AuditEntry{Customer: id, Subject: id.String(), Action: action, Changes: changes})
	})
	return a, err
}

func changed(changes []tollkeeper.Change, field, from, to string) []tollkeeper.Change {
	if from == to {
		return changes
	}
	return append(changes, tollkeeper.Change{Field: field, From: from, To: to})
}

func limitText[T ~int64](v *T) string {
	if v == nil {
		return ""
	}
	return itoa(int64(*v))
}

func barredText(v *bool) string {
	if v == nil {
		return ""
	}
	return strconv.FormatBool(*v)
}
