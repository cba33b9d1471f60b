package query

import (
	"strings"
	"unicode"
)

// Fold removes the difference of case by Unicode simple case folding: two
// strings fold alike exactly when strings.EqualFold says they are equal. Letters
// of ASCII become lower case.
func Fold(s string) string { return strings.Map(foldRune, s) }

// foldRune picks one rune for all that fold into each other: the smallest, but
// the lower case of an ASCII letter, which is how most text stands already.
func foldRune(r rune) rune {
	if r < unicode.MaxASCII {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	smallest := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		smallest = min(smallest, other)
	}
	if 'A' <= smallest && smallest <= 'Z' {
		smallest += 'a' - 'A'
	}
	return smallest
}
