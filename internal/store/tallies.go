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

type tallyKey struct{ field, value string }

// tallied moves the tallies by what a transaction changed, in one statement.
func tallied(t tx, changes []recordChange) error {
	steps := map[tallyKey]int{}
	for _, change := range changes {
		addTallies(steps, change.before, -1)
		addTallies(steps, change.after, 1)
		if searchText(change.before) != searchText(change.after) {
			steps[tallyKey{searchGeneration, ""}]++
		}
	}
	var args []any
	for key, step := range steps {
		if step != 0 {
			args = append(args, key.field, key.value, step)
		}
	}
	if len(args) == 0 {
		return nil
	}
	return t.later(nil, "INSERT INTO customer_tallies (field, value, total) VALUES (?,?,?)"+
		strings.Repeat(",(?,?,?)", len(args)/3-1)+
		" ON CONFLICT (field, value) DO UPDATE SET total = customer_tallies.total + excluded.total", args...)
}

func addTallies(steps map[tallyKey]int, c *tollkeeper.Customer, step int) {
	if c == nil {
		return
	}
	steps[tallyKey{tallyAll, ""}] += step
	for _, field := range talliedFields {
		steps[tallyKey{field, tollkeeper.CustomerFieldJSON(c, field)}] += step
	}
}
