package store

import (
	"time"

	"tollkeeper"
)

// auditChain seals the entries of one writer of the database. A writer runs one
// transaction after another and nobody else appends to its chain, so that chains
// keep nobody waiting. It is begun at each start: its first entry names the ends of
// the chains there were, which ties them all together.
type auditChain struct {
	id    tollkeeper.ID
	newID func() tollkeeper.ID
	now   func() time.Time
}

func newAuditChain(newID func() tollkeeper.ID, now func() time.Time) *auditChain {
	return &auditChain{id: tollkeeper.NewGenerator(now, tollkeeper.ID{}).New(), newID: newID, now: now}
}

// auditLink is the action of a chain's first entry.
const auditLink = "audit.link"

const sealedColumns = "id, customer, subject, action, actor, address, user_agent, changes, created_at, chain, sequence, previous, hash"

var auditRows = newMultiRow("audit", sealedColumns)

// flush seals what a transaction tells the audit trail and appends it. It runs once,
// at the transaction's end, whose outcome may stay unknown: the end of the chain is
// therefore read and never remembered.
func (c *auditChain) flush(t tx, entries []tollkeeper.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	head := tollkeeper.AuditHead{Chain: c.id}
	err := t.query(func(r row) error {
		head.Sequence = r.int(0)
		copy(head.Hash[:], r.blob(1))
		return nil
	}, "SELECT sequence, hash FROM audit_chains WHERE chain = ?", c.id)
	if err != nil {
		return err
	}
	if head.Sequence == 0 {
		link, err := c.link(t)
		if err != nil {
			return err
		}
		entries = append([]tollkeeper.AuditEntry{link}, entries...)
	}
	values := make([]any, 0, len(entries)*auditRows.columns)
	for _, e := range entries {
		sealed := c.seal(e, &head)
		values = append(values, sealed.ID, idOrNull(e.Customer), e.Subject, e.Action, e.Actor, e.Address, e.UserAgent, sealed.ChangesJSON,
			millis(e.CreatedAt), sealed.Chain, sealed.Sequence, sealed.Previous[:], sealed.Hash[:])
	}
	if err := auditRows.insert(t, values); err != nil {
		return err
	}
	return t.later(nil, `INSERT INTO audit_chains (chain, sequence, hash, linked) VALUES (?,?,?,0)
 ON CONFLICT (chain) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash`, c.id, head.Sequence, head.Hash[:])
}

// seal puts an entry at the end of the chain.
func (c *auditChain) seal(e tollkeeper.AuditEntry, head *tollkeeper.AuditHead) *tollkeeper.SealedEntry {
	sealed := &tollkeeper.SealedEntry{AuditEntry: e, ChangesJSON: string(tollkeeper.AppendChanges(nil, e.Changes)),
		Chain: c.id, Sequence: head.Sequence + 1, Previous: head.Hash}
	sealed.ID = c.newID()
	sealed.Hash = sealed.Seal()
	head.Sequence, head.Hash = sealed.Sequence, sealed.Hash
	return sealed
}

// link makes the entry that begins a chain: it names the ends of all others that no
// such entry has named yet.
func (c *auditChain) link(t tx) (tollkeeper.AuditEntry, error) {
	e := tollkeeper.AuditEntry{Subject: c.id.String(), Action: auditLink, Actor: "server", CreatedAt: c.now()}
	ends, err := looseEnds(t)
	for _, end := range ends {
		if err != nil {
			return e, err
		}
		e.Changes = append(e.Changes, tollkeeper.Change{Field: "head", To: tollkeeper.JSONText(end.String())})
		err = t.later(nil, "UPDATE audit_chains SET linked = ? WHERE chain = ?", end.Sequence, end.Chain)
	}
	return e, err
}

// looseEnds lists the ends of the chains that no other chain names.
func looseEnds(t tx) (ends []tollkeeper.AuditHead, err error) {
	err = t.query(func(r row) error {
		end := tollkeeper.AuditHead{Chain: r.id(0), Sequence: r.int(1)}
		copy(end.Hash[:], r.blob(2))
		ends = append(ends, end)
		return nil
	}, "SELECT chain, sequence, hash FROM audit_chains WHERE sequence > linked ORDER BY chain")
	return ends, err
}

// scanSealed reads sealedColumns.
func scanSealed(r row) *tollkeeper.SealedEntry {
	e := &tollkeeper.SealedEntry{
		AuditEntry: tollkeeper.AuditEntry{ID: r.id(0), Customer: r.id(1), Subject: r.text(2), Action: r.text(3), Actor: r.text(4),
			Address: r.text(5), UserAgent: r.text(6), CreatedAt: fromMillis(r.int(8))},
		ChangesJSON: r.text(7), Chain: r.id(9), Sequence: r.int(10),
	}
	copy(e.Previous[:], r.blob(11))
	copy(e.Hash[:], r.blob(12))
	return e
}
