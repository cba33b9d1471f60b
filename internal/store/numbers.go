package store

import (
	"context"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const numberColumns = `id, number, customer, label, status, inbound_price, inbound_minimum, inbound_increment, owned_at, owned_by,
 created_at, updated_at, revision`

var numberSource = &source{
	table: "numbers", columns: numberColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "number": {expr: "number"}, "customer": {expr: "customer"}, "label": {expr: "label", absent: ""},
		"status": {expr: "status"}, "inboundPricePerMinuteMicros": {expr: "inbound_price"}, "inboundMinimumSeconds": {expr: "inbound_minimum"},
		"inboundIncrementSeconds": {expr: "inbound_increment"}, "ownedAt": {expr: "owned_at", absent: int64(0)},
		"createdAt": {expr: "created_at"}, "updatedAt": {expr: "updated_at"},
	},
}

func scanNumber(r row) (tollkeeper.Number, error) {
	return tollkeeper.Number{
		ID: r.id(0), E164: r.text(1), Customer: r.id(2), Label: r.text(3), Status: tollkeeper.NumberStatus(r.text(4)),
		Inbound: tollkeeper.InboundPrice{PricePerMinute: tollkeeper.Micros(r.int(5)), MinimumSeconds: int32(r.int(6)), IncrementSeconds: int32(r.int(7))},
		OwnedAt: fromMillis(r.int(8)), OwnedBy: r.text(9), CreatedAt: fromMillis(r.int(10)), UpdatedAt: fromMillis(r.int(11)), Revision: r.int(12),
	}, nil
}

var numberRows = newMultiRow("numbers", numberColumns)

func numberValues(values []any, n *tollkeeper.Number) []any {
	return append(values, n.ID, n.E164, idOrNull(n.Customer), n.Label, string(n.Status), n.Inbound.PricePerMinute, n.Inbound.MinimumSeconds,
		n.Inbound.IncrementSeconds, millis(n.OwnedAt), n.OwnedBy, millis(n.CreatedAt), millis(n.UpdatedAt), n.Revision)
}

// CreateNumber stores a new number. One that exists already is a conflict, whoever
// has it.
func (s *Store) CreateNumber(ctx context.Context, w tollkeeper.Write, n tollkeeper.Number) (tollkeeper.Number, error) {
	err := s.write(ctx, w, func(t tx) (any, error) {
		known, err := loadNumber(t, "number = ?", n.E164)
		if err != nil {
			return nil, err
		}
		if !known.ID.IsZero() {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "number: %s exists already; change it instead", n.E164)
		}
		s.found(&n)
		if err := s.owned(t, w, &n, tollkeeper.Number{}); err != nil {
			return nil, err
		}
		if err := numberRows.insert(t, numberValues(nil, &n)); err != nil {
			return nil, err
		}
		return n, s.numberChanged(t, w, "number.create", n, tollkeeper.Number{})
	})
	return n, err
}

// found fills in what a new number has beside what its creator says, and its owner.
func (s *Store) found(n *tollkeeper.Number) {
	n.ID, n.CreatedAt, n.Revision = s.NewID(), s.now(), 1
	n.UpdatedAt = n.CreatedAt
}

// PatchNumber applies change to a number. It may give it another owner, or none, if
// no account lock protects it.
func (s *Store) PatchNumber(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Number) error) (n tollkeeper.Number, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		before, err := mustLoadNumber(t, id)
		if err != nil {
			return nil, err
		}
		n = before
		if err := change(&n); err != nil {
			return nil, err
		}
		if n == before {
			return n, nil
		}
		if n.Customer != before.Customer {
			if err := s.mustBeUnlocked(t, before.Customer); err != nil {
				return nil, err
			}
		}
		return n, s.saveNumber(t, w, "number.patch", &n, before)
	})
	return n, err
}

// saveNumber writes back what has changed of a number.
func (s *Store) saveNumber(t tx, w tollkeeper.Write, action string, n *tollkeeper.Number, before tollkeeper.Number) error {
	n.UpdatedAt, n.Revision = s.now(), before.Revision+1
	if n.Customer != before.Customer {
		if err := s.owned(t, w, n, before); err != nil {
			return err
		}
	}
	_, err := t.exec(`UPDATE numbers SET customer = ?, label = ?, status = ?, inbound_price = ?, inbound_minimum = ?, inbound_increment = ?,
 owned_at = ?, owned_by = ?, updated_at = ?, revision = ? WHERE id = ?`,
		idOrNull(n.Customer), n.Label, string(n.Status), n.Inbound.PricePerMinute, n.Inbound.MinimumSeconds, n.Inbound.IncrementSeconds,
		millis(n.OwnedAt), n.OwnedBy, millis(n.UpdatedAt), n.Revision, n.ID)
	if err != nil {
		return err
	}
	return s.numberChanged(t, w, action, *n, before)
}

