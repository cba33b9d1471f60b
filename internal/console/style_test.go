package console

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
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

var (
	comment    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	selectors  = regexp.MustCompile(`[^{}]+{`)
	classIn    = regexp.MustCompile(`\.([a-z][\w-]*)`)
	classesOf  = regexp.MustCompile(`class="([^"]*)"`)
	quoted     = regexp.MustCompile(`"([^"]*)"`)
	classNames = regexp.MustCompile(`[a-z][\w-]*`)
)

// TestClassesAreStyled checks that pages use the classes that the styles have, and that
// the styles have those that pages use and no other. Scripts use classes too, and the code
// names tones.
func TestClassesAreStyled(t *testing.T) {
	t.Parallel()
	read := func(pattern string, files fs.FS) (all string) {
		names, err := fs.Glob(files, pattern)
		must(t, err)
		for _, name := range names {
			content, err := fs.ReadFile(files, name)
			must(t, err)
			all += string(content)
		}
		return all
	}
	styled, inPages := map[string]bool{}, map[string]bool{}
	for _, selector := range selectors.FindAllString(comment.ReplaceAllString(read("static/console.css", assets), ""), -1) {
		for _, match := range classIn.FindAllStringSubmatch(selector, -1) {
			styled[match[1]] = false
		}
	}
	// What stands in quotes within the actions of a template may be a class, too.
	pages := actions.ReplaceAllStringFunc(read("pages/*.html", assets), func(action string) string {
		var said []string
		for _, match := range quoted.FindAllStringSubmatch(action, -1) {
			said = append(said, match[1])
		}
		return " " + strings.Join(said, " ") + " "
	})
	for _, match := range classesOf.FindAllStringSubmatch(pages, -1) {
		for _, name := range classNames.FindAllString(match[1], -1) {
			inPages[name] = true
		}
	}
	scripts, code := read("static/co*.js", assets)+read("static/ch*.js", assets), read("*.go", os.DirFS("."))
	for name := range inPages {
		if _, found := styled[name]; !found && !strings.Contains(scripts, "."+name) {
			t.Errorf("pages use the class %q, which nothing styles", name)
		}
	}
	for name := range styled {
		if !inPages[name] && name != "htmx-request" && !strings.Contains(scripts, `"`+name+`"`) && !strings.Contains(code, `"`+name+`"`) {
			t.Errorf("nothing has the class %q, which is styled", name)
		}
	}
}
