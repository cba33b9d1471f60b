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
		book, rest, err := s.loadBook(t, gather())
		if err != nil {
			return err
		}
		if err := errors.Join(work(book), rest.decks.err); err != nil {
			return err
		}
		if err := s.tellLocked(t, book.Events); err != nil {
			return err
		}
		if err := s.noteEnded(t, rest.listeners, book.Records); err != nil {
			return err
		}
		if err := writeBook(t, book); err != nil {
			return err
		}
		return termBelow(t, rest.horizon, book.Records)
	})
}

// Consider loads a book with the customers and trunks that touch names, as Transact
// does, for work of which nothing is written.
func (s *Store) Consider(ctx context.Context, touch ledger.Touch, work func(*ledger.Book) error) error {
	return s.engine.read(ctx, func(t tx) error {
		book := emptyBook(touch)
		for _, id := range touch.Customers {
			var a ledger.Account
			found, err := loadAccount(t, id, &a.Account)
			if err != nil {
				return err
			}
			if found {
				book.Accounts[id] = &a
			}
		}
		err := loadTrunks(t, touch, book)
		if err != nil {
			return err
		}
		if book.Barrings, err = s.barringsNow(t); err != nil {
			return err
		}
		decks, err := s.decksInForce(t)
		if err != nil {
			return err
		}
		book.Tariff = decks.tariff
		return errors.Join(work(book), decks.err)
	})
}

func emptyBook(touch ledger.Touch) *ledger.Book {
	return &ledger.Book{
		Accounts: make(map[tollkeeper.ID]*ledger.Account, len(touch.Calls)),
		Calls:    make(map[tollkeeper.CallKey]*ledger.Call, len(touch.Calls)),
		Trunks:   map[ledger.TrunkKey]*ledger.Trunk{},
	}
}

// RepeatWindow is how long a message about a call that has ended is known for a
// repeat: switches give up within hours, and nothing is searched in older months.
const RepeatWindow = 60 * 24 * time.Hour

// surroundings are what a batch needs beside its book.
type surroundings struct {
	decks     *priceList
	listeners *listeners
	horizon   tollkeeper.ID // below which records get their terms at once
}

func (s *Store) loadBook(t tx, touch ledger.Touch) (book *ledger.Book, rest surroundings, err error) {
	book = emptyBook(touch)
	var generation, listening, barring int64
	if err := t.later(func(r row) error {
		generation, listening, barring, rest.horizon = r.int(0), r.int(1), r.int(2), r.id(3)
		return nil
	}, deckGeneration); err != nil {
		return nil, rest, err
	}
	if err := t.loadBook(touch, tollkeeper.IDAt(s.now().Add(-RepeatWindow)), book); err != nil {
		return nil, rest, err
	}
	if err := loadTrunks(t, touch, book); err != nil {
		return nil, rest, err
	}
	if rest.decks, err = s.decksOf(t, generation); err != nil {
		return nil, rest, err
	}
	if rest.listeners, err = s.listenersOf(t, listening); err != nil {
		return nil, rest, err
	}
	if book.Barrings, err = s.barringsOf(t, barring); err != nil {
		return nil, rest, err
	}
	book.Tariff = rest.decks.tariff
	return book, rest, nil
}

func writeBook(t tx, book *ledger.Book) error {
	changed := make([]*tollkeeper.Account, 0, len(book.Accounts))
	for _, a := range book.Accounts {
		if a.Changed {
			changed = append(changed, &a.Account)
		}
	}
	if err := t.saveStates(changed); err != nil {
		return err
	}
	if err := saveLoads(t, book.Trunks); err != nil {
		return err
	}
	if err := appendTransfers(t, book.Transfers); err != nil {
		return err
	}
	if err := writeCalls(t, book.Calls); err != nil {
		return err
	}
	if err := insertCDRs(t, book.Records); err != nil {
		return err
	}
	return addUsage(t, book.Records)
}

// writeCalls brings the rows of calls in progress in step with the book. A call
// that began and ended in one batch never had a row.
func writeCalls(t tx, calls map[tollkeeper.CallKey]*ledger.Call) error {
	var begun []any
	var over []tollkeeper.CallKey
	for key, c := range calls {
		var err error
		switch {
		case !c.Changed || c.Live == nil && !c.Stored:
		case c.Live == nil:
			over = append(over, key)
		case c.Stored:
			err = updateCall(t, c.Live)
		default:
			begun = callValues(begun, c.Live)
		}
		if err != nil {
			return err
		}
	}
	if err := t.deleteCalls(over); err != nil {
		return err
	}
	return callRows.insert(t, begun)
}
