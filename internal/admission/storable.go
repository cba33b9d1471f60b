package admission

import (
	"strings"
	"unicode/utf8"

	"tollkeeper"
)

// storable makes what a caller or a switch says a text that every database keeps.
// PostgreSQL refuses what is not UTF-8 or has a NUL in it, and with one call all that are
// decided in the same transaction.
func storable(text string) string {
	if utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, string(utf8.RuneError)), "\x00", "")
}

// Visible reports whether a text has visible ASCII characters and no others, as ids of calls
// must that every door can name.
func Visible(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < '!' || c > '~' })
}

func storableKey(k tollkeeper.CallKey) tollkeeper.CallKey {
	return tollkeeper.CallKey{CallID: storable(k.CallID), Leg: storable(k.Leg)}
}

func storableReport(r tollkeeper.Report) tollkeeper.Report {
	r.CallKey, r.Cause = storableKey(r.CallKey), storable(r.Cause)
	return r
}

// maxText bounds what is kept of a text in place of a number, in characters. No number has
// as many.
const maxText = 255

// beginning is as much of a text as is kept. No call fails for what its caller has written
// beside a number, however long it is.
func beginning(text string) string {
	if len(text) <= maxText {
		return text
	}
	text = text[:min(len(text), maxText*utf8.UTFMax)]
	characters := []rune(text)
	return string(characters[:min(len(characters), maxText)])
}
