package store

import (
	"context"

	"tollkeeper"
)

// AllBalances returns the prepaid balances of all customers of one moment, in no order.
// It fails with CodeUnavailable when there are more than limit.
func (s *Store) AllBalances(ctx context.Context, limit int) (all []tollkeeper.CustomerBalance, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		all = all[:0]
		return t.query(func(r row) error {
			if len(all) == limit {
				return tollkeeper.Errorf(tollkeeper.CodeUnavailable, "there are more than %d customers; the balances of so many are not listed", limit)
			}
			all = append(all, tollkeeper.CustomerBalance{
				Customer: r.id(0), BillMethod: billMethodOf(r.text(1)), Posted: tollkeeper.Micros(r.int(2)), Held: tollkeeper.Micros(r.int(3)),
				AlertBelow: tollkeeper.FromCents(int32(r.int(4))),
			})
			return nil
		}, "SELECT id, default_bill_method, posted, held, low_balance_alert_amount FROM customers")
	})
	return all, err
}

// billMethodOf spares each of many customers a text of its own.
func billMethodOf(text string) tollkeeper.BillMethod {
	if text == string(tollkeeper.BillCredit) {
		return tollkeeper.BillCredit
	}
	return tollkeeper.BillPaymentMethod
}

// LowOnCredit counts the prepaid customers of whom less credit is available than their
// owners are alerted below.
func (s *Store) LowOnCredit(ctx context.Context) (customers int64, err error) {
	err = s.engine.read(ctx, func(t tx) (err error) { // earlier releases alerted of others too
		customers, err = count(t, "SELECT COUNT(*) FROM customers WHERE (alerts & 1) = 1 AND default_bill_method = 'credit'")
		return err
	})
	return customers, err
}
