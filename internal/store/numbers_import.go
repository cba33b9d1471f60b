package store

import (
	"context"
	"slices"

	"tollkeeper"
)

// numbersAtOnce bounds how many numbers one statement looks for.
const numbersAtOnce = 200

// ImportNumbers stores new numbers, all of them or, where one is known already or its
// customer is not, none. A dry run stores none either way. The numbers differ from each
// other.
func (s *Store) ImportNumbers(ctx context.Context, w tollkeeper.Write, numbers []tollkeeper.Number, dryRun bool) (faults []tollkeeper.ImportFault, err error) {
	within := s.engine.write
	if dryRun {
		within = s.engine.look
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
	for i := range records {
		id := customer(&records[i])
		exist, asked := known[id]
		if !asked {
			if exist, err = exists(t, "SELECT 1 FROM customers WHERE id = ?", id); err != nil {
				return nil, err
			}
			known[id] = exist
		}
		if !exist {
			faults = append(faults, tollkeeper.ImportFault{Index: i, Field: "customer", Message: "there is no customer " + id.String()})
		}
	}
	return faults, nil
}

func knownNumbers(t tx, numbers []tollkeeper.Number) (map[string]bool, error) {
	known := map[string]bool{}
	err := eachOf(numbers, func(marks string, wanted []any) error {
		return t.query(func(r row) error { known[r.text(0)] = true; return nil }, "SELECT number FROM numbers WHERE number IN ("+marks+")", wanted...)
	})
	return known, err
}

// eachOf asks about many numbers, so many at once.
func eachOf(numbers []tollkeeper.Number, ask func(marks string, wanted []any) error) error {
	for chunk := range slices.Chunk(numbers, numbersAtOnce) {
		wanted := make([]any, len(chunk))
		for i := range chunk {
			wanted[i] = chunk[i].E164
		}
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
