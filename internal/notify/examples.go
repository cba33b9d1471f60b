package notify

import (
	"cmp"
	"io/fs"
	"path"
	"strings"
	"time"

	"tollkeeper"
)

// kinds are the letters there are, in their order.
var kinds = func() (kinds []string) {
	entries, err := fs.ReadDir(builtIn, path.Join("letters", fallback))
	if err != nil {
		panic(err) // the program was built without its letters
	}
	for _, entry := range entries {
		kinds = append(kinds, strings.TrimSuffix(entry.Name(), ".txt"))
	}
	return kinds
}()

// accountExamples is the data of the letters that no event causes.
var accountExamples = map[string]string{
	"password-reset":        `{"link":"` + tollkeeper.MailSecret + `","minutes":30}`,
	"password-changed":      `{"address":"192.0.2.7"}`,
	"second-factor-added":   `{"address":"192.0.2.7"}`,
	"second-factor-removed": `{"address":"192.0.2.7"}`,
}

// example is what a template is tried with.
func example(kind, language, currencyCode string) page {
	data := cmp.Or(accountExamples[kind], digestExamples[kind])
	for event, n := range notices {
		if letterOf(event) == kind {
			data = n.example
		}
	}
	return page{
		Customer: "Harbour Coffee", at: time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC), data: parseData([]byte(data)),
		user:     tollkeeper.User{First: "Ada", Last: "Byron", Email: "ada@harbour.example", Timezone: tollkeeper.DefaultTimezone, Language: language},
		currency: currencyCode, language: language, strict: true,
	}
}
