package store

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const portoutColumns = `id, customer, numbers, gaining_carrier, authorized_person, account_number, requested_date, state, reasons,
 decide_by, decided_at, decided_by, created_at, created_by, updated_at`

var portoutSource = &source{
	table: "portouts", columns: portoutColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "numbers": {expr: "numbers"}, "gainingCarrier": {expr: "gaining_carrier"}, "accountNumber": {expr: "account_number"},
		"authorizedPerson": {expr: "authorized_person", absent: ""}, "requestedDate": {expr: "requested_date"}, "state": {expr: "state"},
		"decideBy": {expr: "decide_by", absent: int64(0)}, "decidedAt": {expr: "decided_at", absent: int64(0)}, "decidedBy": {expr: "decided_by", absent: ""},
		"createdAt": {expr: "created_at"}, "createdBy": {expr: "created_by"}, "updatedAt": {expr: "updated_at"},
	},
}

func scanPortout(r row) (tollkeeper.Portout, error) {
	p := tollkeeper.Portout{
		ID: r.id(0), Customer: r.id(1), Numbers: strings.Fields(r.text(2)), GainingCarrier: r.text(3), AuthorizedPerson: r.text(4),
		AccountNumber: r.text(5), RequestedDate: r.text(6), State: tollkeeper.PortoutState(r.text(7)), DecideBy: fromMillis(r.int(9)),
		DecidedAt: fromMillis(r.int(10)), DecidedBy: r.text(11), CreatedAt: fromMillis(r.int(12)), CreatedBy: r.text(13), UpdatedAt: fromMillis(r.int(14)),
	}
	for reason := range strings.FieldsSeq(r.text(8)) {
		p.Reasons = append(p.Reasons, tollkeeper.PortoutReason(reason))
	}
	return p, nil
}

// CreatePortout validates a request and stores it with what became of it at once. PinHash
// is the hash that the request's PIN was found to be right by; "" for none.
func (s *Store) CreatePortout(ctx context.Context, w tollkeeper.Write, asked tollkeeper.Portout, pinHash string) (p tollkeeper.Portout, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		p = asked
		p.ID, p.CreatedAt, p.CreatedBy = s.NewID(), s.now(), w.Actor()
		p.UpdatedAt = p.CreatedAt
		facts, err := s.portoutFacts(t, &p)
		if err != nil {
			return nil, err
		}
		facts.PINRight = pinHash == facts.PINHash // and not that of a former owner
		p.Judge(facts, s.policy)
		_, err = t.exec("INSERT INTO portouts ("+portoutColumns+") VALUES ("+marks(15)+")",
			p.ID, idOrNull(p.Customer), strings.Join(p.Numbers, " "), p.GainingCarrier, p.AuthorizedPerson, p.AccountNumber, p.RequestedDate,
			string(p.State), reasonsText(&p), millis(p.DecideBy), millis(p.DecidedAt), p.DecidedBy, millis(p.CreatedAt), p.CreatedBy, millis(p.UpdatedAt))
		if err != nil {
			return nil, err
		}
		return p, s.tellPortout(t, w, tollkeeper.EventPortoutRequested, "portout.create", &p)
	})
	return p, err
}

// portoutFacts reads what a request is judged by, and whose its numbers are.
func (s *Store) portoutFacts(t tx, p *tollkeeper.Portout) (f tollkeeper.PortoutFacts, err error) {
	for _, e164 := range p.Numbers {
		n, err := loadNumber(t, "number = ?", e164)
		if err != nil {
			return f, err
		}
		if n.ID.IsZero() {
			continue
		}
		f.Found = append(f.Found, n)
		if p.Customer.IsZero() {
			p.Customer = n.Customer
		}
	}
	f.ChangeTime = s.now()
	if p.Customer.IsZero() {
		return f, nil
	}
	if f.Porting, err = loadPorting(t, p.Customer); err != nil {
		return f, err
	}
	open, err := portoutsWhere(t, "customer = ? AND state IN ('held', 'approved')", p.Customer)
	for _, other := range open {
		f.Busy = f.Busy || slices.ContainsFunc(other.Numbers, func(e164 string) bool { return slices.Contains(p.Numbers, e164) })
	}
	if err != nil {
		return f, err
	}
	f.WrongPINs, err = count(t, "SELECT COUNT(*) FROM portouts WHERE customer = ? AND id >= ? AND reasons LIKE '%wrong_pin%'",
		p.Customer, tollkeeper.IDAt(f.ChangeTime.Add(-24*time.Hour)))
	return f, err
}

func reasonsText(p *tollkeeper.Portout) string { return strings.Join(names(p.Reasons), " ") }

