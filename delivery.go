package tollkeeper

import "time"

// DeliveryState says how far the delivery of an event to a webhook has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"   // will be sent, perhaps again
	DeliveryDelivered DeliveryState = "delivered" // the endpoint has taken the event
	DeliveryFailed    DeliveryState = "failed"    // was given up
)

// DeliveryStates lists every state.
var DeliveryStates = []DeliveryState{DeliveryWaiting, DeliveryDelivered, DeliveryFailed}

// Delivery is one event for one webhook. Those of a customer are sent to a webhook one
// after the other, in the order of the events.
type Delivery struct {
	ID        ID
	Webhook   ID
	Customer  ID // of the event; zero: one of the carrier's own
	Event     ID
	Type      EventType
	State     DeliveryState
	Attempts  int64
	Status    int64  // of the last answer (HTTP); 0: there was none
	Error     string // why the last attempt failed
	Took      time.Duration
	CreatedAt time.Time
	NextAt    time.Time // when it is tried next; zero: done with, behind another, or the webhook is disabled
	EndedAt   time.Time
}

// Parcel is a delivery with what it takes to send it. Its event has no type when it was
// deleted, so long has the delivery waited.
type Parcel struct {
	Delivery Delivery
	Webhook  Webhook
	Event    Event
}

// Due is a delivery that is to be sent now.
type Due struct {
	Delivery ID
	Webhook  ID
	Customer ID
	Failing  bool // the last attempt to send anything to the webhook failed
}

// DueQuery asks for what is to be sent now.
type DueQuery struct {
	Limit   int
	Busy    []ID // webhooks to leave out
	Working bool // leave out those that are failing
}

// Attempt is how an endpoint took an event.
type Attempt struct {
	Status   int64  // of the answer (HTTP); 0: there was none
	Error    string // "" when it took it
	Took     time.Duration
	Wait     time.Duration // how long the endpoint asks to be left alone
	Hopeless bool          // no repeat can succeed, through no fault of the endpoint
}

// longestWait bounds what an endpoint can ask for: the longest of our own delays.
const longestWait = 24 * time.Hour

// retryDelays are the times after which a delivery is tried again, those that Standard
// Webhooks recommend: 75 hours in all.
var retryDelays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// disableAfter is how long nothing may succeed before a webhook is disabled: as long as
// one delivery is tried.
const disableAfter = 75 * time.Hour

// wakeAfter is how many attempts must have failed in a row for the first that succeeds
// to say that an endpoint is back, and all that wait for it are due.
const wakeAfter = 10

// statusGone is the answer of an endpoint that wants no more (RFC 9110, section 15.5.11).
const statusGone = 410

// Settle notes an attempt in the delivery and in its webhook, and returns the event to
// tell when that disables the webhook. Back is whether an endpoint that had failed
// takes events again.
func (p *Parcel) Settle(a Attempt, now time.Time) (back bool, events []Event) {
	d, w := &p.Delivery, &p.Webhook
	d.Status, d.Error, d.Took, d.NextAt = a.Status, a.Error, a.Took, time.Time{}
	if a.Error == "" {
		back = w.Failures >= wakeAfter
		d.State, d.EndedAt = DeliveryDelivered, now
		w.Failures, w.FailingSince = 0, time.Time{}
		return back, nil
	}
	if a.Hopeless {
		d.State, d.EndedAt = DeliveryFailed, now
		return false, nil
	}
	w.Failures++
	if w.FailingSince.IsZero() {
		w.FailingSince = now
	}
	if int(d.Attempts) > len(retryDelays) || a.Status == statusGone {
		d.State, d.EndedAt = DeliveryFailed, now
	} else {
		d.NextAt = now.Add(max(retryDelays[d.Attempts-1], min(a.Wait, longestWait)))
	}
	switch {
	case !w.Enabled:
	case a.Status == statusGone:
		events = append(events, w.Disable("it answered 410 Gone", now))
	case now.Sub(w.FailingSince) >= disableAfter:
		events = append(events, w.Disable("every attempt failed for 75 hours, at last with: "+a.Error, now))
	}
	return back, events
}
