package console

import (
	"strconv"
	"strings"

	"tollkeeper"
	"tollkeeper/client"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// readInt reads a whole number as people type it.
func readInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(s), " ", ""), 10, 64)
	return n, err == nil
}

// readMicros reads an amount of money with a decimal point, or with a comma that can
// be nothing else.
func readMicros(s string) (client.Micros, bool) {
	s = strings.NewReplacer(" ", "", "\u00a0", "", "−", "-").Replace(strings.TrimSpace(s))
	if !strings.Contains(s, ".") && strings.Count(s, ",") == 1 {
		s = strings.Replace(s, ",", ".", 1)
	}
	m, err := tollkeeper.ParseMicros(s)
	return client.Micros(m), err == nil
}

// readCents reads an amount of whole cents.
func readCents(s string) (int, bool) {
	m, ok := readMicros(s)
	return int(m / client.Cent), ok && m%client.Cent == 0
}

// writeCents is an amount of cents for an input.
func writeCents(cents int) string { return (client.Micros(cents) * client.Cent).String() }
