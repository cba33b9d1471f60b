package tollkeeper

import (
	"fmt"
	"strconv"
	"time"
)

// EventType names what happened, as noun.verb.
type EventType string

// The types of event.
const (
	EventCustomerCreated  EventType = "customer.created"
	EventCustomerUpdated  EventType = "customer.updated"
	EventCustomerDeleted  EventType = "customer.deleted"
	EventStatusChanged    EventType = "customer.status.changed"
	EventAccountLock      EventType = "accountlock.changed"
	EventPortoutRequested EventType = "portout.requested"
	EventPortoutDecided   EventType = "portout.decided"
	EventNumberAssigned   EventType = "number.assigned"
	EventNumberReleased   EventType = "number.released"
	EventBarringChanged   EventType = "barring.changed"
	EventCreditLow        EventType = "credit.low"
	EventCreditLowCleared EventType = "credit.low.cleared"
	EventCreditExhausted  EventType = "credit.exhausted"
	EventDailySpend       EventType = "dailyspend.reached"
	EventUnbilledNear     EventType = "unbilled.near"
	EventUnbilledReached  EventType = "unbilled.reached"
	EventCallEnded        EventType = "call.ended" // only while a webhook wants it
	EventCDRsPurged       EventType = "cdrs.purged"
	EventWebhookDisabled  EventType = "webhook.disabled"
	EventRecordingReady   EventType = "recording.ready"
	EventTranscriptReady  EventType = "transcript.ready"

	EventRefillDue       EventType = "refill.due"
	EventRefillSucceeded EventType = "refill.succeeded"
	EventRefillFailed    EventType = "refill.failed"
	EventRefillDisabled  EventType = "refill.disabled"
	EventInvoiceCreated  EventType = "invoice.created"
	EventInvoicePaid     EventType = "invoice.paid"
	EventInvoiceFailed   EventType = "invoice.failed"
	EventInvoiceOverdue  EventType = "invoice.overdue"
	EventPaymentRefunded EventType = "payment.refunded"
	EventPaymentDisputed EventType = "payment.disputed"
	EventMethodAdded     EventType = "paymentmethod.added"
	EventMethodRemoved   EventType = "paymentmethod.removed"
)

// EventTypes lists every type.
var EventTypes = []EventType{
	EventCustomerCreated, EventCustomerUpdated, EventCustomerDeleted, EventStatusChanged, EventAccountLock,
	EventPortoutRequested, EventPortoutDecided, EventNumberAssigned, EventNumberReleased, EventBarringChanged,
	EventCreditLow, EventCreditLowCleared, EventCreditExhausted, EventDailySpend, EventUnbilledNear, EventUnbilledReached,
	EventCallEnded, EventCDRsPurged, EventWebhookDisabled,
	EventRecordingReady, EventTranscriptReady,
	EventRefillDue, EventRefillSucceeded, EventRefillFailed, EventRefillDisabled,
	EventInvoiceCreated, EventInvoicePaid, EventInvoiceFailed, EventInvoiceOverdue,
	EventPaymentRefunded, EventPaymentDisputed, EventMethodAdded, EventMethodRemoved,
}

// Event is something that a customer or the carrier may want to react to. It is
// stored in the transaction of what it tells of; EventCallEnded a moment later.
type Event struct {
	ID        ID // rises in the order of what happened to a customer
	Type      EventType
	Customer  ID
	Data      []byte // a JSON object, whose keys go with the type
	CreatedAt time.Time
}

// CallEvents are the types whose data has the numbers of a call. They go with its record.
var CallEvents = []EventType{EventCallEnded, EventRecordingReady, EventTranscriptReady}

// AppendJSON appends an event as the API and webhooks show it.
func (e *Event) AppendJSON(dst []byte) []byte {
	dst = append(append(append(dst, `{"_id":"`...), e.ID.String()...), `","type":`...)
	dst = appendText(dst, string(e.Type))
	if !e.Customer.IsZero() {
		dst = append(append(append(dst, `,"customer":"`...), e.Customer.String()...), '"')
	}
	dst = AppendTime(append(dst, `,"createdAt":`...), e.CreatedAt)
	return append(append(append(dst, `,"data":`...), e.Data...), '}')
}

// Ended is the event of a call that is over.
func (r *CDR) Ended() Event {
	data := append([]byte(`{"record":"`), r.ID.String()...)
	text := func(key, v string) { data = appendText(append(append(append(data, `,"`...), key...), `":`...), v) }
	number := func(key string, v int64) {
		data = strconv.AppendInt(append(append(append(data, `,"`...), key...), `":`...), v, 10)
	}
	data = append(data, '"')
	text("callId", r.CallID)
	if r.Leg != "" {
		text("leg", r.Leg)
	}
	text("direction", string(r.Direction))
	text("from", r.From)
	text("to", r.To)
	data = AppendTime(append(data, `,"startedAt":`...), r.StartedAt)
	data = AppendTime(append(data, `,"endedAt":`...), r.EndedAt)
	number("durationSeconds", WholeSeconds(r.Duration))
	number("billedSeconds", r.Billed)
	number("chargeMicros", int64(r.Charge))
	text("cause", r.Cause)
	return Event{Type: EventCallEnded, Customer: r.Customer, Data: append(data, '}'), CreatedAt: r.EndedAt}
}

// NewEvent makes an event whose data are keys and values in turn: texts, whole
// numbers, amounts and ids. A zero id, like an empty text, is left out.
func NewEvent(kind EventType, customer ID, at time.Time, keysAndValues ...any) Event {
	data := []byte{'{'}
	for i := 0; i < len(keysAndValues); i += 2 {
		value := keysAndValues[i+1]
		if value == "" || value == (ID{}) {
			continue
		}
		if len(data) > 1 {
			data = append(data, ',')
		}
		data = append(append(append(data, '"'), keysAndValues[i].(string)...), '"', ':')
		switch v := value.(type) {
		case int64:
			data = strconv.AppendInt(data, v, 10)
		case Micros:
			data = strconv.AppendInt(data, int64(v), 10)
		case ID:
			data = appendText(data, v.String())
		case string:
			data = appendText(data, v)
		default:
			panic(fmt.Sprintf("event %s: a value of type %T", kind, v))
		}
	}
	return Event{Type: kind, Customer: customer, Data: append(data, '}'), CreatedAt: at}
}
