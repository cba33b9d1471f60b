package tollkeeper

import (
	"crypto/sha256"
	"time"
)

// DayUsage is what a customer's calls of one day (UTC) to one destination come to. A
// call belongs to the day on which it began. No telephone number is in it.
type DayUsage struct {
	ID          ID // of the customer, day, direction and destination; rises with the day
	Customer    ID
	Day         time.Time // its begin
	Direction   Direction
	Destination string // "" for calls without a price
	Calls       int64
	Answered    int64
	Billed      int64  // seconds
	Charge      Micros // of less than a customer may spend in a day, which is checked
}

// DayUsage is what a record adds to the usage of its day. A correction completes a call
// that is counted already.
func (r *CDR) DayUsage() DayUsage {
	u := DayUsage{Customer: r.Customer, Day: r.StartedAt.UTC().Truncate(24 * time.Hour), Direction: r.Direction,
		Destination: r.Tariff.Destination, Billed: r.Billed, Charge: r.Charge}
	u.ID = u.id()
	if r.Corrects.IsZero() {
		u.Calls = 1
		if !r.AnsweredAt.IsZero() {
			u.Answered = 1
		}
	}
	return u
}

// id is made of what the usage is of: of its day, and of eight bytes of a hash of the
// rest, so that everybody knows the row without looking for it.
func (u *DayUsage) id() ID {
	id := IDAt(u.Day)
	of := make([]byte, 0, 64)
	of = append(append(append(of, u.Customer[:]...), u.Direction...), 0)
	sum := sha256.Sum256(append(of, u.Destination...))
	copy(id[4:], sum[:])
	return id
}

// Add adds what another record of the same day and destination comes to.
func (u *DayUsage) Add(other DayUsage) {
	u.Calls += other.Calls
	u.Answered += other.Answered
	u.Billed += other.Billed
	u.Charge += other.Charge
}
