package store

import (
	"context"
	"time"

	"tollkeeper"
)

// MediaKey returns the key of a customer's media. The first who asks, with a fresh
// one, makes it; without, found is false while there is none. A customer who is gone
// gets none.
func (s *Store) MediaKey(ctx context.Context, customer tollkeeper.ID, fresh *tollkeeper.MediaKey) (key tollkeeper.MediaKey, found bool, err error) {
	read := func(t tx) error {
		return t.query(func(r row) error {
			key, found = tollkeeper.MediaKey{Identity: r.blob(0), Recipient: r.text(1)}, true
			return nil
		}, "SELECT identity, recipient FROM media_keys WHERE customer = ?", customer)
	}
	if err := s.engine.look(ctx, read); err != nil || found || fresh == nil {
		return key, found, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		found = false
		if err := mustBeCustomer(t, customer); err != nil {
			return err
		}
		if err := read(t); err != nil || found {
			return err
		}
		key, found = *fresh, true
		_, err := t.exec("INSERT INTO media_keys (customer, identity, recipient, created_at, delete_at) VALUES (?,?,?,?,0)",
			customer, fresh.Identity, fresh.Recipient, millis(s.now()))
		return err
	})
	return key, found, err
}

func mustBeCustomer(t tx, id tollkeeper.ID) error {
	found, err := exists(t, "SELECT 1 FROM customers WHERE id = ?", id)
	if err == nil && !found {
		err = notFound("customer", id.String())
	}
	return err
}

// leaveMedia lets a deleted customer's media, and their key, be deleted after a
// grace period.
func (s *Store) leaveMedia(t tx, customer tollkeeper.ID) error {
	_, err := t.exec("UPDATE media_keys SET delete_at = ? WHERE customer = ?", millis(s.now().Add(s.mediaGrace)), customer)
	return err
}

// DeleteDepartedMedia deletes the media of customers whose grace period is over and who
// are under no legal hold, and their keys, without which nothing that is left anywhere
// can be read. It returns for how many customers.
func (s *Store) DeleteDepartedMedia(ctx context.Context) (done int, err error) {
	var customers []tollkeeper.ID
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { customers = append(customers, r.id(0)); return nil },
			`SELECT customer FROM media_keys k WHERE delete_at > 0 AND delete_at <= ?
 AND NOT EXISTS (SELECT 1 FROM retentions r WHERE r.customer = k.customer AND r.legal_hold = 1) ORDER BY delete_at LIMIT ?`, millis(s.now()), mediaAtOnce)
	})
	for _, customer := range customers {
		if err != nil {
			return done, err
		}
		if err = s.deleteDeparted(ctx, customer); err == nil {
			done++
		}
	}
	return done, err
}

// mediaAtOnce bounds how many recordings, or customers, one transaction deals with.
const mediaAtOnce = 500

func (s *Store) deleteDeparted(ctx context.Context, customer tollkeeper.ID) error {
	for more := true; more; {
		err := s.engine.write(ctx, func(t tx) error {
			if err := mustNotBeHeld(t, tollkeeper.Principal{}, customer); err != nil {
				return err
			}
			var ids []tollkeeper.ID
			err := t.query(func(r row) error { ids = append(ids, r.id(0)); return nil },
				"SELECT id FROM recordings WHERE customer = ? LIMIT ?", customer, mediaAtOnce)
			if err != nil {
				return err
			}
			if err := s.deleteMedia(t, customer, ids); err != nil {
				return err
			}
			if more = len(ids) == mediaAtOnce; more {
				return nil
			}
			if _, err := t.exec("UPDATE media_blobs SET state = ?, header = NULL WHERE customer = ?", blobDoomed, customer); err != nil {
				return err
			}
			_, err = t.exec("DELETE FROM media_keys WHERE customer = ?", customer)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DefaultMediaGrace is how long a deleted customer's media are kept.
const DefaultMediaGrace = 30 * 24 * time.Hour
