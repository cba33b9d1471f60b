package store

import (
	"context"

	"tollkeeper"
)

// ImportBarrings stores rows, each in place of the one that there is for the same
// customer and prefix or region; all of them or, where a customer is not known, none. It
// returns how many are new or say something else than before: the others are left alone.
// A dry run stores none either way. The rows differ in what they are about.
func (s *Store) ImportBarrings(ctx context.Context, w tollkeeper.Write, rows []tollkeeper.Barring, dryRun bool) (changed int, faults []tollkeeper.ImportFault, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		if faults, err = unknownCustomers(t, rows, func(b *tollkeeper.Barring) tollkeeper.ID { return b.Customer }); err != nil || len(faults) > 0 {
			return err
		}
		table, err := s.barringsNow(t)
		if err != nil {
			return err
		}
		changes, added := otherBarrings(table, rows)
		if changed = len(changes); changed == 0 {
			return nil
		}
		if err := barringRoom(t, added); err != nil || dryRun {
			return err
		}
		return s.writeBarrings(t, w, changes)
	})
	return changed, faults, err
}

// barringChange is a row with the one that it takes the place of.
type barringChange struct{ after, before tollkeeper.Barring }

// otherBarrings leaves out the rows that are in a table already, and counts those that
// take no other's place.
func otherBarrings(table *tollkeeper.Barrings, rows []tollkeeper.Barring) (changes []barringChange, added int64) {
	for _, b := range rows {
		c := barringChange{after: b}
		if before := table.Same(&b); before == nil {
			added++
		} else if c.before = *before; before.Effect == b.Effect && before.Note == b.Note {
			continue
		}
		changes = append(changes, c)
	}
	return changes, added
}

func (s *Store) writeBarrings(t tx, w tollkeeper.Write, changes []barringChange) error {
	var values []any
	var events []tollkeeper.Event
	for _, c := range changes {
		if !c.before.ID.IsZero() {
			if err := t.later(nil, "DELETE FROM barrings WHERE id = ?", c.before.ID); err != nil {
				return err
			}
		}
		values = s.newBarring(values, w, &c.after)
		events = append(events, c.after.Changed(c.after.Effect, s.now()))
		err := s.audited(t, w, tollkeeper.AuditEntry{Customer: c.after.Customer, Subject: c.after.ID.String(), Action: "barring.import", Changes: c.after.Changes(c.before)})
		if err != nil {
			return err
		}
	}
	if err := barringRows.insert(t, values); err != nil {
		return err
	}
	if err := s.tell(t, events); err != nil {
		return err
	}
	return barringsChanged(t)
}
