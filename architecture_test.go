package tollkeeper_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path of the root package. The table calls its room by that name.
const module = "tollkeeper"

// tableHead begins the import table of ARCHITECTURE.md.
const tableHead = "| room | may import |"

// importRule is what one room may import.
type importRule struct {
	everything   bool
	standardOnly bool // no other module either
	rooms        []string
}

var (
	roomRow   = regexp.MustCompile("^\\| `([^`]+)` \\| (.+) \\|$")
	roomNames = regexp.MustCompile("`([^`]+)`")
)

// readRules reads the import table.
func readRules(t *testing.T, document string) map[string]importRule {
	t.Helper()
	_, table, found := strings.Cut(document, tableHead+"\n")
	if !found {
		t.Fatalf("ARCHITECTURE.md has no table %q", tableHead)
	}
	rules := map[string]importRule{}
	for line := range strings.Lines(table) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		row := roomRow.FindStringSubmatch(line)
		if row == nil {
			t.Fatalf("ARCHITECTURE.md: this row cannot be read: %s", line)
		}
		if _, twice := rules[row[1]]; twice {
			t.Errorf("ARCHITECTURE.md: %s has two rows", row[1])
		}
		rules[row[1]] = readRule(t, row[2])
	}
	return rules
}

func readRule(t *testing.T, cell string) (rule importRule) {
	t.Helper()
	switch cell {
	case "everything":
		rule.everything = true
	case "standard library only":
		rule.standardOnly = true
	case "nothing":
	default:
		for _, name := range roomNames.FindAllStringSubmatch(cell, -1) {
			rule.rooms = append(rule.rooms, name[1])
		}
		if "`"+strings.Join(rule.rooms, "`, `")+"`" != cell {
			t.Errorf("ARCHITECTURE.md: this list of rooms cannot be read: %s", cell)
		}
	}
	return rule
}

// fault says what is wrong with an import, if anything.
func (r importRule) fault(imported string) string {
	room, internal := roomOf(imported)
	switch {
	case r.everything:
		return ""
	case internal && !slices.Contains(r.rooms, room):
		return "the table in ARCHITECTURE.md does not allow it"
	case r.standardOnly && strings.Contains(strings.Split(imported, "/")[0], "."):
		return "the room may import the standard library only"
	}
	return ""
}

// roomOf returns the room of an import path of this module.
func roomOf(imported string) (room string, internal bool) {
	if imported == module {
		return module, true
	}
	return strings.CutPrefix(imported, module+"/")
}

// readImports lists what the Go files of every room import, tests left out. A
// room is a folder with Go files.
func readImports(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	for _, file := range filesOf(t, ".go") {
		room := path.Dir(file)
		if room == "." {
			room = module
		}
		if imports[room] == nil {
			imports[room] = []string{}
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			imports[room] = append(imports[room], imported)
		}
	}
	return imports
}

// filesOf lists the project's files with an ending, by slashed relative path.
func filesOf(t *testing.T, ending string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || skippedFolders[entry.Name()]):
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(name, ending):
			files = append(files, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// skippedFolders hold nothing that is under version control.
var skippedFolders = map[string]bool{"bin": true, "tollkeeper-data": true, "testdata": true}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestImports holds every room to the import table.
func TestImports(t *testing.T) {
	t.Parallel()
	rules, imports := readRules(t, readDocument(t, "ARCHITECTURE.md")), readImports(t)
	for _, room := range slices.Sorted(maps.Keys(imports)) {
		rule, known := rules[room]
		if !known {
			t.Errorf("%s has no row in the import table of ARCHITECTURE.md", room)
			continue
		}
		for _, imported := range imports[room] {
			if fault := rule.fault(imported); fault != "" {
				t.Errorf("%s imports %s: %s", room, imported, fault)
			}
		}
	}
	for _, room := range slices.Sorted(maps.Keys(rules)) {
		if _, there := imports[room]; !there {
			t.Errorf("ARCHITECTURE.md has a row for %s, which is not there", room)
		}
		for _, other := range rules[room].rooms {
			if _, there := imports[other]; !there {
				t.Errorf("ARCHITECTURE.md lets %s import %s, which is not there", room, other)
			}
		}
	}
}

// TestImportRules proves that a rule refuses what it must.
func TestImportRules(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cell, imported string
		allowed        bool
	}{
		{"everything", "tollkeeper/internal/store", true},
		{"nothing", "net/http", true},
		{"nothing", "golang.org/x/crypto/argon2", true},
		{"nothing", "tollkeeper", false},
		{"standard library only", "net/http", true},
		{"standard library only", "golang.org/x/crypto/argon2", false},
		{"standard library only", "tollkeeper/internal/query", false},
		{"`tollkeeper`, `internal/query`", "tollkeeper", true},
		{"`tollkeeper`, `internal/query`", "tollkeeper/internal/query", true},
		{"`tollkeeper`, `internal/query`", "tollkeeper/internal/store", false},
	} {
		if fault := readRule(t, row.cell).fault(row.imported); (fault == "") != row.allowed {
			t.Errorf("%s: %s is allowed %t, want %t", row.cell, row.imported, fault == "", row.allowed)
		}
	}
}
