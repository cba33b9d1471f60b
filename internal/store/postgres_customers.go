package store

import (
	"strings"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

func (t *postgresTx) insertAccount(_ tollkeeper.ID, columns string, values []any) error {
	return t.later(nil, "INSERT INTO customers ("+columns+") VALUES ("+marks(len(values))+")", values...)
}

// index keeps the text of every customer in a table of its own, so that calls, which
// rewrite accounts, leave the index of trigrams alone.
func (t *postgresTx) index(id tollkeeper.ID, _, after string) error {
	if after == "" {
		return t.later(nil, "DELETE FROM customers_search WHERE id = ?", id)
	}
	return t.later(nil, "INSERT INTO customers_search (id, text) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text",
		id, strings.ReplaceAll(after, gramSeparator, "\n"))
}

var postgresCustomers = &source{
	table: "customers", columns: accountColumns, id: "id", fields: customerFields, search: searchCustomers, total: talliedTotal,
	indexed: &searchIndex{row: "customers_search.id", match: "text LIKE ?", pattern: likePattern},
}

func (e *postgres) customers() *source { return postgresCustomers }

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func likePattern(text string) string { return "%" + likeEscapes.Replace(text) + "%" }

// A batch is asked for by two lists of the same length, the calls' ids and legs, and
// one of customers. Accounts are locked in the order of their ids, so that batches
// never wait for each other in a circle; the calls are read when that is done, so
// that they are as the last batch has left them. Every call is looked up on its own:
// joined to the list, the planner would rather read all calls of a table that was
// empty when it looked. Records are looked for only where there is no call: each look
// goes through the months.
const (
	keysOfCalls = "unnest(?::text[], ?::text[]) AS k (call_id, leg)"

	lockAccounts = "SELECT " + accountColumns + ` FROM customers WHERE id IN (SELECT unnest(?::bytea[]) UNION
 SELECT COALESCE((SELECT c.customer FROM calls c WHERE c.call_id = k.call_id AND c.leg = k.leg),
 (SELECT d.customer FROM cdrs d WHERE d.call_id = k.call_id AND d.leg = k.leg AND d.id > ? ORDER BY d.id DESC LIMIT 1)) FROM ` + keysOfCalls + `)
 ORDER BY id FOR UPDATE`

	liveCalls = "SELECT c.* FROM " + keysOfCalls + ` CROSS JOIN LATERAL (SELECT ` + callColumns + ` FROM calls
 WHERE calls.call_id = k.call_id AND calls.leg = k.leg OFFSET 0) c`

	newestRecords = "SELECT d.* FROM " + keysOfCalls + ` CROSS JOIN LATERAL (SELECT ` + cdrColumns + ` FROM cdrs
 WHERE cdrs.call_id = k.call_id AND cdrs.leg = k.leg AND cdrs.id > ? ORDER BY cdrs.id DESC LIMIT 1) d
 WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.call_id = k.call_id AND calls.leg = k.leg)`
)

func (t *postgresTx) loadBook(touch ledger.Touch, since tollkeeper.ID, book *ledger.Book) error {
	ids, legs := make([]string, 0, len(touch.Calls)), make([]string, 0, len(touch.Calls))
	for _, key := range touch.Calls {
		if _, twice := book.Calls[key]; !twice {
			book.Calls[key] = &ledger.Call{}
			ids, legs = append(ids, key.CallID), append(legs, key.Leg)
		}
	}
	wanted := make([][]byte, 0, len(touch.Customers))
	for _, id := range touch.Customers {
		wanted = append(wanted, id[:])
	}
	asked := map[tollkeeper.ID]bool{}
	for {
		missing, err := t.loadLocked(book, wanted, callKeys{ids, legs, since})
		if err != nil {
			return err
		}
		wanted = wanted[:0]
		for id := range missing {
			if !asked[id] { // a call that another node let in between the statements
				asked[id] = true
				wanted = append(wanted, id[:])
			}
		}
		if len(wanted) == 0 {
			return nil
		}
	}
}

// callKeys are the calls that a batch asks for, and the id that records must be
// younger than.
type callKeys struct {
	ids, legs []string
	since     tollkeeper.ID
}

// loadLocked locks accounts and reads calls, and returns the customers of calls whose
// accounts are not among them: those that were deleted, and those of new calls.
func (t *postgresTx) loadLocked(book *ledger.Book, customers [][]byte, keys callKeys) (map[tollkeeper.ID]bool, error) {
	missing := map[tollkeeper.ID]bool{}
	note := func(id tollkeeper.ID) {
		if _, loaded := book.Accounts[id]; !loaded && !id.IsZero() {
			missing[id] = true
		}
	}
	t.later(func(r row) error {
		a := &ledger.Account{}
		scanAccount(r, &a.Account)
		book.Accounts[a.ID] = a
		return nil
	}, lockAccounts, customers, keys.since, keys.ids, keys.legs)
	t.later(func(r row) error {
		live := scanCall(r)
		known := book.Calls[live.CallKey]
		known.Live, known.Stored = live, true
		note(live.Customer)
		return nil
	}, liveCalls, keys.ids, keys.legs)
	err := t.query(func(r row) error {
		record := scanCDR(r)
		*book.Calls[record.CallKey] = ledger.Call{Record: record} // over, if it was seen in progress before the lock
		note(record.Customer)
		return nil
	}, newestRecords, keys.ids, keys.legs, keys.since)
	return missing, err
}
