package store

import (
	"context"
	"slices"

	"tollkeeper"
)

// maxMarks bounds the timeline of one recording.
const maxMarks = 1000

// MarkRecording adds a point to the timeline of the recording of a call in progress,
// or of one that has just ended, and returns the recording's id and all of its timeline.
func (s *Store) MarkRecording(ctx context.Context, r tollkeeper.Report, m tollkeeper.Mark) (recording tollkeeper.ID, marks []tollkeeper.Mark, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		var call tollkeeper.Call
		var flags int64
		for _, table := range []string{"calls WHERE", "cdrs WHERE corrects IS NULL AND"} {
			err := t.query(func(row row) error {
				call = tollkeeper.Call{}
				flags = scanParty(row, &call)
				return nil
			}, "SELECT "+partyColumns+" FROM "+table+" call_id = ? AND leg = ? ORDER BY id DESC LIMIT 1", r.CallID, r.Leg)
			if err != nil {
				return err
			}
			if !call.ID.IsZero() {
				break
			}
		}
		if call.ID.IsZero() || call.Customer.IsZero() || !r.Customer.IsZero() && r.Customer != call.Customer {
			return tollkeeper.Errorf(tollkeeper.CodeNotFound, "no call %q is known", r.CallID)
		}
		if flags&flagRecord == 0 {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the call is not to be recorded")
		}
		recording = call.ID
		if marks, err = marksOf(t, call.Customer, call.ID); err != nil {
			return err
		}
		if n := len(marks); n > 0 && marks[n-1].Kind == m.Kind && marks[n-1].Prompt == m.Prompt {
			return nil // the switch repeats itself
		}
		if len(marks) == maxMarks {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the recording has %d marks already", maxMarks)
		}
		m.At = s.now()
		marks = append(marks, m)
		_, err := t.exec("INSERT INTO recording_marks (customer, recording, id, kind, prompt, created_at) VALUES (?,?,?,?,?,?)",
			call.Customer, call.ID, s.NewID(), slices.Index(tollkeeper.MarkKinds, m.Kind), m.Prompt, millis(m.At))
		return err
	})
	return recording, marks, err
}

// Marks returns the timeline of a recording.
func (s *Store) Marks(ctx context.Context, customer, recording tollkeeper.ID) (marks []tollkeeper.Mark, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		marks, err = marksOf(t, customer, recording)
		return err
	})
	return marks, err
}

func marksOf(t tx, customer, recording tollkeeper.ID) (marks []tollkeeper.Mark, err error) {
	err = t.query(func(r row) error {
		marks = append(marks, tollkeeper.Mark{Kind: tollkeeper.MarkKinds[r.int(0)], Prompt: r.text(1), At: fromMillis(r.int(2))})
		return nil
	}, "SELECT kind, prompt, created_at FROM recording_marks WHERE customer = ? AND recording = ? ORDER BY id", customer, recording)
	return marks, err
}
