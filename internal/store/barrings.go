package store

import (
	"context"
	"sync"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const barringColumns = "id, customer, prefix, region, effect, note, created_at, created_by"

var barringRows = newMultiRow("barrings", barringColumns)

var barringSource = &source{
	table: "barrings", columns: barringColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "prefix": {expr: "prefix", absent: ""}, "region": {expr: "region", absent: ""},
		"effect": {expr: "effect"}, "note": {expr: "note", absent: ""}, "createdAt": {expr: "created_at"}, "createdBy": {expr: "created_by"},
	},
}

func scanBarring(r row) (tollkeeper.Barring, error) {
	return tollkeeper.Barring{
		ID: r.id(0), Customer: r.id(1), Prefix: r.text(2), Region: r.text(3), Effect: tollkeeper.BarringEffect(r.text(4)), Note: r.text(5),
		CreatedAt: fromMillis(r.int(6)), CreatedBy: r.text(7),
	}, nil
}

// barringCache keeps the table until the number in the database is another.
type barringCache struct {
	mu     sync.Mutex // guards all below
	number int64
	loaded bool
	cached *tollkeeper.Barrings // nil: without rows
}

func (s *Store) barringsOf(t tx, number int64) (*tollkeeper.Barrings, error) {
	c := &s.barrings
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded && c.number == number {
		return c.cached, nil
	}
	rows, err := barringsWhere(t, "1 = 1")
	if err != nil {
		return nil, err
	}
	c.number, c.loaded, c.cached = number, true, nil
	if len(rows) > 0 {
		c.cached = tollkeeper.NewBarrings(rows)
	}
	return c.cached, nil
}

// barringsNow returns the table as the transaction sees it.
func (s *Store) barringsNow(t tx) (*tollkeeper.Barrings, error) {
	number, err := count(t, "SELECT barrings FROM deck_generation WHERE id = 1")
	if err != nil {
		return nil, err
	}
	return s.barringsOf(t, number)
}

// barringsChanged makes every node read the table anew.
func barringsChanged(t tx) error {
	return t.later(nil, "UPDATE deck_generation SET barrings = ? WHERE id = 1", newMark())
}

// SetBarring stores a row, in place of the one that there is for the same customer and
// prefix or region.
func (s *Store) SetBarring(ctx context.Context, w tollkeeper.Write, b tollkeeper.Barring) (tollkeeper.Barring, error) {
	err := s.write(ctx, w, func(t tx) (any, error) {
		if err := mayBar(t, b.Customer); err != nil {
			return nil, err
		}
		before, err := takeBarring(t, &b)
		if err != nil {
			return nil, err
		}
		if err := barringRows.insert(t, s.newBarring(nil, w, &b)); err != nil {
			return nil, err
		}
		return b, s.barringWritten(t, w, "barring.create", b, before)
	})
	return b, err
}

// newBarring makes a row and appends its values.
func (s *Store) newBarring(values []any, w tollkeeper.Write, b *tollkeeper.Barring) []any {
	b.ID, b.CreatedAt, b.CreatedBy = s.NewID(), s.now(), w.Actor()
	return append(values, b.ID, idOrNull(b.Customer), b.Prefix, b.Region, string(b.Effect), b.Note, millis(b.CreatedAt), b.CreatedBy)
}

// PatchBarring changes what a row does, or its note.
func (s *Store) PatchBarring(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Barring) error) (b tollkeeper.Barring, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		before, err := mustLoadBarring(t, id)
		if err != nil {
			return nil, err
		}
		b = before
		if err := change(&b); err != nil || b == before {
			return b, err
		}
		if _, err := t.exec("UPDATE barrings SET effect = ?, note = ? WHERE id = ?", string(b.Effect), b.Note, id); err != nil {
			return nil, err
		}
		return b, s.barringWritten(t, w, "barring.patch", b, before)
	})
	return b, err
}

