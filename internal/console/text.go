package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// text is a text that visitors read, in English. It is also the key to its
// translations in text/, so that pages can be read in the code.
type text string

// catalogues are the translations by language. English needs none.
var catalogues = sync.OnceValue(func() map[string]map[text]string {
	all := map[string]map[text]string{"en": nil}
	entries, err := assets.ReadDir("text")
	if err != nil {
		panic(err) // embedded
	}
	for _, entry := range entries {
		data, err := assets.ReadFile("text/" + entry.Name())
		if err != nil {
			panic(err)
		}
		language, _, _ := strings.Cut(entry.Name(), ".")
		translated := map[text]string{}
		if err := json.Unmarshal(data, &translated); err != nil {
			panic(fmt.Sprintf("text/%s: %v", entry.Name(), err))
		}
		all[language] = translated
	}
	return all
})

// untranslated is told of texts that a catalogue lacks, when tests want to know.
var untranslated func(language string, t text)

// say returns a text in a language, with args in the places of its verbs.
func say(language string, t text, args ...any) string {
	format, found := catalogues()[language][t]
	if !found {
		format = string(t)
		if language != "en" && t != "" && untranslated != nil {
			untranslated(language, t)
		}
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// languageName is what a catalogue calls its own language.
const languageName text = "English"

// languages are the codes of those that pages can be read in.
var languages = sync.OnceValue(func() []string { return sortedKeys(catalogues()) })

// several is a text about n things. The languages of the catalogues have one form for a
// single thing and one for all other numbers; both get the same args.
func (v *visit) several(n int64, one, many text, args ...any) string {
	if n == 1 {
		return v.t(one, args...)
	}
	return v.t(many, args...)
}

// t is a text in the visitor's language.
func (v *visit) t(t text, args ...any) string { return say(v.locale.language, t, args...) }
