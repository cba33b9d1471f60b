package tollkeeper

import "math/bits"

// Tax is one tax on a sale.
type Tax struct {
	Name   string `json:"name"`
	Rate   Micros `json:"rateMicros"` // percent in millionths: 7,250,000 is 7.25 %
	Amount int64  `json:"amount"`     // cents
}

// WholeTax is a rate of 100 percent.
const WholeTax = 100 * Unit

// TaxOf is a rate's part of an amount in cents, rounded to the nearest cent, half a
// cent up. Neither may be negative, nor the rate above WholeTax.
func TaxOf(cents int64, rate Micros) int64 {
	high, low := bits.Mul64(uint64(cents), uint64(rate))
	low, carry := bits.Add64(low, uint64(WholeTax/2), 0)
	tax, _ := bits.Div64(high+carry, low, uint64(WholeTax))
	return int64(tax)
}

// share is the part of cents that is as great as part is of whole, rounded down. The
// product is kept in 128 bits. None may be negative, nor part above whole, which is not 0.
func share(cents, part, whole int64) int64 {
	high, low := bits.Mul64(uint64(cents), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return int64(quotient)
}

// TaxSum adds up taxes, in cents.
func TaxSum(taxes []Tax) (sum int64) {
	for _, t := range taxes {
		sum += t.Amount
	}
	return sum
}

// Sale is what taxes are asked for.
type Sale struct {
	Billing  Billing // of the customer
	Subtotal int64   // cents
	Refill   bool    // prepaid credit rather than usage
}
