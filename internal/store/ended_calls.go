package store

import (
	"context"
	"errors"
	"slices"

	"tollkeeper"
)

// noteEnded leaves a note of the calls that are over and that somebody listens to, in
// the transaction of their records: one row for many, of which tellOfCalls makes events
// afterwards. An event in its place would cost each call a fifth more. A batch has
// locked its customers, so that it sees the notes of their calls before, and each
// customer's notes rise.
func (s *Store) noteEnded(t tx, l *listeners, records []*tollkeeper.CDR) error {
	var calls []byte
	for _, r := range records {
		if l.all || l.customers[r.Customer] {
			calls = append(append(calls, r.Customer[:]...), r.ID[:]...)
		}
	}
	for note := range slices.Chunk(calls, dispatchAtOnce*endedBytes) {
		err := t.later(nil, "INSERT INTO ended_calls (position, id, calls) VALUES ((SELECT COALESCE(MAX(position), 0) + 1 FROM ended_calls), ?, ?)", s.NewID(), note)
		if err != nil {
			return err
		}
	}
	return nil
}

// endedBytes are the ids of a customer and of a record, as noted.
const endedBytes = 2 * len(tollkeeper.ID{})

// tellOfCalls makes events of the calls that were noted first, at most dispatchAtOnce,
// in the transaction that removes the notes. A record that was deleted meanwhile is
// told to nobody.
func (s *Store) tellOfCalls(ctx context.Context) error {
	waiting := false
	err := s.engine.look(ctx, func(t tx) (err error) {
		waiting, err = exists(t, "SELECT 1 FROM ended_calls LIMIT 1")
		return err
	})
	if err != nil || !waiting {
		return err
	}
	return s.engine.write(ctx, func(t tx) error {
		calls, err := takeEnded(t)
		if err != nil {
			return err
		}
		events, err := endedEvents(t, calls)
		if err != nil {
			return err
		}
		return s.tell(t, events)
	})
}

// takeEnded removes the first notes, and returns the calls in them.
func takeEnded(t tx) (calls []byte, err error) {
	var taken []any
	full := false
	err = t.query(func(r row) error {
		note := r.blob(2)
		if full = full || len(calls)+len(note) > dispatchAtOnce*endedBytes; !full {
			calls, taken = append(calls, note...), append(taken, r.int(0), r.id(1))
		}
		return nil
	}, "SELECT position, id, calls FROM ended_calls ORDER BY position, id LIMIT ?", dispatchAtOnce)
	for note := range slices.Chunk(taken, 2) {
		err = errors.Join(err, t.later(nil, "DELETE FROM ended_calls WHERE position = ? AND id = ?", note...))
	}
	return calls, err
}

// endedEvents reads the records of calls, and returns the events that tell of them.
func endedEvents(t tx, calls []byte) (events []tollkeeper.Event, err error) {
	for ; len(calls) > 0; calls = calls[endedBytes:] {
		ask := t.later
		if len(calls) == endedBytes { // the answers are needed now
			ask = t.query
		}
		err := ask(func(r row) error { events = append(events, scanCDR(r).Ended()); return nil },
			"SELECT "+cdrColumns+" FROM cdrs WHERE customer = ? AND id = ?", calls[:endedBytes/2], calls[endedBytes/2:endedBytes])
		if err != nil {
			return nil, err
		}
	}
	return events, nil
}
