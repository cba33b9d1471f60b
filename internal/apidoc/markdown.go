package apidoc

import (
	"html"
	"html/template"
	"regexp"
	"strings"
	"unicode"
)

// heading is a second-level heading, for the list of contents.
type heading struct{ Title, Anchor string }

// markdown renders the part of CommonMark that the description uses: headings,
// paragraphs, lists, tables, fenced code, code spans and links. Anchors of
// headings begin with prefix.
func markdown(text, prefix string) (template.HTML, []heading) {
	w := markdownWriter{prefix: prefix, lines: strings.Split(strings.TrimSpace(text), "\n")}
	for len(w.lines) > 0 {
		w.block()
	}
	return template.HTML(w.out.String()), w.headings
}

type markdownWriter struct {
	prefix   string
	lines    []string // not read yet
	out      strings.Builder
	headings []heading
}

var listMark = regexp.MustCompile(`^(-|[0-9]+\.) `)

func (w *markdownWriter) block() {
	switch line := w.lines[0]; {
	case strings.TrimSpace(line) == "":
		w.lines = w.lines[1:]
	case strings.HasPrefix(line, "## "):
		w.heading(line[len("## "):])
	case strings.HasPrefix(line, "```"):
		w.fence()
	case strings.HasPrefix(line, "|"):
		w.table()
	case listMark.MatchString(line):
		w.list()
	default:
		w.out.WriteString("<p>" + inline(strings.Join(w.take(isProse), " ")) + "</p>\n")
	}
}

// take removes and returns the leading lines that belong together.
func (w *markdownWriter) take(belongs func(string) bool) []string {
	n := 1
	for n < len(w.lines) && belongs(w.lines[n]) {
		n++
	}
	taken := w.lines[:n]
	w.lines = w.lines[n:]
	return taken
}

func isProse(line string) bool {
	return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "```") &&
		!strings.HasPrefix(line, "## ") && !listMark.MatchString(line)
}

func (w *markdownWriter) heading(title string) {
	h := heading{title, w.prefix + slug(title)}
	w.headings = append(w.headings, h)
	w.out.WriteString(`<h3 id="` + h.Anchor + `">` + inline(title) + "</h3>\n")
	w.lines = w.lines[1:]
}

func (w *markdownWriter) fence() {
	w.lines = w.lines[1:]
	w.out.WriteString("<pre><code>")
	for len(w.lines) > 0 && !strings.HasPrefix(w.lines[0], "```") {
		w.out.WriteString(html.EscapeString(w.lines[0]) + "\n")
		w.lines = w.lines[1:]
	}
	w.lines = w.lines[min(1, len(w.lines)):]
	w.out.WriteString("</code></pre>\n")
}

func (w *markdownWriter) list() {
	element := "ol"
	if strings.HasPrefix(w.lines[0], "-") {
		element = "ul"
	}
	w.out.WriteString("<" + element + ">\n")
	for len(w.lines) > 0 && listMark.MatchString(w.lines[0]) {
		item := w.take(isProse)
		item[0] = item[0][len(listMark.FindString(item[0])):]
		for i := range item {
			item[i] = strings.TrimSpace(item[i])
		}
		w.out.WriteString("<li>" + inline(strings.Join(item, " ")) + "</li>\n")
	}
	w.out.WriteString("</" + element + ">\n")
}

func (w *markdownWriter) table() {
	rows := w.take(func(line string) bool { return strings.HasPrefix(line, "|") })
	w.out.WriteString(`<div class="wide"><table>` + "\n")
	for i, row := range rows {
		if i == 1 {
			continue // the rule below the header
		}
		element := "td"
		if i == 0 {
			element = "th"
		}
		w.out.WriteString("<tr>")
		for _, cell := range cells(row) {
			w.out.WriteString("<" + element + ">" + inline(strings.TrimSpace(cell)) + "</" + element + ">")
		}
		w.out.WriteString("</tr>\n")
	}
	w.out.WriteString("</table></div>\n")
}

// cells splits a row at its bars, but not at those in code spans.
func cells(row string) []string {
	row = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(row), "|"), "|")
	var found []string
	start, isCode := 0, false
	for i, c := range row {
		switch {
		case c == '`':
			isCode = !isCode
		case c == '|' && !isCode:
			found = append(found, row[start:i])
			start = i + 1
		}
	}
	return append(found, row[start:])
}

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	link     = regexp.MustCompile(`\[([^\]\[]+)\]\((#[A-Za-z0-9-]+|https://[^)\s]+)\)`)
)

// inline renders code spans and links and escapes the rest. Code comes first:
// the text between two spans may hold links, a span may not.
func inline(text string) string {
	var out strings.Builder
	for {
		span := codeSpan.FindStringSubmatchIndex(text)
		if span == nil {
			out.WriteString(links(text))
			return out.String()
		}
		out.WriteString(links(text[:span[0]]))
		out.WriteString("<code>" + html.EscapeString(text[span[2]:span[3]]) + "</code>")
		text = text[span[1]:]
	}
}

func links(text string) string {
	return link.ReplaceAllString(html.EscapeString(text), `<a href="$2">$1</a>`)
}

// slug is an anchor made of a title: "First call" is "first-call".
func slug(title string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			return unicode.ToLower(c)
		case c == ' ' || c == '-':
			return '-'
		}
		return -1
	}, title)
}
