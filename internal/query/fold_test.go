package query_test

import (
	"strings"
	"testing"

	"tollkeeper/internal/query"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":              "",
		"Acme 1-2 _[]":  "acme 1-2 _[]",
		"\u212Aelvin":   "kelvin", // the Kelvin sign
		"\u017Fs":       "ss",     // the long s
		"ß":             query.Fold("ẞ"),
		"ΣΑΣ":           query.Fold("σας"),
		"日本":            "日本",
		"İ":             "İ", // has no simple folding
		"\U00010400DÉF": query.Fold("\U00010428déf"),
	} {
		if got := query.Fold(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Acme", "aCME")
	f.Add("ΣΑΣ", "σας")
	f.Add("\u212A", "k")
	f.Add("a", "b")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, ""), strings.ToValidUTF8(b, "")
		if alike := query.Fold(a) == query.Fold(b); alike != strings.EqualFold(a, b) {
			t.Errorf("%q and %q fold alike: %v", a, b, alike)
		}
		if folded := query.Fold(a); query.Fold(folded) != folded {
			t.Errorf("%q: folding twice differs", a)
		}
	})
}
