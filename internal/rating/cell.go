package rating

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
)

// parsePrefix drops the "+" and the spaces and dashes people group digits with.
func parsePrefix(cell string) (string, error) {
	prefix := strings.TrimPrefix(strings.TrimSpace(cell), "+")
	if checkPrefix(prefix) == nil {
		return prefix, nil
	}
	prefix = strings.Map(func(c rune) rune {
		if c == ' ' || c == '-' || c == '\u00a0' {
			return -1
		}
		return c
	}, prefix)
	return prefix, checkPrefix(prefix)
}

// parseDestination makes one line of a name that a spreadsheet broke into several.
func parseDestination(cell string) (string, error) {
	if strings.ContainsAny(cell, "\r\n\t") {
		cell = lineBreaks.Replace(cell)
	}
	name := strings.TrimSpace(cell)
	return name, checkDestination(name)
}

var lineBreaks = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ")

func parsePrice(cell string, decimalComma bool) (tollkeeper.Micros, error) {
	return parseAmount(cell, decimalComma, MaxPricePerMinute)
}

// parseAmount reads a decimal of up to 8 places, rounded up to a micro-unit.
func parseAmount(cell string, decimalComma bool, limit tollkeeper.Micros) (tollkeeper.Micros, error) {
	text := strings.TrimSpace(cell)
	if decimalComma && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	amount, err := tollkeeper.ParseMicros(text)
	if err != nil && !errors.Is(err, tollkeeper.ErrOverflow) {
		return 0, err
	}
	if err != nil {
		amount = limit + 1
	}
	return amount, checkAmount(amount, limit)
}

func parseSeconds(cell string) (int32, error) {
	seconds, err := strconv.ParseUint(strings.TrimSpace(cell), 10, 31)
	if err != nil {
		return 0, errSeconds
	}
	return int32(seconds), checkSeconds(int32(seconds))
}

// rounding is a minimum and an increment in seconds; a minimum of 0 is not given.
type rounding struct{ minimum, increment int32 }

// parseRounding reads "60/6", a minimum and an increment, or "6", an increment.
func parseRounding(cell string) (rounding, error) {
	first, second, isPair := strings.Cut(cell, "/")
	if !isPair {
		increment, err := parseSeconds(cell)
		return rounding{increment: increment}, err
	}
	minimum, err := parseSeconds(first)
	if err != nil {
		return rounding{}, errRounding
	}
	increment, err := parseSeconds(second)
	if err != nil {
		return rounding{}, errRounding
	}
	return rounding{minimum, increment}, nil
}

var errRounding = errors.New("must be a minimum and an increment in seconds, such as 60/60 or 30/6")

// parseTime reads a day, which begins at midnight UTC, or an RFC 3339 time.
func parseTime(cell string) (time.Time, error) {
	text := strings.TrimSpace(cell)
	layout := time.RFC3339
	if len(text) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, errors.New("must be a date such as 2026-01-31 or an RFC 3339 time")
	}
	return t.UTC(), checkTime(t)
}