// owned begins the time of a number's new owner, and writes that of the old one into
// the history. Whatever the nodes' clocks say, neither ends before it began, and the
// two do not overlap.
func (s *Store) owned(t tx, w tollkeeper.Write, n *tollkeeper.Number, before tollkeeper.Number) error {
	ended, err := ownedBefore(t, []tollkeeper.Number{*n})
	if err != nil {
		return err
	}
	now := latest(s.now(), before.OwnedAt, ended[n.E164])
	if !before.Customer.IsZero() {
		if err := s.ownedUntil(t, w, &before, now); err != nil {
			return err
		}
	}
	if ownedSince(n, w, now); n.Customer.IsZero() {
		return nil
	}
	found, err := exists(t, "SELECT 1 FROM customers WHERE id = ?", n.Customer)
	if err == nil && !found {
		err = tollkeeper.Invalid("customer: must be the id of an existing customer")
	}
	return err
}

// ownedSince begins the time of a number's owner, if it has one.
func ownedSince(n *tollkeeper.Number, w tollkeeper.Write, at time.Time) {
	n.OwnedAt, n.OwnedBy = at, w.Actor()
	if n.Customer.IsZero() {
		n.OwnedAt, n.OwnedBy = fromMillis(0), ""
	}
}

// ownedBefore returns until when each of some numbers has had an owner that it has no
// longer.
func ownedBefore(t tx, numbers []tollkeeper.Number) (map[string]time.Time, error) {
	until := map[string]time.Time{}
	err := eachOf(texts(numbers), func(marks string, wanted []any) error {
		return t.query(func(r row) error { until[r.text(0)] = fromMillis(r.int(1)); return nil },
			"SELECT number, MAX(until) FROM number_owners WHERE number IN ("+marks+") GROUP BY number", wanted...)
	})
	return until, err
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

func (s *Store) ownedUntil(t tx, w tollkeeper.Write, n *tollkeeper.Number, until time.Time) error {
	return t.later(nil, "INSERT INTO number_owners (customer, id, number, owned_at, owned_by, until, until_by) VALUES (?,?,?,?,?,?,?)",
		n.Customer, s.NewID(), n.E164, millis(n.OwnedAt), n.OwnedBy, millis(until), w.Actor())
}

// numberChanged tells everybody whom a write to a number concerns: its owner, and whoever
// owned it before.
func (s *Store) numberChanged(t tx, w tollkeeper.Write, action string, n, before tollkeeper.Number) error {
	if err := directoryChanged(t, n.E164); err != nil {
		return err
	}
	concerned := []tollkeeper.ID{n.Customer}
	if n.Customer != before.Customer {
		var events []tollkeeper.Event
		if !before.Customer.IsZero() {
			events = append(events, before.Released(s.now()))
		}
		if !n.Customer.IsZero() {
			events = append(events, n.Assigned(s.now()))
		}
		if err := s.tell(t, events); err != nil { // of both at once, for it locks them in order
			return err
		}
		concerned = slices.DeleteFunc([]tollkeeper.ID{before.Customer, n.Customer}, tollkeeper.ID.IsZero)
	}
	for _, customer := range concerned {
		entry := tollkeeper.AuditEntry{Customer: customer, Subject: n.ID.String(), Action: action, Changes: n.Changes(before)}
		if err := s.audited(t, w, entry); err != nil {
			return err
		}
	}
	return nil
}

// DeleteNumber removes a number, if expect finds it as it should be and no account
// lock protects it, and returns it. The history of its owners stays.
func (s *Store) DeleteNumber(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(*tollkeeper.Number) error) (n tollkeeper.Number, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if n, err = mustLoadNumber(t, id); err != nil {
			return nil, err
		}
		if err := expect(&n); err != nil {
			return nil, err
		}
		if err := s.mustBeUnlocked(t, n.Customer); err != nil {
			return nil, err
		}
		stock := n
		stock.Customer = tollkeeper.ID{}
		if err := s.owned(t, w, &stock, n); err != nil {
			return nil, err
		}
		if _, err := t.exec("DELETE FROM numbers WHERE id = ?", id); err != nil {
			return nil, err
		}
		return n, s.numberChanged(t, w, "number.remove", tollkeeper.Number{ID: n.ID, E164: n.E164}, n)
	})
	return n, err
}

