package store

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const methodColumns = "customer, id, provider, kind, label, last4, exp_month, exp_year, is_default, account, reference, created_at, updated_at"

func scanMethod(r row) (tollkeeper.PaymentMethod, error) {
	return tollkeeper.PaymentMethod{
		Customer: r.id(0), ID: r.id(1), Provider: r.text(2), Kind: r.text(3), Label: r.text(4), Last4: r.text(5), ExpMonth: r.int(6),
		ExpYear: r.int(7), IsDefault: r.int(8) == 1, Account: r.text(9), Reference: r.text(10), CreatedAt: fromMillis(r.int(11)),
		UpdatedAt: fromMillis(r.int(12)),
	}, nil
}

var methodSource = &source{
	table: "payment_methods", columns: methodColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "provider": {expr: "provider"}, "kind": {expr: "kind"}, "label": {expr: "label"},
		"last4": {expr: "last4", absent: ""}, "expMonth": {expr: "exp_month", absent: int64(0)}, "expYear": {expr: "exp_year", absent: int64(0)},
		"isDefault": {expr: "is_default", enum: []string{"false", "true"}}, "createdAt": {expr: "created_at"}, "updatedAt": {expr: "updated_at"},
	},
}

// FindPaymentMethods returns a page of payment methods.
func (s *Store) FindPaymentMethods(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.PaymentMethod], error) {
	return find(ctx, s, methodSource, f, "", nil, scanMethod)
}

// PaymentMethod returns one payment method.
func (s *Store) PaymentMethod(ctx context.Context, id tollkeeper.ID) (m tollkeeper.PaymentMethod, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		m, err = mustMethod(t, id)
		return err
	})
	return m, err
}

func mustMethod(t tx, id tollkeeper.ID) (m tollkeeper.PaymentMethod, err error) {
	m, found, err := oneMethod(t, "id = ?", id)
	if err == nil && !found {
		err = notFound("payment method", id.String())
	}
	return m, err
}

func defaultMethod(t tx, customer tollkeeper.ID) (m tollkeeper.PaymentMethod, found bool, err error) {
	return oneMethod(t, "customer = ? AND is_default = 1", customer)
}

func oneMethod(t tx, condition string, args ...any) (m tollkeeper.PaymentMethod, found bool, err error) {
	err = t.query(func(r row) (err error) { found = true; m, err = scanMethod(r); return err },
		"SELECT "+methodColumns+" FROM payment_methods WHERE "+condition, args...)
	return m, found, err
}

// maxMethods bounds the payment methods of one customer.
const maxMethods = 20

// AddPaymentMethod stores a payment method. A customer's first one is the default.
// One that is there already, by its provider's name, is returned as it is.
func (s *Store) AddPaymentMethod(ctx context.Context, w tollkeeper.Write, method tollkeeper.PaymentMethod) (m tollkeeper.PaymentMethod, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		m = method
		var a tollkeeper.Account
		if err := mustLoad(t, m.Customer, &a); err != nil {
			return nil, err
		}
		if m.Reference != "" {
			known, found, err := oneMethod(t, "customer = ? AND provider = ? AND reference = ?", m.Customer, m.Provider, m.Reference)
			if err != nil || found {
				m = known
				return m, err
			}
		}
		number, err := count(t, "SELECT COUNT(*) FROM payment_methods WHERE customer = ?", m.Customer)
		if err != nil {
			return nil, err
		}
		if number >= maxMethods {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "a customer has at most %d payment methods", maxMethods)
		}
		m.ID, m.CreatedAt = s.NewID(), s.now()
		m.UpdatedAt, m.IsDefault = m.CreatedAt, m.IsDefault || number == 0
		if err := s.makeDefault(t, &m); err != nil {
			return nil, err
		}
		_, err = t.exec("INSERT INTO payment_methods ("+methodColumns+") VALUES ("+marks(13)+")", m.Customer, m.ID, m.Provider, m.Kind, m.Label,
			m.Last4, m.ExpMonth, m.ExpYear, m.IsDefault, m.Account, m.Reference, millis(m.CreatedAt), millis(m.UpdatedAt))
		if err != nil {
			return nil, err
		}
		return m, s.tellMethod(t, w, &m, "paymentmethod.create", m.Changes(tollkeeper.PaymentMethod{}))
	})
	return m, err
}

