package notify

import (
	"errors"
	"fmt"
	"html"
	htmltemplate "html/template"
	"regexp"
	"strings"

	"tollkeeper"
)

// letter writes a letter in the user's language, or the nearest that there is: the tag
// is cut at its dashes, from the end (RFC 4647, section 3.4). A letter of the operator's
// that fails, against what was tried at the start, is replaced by the standard one; so
// nobody is left without word, and a queue of events never stops.
func (l *Letters) letter(kind string, to tollkeeper.User, p page) tollkeeper.Mail {
	p.user, p.currency, p.language = to, l.currency, fallback
	for tag := strings.ToLower(to.Language); tag != ""; tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)] {
		if l.texts[tag+"/"+kind] != nil {
			p.language = tag
			break
		}
	}
	m, err := l.write(p.language+"/"+kind, p)
	switch {
	case err == nil:
	case l.standard != nil:
		return l.standard.letter(kind, to, p)
	default:
		panic(err) // a mistake in the program, which the tests find
	}
	m.Customer, m.User, m.To, m.Kind = to.Customer, to.ID, to.Email, kind
	return m
}

// write fills in a template: the subject is its first line, and a blank one follows.
func (l *Letters) write(key string, p page) (m tollkeeper.Mail, err error) {
	if l.texts[key] == nil {
		return m, fmt.Errorf("%s.html: needs %s.txt beside it", key, key)
	}
	var text, body, whole strings.Builder
	if err := l.texts[key].Execute(&text, &p); err != nil {
		return m, err
	}
	subject, rest, found := strings.Cut(strings.ReplaceAll(text.String(), "\r\n", "\n"), "\n\n")
	m.Subject, m.Text = strings.Join(strings.Fields(subject), " "), strings.TrimRight(rest, "\n")+"\n"
	if !found || m.Subject == "" {
		return m, fmt.Errorf("%s.txt: must begin with the subject and a blank line", key)
	}
	if own := l.pages[key]; own != nil {
		if err := own.Execute(&body, &p); err != nil {
			return m, err
		}
	} else {
		body.WriteString(paragraphs(m.Text))
	}
	err = l.page.Execute(&whole, struct {
		Language, Subject string
		Body              htmltemplate.HTML
	}{p.language, m.Subject, htmltemplate.HTML(body.String())})
	m.HTML = whole.String()
	if strings.Count(m.HTML, tollkeeper.MailSecret) == 0 && strings.Contains(m.Text, tollkeeper.MailSecret) {
		err = errors.Join(err, fmt.Errorf("%s.html: must show the link", key))
	}
	return m, err
}

// hiddenSecret is a line on which a secret link is to stand.
var hiddenSecret = regexp.MustCompile(`^\[hidden( [0-9]+)?\]$`)

// paragraphs makes a page's body of a text: blank lines end paragraphs, and a line that
// is an address is a link.
func paragraphs(text string) string {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString("<p>")
		for i, line := range strings.Split(strings.TrimSpace(paragraph), "\n") {
			if i > 0 {
				b.WriteString("<br>\n")
			}
			escaped := html.EscapeString(line)
			if strings.HasPrefix(line, "https://") || strings.HasPrefix(line, "http://") || hiddenSecret.MatchString(line) {
				escaped = `<a href="` + escaped + `">` + escaped + `</a>`
			}
			b.WriteString(escaped)
		}
		b.WriteString("</p>\n")
	}
	return b.String()
}
