package rating

import (
	"math"
	"math/bits"
	"time"

	"tollkeeper"
)

// MaxAffordableSeconds bounds what Affordable answers, for free rates and for
// very cheap ones: 68 years, which still fits an int32 on the wire.
const MaxAffordableSeconds = math.MaxInt32

const secondsPerMinute = 60

// Price says what a call of a duration is billed. No duration costs nothing, not
// even the connect fee. Otherwise the duration is rounded up to whole seconds,
// to the minimum and to the increments beyond it, and the charge is the connect
// fee and the price of the billed seconds, rounded up to a micro-unit once.
//
// A negative duration is a CodeInvalid error; a charge beyond the range of
// Micros, which no valid rate reaches, is tollkeeper.ErrOverflow.
func (r Rate) Price(duration time.Duration) (billedSeconds int64, charge tollkeeper.Micros, err error) {
	if duration < 0 {
		return 0, 0, tollkeeper.Invalid("duration: must not be negative")
	}
	if duration == 0 {
		return 0, 0, nil
	}
	billedSeconds = r.billed(tollkeeper.WholeSeconds(duration))
	charge, err = r.PricePerMinute.MulDivUp(billedSeconds, secondsPerMinute)
	if err != nil {
		return 0, 0, err
	}
	charge, err = charge.Add(r.ConnectFee)
	if err != nil {
		return 0, 0, err
	}
	return billedSeconds, charge, nil
}

// Affordable returns the longest billed duration, in seconds, whose price is at
// most what is available: 0 when not even the minimum can be paid. The answer is
// always one that Price bills as it is (the minimum plus whole increments), and
// never above MaxAffordableSeconds, which is where free rates end.
func (r Rate) Affordable(available tollkeeper.Micros) (seconds int64) {
	if available < 0 || r.ConnectFee < 0 || available < r.ConnectFee || r.PricePerMinute < 0 {
		return 0
	}
	minimum, increment := r.steps()
	longest := secondsFor(uint64(available-r.ConnectFee), uint64(r.PricePerMinute))
	if longest < minimum {
		return 0
	}
	return minimum + (longest-minimum)/increment*increment
}

// secondsFor is floor(amount*60/price), at most MaxAffordableSeconds. It is the
// exact inverse of a price rounded up, because ceil(x) <= n just when x <= n.
func secondsFor(amount, pricePerMinute uint64) int64 {
	high, low := bits.Mul64(amount, secondsPerMinute)
	if high >= pricePerMinute { // the quotient needs more than 64 bits, or the rate is free
		return MaxAffordableSeconds
	}
	quotient, _ := bits.Div64(high, low, pricePerMinute)
	return int64(min(quotient, MaxAffordableSeconds))
}

// billed rounds whole seconds above 0 up to the minimum and the increments.
func (r Rate) billed(seconds int64) int64 {
	minimum, increment := r.steps()
	if seconds <= minimum {
		return minimum
	}
	return minimum + (seconds-minimum+increment-1)/increment*increment
}

// steps makes a rate without a minimum or increment bill by the second.
func (r Rate) steps() (minimum, increment int64) {
	return max(1, int64(r.MinimumSeconds)), max(1, int64(r.IncrementSeconds))
}
