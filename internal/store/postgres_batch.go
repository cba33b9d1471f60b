package store

import "tollkeeper"

// What a batch writes goes into one statement for each table, over arrays, however many
// commands it has: to begin and end a statement costs as much as a row.

func (t *postgresTx) rowsAtOnce() []int { return postgresRows }

// postgresRows is any number: the statements are prepared once for each connection.
var postgresRows = func() (sizes []int) {
	for rows := maxRowsAtOnce; rows > 0; rows-- {
		sizes = append(sizes, rows)
	}
	return sizes
}()

const saveStates = `UPDATE customers AS c SET posted = v.posted, held = v.held, accrued = v.accrued, accrued_held = v.accrued_held,
 live_calls = v.live_calls, spend_day = v.spend_day, spent = v.spent, rate_window = v.rate_window, alerts = v.alerts, last_entry = v.last_entry
 FROM unnest(?::bytea[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bytea[], ?::bigint[], ?::bytea[])
 AS v (id, posted, held, accrued, accrued_held, live_calls, spend_day, spent, rate_window, alerts, last_entry) WHERE c.id = v.id`

func (t *postgresTx) saveStates(accounts []*tollkeeper.Account) error {
	if len(accounts) == 0 {
		return nil
	}
	var ids, windows, entries [][]byte
	var numbers [8][]int64
	for _, a := range accounts {
		ids, windows, entries = append(ids, a.ID[:]), append(windows, a.RateWindow), append(entries, a.LastEntry[:])
		for i, n := range [...]int64{int64(a.Posted), int64(a.Held), int64(a.Accrued), int64(a.AccruedHeld), a.LiveCalls, a.SpendDay, int64(a.Spent), int64(a.Alerts)} {
			numbers[i] = append(numbers[i], n)
		}
	}
	return t.later(nil, saveStates, ids, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], windows, numbers[7], entries)
}

func (t *postgresTx) deleteCalls(keys []tollkeeper.CallKey) error {
	if len(keys) == 0 {
		return nil
	}
	var ids, legs []string
	for _, key := range keys {
		ids, legs = append(ids, key.CallID), append(legs, key.Leg)
	}
	return t.later(nil, "DELETE FROM calls USING "+keysOfCalls+" WHERE calls.call_id = k.call_id AND calls.leg = k.leg", ids, legs)
}
