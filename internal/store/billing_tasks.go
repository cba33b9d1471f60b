package store

import (
	"context"
	"time"

	"tollkeeper"
)

// The tasks that a customer's balance makes necessary.
const (
	taskRefill  = "refill"
	taskInvoice = "invoice"
)

// taskFor is the task that an event makes necessary, if any.
var taskFor = map[tollkeeper.EventType]string{
	tollkeeper.EventRefillDue:       taskRefill,
	tollkeeper.EventUnbilledNear:    taskInvoice,
	tollkeeper.EventUnbilledReached: taskInvoice,
}

// assign notes a task, in the transaction of what makes it necessary. One that is
// there stays as it is: it may be pausing, or have been stopped.
func (s *Store) assign(t tx, customer tollkeeper.ID, task string) error {
	return t.later(nil, `INSERT INTO billing_tasks (customer, task, next_at, declines, failure) VALUES (?,?,?,0,'')
 ON CONFLICT (customer, task) DO NOTHING`, customer, task, millis(s.now()))
}

// assignAgain gives a task that waits or was stopped another chance.
func (s *Store) assignAgain(t tx, customer tollkeeper.ID, task string) error {
	return t.later(nil, "UPDATE billing_tasks SET next_at = ?, declines = 0, failure = '' WHERE customer = ? AND task = ?",
		millis(s.now()), customer, task)
}

// postpone lets a task wait until a time; the zero time waits for a change. It
// reports whether the reason is another than the one told last.
func (s *Store) postpone(t tx, customer tollkeeper.ID, task string, until time.Time, failure string) (news bool, err error) {
	changed, err := t.exec("UPDATE billing_tasks SET next_at = ?, failure = ? WHERE customer = ? AND task = ? AND failure <> ?",
		millis(until), failure, customer, task, failure)
	if err != nil || changed > 0 {
		return changed > 0, err
	}
	_, err = t.exec("UPDATE billing_tasks SET next_at = ? WHERE customer = ? AND task = ?", millis(until), customer, task)
	return false, err
}

func dropTask(t tx, customer tollkeeper.ID, task string) error {
	return t.later(nil, "DELETE FROM billing_tasks WHERE customer = ? AND task = ?", customer, task)
}

// DueRefills lists customers whose refill is to be looked at, at most limit.
func (s *Store) DueRefills(ctx context.Context, limit int) ([]tollkeeper.ID, error) {
	return s.dueTasks(ctx, taskRefill, limit)
}

// dueTasks lists the customers whose task has waited longest.
func (s *Store) dueTasks(ctx context.Context, task string, limit int) (customers []tollkeeper.ID, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error { customers = append(customers, r.id(0)); return nil },
			"SELECT customer FROM billing_tasks WHERE next_at > 0 AND next_at <= ? AND task = ? ORDER BY next_at LIMIT ?",
			millis(s.now()), task, limit)
	})
	return customers, err
}
