package client

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// EventType says what happened, as noun and verb.
type EventType string

// The types of event. Others will come; be ready for one that is not here.
const (
	EventCustomerCreated       EventType = "customer.created"
	EventCustomerUpdated       EventType = "customer.updated"
	EventCustomerDeleted       EventType = "customer.deleted"
	EventCustomerStatusChanged EventType = "customer.status.changed"
	EventAccountlockChanged    EventType = "accountlock.changed"
	EventPortoutRequested      EventType = "portout.requested"
	EventPortoutDecided        EventType = "portout.decided"
	EventNumberAssigned        EventType = "number.assigned"
	EventNumberReleased        EventType = "number.released"
	EventBarringChanged        EventType = "barring.changed"
	EventCreditLow             EventType = "credit.low"
	EventCreditLowCleared      EventType = "credit.low.cleared"
	EventCreditExhausted       EventType = "credit.exhausted"
	EventDailyspendReached     EventType = "dailyspend.reached"
	EventUnbilledNear          EventType = "unbilled.near"
	EventUnbilledReached       EventType = "unbilled.reached"
	EventCallEnded             EventType = "call.ended"
	EventCdrsPurged            EventType = "cdrs.purged"
	EventWebhookDisabled       EventType = "webhook.disabled"
	EventRecordingReady        EventType = "recording.ready"
	EventTranscriptReady       EventType = "transcript.ready"
	EventRefillDue             EventType = "refill.due"
	EventRefillSucceeded       EventType = "refill.succeeded"
	EventRefillFailed          EventType = "refill.failed"
	EventRefillDisabled        EventType = "refill.disabled"
	EventInvoiceCreated        EventType = "invoice.created"
	EventInvoicePaid           EventType = "invoice.paid"
	EventInvoiceFailed         EventType = "invoice.failed"
	EventInvoiceOverdue        EventType = "invoice.overdue"
	EventPaymentRefunded       EventType = "payment.refunded"
	EventPaymentDisputed       EventType = "payment.disputed"
	EventPaymentmethodAdded    EventType = "paymentmethod.added"
	EventPaymentmethodRemoved  EventType = "paymentmethod.removed"
)

// Event is something that happened to an account.
type Event struct {
	Id        string          `json:"_id"`
	Type      EventType       `json:"type"`
	Customer  string          `json:"customer,omitzero"`
	CreatedAt time.Time       `json:"createdAt"`
	Data      json.RawMessage `json:"data,omitzero"` // an object; its keys go with the type
}

// EventList is a page of events.
type EventList = List[Event]

// EventsService has the operation on events.
type EventsService struct{ c *Client }

// Find lists events, newest first where the Find does not say. Search looks in
// type.
func (s EventsService) Find(ctx context.Context, f Find) (*EventList, error) {
	r := get("eventsFind", "events")
	r.query = f.encode()
	return fetch[EventList](ctx, s.c, r)
}

// All yields every event that is found, by _id falling where the Find does not
// say, until the first error, which it yields last.
func (s EventsService) All(ctx context.Context, f Find) iter.Seq2[Event, error] {
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(e Event) string { return e.Id }, s.Find)
}
