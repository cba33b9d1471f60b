package tollkeeper

import (
	"strings"
	"time"
)

// Number is a telephone number of the carrier, and whose it is.
type Number struct {
	ID        ID
	E164      string // unique
	Customer  ID     // its owner; zero: in stock
	Label     string
	Status    NumberStatus
	Inbound   InboundPrice
	OwnedAt   time.Time // since when it is its owner's; zero: in stock
	OwnedBy   string    // the actor who gave it to its owner
	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int64 // rises with every write
}

// NumberStatus says whether calls reach a number.
type NumberStatus string

// The statuses of a number.
const (
	NumberActive   NumberStatus = "active"
	NumberInactive NumberStatus = "inactive" // calls to it are nobody's
	NumberPorted   NumberStatus = "ported"   // moved to another carrier
)

// NumberStatuses lists every status.
var NumberStatuses = []NumberStatus{NumberActive, NumberInactive, NumberPorted}

// InboundPrice is what a call to a number costs its owner. Its zero value is free.
type InboundPrice struct {
	PricePerMinute   Micros
	MinimumSeconds   int32 // charged at least
	IncrementSeconds int32 // charged in steps of
}

// Tariff is the price of a call to a number; the number itself stands for the prefix.
func (p InboundPrice) Tariff(e164 string) Tariff {
	if p.PricePerMinute == 0 {
		return Tariff{}
	}
	return Tariff{Prefix: strings.TrimPrefix(e164, "+"), Destination: "inbound", PricePerMinute: p.PricePerMinute,
		MinimumSeconds: p.MinimumSeconds, IncrementSeconds: p.IncrementSeconds}
}

// Assigned is the event of a number that became its owner's.
func (n *Number) Assigned(at time.Time) Event {
	return NewEvent(EventNumberAssigned, n.Customer, at, "number", n.E164)
}

// Released is the event of a number that ceased to be its owner's.
func (n *Number) Released(at time.Time) Event {
	return NewEvent(EventNumberReleased, n.Customer, at, "number", n.E164)
}

// ImportFault is what is wrong with one of the records of an import.
type ImportFault struct {
	Index   int    // of the record
	Field   string // such as "customer"
	Message string
}

// Ownership is a time during which a number was a customer's.
type Ownership struct {
	ID       ID
	Number   string
	Customer ID
	From     time.Time
	Until    time.Time // zero: it still is
	FromBy   string    // the actor who began it
	UntilBy  string    // the actor who ended it
}

// Changes lists the fields in which a number differs from an older state.
func (n Number) Changes(older Number) []Change {
	var c changes
	c.text("number", older.E164, n.E164)
	c.id("customer", older.Customer, n.Customer)
	c.text("label", older.Label, n.Label)
	c.text("status", string(older.Status), string(n.Status))
	c.json("inboundPricePerMinuteMicros", countText(older.Inbound.PricePerMinute), countText(n.Inbound.PricePerMinute))
	c.json("inboundMinimumSeconds", countText(older.Inbound.MinimumSeconds), countText(n.Inbound.MinimumSeconds))
	c.json("inboundIncrementSeconds", countText(older.Inbound.IncrementSeconds), countText(n.Inbound.IncrementSeconds))
	return c
}
