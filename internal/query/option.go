package query

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// option reads m if it says how to answer rather than what to look for.
func (p *parser) option(find *Find, m member) bool {
	p.enter(m.name)
	defer p.leave()
	switch m.name {
	case "$limit":
		find.Limit = p.count(m.doc, MaxLimit)
	case "$skip":
		find.Skip = p.count(m.doc, MaxSkip)
	case "$sort":
		if sort := p.sort(m.doc, nil); len(sort) > 0 {
			find.Sort = withTieBreak(sort)
		}
	case "$select":
		find.Select = p.selection(m.doc)
	case "$search":
		find.Search, find.SearchIn = p.search(m.doc)
	default:
		return false
	}
	return true
}

func (p *parser) count(d *document, most int) int {
	s, ok := d.single()
	if !ok {
		p.fault("takes one value")
		return 0
	}
	n, problem := parseInteger(s.text)
	if problem != "" || n < 0 || n > int64(most) {
		p.fault("must be an integer from 0 to " + strconv.Itoa(most))
		return 0
	}
	return int(n)
}

// search returns the folded text to look for and the fields to look in.
func (p *parser) search(d *document) (text string, fields []string) {
	s, ok := d.single()
	switch {
	case !ok:
		p.fault("takes one value")
	case s.text == "":
	case len(p.schema.search) == 0:
		p.fault("cannot be used here")
	case utf8.RuneCountInString(s.text) > MaxSearch:
		p.fault("must have at most " + strconv.Itoa(MaxSearch) + " characters")
	default:
		return Fold(s.text), p.schema.search
	}
	return "", nil
}

// selection returns the fields named and those that always come, in the
// schema's order; nil where none is named.
func (p *parser) selection(d *document) []string {
	chosen := p.selected(d, nil)
	if len(chosen) == 0 {
		return nil
	}
	chosen = append(chosen, p.schema.always...)
	names := make([]string, 0, len(p.schema.fields))
	for _, field := range p.schema.fields {
		if slices.Contains(chosen, field.Name) {
			names = append(names, field.Name)
		}
	}
	for _, name := range p.schema.shown {
		if slices.Contains(chosen, name) {
			names = append(names, name)
		}
	}
	return names
}

// selected appends the fields named in d.
func (p *parser) selected(d *document, chosen []string) []string {
	p.expand(d, opensList)
	for _, s := range d.scalars {
		for _, name := range commaNames(s.text) {
			if slices.Contains(chosen, name) || !slices.Contains(p.schema.shown, name) && !p.isField(name) {
				continue
			}
			chosen = append(chosen, name)
		}
	}
	for _, m := range d.members {
		if index(m.name) < 0 {
			p.fault("must be a list of fields")
			return nil
		}
		chosen = p.selected(m.doc, chosen)
	}
	return chosen
}

// commaNames splits "a, b"; a text without anything names nothing.
func commaNames(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	names := strings.Split(text, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// isField reports whether there is such a field, and notes a fault if not.
func (p *parser) isField(name string) bool {
	_, ok := p.schema.field(name)
	if !ok {
		p.enter(name)
		p.fault("unknown field")
		p.leave()
	}
	return ok
}
