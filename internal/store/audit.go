package store

import (
	"context"
	"encoding/json"

	"tollkeeper"
)

// audited tells the audit trail of a write, in the write's transaction.
func (s *Store) audited(t tx, w tollkeeper.Write, e tollkeeper.AuditEntry) error {
	e.UserAgent, e.CreatedAt = w.UserAgent, s.now()
	if e.Actor == "" {
		e.Actor = w.Actor()
	}
	if w.Address.IsValid() {
		e.Address = w.Address.String()
	}
	t.auditLater(e)
	return nil
}

// RecordAudit appends entries about what is no write.
func (s *Store) RecordAudit(ctx context.Context, entries []tollkeeper.AuditEntry) error {
	return s.engine.write(ctx, func(t tx) error {
		for _, e := range entries {
			t.auditLater(e)
		}
		return nil
	})
}

// storedChange is one change as the audit table keeps it.
type storedChange struct {
	Field string          `json:"field"`
	From  json.RawMessage `json:"from,omitempty"`
	To    json.RawMessage `json:"to,omitempty"`
}

func readChanges(text string) ([]tollkeeper.Change, error) {
	var stored []storedChange
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, err
	}
	changes := make([]tollkeeper.Change, len(stored))
	for i, c := range stored {
		changes[i] = tollkeeper.Change{Field: c.Field, From: string(c.From), To: string(c.To)}
	}
	return changes, nil
}

// idOrNull stores an absent id as NULL.
func idOrNull(id tollkeeper.ID) any {
	if id.IsZero() {
		return nil
	}
	return id
}
