package client

import "fmt"

// Micros is an amount of money in millionths of the account currency, of which
// there is one per deployment. It is always whole; nothing is ever a float.
type Micros int64

// Units of Micros, so that 25 units of the currency are 25*client.Unit.
const (
	Cent Micros = 10_000
	Unit Micros = 1_000_000
)

// String writes the amount as a decimal number of the currency with at least
// two decimals and no more than it needs: 12000 is "0.012".
func (m Micros) String() string {
	sign, magnitude := "", uint64(m)
	if m < 0 {
		sign, magnitude = "-", -magnitude
	}
	const unit = uint64(Unit)
	text := fmt.Sprintf("%s%d.%06d", sign, magnitude/unit, magnitude%unit)
	for i := 0; i < 4 && text[len(text)-1] == '0'; i++ {
		text = text[:len(text)-1]
	}
	return text
}
