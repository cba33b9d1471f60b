package store

import (
	"slices"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// rowOf turns an id into the integer key of its row in the embedded database. It
// rises with the id, so that the full-text index yields customers in id order.
func rowOf(id tollkeeper.ID) int64 {
	seconds := int64(id[0])<<24 | int64(id[1])<<16 | int64(id[2])<<8 | int64(id[3])
	return seconds<<24 | int64(id[4])<<16 | int64(id[5])<<8 | int64(id[6])
}

// itsRow is the row of a customer: the one that the id makes, unless a release made it
// whose ids made others. Its parameters are id and rowOf.
const itsRow = "COALESCE((SELECT row FROM early_rows WHERE id = ?), ?)"

// customerKey finds a customer by the row that its id makes: the table itself is
// in that order, and the index by id is spared.
func (c *sqliteConn) customerKey(id tollkeeper.ID) (string, []any) {
	return "row = " + itsRow + " AND id = ?", []any{id, rowOf(id), id}
}

// locked is nothing: there is one writer.
func (c *sqliteConn) locked() string { return "" }

func (c *sqliteConn) insertAccount(id tollkeeper.ID, columns string, values []any) error {
	_, err := c.exec("INSERT INTO customers (row, "+columns+") VALUES (?,"+marks(len(values))+")", slices.Insert(values, 0, any(rowOf(id)))...)
	return err
}

func (c *sqliteConn) index(id tollkeeper.ID, before, after string) error {
	if before != "" {
		if _, err := c.exec("DELETE FROM customers_search WHERE rowid = "+itsRow, id, rowOf(id)); err != nil {
			return err
		}
	}
	if after == "" {
		_, err := c.exec("DELETE FROM early_rows WHERE id = ?", id)
		return err
	}
	_, err := c.exec("INSERT INTO customers_search (rowid, text) VALUES ("+itsRow+", ?)", id, rowOf(id), after)
	return err
}

var sqliteCustomers = &source{
	table: "customers", columns: accountColumns, id: "row", fields: customerFields, search: searchCustomers, total: talliedTotal,
	indexed: &searchIndex{
		row: "customers_search.rowid", match: "customers_search MATCH ?", pattern: phrase,
		ordered: "customers_search CROSS JOIN customers ON customers.row = customers_search.rowid",
	},
}

func (e *sqlite) customers() *source { return sqliteCustomers }

// phrase writes a text for the full-text index: its grams, one after the other.
func phrase(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

func (c *sqliteConn) rowsAtOnce() []int { return sqliteRows }

// sqliteRows are few, so that each statement is prepared once and kept.
var sqliteRows = []int{16, 4, 1}

func (c *sqliteConn) saveStates(accounts []*tollkeeper.Account) error {
	for _, a := range accounts {
		_, err := c.exec(`UPDATE customers SET posted = ?, held = ?, accrued = ?, accrued_held = ?, live_calls = ?, spend_day = ?, spent = ?,
 rate_window = ?, alerts = ?, last_entry = ? WHERE row = `+itsRow+` AND id = ?`,
			a.Posted, a.Held, a.Accrued, a.AccruedHeld, a.LiveCalls, a.SpendDay, a.Spent, []byte(a.RateWindow), int(a.Alerts), a.LastEntry, a.ID, rowOf(a.ID), a.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *sqliteConn) deleteCalls(keys []tollkeeper.CallKey) error {
	for _, key := range keys {
		if _, err := c.exec("DELETE FROM calls WHERE call_id = ? AND leg = ?", key.CallID, key.Leg); err != nil {
			return err
		}
	}
	return nil
}

// loadBook asks for one after the other: a look-up by a key costs no more alone.
func (c *sqliteConn) loadBook(touch ledger.Touch, since tollkeeper.ID, book *ledger.Book) error {
	for _, key := range touch.Calls {
		if err := c.loadCall(book, key, since); err != nil {
			return err
		}
	}
	for _, id := range touch.Customers {
		if err := addAccount(c, book, id); err != nil {
			return err
		}
	}
	return nil
}

// loadCall loads what is known under a call key, and the account of its customer.
func (c *sqliteConn) loadCall(book *ledger.Book, key tollkeeper.CallKey, since tollkeeper.ID) error {
	if _, loaded := book.Calls[key]; loaded {
		return nil
	}
	known := &ledger.Call{}
	book.Calls[key] = known
	err := c.query(func(r row) error {
		known.Live, known.Stored = scanCall(r), true
		return nil
	}, "SELECT "+callColumns+" FROM calls WHERE call_id = ? AND leg = ?", key.CallID, key.Leg)
	if err != nil {
		return err
	}
	if known.Live != nil {
		return addAccount(c, book, known.Live.Customer)
	}
	err = c.query(func(r row) error {
		known.Record = scanCDR(r)
		return nil
	}, "SELECT "+cdrColumns+" FROM cdrs WHERE call_id = ? AND leg = ? AND id > ? ORDER BY id DESC LIMIT 1", key.CallID, key.Leg, since)
	if err != nil || known.Record == nil {
		return err
	}
	return addAccount(c, book, known.Record.Customer)
}

func addAccount(t tx, book *ledger.Book, id tollkeeper.ID) error {
	if _, loaded := book.Accounts[id]; loaded || id.IsZero() {
		return nil
	}
	a := &ledger.Account{}
	found, err := loadAccount(t, id, &a.Account)
	if found {
		book.Accounts[id] = a
	}
	return err
}
