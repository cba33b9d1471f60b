package store

import (
	"context"
	"errors"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// RunTwice makes every transaction that writes run twice from now on: what the first run
// wrote is undone, as when another write, or the connection, was in its way.
func (s *Store) RunTwice() { s.engine = twice{s.engine} }

type twice struct{ engine }

var errUndone = errors.New("undone, to be run again")

func (e twice) write(ctx context.Context, work func(tx) error) error {
	return again(e.engine.write, ctx, work)
}

func (e twice) writeWhole(ctx context.Context, work func(tx) error) error {
	return again(e.engine.writeWhole, ctx, work)
}

func again(write func(context.Context, func(tx) error) error, ctx context.Context, work func(tx) error) error {
	err := write(ctx, func(t tx) error { return errors.Join(work(t), errUndone) })
	if !errors.Is(err, errUndone) {
		return err
	}
	return write(ctx, work)
}

// UndoDeck lets a version of a deck be seen by whoever shares its transaction, which is
// then rolled back.
func (s *Store) UndoDeck(ctx context.Context, v tollkeeper.DeckVersion) error {
	err := s.engine.write(ctx, func(t tx) error {
		_, err := t.exec("INSERT INTO deck_versions ("+deckVersionColumns+") VALUES (?,?,?,0,0,0,0,'')", v.Deck, v.Version, v.Content)
		if err := errors.Join(err, s.deckChanged(t)); err != nil {
			return err
		}
		_, err = s.decksInForce(t)
		return errors.Join(err, errUndone)
	})
	if errors.Is(err, errUndone) {
		return nil
	}
	return err
}

// LookAgain is what a batch on PostgreSQL knows of a call that it has seen in progress, when
// it looks again.
func (s *Store) LookAgain(ctx context.Context, seen *tollkeeper.Call) (known ledger.Call, err error) {
	err = s.engine.writeWhole(ctx, func(t tx) error {
		book := emptyBook(ledger.Touch{})
		book.Calls[seen.CallKey] = &ledger.Call{Live: seen, Stored: true}
		_, err := t.(*postgresTx).loadLocked(book, nil, callKeys{ids: []string{seen.CallID}, legs: []string{seen.Leg}})
		known = *book.Calls[seen.CallKey]
		return err
	})
	return known, err
}

// ReadAndBreak reads a row on PostgreSQL, and then breaks its own connection. It returns how
// many rows it was given.
func (s *Store) ReadAndBreak(ctx context.Context) (rows int, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		if err := t.query(func(row) error { rows++; return nil }, "SELECT 1"); err != nil {
			return err
		}
		return t.query(func(row) error { return nil }, "SELECT pg_terminate_backend(pg_backend_pid())")
	})
	return rows, err
}