// mayBar makes sure that a row's customer exists, and that the table has room for it.
func mayBar(t tx, customer tollkeeper.ID) error {
	if !customer.IsZero() {
		found, err := exists(t, "SELECT 1 FROM customers WHERE id = ?", customer)
		if err != nil {
			return err
		}
		if !found {
			return tollkeeper.Invalid("customer: must be the id of an existing customer")
		}
	}
	return barringRoom(t, 1)
}

// barringRoom makes sure that the table has room for more rows.
func barringRoom(t tx, more int64) error {
	rows, err := count(t, "SELECT COUNT(*) FROM barrings")
	if err == nil && rows+more > tollkeeper.MaxBarrings {
		err = tollkeeper.Errorf(tollkeeper.CodeConflict, "the barring table has %d rows and can hold %d", rows, tollkeeper.MaxBarrings)
	}
	return err
}

// takeBarring removes the row that another takes the place of, and returns it.
func takeBarring(t tx, b *tollkeeper.Barring) (before tollkeeper.Barring, err error) {
	condition, args := "customer IS NULL AND prefix = ? AND region = ?", []any{b.Prefix, b.Region}
	if !b.Customer.IsZero() {
		condition, args = "customer = ? AND prefix = ? AND region = ?", []any{b.Customer, b.Prefix, b.Region}
	}
	rows, err := barringsWhere(t, condition, args...)
	if err != nil || len(rows) == 0 {
		return before, err
	}
	_, err = t.exec("DELETE FROM barrings WHERE id = ?", rows[0].ID)
	return rows[0], err
}

// barringWritten tells everybody whom a write to the table concerns.
func (s *Store) barringWritten(t tx, w tollkeeper.Write, action string, b, before tollkeeper.Barring) error {
	if err := barringsChanged(t); err != nil {
		return err
	}
	subject := b
	if b.ID.IsZero() {
		subject = before
	}
	if err := s.tell(t, []tollkeeper.Event{subject.Changed(b.Effect, s.now())}); err != nil {
		return err
	}
	return s.audited(t, w, tollkeeper.AuditEntry{Customer: subject.Customer, Subject: subject.ID.String(), Action: action, Changes: b.Changes(before)})
}

// DeleteBarring removes a row and returns it.
func (s *Store) DeleteBarring(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID) (b tollkeeper.Barring, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if b, err = mustLoadBarring(t, id); err != nil {
			return nil, err
		}
		if _, err := t.exec("DELETE FROM barrings WHERE id = ?", id); err != nil {
			return nil, err
		}
		return b, s.barringWritten(t, w, "barring.remove", tollkeeper.Barring{}, b)
	})
	return b, err
}

// removeBarrings deletes the rows of a customer who is deleted.
func removeBarrings(t tx, customer tollkeeper.ID) error {
	rows, err := t.exec("DELETE FROM barrings WHERE customer = ?", customer)
	if err != nil || rows == 0 {
		return err
	}
	return barringsChanged(t)
}

// Barring returns one row.
func (s *Store) Barring(ctx context.Context, id tollkeeper.ID) (b tollkeeper.Barring, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		b, err = mustLoadBarring(t, id)
		return err
	})
	return b, err
}

// FindBarrings returns a page of rows.
func (s *Store) FindBarrings(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Barring], error) {
	return find(ctx, s, barringSource, f, "", nil, scanBarring)
}

func mustLoadBarring(t tx, id tollkeeper.ID) (tollkeeper.Barring, error) {
	rows, err := barringsWhere(t, "id = ?", id)
	if err == nil && rows == nil {
		err = notFound("barring", id.String())
	}
	if err != nil {
		return tollkeeper.Barring{}, err
	}
	return rows[0], nil
}

func barringsWhere(t tx, condition string, args ...any) (rows []tollkeeper.Barring, err error) {
	err = t.query(func(r row) error {
		b, err := scanBarring(r)
		rows = append(rows, b)
		return err
	}, "SELECT "+barringColumns+" FROM barrings WHERE "+condition, args...)
	return rows, err
}