// mustBeUnlocked refuses to take a number from a customer whose account lock protects
// it.
func (s *Store) mustBeUnlocked(t tx, customer tollkeeper.ID) error {
	if customer.IsZero() {
		return nil
	}
	porting, err := loadPorting(t, customer)
	switch {
	case err != nil:
		return err
	case porting.Locked:
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the account lock of customer %s protects its numbers; the owner must unlock the account (accountLock 0) first", customer)
	case porting.Protects(s.now(), s.policy):
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the account of customer %s was unlocked a short while ago; its numbers are protected until %s", customer,
			porting.UnlockedAt.Add(s.policy.CoolingOff).UTC().Format(time.RFC3339))
	}
	return nil
}

// releaseNumbers takes the numbers of a customer who is deleted back into stock.
func (s *Store) releaseNumbers(t tx, w tollkeeper.Write, customer tollkeeper.ID) error {
	var numbers []tollkeeper.Number
	err := t.query(func(r row) error {
		n, err := scanNumber(r)
		numbers = append(numbers, n)
		return err
	}, "SELECT "+numberColumns+" FROM numbers WHERE customer = ?", customer)
	if err != nil || len(numbers) == 0 {
		return err
	}
	if err := s.mustBeUnlocked(t, customer); err != nil {
		return err
	}
	for _, before := range numbers {
		n := before
		n.Customer = tollkeeper.ID{}
		if err := s.saveNumber(t, w, "number.patch", &n, before); err != nil {
			return err
		}
	}
	return nil
}

// Number returns one number.
func (s *Store) Number(ctx context.Context, id tollkeeper.ID) (n tollkeeper.Number, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		n, err = mustLoadNumber(t, id)
		return err
	})
	return n, err
}

// NumberByE164 returns the number that is written so; its ID is zero where there is
// none.
func (s *Store) NumberByE164(ctx context.Context, e164 string) (n tollkeeper.Number, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		n, err = loadNumber(t, "number = ?", e164)
		return err
	})
	return n, err
}

// FindNumbers returns a page of numbers.
func (s *Store) FindNumbers(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Number], error) {
	return find(ctx, s, numberSource, f, "", nil, scanNumber)
}

func mustLoadNumber(t tx, id tollkeeper.ID) (tollkeeper.Number, error) {
	n, err := loadNumber(t, "id = ?", id)
	if err == nil && n.ID.IsZero() {
		err = notFound("number", id.String())
	}
	return n, err
}

func loadNumber(t tx, condition string, key any) (n tollkeeper.Number, err error) {
	err = t.query(func(r row) (err error) { n, err = scanNumber(r); return err }, "SELECT "+numberColumns+" FROM numbers WHERE "+condition, key)
	return n, err
}

var ownerSource = &source{
	table: `(SELECT customer, id, number, owned_at, owned_by, until, until_by FROM number_owners
 UNION ALL SELECT customer, id, number, owned_at, owned_by, 0, '' FROM numbers WHERE customer IS NOT NULL) AS owners`,
	columns: "id, number, customer, owned_at, until, owned_by, until_by", id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "number": {expr: "number"}, "customer": {expr: "customer"}, "from": {expr: "owned_at"},
		"until": {expr: "until", absent: int64(0)}, "fromBy": {expr: "owned_by"}, "untilBy": {expr: "until_by", absent: ""},
	},
}

// FindOwners returns a page of the history of a number, which need not exist any more.
func (s *Store) FindOwners(ctx context.Context, e164 string, f *query.Find) (tollkeeper.Page[tollkeeper.Ownership], error) {
	return find(ctx, s, ownerSource, f, "number = ?", []any{e164}, func(r row) (tollkeeper.Ownership, error) {
		return tollkeeper.Ownership{ID: r.id(0), Number: r.text(1), Customer: r.id(2), From: fromMillis(r.int(3)), Until: fromMillis(r.int(4)),
			FromBy: r.text(5), UntilBy: r.text(6)}, nil
	})
}
