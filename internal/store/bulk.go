package store

import (
	"context"

	"tollkeeper"
)

// bulkRows is how many customers one transaction of CreateCustomers makes.
const bulkRows = 20_000

// CreateCustomers makes many customers, many to a transaction, for
// filling a database that nobody uses yet. They get an opening entry each, and one
// entry in the audit trail together. Progress is told how many are done.
func (s *Store) CreateCustomers(ctx context.Context, w tollkeeper.Write, drafts func(yield func(tollkeeper.Customer) bool), progress func(done int)) error {
	done := 0
	var batch []tollkeeper.Customer
	flush := func() error {
		err := s.engine.write(ctx, func(t tx) error {
			for i := range batch {
				if _, err := s.insertCustomer(t, w, batch[i]); err != nil {
					return err
				}
			}
			return s.audited(t, w, tollkeeper.AuditEntry{Action: "customers.create",
				Changes: []tollkeeper.Change{{Field: "customers", To: itoa(int64(len(batch)))}}})
		})
		done += len(batch)
		batch = batch[:0]
		progress(done)
		return err
	}
	for draft := range drafts {
		if batch = append(batch, draft); len(batch) == bulkRows {
			if err := flush(); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return flush()
}
