package store

import (
	"context"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const (
	// listNamesAtOnce keeps the transactions of an import so short that calls are decided
	// in between.
	listNamesAtOnce = 500
	// importTime is how long an import may take. What it has stored counts as left over
	// afterwards.
	importTime = time.Hour
	// removeNamesAtOnce bounds a transaction that removes what is left over.
	removeNamesAtOnce = 500
)

const currentList = "(SELECT list FROM name_list WHERE one = 1)"

var listedNameRows = newMultiRow("listed_names", "list, id, number, name")

// ListNames replaces the carrier's list of names. The rows go in by short transactions
// of their own; the last one makes them the list that counts.
func (s *Store) ListNames(ctx context.Context, w tollkeeper.Write, names []tollkeeper.ListedName) error {
	list := s.NewID()
	for chunk := range slices.Chunk(names, listNamesAtOnce) {
		values := make([]any, 0, len(chunk)*listedNameRows.columns)
		for _, n := range chunk {
			values = append(values, list, s.NewID(), n.Number, n.Name)
		}
		if err := s.engine.write(ctx, func(t tx) error { return listedNameRows.insert(t, values) }); err != nil {
			return err
		}
	}
	return s.write(ctx, w, func(t tx) (any, error) {
		if list.Time().Add(importTime).Before(s.now()) {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "the import took too long; do it again")
		}
		before, err := count(t, "SELECT names FROM name_list WHERE one = 1")
		if err != nil {
			return nil, err
		}
		if _, err := t.exec("UPDATE name_list SET list = ?, names = ? WHERE one = 1", list, len(names)); err != nil {
			return nil, err
		}
		return nil, s.audited(t, w, tollkeeper.AuditEntry{Subject: "callernames", Action: "callernames.import",
			Changes: []tollkeeper.Change{{Field: "names", From: itoa(before), To: itoa(int64(len(names)))}}})
	})
}

// ListedName returns the name of a number, in E.164, in the carrier's list; "" where it
// has none.
func (s *Store) ListedName(ctx context.Context, e164 string) (name string, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { name = r.text(0); return nil },
			"SELECT n.name FROM listed_names n WHERE n.list = "+currentList+" AND n.number = ?", e164)
	})
	return name, err
}

var listedNameSource = &source{
	table:   "(SELECT id, number, name FROM listed_names WHERE list = " + currentList + ") AS listed",
	columns: "id, number, name", id: "id", search: contains,
	fields: map[string]column{"_id": {expr: "id"}, "number": {expr: "number"}, "name": {expr: "name"}},
	total: func(_ *Store, t tx, f *query.Find) (total int64, known bool, err error) {
		if f.Where != nil || f.Search != "" {
			return 0, false, nil
		}
		total, err = count(t, "SELECT names FROM name_list WHERE one = 1")
		return total, true, err
	},
}

// FindListedNames returns a page of the carrier's list of names.
func (s *Store) FindListedNames(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.ListedName], error) {
	return find(ctx, s, listedNameSource, f, "", nil, func(r row) (tollkeeper.ListedName, error) {
		return tollkeeper.ListedName{ID: r.id(0), Number: r.text(1), Name: r.text(2)}, nil
	})
}

// RemoveReplacedNames removes rows of lists that were replaced, or whose import was cut
// off, and returns how many.
func (s *Store) RemoveReplacedNames(ctx context.Context) (done int, err error) {
	return inBatches(ctx, func() (some int, more bool, err error) {
		err = s.engine.write(ctx, func(t tx) (err error) {
			some, err = removeReplacedNames(t, tollkeeper.IDAt(s.now().Add(-importTime)))
			return err
		})
		return some, some > 0, err
	})
}

// removeReplacedNames removes some rows of one list that is older than a bound. Lists
// stand before and behind the one that counts, which is large and not looked through.
func removeReplacedNames(t tx, bound tollkeeper.ID) (done int, err error) {
	for _, side := range []string{"<", ">"} {
		var list tollkeeper.ID
		err := t.query(func(r row) error { list = r.id(0); return nil },
			"SELECT list FROM listed_names WHERE list < ? AND list "+side+" "+currentList+" ORDER BY list LIMIT 1", bound)
		if err != nil {
			return 0, err
		}
		if list.IsZero() {
			continue
		}
		var ids []tollkeeper.ID
		err = t.query(func(r row) error { ids = append(ids, r.id(0)); return nil },
			"SELECT id FROM listed_names WHERE list = ? ORDER BY id LIMIT ?", list, removeNamesAtOnce)
		if err != nil {
			return 0, err
		}
		_, err = t.exec("DELETE FROM listed_names WHERE list = ? AND id <= ?", list, ids[len(ids)-1])
		return len(ids), err
	}
	return 0, nil
}
