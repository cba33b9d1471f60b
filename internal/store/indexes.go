package store

import (
	"tollkeeper"
	"tollkeeper/internal/query"
)

// recordChange is a change of a customer's record. Before is nil for a new
// record, after for a deleted one.
type recordChange struct{ before, after *tollkeeper.Customer }

// flushIndexes brings the substring index and the tallies up to date with all that
// a transaction changed. It runs once, at the end: the tallies are the same few
// rows for everyone, and the full-text index gathers what follows without a break.
func flushIndexes(t tx, changes []recordChange) error {
	if len(changes) == 0 {
		return nil
	}
	if err := tallied(t, changes); err != nil {
		return err
	}
	for _, change := range changes {
		if err := searchable(t, change); err != nil {
			return err
		}
	}
	return nil
}

func searchable(t tx, c recordChange) (err error) {
	was, is := searchText(c.before), searchText(c.after)
	if was == is && c.before != nil && c.after != nil {
		return nil
	}
	if c.before != nil {
		if _, err := t.exec("DELETE FROM customers_search WHERE rowid = ?", rowOf(c.before.ID)); err != nil {
			return err
		}
	}
	if c.after != nil {
		_, err = t.exec("INSERT INTO customers_search (rowid, text) VALUES (?, ?)", rowOf(c.after.ID), is)
	}
	return err
}

func searchText(c *tollkeeper.Customer) string {
	if c == nil {
		return ""
	}
	if c.WebsiteURL == nil {
		return query.Fold(c.Name)
	}
	return query.Fold(c.Name) + gramSeparator + query.Fold(*c.WebsiteURL)
}