// PatchPortout applies change to a request. The numbers of one that is completed
// leave their owner, whatever lock there is: that was decided before.
func (s *Store) PatchPortout(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Portout) error) (p tollkeeper.Portout, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if p, err = mustLoadPortout(t, id); err != nil {
			return nil, err
		}
		if err := change(&p); err != nil {
			return nil, err
		}
		return p, s.savePortout(t, w, &p)
	})
	return p, err
}

func (s *Store) savePortout(t tx, w tollkeeper.Write, p *tollkeeper.Portout) error {
	p.UpdatedAt = s.now()
	_, err := t.exec("UPDATE portouts SET state = ?, reasons = ?, decide_by = ?, decided_at = ?, decided_by = ?, updated_at = ? WHERE id = ?",
		string(p.State), reasonsText(p), millis(p.DecideBy), millis(p.DecidedAt), p.DecidedBy, millis(p.UpdatedAt), p.ID)
	if err == nil && p.State == tollkeeper.PortoutCompleted {
		err = s.portAway(t, w, p)
	}
	if err != nil {
		return err
	}
	return s.tellPortout(t, w, tollkeeper.EventPortoutDecided, "portout.patch", p)
}

// portAway ends the ownership of numbers that have moved to another carrier. One that was
// taken back into stock meanwhile has moved too; one that was given to another customer
// cannot have, for nobody has asked that one.
func (s *Store) portAway(t tx, w tollkeeper.Write, p *tollkeeper.Portout) error {
	for _, e164 := range p.Numbers {
		before, err := loadNumber(t, "number = ?", e164)
		if err != nil {
			return err
		}
		if before.ID.IsZero() {
			continue // it was deleted meanwhile
		}
		if !before.Customer.IsZero() && before.Customer != p.Customer {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "%s is another customer's by now; the port-out can only be cancelled", e164)
		}
		n := before
		n.Customer, n.Status = tollkeeper.ID{}, tollkeeper.NumberPorted
		if err := s.saveNumber(t, w, "number.port", &n, before); err != nil {
			return err
		}
	}
	return nil
}

// tellPortout tells the owner and the audit trail how a request stands.
func (s *Store) tellPortout(t tx, w tollkeeper.Write, kind tollkeeper.EventType, action string, p *tollkeeper.Portout) error {
	told := map[string]any{"portout": p.ID.String(), "state": p.State, "gainingCarrier": p.GainingCarrier,
		"numbers": strings.Join(p.Numbers, " "), "reasons": reasonsText(p)}
	if !p.DecideBy.IsZero() {
		told["decideBy"], told["undecided"] = p.DecideBy.UTC().Format(tollkeeper.TimeLayout), s.policy.Undecided()
	}
	data, err := json.Marshal(told)
	if err != nil {
		return err
	}
	if !p.Customer.IsZero() {
		if err := s.tell(t, []tollkeeper.Event{{Type: kind, Customer: p.Customer, Data: data, CreatedAt: s.now()}}); err != nil {
			return err
		}
	}
	return s.audited(t, w, tollkeeper.AuditEntry{Customer: p.Customer, Subject: p.ID.String(), Action: action, Changes: []tollkeeper.Change{
		{Field: "state", To: tollkeeper.JSONText(string(p.State))}, {Field: "reasons", To: tollkeeper.JSONText(reasonsText(p))},
		{Field: "numbers", To: tollkeeper.JSONText(strings.Join(p.Numbers, " "))}}})
}

// overdueAtOnce bounds how many requests one transaction decides.
const overdueAtOnce = 100

// DecideOverduePortouts decides by the policy what owners have not decided in time,
// and returns how many requests that were.
func (s *Store) DecideOverduePortouts(ctx context.Context) (decided int, err error) {
	due := func(t tx) ([]tollkeeper.Portout, error) {
		return portoutsWhere(t, "decide_by > 0 AND decide_by <= ? AND state = ? ORDER BY decide_by LIMIT ?", millis(s.now()), string(tollkeeper.PortoutHeld), overdueAtOnce)
	}
	var waiting []tollkeeper.Portout
	err = s.engine.look(ctx, func(t tx) (err error) { waiting, err = due(t); return err })
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		if waiting, err = due(t); err != nil {
			return err
		}
		slices.SortFunc(waiting, func(a, b tollkeeper.Portout) int { return bytes.Compare(a.Customer[:], b.Customer[:]) }) // as batches of calls lock them
		for i := range waiting {
			p := &waiting[i]
			if err := p.Decide(s.policy.ApproveUndecided, tollkeeper.PortoutNotDecided, tollkeeper.Write{}.Actor(), s.now()); err != nil {
				return err
			}
			if err := s.savePortout(t, tollkeeper.Write{}, p); err != nil {
				return err
			}
		}
		return nil
	})
	return len(waiting), err
}

