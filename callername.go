package tollkeeper

// CallerName is the name of whoever calls, as it was found for one call.
type CallerName struct {
	Display string // for the displays of telephones: at most 15 ASCII characters; "" for none
	Full    string // as the provider knows it, at most 100 characters and 200 bytes
}

// Dip is what a look-up of a caller's name brought to a call, and what it cost.
type Dip struct {
	Customer ID
	Call     ID // of the call and its record
	Provider string
	Price    Micros // 0: the customer pays nothing for it
	CallerName
}

// ListedName is a number with its name in the carrier's own list.
type ListedName struct {
	ID     ID
	Number string // E.164
	Name   string // in full
}

// CallerNameService names look-ups of callers' names in the ledger.
const CallerNameService = "caller name"

// Usage is what the dip costs. There is one for each call at most.
func (d *Dip) Usage() Usage {
	return Usage{Customer: d.Customer, Service: CallerNameService, Key: "callername:" + d.Call.String(), Amount: d.Price}
}
