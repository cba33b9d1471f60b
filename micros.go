package tollkeeper

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Micros is an amount of money in millionths of the account currency. There is
// one currency per deployment. Arithmetic is checked: nothing wraps, and no
// float is involved anywhere.
type Micros int64

// Units of Micros.
const (
	Cent Micros = 10_000
	Unit Micros = 1_000_000

	MaxMicros Micros = math.MaxInt64
	MinMicros Micros = math.MinInt64
)

// ErrOverflow reports an amount outside the range of Micros
// (about ±9.2 trillion units of the currency).
var ErrOverflow = errors.New("amount out of range")

// FromCents converts whole cents. Every int32 fits.
func FromCents(cents int32) Micros { return Micros(cents) * Cent }

// Cents rounds down to a whole cent: -1 micro is -1 cent.
func (m Micros) Cents() int64 {
	cents := int64(m / Cent)
	if m%Cent < 0 {
		cents--
	}
	return cents
}

// Add returns m+n, or ErrOverflow.
func (m Micros) Add(n Micros) (Micros, error) {
	sum := m + n
	if (sum > m) != (n > 0) && n != 0 {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub returns m-n, or ErrOverflow.
func (m Micros) Sub(n Micros) (Micros, error) {
	difference := m - n
	if (difference < m) != (n > 0) && n != 0 {
		return 0, ErrOverflow
	}
	return difference, nil
}

// Less takes claims, none of them negative, away from m. It stops at MinMicros
// instead of wrapping: what is compared with a price must never turn positive.
func (m Micros) Less(claims ...Micros) Micros {
	for _, claim := range claims {
		if m < MinMicros+claim {
			return MinMicros
		}
		m -= claim
	}
	return m
}

// MulDivUp returns m*by/div rounded up (away from zero is up, since m and by
// must not be negative and div must be positive), or ErrOverflow. The product
// is kept in 128 bits.
func (m Micros) MulDivUp(by, div int64) (Micros, error) {
	if m < 0 || by < 0 || div <= 0 {
		return 0, ErrOverflow
	}
	high, low := bits.Mul64(uint64(m), uint64(by))
	low, carry := bits.Add64(low, uint64(div-1), 0)
	high += carry
	if high >= uint64(div) {
		return 0, ErrOverflow
	}
	quotient, _ := bits.Div64(high, low, uint64(div))
	if quotient > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return Micros(quotient), nil
}

// String writes the amount in units of the currency with two to six decimals:
// "12.34", "-0.000001".
func (m Micros) String() string {
	magnitude := uint64(m)
	sign := ""
	if m < 0 {
		sign, magnitude = "-", -magnitude
	}
	fraction := strconv.FormatUint(magnitude%uint64(Unit)+uint64(Unit), 10)[1:]
	fraction = fraction[:2] + strings.TrimRight(fraction[2:], "0")
	return sign + strconv.FormatUint(magnitude/uint64(Unit), 10) + "." + fraction
}

// ParseMicros reads a decimal amount in units of the currency such as "0.0123"
// or "-12". Up to 8 decimals are read; what is finer than a micro-unit is
// rounded up in magnitude, so that a price is never understated.
func ParseMicros(s string) (Micros, error) {
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		digits = strings.TrimPrefix(digits, "+")
	}
	whole, fraction, hasFraction := strings.Cut(digits, ".")
	if whole == "" && fraction == "" || hasFraction && fraction == "" || len(fraction) > 8 || !allDigits(whole) || !allDigits(fraction) {
		return 0, errors.New("must be a decimal number with at most 8 decimals, such as 0.0125")
	}
	if whole == "" {
		whole = "0"
	}
	units, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || units > int64(MaxMicros/Unit) {
		return 0, ErrOverflow
	}
	hundredths, _ := strconv.ParseInt((fraction + "00000000")[:8], 10, 64) // of a micro-unit
	amount, err := (Micros(units) * Unit).Add(Micros((hundredths + 99) / 100))
	if err != nil {
		return 0, err
	}
	if negative {
		amount = -amount
	}
	return amount, nil
}

func allDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
