package console

import (
	"regexp"
	"testing"
)

var (
	ownLook      = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b[^{]*;|rgba?\(|hsla?\(|light-dark\(|font(-size)?: *[0-9.]+(px|rem)|box-shadow: *-?[0-9]+px [0-9]`)
	tokenMade    = regexp.MustCompile(`(--[a-z0-9-]+):`)
	tokenUsed    = regexp.MustCompile(`var\((--[a-z0-9-]+)`)
	tokenByChart = regexp.MustCompile(`"(--[a-z0-9-]+)"`)
)

// TestDesignIsInOnePlace checks that colours, sizes of type and shadows are tokens, and that
// there is each token that is used, and no other.
func TestDesignIsInOnePlace(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		content, err := assets.ReadFile("static/" + name)
		must(t, err)
		return string(content)
	}
	styles, tokens := read("console.css"), map[string]bool{}
	for _, found := range ownLook.FindAllString(styles, -1) {
		t.Errorf("console.css has a look of its own: %q; make it a token in tokens.css", found)
	}
	for _, match := range tokenMade.FindAllStringSubmatch(read("tokens.css"), -1) {
		tokens[match[1]] = false
	}
	for _, name := range []string{"console.css", "charts.js"} {
		for _, pattern := range []*regexp.Regexp{tokenUsed, tokenByChart} {
			for _, match := range pattern.FindAllStringSubmatch(read(name), -1) {
				if _, found := tokens[match[1]]; !found {
					t.Errorf("%s uses %s, which is no token", name, match[1])
				}
				tokens[match[1]] = true
			}
		}
	}
	for name, isUsed := range tokens {
		if !isUsed && !regexp.MustCompile(`^--chart-\d$`).MatchString(name) {
			t.Errorf("nothing uses %s", name)
		}
	}
}
