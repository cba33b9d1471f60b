package query

import (
	"strconv"
	"strings"
)

const (
	notInteger = "must be an integer"
	notInRange = "must be an integer within 64 bits"
)

// parseInteger reads a JSON number (RFC 8259, section 6) whose value is whole,
// however it is written: 5, -5, 5.0, 1e2, 100e-2.
func parseInteger(text string) (n int64, problem string) {
	unsigned, negative := strings.CutPrefix(text, "-")
	mantissa, exponentText, hasExponent := cutAny(unsigned, "eE")
	whole, fraction, hasFraction := strings.Cut(mantissa, ".")
	if !isDigits(whole) || len(whole) > 1 && whole[0] == '0' || hasFraction && !isDigits(fraction) {
		return 0, notInteger
	}
	exponent := 0
	if hasExponent {
		exponentDigits := exponentText
		if exponentText != "" && (exponentText[0] == '+' || exponentText[0] == '-') {
			exponentDigits = exponentText[1:]
		}
		if !isDigits(exponentDigits) {
			return 0, notInteger
		}
		exponent = clampedExponent(exponentText)
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return 0, ""
	}
	significant := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(significant) - len(fraction)
	if exponent < 0 {
		return 0, notInteger
	}
	const maxDigits = 19 // of an int64
	if len(significant)+exponent > maxDigits {
		return 0, notInRange
	}
	if negative {
		significant = "-" + significant
	}
	n, err := strconv.ParseInt(significant+strings.Repeat("0", exponent), 10, 64)
	if err != nil {
		return 0, notInRange
	}
	return n, ""
}

// clampedExponent reads an exponent. One beyond any text's length says no more
// than that it is out of range, so it is cut to where sums cannot overflow.
func clampedExponent(text string) int {
	const limit = 1 << 30
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && text[0] == '-' {
		return -limit
	} else if err != nil {
		return limit
	}
	return int(min(max(n, -limit), limit))
}

func cutAny(s, chars string) (before, after string, found bool) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// isDigits reports whether s is one or more decimal digits.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
