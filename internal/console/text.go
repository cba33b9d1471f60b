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

// t is a text in the visitor's language.
func (v *visit) t(t text, args ...any) string { return say(v.locale.language, t, args...) }
