package tollkeeper_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"tollkeeper"
	"tollkeeper/internal/metrics"
)

var (
	fence     = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	code      = regexp.MustCompile("`[^`\n]*`")
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading   = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	elsewhere = regexp.MustCompile(`^[a-z]+:`)
)

// anchors lists what a link into a document may name after its "#": each heading
// in lower case with dashes for spaces, and without punctuation.
func anchors(document string) (names []string) {
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(document, ""), -1) {
		names = append(names, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, match[1]))
	}
	return names
}

// brokenLink says what is wrong with a link in a document, if anything.
func brokenLink(t *testing.T, document, target string) string {
	t.Helper()
	if elsewhere.MatchString(target) {
		return ""
	}
	name, anchor, hasAnchor := strings.Cut(target, "#")
	file := document
	if name != "" {
		file = path.Join(path.Dir(document), name)
	}
	if _, err := os.Stat(file); err != nil {
		return "there is no such file"
	}
	if hasAnchor && !slices.Contains(anchors(readDocument(t, file)), anchor) {
		return "there is no such heading"
	}
	return ""
}

// TestLinks follows every link between the documents.
func TestLinks(t *testing.T) {
	t.Parallel()
	links := 0
	for _, document := range filesOf(t, ".md") {
		prose := code.ReplaceAllString(fence.ReplaceAllString(readDocument(t, document), ""), "")
		for _, match := range link.FindAllStringSubmatch(prose, -1) {
			links++
			if fault := brokenLink(t, document, match[1]); fault != "" {
				t.Errorf("%s links to %s: %s", document, match[1], fault)
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d links were found", links)
	}
}

// TestBrokenLinks proves that a wrong link is found.
func TestBrokenLinks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		target string
		whole  bool
	}{
		{"https://www.sqlite.org/wal.html", true},
		{"docs/calls.md", true},
		{"docs/calls.md#when-the-server-does-not-answer", true},
		{"#two-commands", true},
		{"docs/absent.md", false},
		{"docs/calls.md#absent", false},
		{"#absent", false},
	} {
		if fault := brokenLink(t, "README.md", row.target); (fault == "") != row.whole {
			t.Errorf("%s: %q", row.target, fault)
		}
	}
}

// setting is what the help of the program and the table of the documents say of
// one setting.
type setting struct{ name, environment, standard string }

var (
	helpEntry  = regexp.MustCompile(`(?m)^--([a-z-]+)(?:=\S+)? .*\(\$(TOLLKEEPER_[A-Z_]+)\)\.(?: Default: (\S+)\.)?`)
	settingRow = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| `(TOLLKEEPER_[A-Z_]+)` \\| (?:`([^`]+)`)? ?\\|")
)

func settings(pattern *regexp.Regexp, text string) (found []setting) {
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, setting{match[1], match[2], match[3]})
	}
	return found
}

// TestSettings compares the settings that are documented with those there are.
func TestSettings(t *testing.T) {
	t.Parallel()
	help, err := exec.CommandContext(t.Context(), "go", "run", "./cmd/tollkeeper", "serve", "--help").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, help)
	}
	entries := strings.ReplaceAll(strings.Join(strings.Fields(string(help)), " "), " --", "\n--") // one a line
	actual := settings(helpEntry, entries)
	documented := settings(settingRow, readDocument(t, "docs/settings.md"))
	if flags := strings.Count(string(help), "$TOLLKEEPER_"); len(actual) != flags {
		t.Errorf("%d of the %d flags in the help were understood", len(actual), flags)
	}
	for _, s := range actual {
		if !slices.Contains(documented, s) {
			t.Errorf("docs/settings.md lacks %+v", s)
		}
	}
	for _, s := range documented {
		if !slices.Contains(actual, s) {
			t.Errorf("docs/settings.md has %+v, which serve --help has not", s)
		}
	}
}

// TestReasons compares the reasons that are documented, with their SIP statuses
// and in their order, with those there are.
func TestReasons(t *testing.T) {
	t.Parallel()
	var documented, actual []string
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([1-6][0-9][0-9])\\b")
	for _, match := range row.FindAllStringSubmatch(readDocument(t, "docs/calls.md"), -1) {
		documented = append(documented, match[1]+" "+match[2])
	}
	for _, reason := range tollkeeper.Reasons {
		actual = append(actual, fmt.Sprintf("%s %d", reason, reason.SIPCode()))
	}
	if !slices.Equal(documented, actual) {
		t.Errorf("docs/calls.md has the reasons\n%v\nthe program\n%v", documented, actual)
	}
}

// TestTransferKinds looks for every kind of ledger entry in the documents.
func TestTransferKinds(t *testing.T) {
	t.Parallel()
	document := readDocument(t, "docs/money.md")
	for _, kind := range tollkeeper.TransferKinds {
		if !strings.Contains(document, "| `"+string(kind)+"` | `") {
			t.Errorf("docs/money.md has no row for %s", kind)
		}
	}
}

// idle is a server in which nothing goes on.
type idle struct{}

func (idle) Holding(context.Context) (int64, tollkeeper.Micros, error) { return 0, 0, nil }

func (idle) Backlog(context.Context) (tollkeeper.Backlog, error) { return tollkeeper.Backlog{}, nil }

// TestMetricNames compares the metrics that are documented with those there are.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	m := metrics.New(idle{})
	m.Request("/calls", "POST", 200, time.Millisecond)
	m.Decision("authorize", tollkeeper.Decision{Reason: tollkeeper.ReasonOK})
	m.Message("radius", "answered")
	m.Ended(tollkeeper.CDR{})
	m.Batch(1, time.Millisecond)
	m.Delivery(tollkeeper.Attempt{})
	m.LookUp("http", "hit", time.Millisecond)
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	names := func(pattern, text string) (found []string) {
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found = append(found, match[1])
		}
		slices.Sort(found)
		return found
	}
	actual := names(`(?m)^# TYPE (tollkeeper_\S+)`, answer.Body.String())
	documented := names("(?m)^\\| `(tollkeeper_[a-z_]+)` \\|", readDocument(t, "docs/operations.md"))
	if !slices.Equal(documented, actual) {
		t.Errorf("docs/operations.md has the metrics\n%v\nthe server\n%v", documented, actual)
	}
}

// TestAuditActions looks in the documents for every action that the store writes down.
// The actions are what it names like events, and are none.
func TestAuditActions(t *testing.T) {
	t.Parallel()
	document, named := readDocument(t, "docs/audit.md"), regexp.MustCompile(`"([a-z]{3,}\.[a-z]{3,})"`)
	actions := 0
	for _, file := range filesOf(t, ".go") {
		if path.Dir(file) != "internal/store" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range named.FindAllStringSubmatch(readDocument(t, file), -1) {
			if slices.Contains(tollkeeper.EventTypes, tollkeeper.EventType(match[1])) {
				continue
			}
			if actions++; !strings.Contains(document, "`"+match[1]+"`") {
				t.Errorf("docs/audit.md lacks %s of %s", match[1], file)
			}
		}
	}
	if actions < 50 {
		t.Errorf("the store names %d actions; are they looked for in the right way?", actions)
	}
}
