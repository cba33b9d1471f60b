package store

import (
	"context"
	"errors"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// Transact loads a book with what gather asks for, lets work change it, and writes
// the changes, all in one durable transaction.
func (s *Store) Transact(ctx context.Context, gather func() ledger.Touch, work func(*ledger.Book) error) error {
	return s.engine.writeWhole(ctx, func(t tx) error {
		book, decks, err := s.loadBook(t, gather())
		if err != nil {
			return err
		}
		if err := errors.Join(work(book), decks.err); err != nil {
			return err
		}
		if err := s.tell(t, book.Events); err != nil {
			return err
		}
		return writeBook(t, book)
	})
}

func (s *Store) loadBook(t tx, touch ledger.Touch) (*ledger.Book, *priceList, error) {
	book := &ledger.Book{
		Accounts: make(map[tollkeeper.ID]*ledger.Account, len(touch.Calls)),
		Calls:    make(map[tollkeeper.CallKey]*ledger.Call, len(touch.Calls)),
	}
	for _, key := range touch.Calls {
		if err := loadCall(t, book, key); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range touch.Customers {
		if err := addAccount(t, book, id); err != nil {
			return nil, nil, err
		}
	}
	decks, err := s.decksInForce(t)
	if err != nil {
		return nil, nil, err
	}
	book.Tariff = func(deck, number string, at time.Time) (tollkeeper.Tariff, bool) {
		return decks.tariff(deck, number, at)
	}
	return book, decks, nil
}

// loadCall loads what is known under a call key, and the account of its customer.
func loadCall(t tx, book *ledger.Book, key tollkeeper.CallKey) error {
	if _, loaded := book.Calls[key]; loaded {
		return nil
	}
	known := &ledger.Call{}
	book.Calls[key] = known
	err := t.query(func(r row) error {
		known.Live, known.Stored = scanCall(r), true
		return nil
	}, "SELECT "+callColumns+" FROM calls WHERE call_id = ? AND leg = ?", key.CallID, key.Leg)
	if err != nil {
		return err
	}
	if known.Live != nil {
		return addAccount(t, book, known.Live.Customer)
	}
	err = t.query(func(r row) error {
		known.Record = scanCDR(r)
		return nil
	}, "SELECT "+cdrColumns+" FROM cdrs WHERE call_id = ? AND leg = ? ORDER BY id DESC LIMIT 1", key.CallID, key.Leg)
	if err != nil || known.Record == nil {
		return err
	}
	return addAccount(t, book, known.Record.Customer)
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

func writeBook(t tx, book *ledger.Book) error {
	for _, a := range book.Accounts {
		if a.Changed {
			if err := saveState(t, &a.Account); err != nil {
				return err
			}
		}
	}
	if err := appendTransfers(t, book.Transfers); err != nil {
		return err
	}
	if err := writeCalls(t, book.Calls); err != nil {
		return err
	}
	return insertCDRs(t, book.Records)
}

// writeCalls brings the rows of calls in progress in step with the book. A call
// that began and ended in one batch never had a row.
func writeCalls(t tx, calls map[tollkeeper.CallKey]*ledger.Call) error {
	var begun []any
	for key, c := range calls {
		var err error
		switch {
		case !c.Changed || c.Live == nil && !c.Stored:
		case c.Live == nil:
			err = deleteCall(t, key)
		case c.Stored:
			err = updateCall(t, c.Live)
		default:
			begun = callValues(begun, c.Live)
		}
		if err != nil {
			return err
		}
	}
	return callRows.insert(t, begun)
}
