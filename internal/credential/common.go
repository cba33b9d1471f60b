package credential

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// Of the list of common passwords that comes with John the Ripper, compiled by
// Solar Designer of the Openwall Project and assumed to be in the public domain,
// those of 8 characters and more, in lower case and sorted.
//
//go:embed common.txt
var commonText string

var common = sync.OnceValue(func() []string { return strings.Split(strings.TrimSpace(commonText), "\n") })

// IsCommon reports whether a password is among those that are guessed first,
// whatever its case and with or without digits at its end.
func IsCommon(password string) bool {
	folded := strings.ToLower(password)
	for _, form := range []string{folded, strings.TrimRight(folded, "0123456789")} {
		if _, found := slices.BinarySearch(common(), form); found {
			return true
		}
	}
	return false
}
