package tollkeeper

import (
	"math"
	"strconv"
	"strings"
)

// ValueKind is the JSON type of a Value.
type ValueKind uint8

// The JSON types a request may carry.
const (
	NullValue ValueKind = iota
	BoolValue
	NumberValue
	StringValue
	ArrayValue
	ObjectValue
)

// Value is one JSON value as a client wrote it. Text is the decoded string of a
// StringValue and the literal text of everything else.
type Value struct {
	Kind ValueKind
	Text string
}

// Field is one key of a JSON object with its value.
type Field struct {
	Key   string
	Value Value
}

// Integer returns the value as a whole number. JSON's 1.0 and 1e2 are whole
// numbers; strings, booleans and fractions are not.
func (v Value) Integer() (int64, bool) {
	if v.Kind != NumberValue {
		return 0, false
	}
	if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
		return n, true
	}
	return exactInteger(v.Text)
}

// exactInteger reads a JSON number with a fraction or an exponent without going
// through a float, which would round it.
func exactInteger(literal string) (int64, bool) {
	mantissa, exponentText, _ := strings.Cut(strings.ToLower(literal), "e")
	exponent := 0
	if exponentText != "" {
		var err error
		if exponent, err = strconv.Atoi(exponentText); err != nil || exponent > 400 || exponent < -400 {
			return 0, strings.Trim(mantissa, "-0.") == ""
		}
	}
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	point := len(whole) + exponent // where the decimal point stands in digits
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	if strings.Trim(digits[point:], "0") != "" {
		return 0, false
	}
	digits = strings.TrimLeft(digits[:point], "0")
	if digits == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(sign+digits, 10, 64)
	return n, err == nil
}

// int32 returns the value as a whole number from low to high.
func (v Value) int32(low, high int64) (int32, string) {
	n, ok := v.Integer()
	switch {
	case !ok && v.Kind == NumberValue && !strings.ContainsAny(v.Text, ".eE"):
		return 0, rangeFault(low, high)
	case !ok:
		return 0, "must be an integer"
	case n < low || n > high:
		return 0, rangeFault(low, high)
	}
	return int32(n), ""
}

func rangeFault(low, high int64) string {
	if low == 0 && high == math.MaxInt32 {
		return "must be an integer from 0 to 2147483647"
	}
	return "must be an integer from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
}
