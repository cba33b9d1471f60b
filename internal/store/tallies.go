package store

import (
	"strings"

	"tollkeeper"
)

// talliedFields are the fields of a customer with few values. How many customers
// have each value is kept, so that the total of a page filtered by one of them
// costs a single look-up however many there are.
var talliedFields = []string{
	"internationalCalling", "mediaBypass", "accountLock", "callRecording", "cnamLookUps",
	"holdMusic", "transcribeCalls", "defaultBillMethod",
}

// tallyAll is the tally of all customers.
const tallyAll = ""

// tallied moves the tallies by what a write changed, in one statement.
func tallied(t tx, before, after *tollkeeper.Customer) error {
	var steps []any
	if before == nil {
		steps = append(steps, tallyAll, "", 1)
	}
	if after == nil {
		steps = append(steps, tallyAll, "", -1)
	}
	for _, field := range talliedFields {
		was, is := tallyValue(before, field), tallyValue(after, field)
		if was == is && before != nil && after != nil {
			continue
		}
		if before != nil {
			steps = append(steps, field, was, -1)
		}
		if after != nil {
			steps = append(steps, field, is, 1)
		}
	}
	if len(steps) == 0 {
		return nil
	}
	_, err := t.exec("INSERT INTO customer_tallies (field, value, total) VALUES (?,?,?)"+
		strings.Repeat(",(?,?,?)", len(steps)/3-1)+
		" ON CONFLICT (field, value) DO UPDATE SET total = total + excluded.total", steps...)
	return err
}

// tallyValue writes a field's value as the tallies name it: its JSON, or "" when
// absent.
func tallyValue(c *tollkeeper.Customer, field string) string {
	if c == nil {
		return ""
	}
	return tollkeeper.CustomerFieldJSON(c, field)
}
