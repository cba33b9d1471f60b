package store

import (
	"encoding/json"

	"tollkeeper"
)

// audited appends one entry to the audit trail, in the transaction of the write
// it tells of.
func (s *Store) audited(t tx, w tollkeeper.Write, e tollkeeper.AuditEntry) error {
	address := ""
	if w.Address.IsValid() {
		address = w.Address.String()
	}
	_, err := t.exec("INSERT INTO audit (id, customer, subject, action, actor, address, user_agent, changes, created_at) VALUES (?,?,?,?,?,?,?,?,?)",
		s.NewID(), idOrNull(e.Customer), e.Subject, e.Action, w.Actor(), address, w.UserAgent, string(tollkeeper.AppendChanges(nil, e.Changes)), millis(s.now()))
	return err
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
