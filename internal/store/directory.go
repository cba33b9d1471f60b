package store

import (
	"context"

	"tollkeeper"
)

// keptChanges is how many changes of numbers and trunks are remembered. A node that
// has missed more reads everything anew.
const keptChanges = 10_000

// allNumbers is the subject of a change of more numbers than are worth naming.
const allNumbers = "*"

// directoryChanged tells every node to forget what it knows of some numbers, by their
// E.164, or of trunks, by their ids. Writers take turns, so that generations are
// committed in their order.
func directoryChanged(t tx, subjects ...string) error {
	newest, err := newestGeneration(t)
	if err != nil {
		return err
	}
	for _, subject := range subjects {
		newest++
		if err := t.later(nil, "INSERT INTO directory_changes (generation, subject) VALUES (?,?)", newest, subject); err != nil {
			return err
		}
	}
	return t.later(nil, "DELETE FROM directory_changes WHERE generation <= ?", newest-keptChanges)
}

func newestGeneration(t tx) (int64, error) {
	return count(t, "SELECT COALESCE(MAX(generation), 0) FROM directory_changes")
}

// DirectoryChanges returns what has changed of numbers and trunks after a generation.
func (s *Store) DirectoryChanges(ctx context.Context, after int64) (c tollkeeper.DirectoryChanges, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		c = tollkeeper.DirectoryChanges{Generation: after}
		var first int64
		err := t.query(func(r row) error {
			c.Generation = r.int(0)
			if first == 0 {
				first = c.Generation
			}
			return addSubject(&c, r.text(1))
		}, "SELECT generation, subject FROM directory_changes WHERE generation > ? ORDER BY generation", after)
		c.All = first > after+1
		return err
	})
	return c, err
}

func addSubject(c *tollkeeper.DirectoryChanges, subject string) error {
	switch {
	case subject == allNumbers:
		c.AllNumbers = true
	case subject[0] == '+':
		c.Numbers = append(c.Numbers, subject)
	default:
		id, err := tollkeeper.ParseID(subject)
		c.Trunks = append(c.Trunks, id)
		return err
	}
	return nil
}
