package console

import (
	"strconv"
	"strings"

	"tollkeeper"
	"tollkeeper/client"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// typed is a number that was typed into a form, with a decimal point whatever the
// visitor writes.
func (v *visit) typed(name string) string { return v.locale.plain(v.r.PostFormValue(name)) }

// decimal is a number with a decimal point as an input shows it to the visitor.
func (v *visit) decimal(s string) string { return strings.Replace(s, ".", v.locale.decimal, 1) }

// readInt reads a whole number.
func readInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// readMicros reads an amount of money with a decimal point.
func readMicros(s string) (client.Micros, bool) {
	m, err := tollkeeper.ParseMicros(s)
	return client.Micros(m), err == nil
}

// readCents reads an amount of whole cents with a decimal point.
func readCents(s string) (int, bool) {
	m, ok := readMicros(s)
	return int(m / client.Cent), ok && m%client.Cent == 0
}

// writeCents is an amount of cents with a decimal point.
func writeCents(cents int) string { return (client.Micros(cents) * client.Cent).String() }
