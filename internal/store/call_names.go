package store

import (
	"context"

	"tollkeeper"
)

// Dip returns what a look-up of the caller's name has brought to a call.
func (s *Store) Dip(ctx context.Context, customer, call tollkeeper.ID) (d tollkeeper.Dip, found bool, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		d, found, err = dipOf(t, customer, call)
		return err
	})
	return d, found, err
}

func dipOf(t tx, customer, call tollkeeper.ID) (d tollkeeper.Dip, found bool, err error) {
	d = tollkeeper.Dip{Customer: customer, Call: call}
	err = t.query(func(r row) error {
		found = true
		d.Display, d.Full, d.Provider, d.Price = r.text(0), r.text(1), r.text(2), tollkeeper.Micros(r.int(3))
		return nil
	}, "SELECT display, full_name, provider, price FROM call_names WHERE customer = ? AND call = ?", customer, call)
	return d, found, err
}

// RecordDip writes down what a look-up has brought to a call, and charges it. For each
// call the first one stands.
func (s *Store) RecordDip(ctx context.Context, d tollkeeper.Dip) error {
	return s.engine.write(ctx, func(t tx) error {
		_, found, err := dipOf(t, d.Customer, d.Call)
		if err != nil || found {
			return err
		}
		if d.Price > 0 {
			if _, err := s.chargeService(t, d.Usage()); err != nil {
				return err
			}
		}
		_, err = t.exec("INSERT INTO call_names (customer, call, display, full_name, provider, price) VALUES (?,?,?,?,?,?)",
			d.Customer, d.Call, d.Display, d.Full, d.Provider, d.Price)
		return err
	})
}
