package tollkeeper

import (
	"strconv"
	"time"
)

// RetentionRules are the carrier's bounds on how long call records are kept.
type RetentionRules struct {
	Floor   int32         // months that every call record is kept, hidden from its customer after the customer's own; 0: none
	Ceiling int32         // months after which every call record and recording is deleted; 0: none
	Grace   time.Duration // after which a lowered retention takes effect
}

// DefaultRetentionGrace is how long a lowered retention can be raised again before
// anything is deleted.
const DefaultRetentionGrace = 7 * 24 * time.Hour

// Retention is how long a customer's call records, recordings and transcripts are
// kept, in calendar months. 0 months is without end.
type Retention struct {
	Customer   ID
	Months     int32     // of the customer's record; of a deleted customer as it was
	Former     int32     // before the record's was lowered
	FormerEnd  time.Time // until when Former applies; zero: no longer
	LegalHold  bool      // nothing is deleted
	HoldReason string
	Departed   bool // the customer was deleted
	Purged     ID   // every record with a lower id is gone
}

// Own is the customer's own retention at a time: a lowered one waits for its grace.
func (r *Retention) Own(now time.Time) int32 {
	if now.Before(r.FormerEnd) {
		return longer(r.Former, r.Months)
	}
	return r.Months
}

// Change notes that the record's months are others from now on.
func (r *Retention) Change(months int32, now time.Time, grace time.Duration) {
	own := r.Own(now)
	r.Months, r.Former, r.FormerEnd = months, 0, time.Time{}
	if longer(own, months) != months {
		r.Former, r.FormerEnd = own, now.Add(grace)
	}
}

// Records is how many months a customer's call records are kept, of whom own is the
// retention.
func (r RetentionRules) Records(own int32) int32 {
	if r.Floor > 0 {
		own = longer(own, r.Floor)
	}
	return r.Recordings(own)
}

// Recordings is how many months recordings and transcripts are kept. No floor is under
// them: laws that ask for call records do not ask for what was said.
func (r RetentionRules) Recordings(own int32) int32 {
	if r.Ceiling > 0 && longer(own, r.Ceiling) == own {
		return r.Ceiling
	}
	return own
}

// longer is the longer of two retentions, of which 0 is the longest.
func longer(a, b int32) int32 {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// MonthsBefore is the time before which everything is older than some calendar months
// in UTC. A record is kept for whole months: one of 31 January goes after a month with
// the begin of 1 March, because February has no such day. The result never goes back
// while now goes on, and is not before 1970.
func MonthsBefore(now time.Time, months int32) time.Time {
	now = now.UTC()
	epoch := time.Unix(0, 0).UTC()
	if int(months) > (now.Year()-epoch.Year())*12 {
		return epoch
	}
	first := time.Date(now.Year(), now.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	begin := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	before, next := first.Add(now.Sub(begin)), first.AddDate(0, 1, 0)
	if before.After(next) {
		return next
	}
	return before
}

// Purge is what a retention has deleted, or would delete, of one customer.
type Purge struct {
	Customer        ID
	RecordMonths    int32     // that call records are kept, by the customer's retention and the carrier's bounds; 0: without end
	RecordingMonths int32     // likewise recordings and transcripts
	Before          time.Time // what began earlier is too old: call records
	Until           time.Time // likewise recordings and transcripts
	Records         int64
	Recordings      int64
}

// Event tells of a purge.
func (p *Purge) Event(at time.Time) Event {
	return NewEvent(EventCDRsPurged, p.Customer, at, "records", p.Records, "recordings", p.Recordings)
}

// Changes are a purge as the audit trail keeps it: how much was deleted, and why.
func (p *Purge) Changes() []Change {
	return []Change{
		{Field: "records", To: strconv.FormatInt(p.Records, 10)}, {Field: "recordings", To: strconv.FormatInt(p.Recordings, 10)},
		{Field: "recordMonths", To: strconv.Itoa(int(p.RecordMonths))}, {Field: "recordingMonths", To: strconv.Itoa(int(p.RecordingMonths))},
		{Field: "reason", To: JSONText("retention")},
	}
}
