package store

import (
	"context"
	"slices"

	"tollkeeper"
)

// askedAtOnce bounds how many numbers or customers one statement looks for.
const askedAtOnce = 200

// ImportNumbers stores new numbers, all of them or, where one is known already or its
// customer is not, none. A dry run stores none either way. The numbers differ from each
// other.
func (s *Store) ImportNumbers(ctx context.Context, w tollkeeper.Write, numbers []tollkeeper.Number, dryRun bool) (faults []tollkeeper.ImportFault, err error) {
	within := s.engine.write
	if dryRun {
		within = s.engine.readLong
	}
	err = within(ctx, func(t tx) error {
		if faults, err = importFaults(t, numbers); err != nil || len(faults) > 0 || dryRun {
			return err
		}
		return s.insertNumbers(t, w, numbers)
	})
	return faults, err
}

func importFaults(t tx, numbers []tollkeeper.Number) (faults []tollkeeper.ImportFault, err error) {
	known, err := knownNumbers(t, numbers)
	if err != nil {
		return nil, err
	}
	for i := range numbers {
		if n := &numbers[i]; known[n.E164] {
			faults = append(faults, tollkeeper.ImportFault{Index: i, Field: "number", Message: n.E164 + " exists already"})
		}
	}
	unknown, err := unknownCustomers(t, numbers, func(n *tollkeeper.Number) tollkeeper.ID { return n.Customer })
	return append(faults, unknown...), err
}

// unknownCustomers returns the faults of records whose customers do not exist. Those of
// nobody have none.
func unknownCustomers[T any](t tx, records []T, customer func(*T) tollkeeper.ID) (faults []tollkeeper.ImportFault, err error) {
	known := map[tollkeeper.ID]bool{{}: true}
	var wanted []any
	for i := range records {
		id := customer(&records[i])
		if _, met := known[id]; !met {
			known[id], wanted = false, append(wanted, id)
		}
	}
	err = eachOf(wanted, func(marks string, wanted []any) error {
		return t.query(func(r row) error { known[r.id(0)] = true; return nil }, "SELECT id FROM customers WHERE id IN ("+marks+")", wanted...)
	})
	if err != nil {
		return nil, err
	}
	for i := range records {
		if id := customer(&records[i]); !known[id] {
			faults = append(faults, tollkeeper.ImportFault{Index: i, Field: "customer", Message: "there is no customer " + id.String()})
		}
	}
	return faults, nil
}

func knownNumbers(t tx, numbers []tollkeeper.Number) (map[string]bool, error) {
	known := map[string]bool{}
	err := eachOf(texts(numbers), func(marks string, wanted []any) error {
		return t.query(func(r row) error { known[r.text(0)] = true; return nil }, "SELECT number FROM numbers WHERE number IN ("+marks+")", wanted...)
	})
	return known, err
}

func texts(numbers []tollkeeper.Number) []any {
	texts := make([]any, len(numbers))
	for i := range numbers {
		texts[i] = numbers[i].E164
	}
	return texts
}

// eachOf asks about many values, so many at once.
func eachOf(values []any, ask func(marks string, wanted []any) error) error {
	for wanted := range slices.Chunk(values, askedAtOnce) {
		if err := ask(marks(len(wanted)), wanted); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) insertNumbers(t tx, w tollkeeper.Write, numbers []tollkeeper.Number) error {
	var values []any
	var events []tollkeeper.Event
	ended, err := ownedBefore(t, numbers)
	if err != nil {
		return err
	}
	for i := range numbers {
		n := &numbers[i]
		s.found(n)
		ownedSince(n, w, latest(n.CreatedAt, ended[n.E164]))
		values = numberValues(values, n)
		if !n.Customer.IsZero() {
			events = append(events, n.Assigned(s.now()))
		}
		err := s.audited(t, w, tollkeeper.AuditEntry{Customer: n.Customer, Subject: n.ID.String(), Action: "number.import", Changes: n.Changes(tollkeeper.Number{})})
		if err != nil {
			return err
		}
	}
	if err := numberRows.insert(t, values); err != nil {
		return err
	}
	if err := s.tell(t, events); err != nil {
		return err
	}
	return directoryChanged(t, allNumbers)
}
