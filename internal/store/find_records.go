package store

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// names lists the texts of an enum in the order in which they are stored.
func names[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}

var ledgerSource = &source{
	table: "transfers", columns: transferColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "kind": {expr: "kind", enum: names(tollkeeper.TransferKinds)},
		"debitAccount":  {expr: "debit", enum: names(tollkeeper.BookAccounts)},
		"creditAccount": {expr: "credit", enum: names(tollkeeper.BookAccounts)},
		"amountMicros":  {expr: "amount"}, "releasedMicros": {expr: "released"}, "postedMicros": {expr: "posted_after"},
		"heldMicros": {expr: "held_after"}, "call": {expr: "call"}, "reason": {expr: "reason"}, "key": {expr: "key"},
		"actor": {expr: "actor"}, "createdAt": {expr: "created_at"},
	},
}

// FindTransfers returns a page of a customer's ledger. That of a deleted customer
// remains.
func (s *Store) FindTransfers(ctx context.Context, customer tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.Transfer], error) {
	if err := s.mustHaveExisted(ctx, customer, "transfers"); err != nil {
		return tollkeeper.Page[tollkeeper.Transfer]{}, err
	}
	return find(ctx, s, ledgerSource, f, "customer = ?", []any{customer}, func(r row) (tollkeeper.Transfer, error) {
		return scanTransfer(r), nil
	})
}

// mustHaveExisted tells a customer that was deleted, of whom a table still has
// records, from one that never was.
func (s *Store) mustHaveExisted(ctx context.Context, customer tollkeeper.ID, table string) error {
	return s.engine.read(ctx, func(t tx) error {
		found, err := exists(t, "SELECT 1 FROM customers WHERE id = ?", customer)
		if err == nil && !found {
			found, err = exists(t, "SELECT 1 FROM "+table+" WHERE customer = ? LIMIT 1", customer)
		}
		if err == nil && !found {
			err = notFound("customer", customer.String())
		}
		return err
	})
}

var auditSource = &source{
	table: "audit", id: "id", search: contains, columns: "id, customer, subject, action, actor, address, user_agent, changes, created_at",
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "subject": {expr: "subject"}, "actor": {expr: "actor"},
		"actorType": {expr: "CASE WHEN actor LIKE 'user:%' THEN 'user' WHEN actor LIKE 'token:%' THEN 'token' WHEN actor IN ('anonymous', 'link') THEN actor ELSE 'server' END"},
		"action":    {expr: "action"}, "address": {expr: "address", absent: ""}, "userAgent": {expr: "user_agent", absent: ""},
		"createdAt": {expr: "created_at"},
	},
	total: trailTotal,
}

// FindAudit returns a page of what was done to a customer. The trail of a deleted
// customer remains.
func (s *Store) FindAudit(ctx context.Context, customer tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.AuditEntry], error) {
	if err := s.mustHaveExisted(ctx, customer, "audit"); err != nil {
		return tollkeeper.Page[tollkeeper.AuditEntry]{}, err
	}
	return find(ctx, s, auditSource, f, "customer = ?", []any{customer}, scanAudit)
}

// FindTrail returns a page of the whole audit trail.
func (s *Store) FindTrail(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.AuditEntry], error) {
	return find(ctx, s, auditSource, f, "", nil, scanAudit)
}

func scanAudit(r row) (e tollkeeper.AuditEntry, err error) {
	e = tollkeeper.AuditEntry{
		ID: r.id(0), Customer: r.id(1), Subject: r.text(2), Action: r.text(3), Actor: r.text(4),
		Address: r.text(5), UserAgent: r.text(6), CreatedAt: fromMillis(r.int(8)),
	}
	e.Changes, err = readChanges(r.text(7))
	return e, err
}

// trailTotal knows how many entries there are from the lengths of the chains.
func trailTotal(_ *Store, t tx, f *query.Find) (total int64, known bool, err error) {
	if f.Where != nil || f.Search != "" {
		return 0, false, nil
	}
	total, err = count(t, "SELECT COALESCE(SUM(sequence), 0) FROM audit_chains")
	return total, true, err
}

// TrailAfter returns the first entries of the audit trail whose ids follow one, in
// the order of their ids; the zero ID is before all.
func (s *Store) TrailAfter(ctx context.Context, after tollkeeper.ID, limit int) (entries []*tollkeeper.SealedEntry, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		entries = make([]*tollkeeper.SealedEntry, 0, limit)
		return t.query(func(r row) error {
			entries = append(entries, scanSealed(r))
			return nil
		}, "SELECT "+sealedColumns+" FROM audit WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	})
	return entries, err
}
