package store

import (
	"context"
	"errors"
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
