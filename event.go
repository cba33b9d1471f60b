package tollkeeper

import (
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
	EventCreditLow        EventType = "credit.low"
	EventCreditLowCleared EventType = "credit.low.cleared"
	EventCreditExhausted  EventType = "credit.exhausted"
	EventDailySpend       EventType = "dailyspend.reached"
	EventUnbilledNear     EventType = "unbilled.near"
	EventUnbilledReached  EventType = "unbilled.reached"
)

// EventTypes lists every type.
var EventTypes = []EventType{
	EventCustomerCreated, EventCustomerUpdated, EventCustomerDeleted, EventStatusChanged, EventAccountLock,
	EventCreditLow, EventCreditLowCleared, EventCreditExhausted, EventDailySpend, EventUnbilledNear, EventUnbilledReached,
}

// Event is something that a customer or the carrier may want to react to. It is
// stored in the transaction of what it tells of.
type Event struct {
	ID        ID // rises in the order of what happened to a customer
	Type      EventType
	Customer  ID
	Data      []byte // a JSON object, whose keys go with the type
	CreatedAt time.Time
}

// amounts makes the data of an event that is about money: keys and amounts in
// micro-units, in turn.
func amounts(keysAndAmounts ...any) []byte {
	data := []byte{'{'}
	for i := 0; i < len(keysAndAmounts); i += 2 {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(append(append(data, '"'), keysAndAmounts[i].(string)...), '"', ':')
		data = strconv.AppendInt(data, int64(keysAndAmounts[i+1].(Micros)), 10)
	}
	return append(data, '}')
}