// makeDefault takes the place of the method that was the default. What could not be
// charged before gets another chance.
func (s *Store) makeDefault(t tx, m *tollkeeper.PaymentMethod) error {
	if !m.IsDefault {
		return nil
	}
	if _, err := t.exec("UPDATE payment_methods SET is_default = 0 WHERE customer = ? AND is_default = 1 AND id <> ?", m.Customer, m.ID); err != nil {
		return err
	}
	if err := s.assignAgain(t, m.Customer, taskRefill); err != nil {
		return err
	}
	return t.later(nil, "UPDATE invoices SET next_at = ? WHERE customer = ? AND kind = 'usage' AND status IN ('open', 'collection', 'error')",
		millis(s.now()), m.Customer)
}

func (s *Store) tellMethod(t tx, w tollkeeper.Write, m *tollkeeper.PaymentMethod, action string, changes []tollkeeper.Change) error {
	kind := map[string]tollkeeper.EventType{
		"paymentmethod.create": tollkeeper.EventMethodAdded, "paymentmethod.remove": tollkeeper.EventMethodRemoved,
	}[action]
	if kind != "" {
		event := tollkeeper.NewEvent(kind, m.Customer, s.now(), "method", m.ID, "provider", m.Provider, "kind", m.Kind, "label", m.Label, "last4", m.Last4)
		if err := s.tell(t, []tollkeeper.Event{event}); err != nil {
			return err
		}
	}
	return s.audited(t, w, tollkeeper.AuditEntry{Customer: m.Customer, Subject: m.ID.String(), Action: action, Changes: changes})
}

// PatchPaymentMethod changes what people call a method, or makes it the default; ""
// leaves the label.
func (s *Store) PatchPaymentMethod(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, label string, isDefault bool) (m tollkeeper.PaymentMethod, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		was, err := mustMethod(t, id)
		if err != nil {
			return nil, err
		}
		m = was
		if label != "" {
			m.Label = label
		}
		m.IsDefault = m.IsDefault || isDefault
		changes := m.Changes(was)
		if len(changes) == 0 {
			return m, nil
		}
		if !was.IsDefault {
			if err := s.makeDefault(t, &m); err != nil {
				return nil, err
			}
		}
		m.UpdatedAt = s.now()
		if _, err := t.exec("UPDATE payment_methods SET label = ?, is_default = ?, updated_at = ? WHERE customer = ? AND id = ?",
			m.Label, m.IsDefault, millis(m.UpdatedAt), m.Customer, m.ID); err != nil {
			return nil, err
		}
		return m, s.tellMethod(t, w, &m, "paymentmethod.patch", changes)
	})
	return m, err
}

// DeletePaymentMethod removes a method. The newest of the others becomes the default
// in its place. A payment under way keeps it.
func (s *Store) DeletePaymentMethod(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID) (m tollkeeper.PaymentMethod, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if m, err = mustMethod(t, id); err != nil {
			return nil, err
		}
		busy, err := exists(t, "SELECT 1 FROM payments WHERE customer = ? AND method = ? AND state = 'pending'", m.Customer, id)
		if err != nil {
			return nil, err
		}
		if busy {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "a payment by this method is under way; wait for its end")
		}
		if _, err := t.exec("DELETE FROM payment_methods WHERE customer = ? AND id = ?", m.Customer, id); err != nil {
			return nil, err
		}
		if m.IsDefault {
			next, found, err := oneMethod(t, "customer = ? ORDER BY id DESC LIMIT 1", m.Customer)
			if err != nil {
				return nil, err
			}
			if found {
				if _, err := t.exec("UPDATE payment_methods SET is_default = 1 WHERE customer = ? AND id = ?", m.Customer, next.ID); err != nil {
					return nil, err
				}
			}
		}
		return m, s.tellMethod(t, w, &m, "paymentmethod.remove", tollkeeper.PaymentMethod{}.Changes(m))
	})
	return m, err
}

// PaymentAccount is a provider's name of a customer; "" when it has none.
func (s *Store) PaymentAccount(ctx context.Context, customer tollkeeper.ID, provider string) (account string, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { account = r.text(0); return nil },
			"SELECT account FROM payment_accounts WHERE customer = ? AND provider = ?", customer, provider)
	})
	return account, err
}

// KeepPaymentAccount stores a provider's name of a customer, and returns the one that
// was stored first.
func (s *Store) KeepPaymentAccount(ctx context.Context, customer tollkeeper.ID, provider, account string) (kept string, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		_, err := t.exec("INSERT INTO payment_accounts (customer, provider, account) VALUES (?,?,?) ON CONFLICT (customer, provider) DO NOTHING",
			customer, provider, account)
		if err != nil {
			return err
		}
		return t.query(func(r row) error { kept = r.text(0); return nil },
			"SELECT account FROM payment_accounts WHERE customer = ? AND provider = ?", customer, provider)
	})
	return kept, err
}
