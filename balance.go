package tollkeeper

// CustomerBalance is a customer's prepaid balance, as lists of all customers show it.
type CustomerBalance struct {
	Customer   ID
	BillMethod BillMethod
	Posted     Micros
	Held       Micros // for live calls
	AlertBelow Micros // the owner is alerted when less is available; 0: never
}

// Available is what new calls can draw on.
func (b *CustomerBalance) Available() Micros { return b.Posted.Less(b.Held) }

// Low reports whether less is available than the owner is alerted below, as the events say.
func (b *CustomerBalance) Low() bool {
	return b.BillMethod == BillCredit && b.AlertBelow > 0 && b.Available() < b.AlertBelow
}
