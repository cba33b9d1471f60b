package store

import (
	"tollkeeper"
	"tollkeeper/internal/query"
)

// notes are what a transaction leaves to its end.
type notes struct {
	changes []recordChange
	entries []tollkeeper.AuditEntry
	moved   []tollkeeper.Transfer
}

func (n *notes) indexLater(before, after *tollkeeper.Customer) {
	n.changes = append(n.changes, recordChange{before, after})
}

func (n *notes) auditLater(e tollkeeper.AuditEntry) { n.entries = append(n.entries, e) }

func (n *notes) movedLater(x tollkeeper.Transfer) { n.moved = append(n.moved, x) }

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

// searchable brings the index of substrings up to date. A customer always has a
// name, so that no text means no customer.
func searchable(t tx, c recordChange) error {
	was, is := searchText(c.before), searchText(c.after)
	switch {
	case was == is:
		return nil
	case c.before != nil:
		return t.index(c.before.ID, was, is)
	default:
		return t.index(c.after.ID, was, is)
	}
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
