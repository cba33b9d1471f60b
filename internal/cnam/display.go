package cnam

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-unidecode"

	"tollkeeper"
)

// Lengths of names, in characters.
const (
	// mostDisplay is what calling name delivery carries (Telcordia GR-1188-CORE; ANSI
	// T1.641).
	mostDisplay = 15
	// mostFull is more than any company's name has, and mostFullBytes what an attribute
	// of RADIUS has room for.
	mostFull      = 100
	mostFullBytes = 200
)

// nameOf makes of what a provider says what calls are told. It is empty where the
// provider says nothing that a telephone can show.
func nameOf(said string) tollkeeper.CallerName {
	full := clean(said)
	display := display(full)
	if display == "" {
		return tollkeeper.CallerName{}
	}
	return tollkeeper.CallerName{Display: display, Full: full}
}

// display writes a name as telephones show it: in capital letters without accents,
// digits, and the few signs that no switch gives a meaning to, cut to 15 characters.
func display(full string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(unidecode.Unidecode(full)) {
		switch {
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("&-./", r):
			b.WriteRune(r)
		case r == '\'' || r == '`': // O'Neill is ONEILL
		default:
			b.WriteByte(' ')
		}
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	return strings.TrimSpace(text[:min(len(text), mostDisplay)])
}

// clean makes a line of text of what a provider says, without what would end a quoted
// string or a header in one of the switches' protocols.
func clean(said string) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r == '\\':
			return '/'
		case r == '<' || r == '>' || r == unicode.ReplacementChar || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(said, " "))
	text = strings.Join(strings.Fields(text), " ")
	characters := 0
	for i, r := range text {
		if characters++; characters > mostFull || i+utf8.RuneLen(r) > mostFullBytes {
			return strings.TrimSpace(text[:i])
		}
	}
	return text
}