// Portout returns one request.
func (s *Store) Portout(ctx context.Context, id tollkeeper.ID) (p tollkeeper.Portout, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		p, err = mustLoadPortout(t, id)
		return err
	})
	return p, err
}

// FindPortouts returns a page of requests.
func (s *Store) FindPortouts(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Portout], error) {
	return find(ctx, s, portoutSource, f, "", nil, scanPortout)
}

func mustLoadPortout(t tx, id tollkeeper.ID) (tollkeeper.Portout, error) {
	list, err := portoutsWhere(t, "id = ?", id)
	if err == nil && list == nil {
		err = notFound("port-out", id.String())
	}
	if err != nil {
		return tollkeeper.Portout{}, err
	}
	return list[0], nil
}

func portoutsWhere(t tx, condition string, args ...any) (list []tollkeeper.Portout, err error) {
	err = t.query(func(r row) error {
		p, err := scanPortout(r)
		list = append(list, p)
		return err
	}, "SELECT "+portoutColumns+" FROM portouts WHERE "+condition, args...)
	return list, err
}

// Porting returns by what a customer's port-outs are validated.
func (s *Store) Porting(ctx context.Context, customer tollkeeper.ID) (p tollkeeper.Porting, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		p, err = loadPorting(t, customer)
		return err
	})
	return p, err
}

// loadPorting reads it with the account lock. A customer who has set nothing is
// validated by the defaults.
func loadPorting(t tx, customer tollkeeper.ID) (p tollkeeper.Porting, err error) {
	err = t.query(func(r row) error {
		p = tollkeeper.Porting{Customer: customer, Locked: r.int(0) == 1, AccountNumber: r.text(1), PINHash: r.text(2), UnlockedAt: fromMillis(r.int(3))}
		return nil
	}, `SELECT c.account_lock, COALESCE(p.account_number, ''), COALESCE(p.pin_hash, ''), COALESCE(p.unlocked_at, 0)
 FROM customers c LEFT JOIN porting p ON p.customer = c.id WHERE c.id = ?`, customer)
	if err == nil && p.Customer.IsZero() {
		err = notFound("customer", customer.String())
	}
	return p, err
}

// SetPorting lets change alter by what a customer's port-outs are validated.
func (s *Store) SetPorting(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, change func(*tollkeeper.Porting)) (p tollkeeper.Porting, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		if p, err = loadPorting(t, customer); err != nil {
			return err
		}
		before := p
		if change(&p); p == before {
			return nil
		}
		if err := savePorting(t, &p); err != nil {
			return err
		}
		changes := changed(nil, "accountNumber", tollkeeper.JSONText(before.AccountNumber), tollkeeper.JSONText(p.AccountNumber))
		if p.PINHash != before.PINHash {
			changes = append(changes, tollkeeper.Change{Field: "pin"})
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: customer, Subject: customer.String(), Action: "porting.patch", Changes: changes})
	})
	return p, err
}

func savePorting(t tx, p *tollkeeper.Porting) error {
	_, err := t.exec(`INSERT INTO porting (customer, account_number, pin_hash, unlocked_at) VALUES (?,?,?,?) ON CONFLICT (customer) DO UPDATE SET
 account_number = excluded.account_number, pin_hash = excluded.pin_hash, unlocked_at = excluded.unlocked_at`,
		p.Customer, p.AccountNumber, p.PINHash, millis(p.UnlockedAt))
	return err
}

// tellLock remembers when an account was unlocked, and tells of its lock.
func (s *Store) tellLock(t tx, a *tollkeeper.Account, change tollkeeper.Change) error {
	data := tollkeeper.AppendChanges([]byte(`{"changes":`), []tollkeeper.Change{change})
	if !a.AccountLock {
		p, err := loadPorting(t, a.ID)
		if err != nil {
			return err
		}
		p.UnlockedAt = s.now()
		if err := savePorting(t, &p); err != nil {
			return err
		}
		if s.policy.CoolingOff > 0 && !s.policy.NotifyOnly {
			data = append(data, `,"protectedUntil":`+tollkeeper.JSONText(p.UnlockedAt.Add(s.policy.CoolingOff).UTC().Format(tollkeeper.TimeLayout))...)
		}
	} else if s.policy.NotifyOnly {
		data = append(data, `,"notifyOnly":true`...)
	}
	return s.tell(t, []tollkeeper.Event{{Type: tollkeeper.EventAccountLock, Customer: a.ID, Data: append(data, '}'), CreatedAt: s.now()}})
}
