package console

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// howToTranslate is what to do about a text without a translation.
const howToTranslate = "add it to internal/console/text/%s.json: the English text, its verbs as they are, and what it is in that language"

// missed are the texts that pages wanted while tests ran, and a catalogue lacked.
var missed struct {
	sync.Mutex
	texts map[string]bool
}

// TestMain fails when a page showed a text that has no translation.
func TestMain(m *testing.M) {
	missed.texts = map[string]bool{}
	untranslated = func(language string, t text) {
		missed.Lock()
		defer missed.Unlock()
		missed.texts[fmt.Sprintf("%q was shown in English: "+howToTranslate, t, language)] = true
	}
	status := m.Run()
	for _, fault := range slices.Sorted(maps.Keys(missed.texts)) {
		fmt.Println(fault)
		status = max(status, 1)
	}
	os.Exit(status)
}

// TestEveryTextIsTranslated compares the catalogues with what the code and the templates
// can say.
func TestEveryTextIsTranslated(t *testing.T) {
	t.Parallel()
	said := map[text]string{}
	textsOfCode(t, said)
	textsOfPages(t, said)
	if len(said) < 500 {
		t.Fatalf("only %d texts were found", len(said))
	}
	for language, catalogue := range catalogues() {
		if language == "en" {
			continue
		}
		for _, one := range slices.Sorted(maps.Keys(said)) {
			switch translation, found := catalogue[one]; {
			case !found:
				t.Errorf("%s: %q: "+howToTranslate, said[one], one, language)
			case verbs(string(one)) != verbs(translation):
				t.Errorf("%s.json: %q has not the verbs of %q", language, translation, one)
			}
		}
		for _, one := range slices.Sorted(maps.Keys(catalogue)) {
			if said[one] == "" {
				t.Errorf("%s.json: nothing says %q any more: take it out", language, one)
			}
		}
	}
}

var verb = regexp.MustCompile(`%(\[(\d)\])?([a-z%])`)

// verbs are the places for arguments in a text, in the order of the arguments.
func verbs(s string) string {
	var found []string
	for i, match := range verb.FindAllStringSubmatch(s, -1) {
		place := match[2]
		if place == "" {
			place = fmt.Sprint(i + 1)
		}
		found = append(found, place+match[3])
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

// textsOfCode finds the constants of type text in the package, with where they stand.
func textsOfCode(t *testing.T, said map[text]string) {
	t.Helper()
	files, sources := gotoken.NewFileSet(), []*ast.File(nil)
	names, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(files, name, nil, 0)
		must(t, err)
		sources = append(sources, source)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	checker := types.Config{Importer: exported(t, files)}
	checked, err := checker.Check("tollkeeper/internal/console", files, sources, info)
	must(t, err)
	kind := checked.Scope().Lookup("text").Type()
	for _, source := range sources {
		ast.Inspect(source, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok || info.Types[e].Value == nil || !types.Identical(info.Types[e].Type, kind) {
				return true
			}
			if value := constant.StringVal(info.Types[e].Value); value != "" {
				said[text(value)] = files.Position(e.Pos()).String()
			}
			return false
		})
	}
}

// exported imports packages as the compiler has left them in its cache.
func exported(t *testing.T, files *gotoken.FileSet) types.Importer {
	t.Helper()
	list, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", ".").Output()
	must(t, err)
	at := map[string]string{}
	for line := range strings.Lines(string(list)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		at[path] = file
	}
	return importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(at[path]) })
}

var (
	actions    = regexp.MustCompile(`(?s){{.*?}}`)
	attributes = regexp.MustCompile(` (required|autofocus|aria-(invalid|describedby)="[^"]*")`) // of a template that is a part of a tag
	saying     = regexp.MustCompile(`[{( ]t "([^"]*)"`)
	tag        = regexp.MustCompile(`(?s)<[^>]*>`)
	shown      = regexp.MustCompile(`(?:title|placeholder|aria-label|alt)="[^"]*[A-Za-z]{2}[^"]*"`)
	word       = regexp.MustCompile(`[A-Za-z]{2,}`)
	ownNames   = map[string]bool{"Tollkeeper": true, "CSV": true, "Enter": true}
)

// textsOfPages finds what the templates say by the function t, and fails on what they say
// by themselves.
func textsOfPages(t *testing.T, said map[text]string) {
	t.Helper()
	names, err := fs.Glob(assets, "pages/*.html")
	must(t, err)
	for _, name := range names {
		content, err := assets.ReadFile(name)
		must(t, err)
		for _, a := range actions.FindAllString(string(content), -1) {
			for _, match := range saying.FindAllStringSubmatch(a, -1) {
				said[text(match[1])] = name
			}
		}
		rest := attributes.ReplaceAllString(actions.ReplaceAllString(string(content), ""), "")
		for _, bare := range append(word.FindAllString(tag.ReplaceAllString(rest, " "), -1), shown.FindAllString(rest, -1)...) {
			if !ownNames[bare] {
				t.Errorf("%s says %q by itself: let the function t say it", name, bare)
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
