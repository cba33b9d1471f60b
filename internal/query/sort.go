package query

import (
	"slices"
	"strings"
)

// sort appends the keys written in d, in their order. Where a client mixes
// names as text with names in brackets, the text comes first.
func (p *parser) sort(d *document, keys []Order) []Order {
	p.expand(d, opensList)
	for _, s := range d.scalars {
		if opensObject(s.text) {
			keys = p.sortObject(s.text, keys)
		} else {
			keys = p.sortNames(s.text, keys)
		}
	}
	elements, named := d.split()
	for _, m := range elements {
		keys = p.sort(m.doc, keys)
	}
	for _, m := range named {
		direction, _ := m.doc.single() // none is no direction
		keys = p.sortBy(m.name, direction.text, keys)
	}
	return keys
}

// sortNames reads name,-credit.
func (p *parser) sortNames(text string, keys []Order) []Order {
	for _, name := range commaNames(text) {
		field, descending := strings.CutPrefix(name, "-")
		direction := "1"
		if descending {
			direction = "-1"
		}
		keys = p.sortBy(field, direction, keys)
	}
	return keys
}

// sortObject reads {"name":1,"credit":-1}, and what languages print for such a
// map when a client does not encode it: Java {name=1, credit=-1}, Python
// {'name': 1}, Ruby {:name=>1}. No field has any of these marks in its name.
func (p *parser) sortObject(text string, keys []Order) []Order {
	inner, closed := strings.CutSuffix(strings.TrimSpace(text), "}")
	if !closed {
		p.fault("must end with }")
		return keys
	}
	for _, pair := range commaNames(inner[1:]) {
		mark := strings.LastIndexAny(pair, ":=")
		if mark < 0 {
			p.fault(`must be an object such as {"name":1}`)
			return keys
		}
		name := strings.Trim(pair[:mark], ` "':=`)
		direction := strings.Trim(pair[mark+1:], ` "'>`)
		keys = p.sortBy(name, direction, keys)
	}
	return keys
}

func (p *parser) sortBy(name, direction string, keys []Order) []Order {
	if !p.isField(name) {
		return keys
	}
	p.enter(name)
	defer p.leave()
	if slices.ContainsFunc(keys, func(o Order) bool { return o.Field == name }) {
		p.fault("is given twice")
		return keys
	}
	descending, ok := readDirection(direction)
	if !ok {
		p.fault("must be 1 or -1")
		return keys
	}
	return append(keys, Order{Field: name, Descending: descending})
}

func readDirection(text string) (descending, ok bool) {
	switch text = strings.TrimSpace(text); text {
	case "asc":
		return false, true
	case "desc":
		return true, true
	}
	n, problem := parseInteger(text)
	return n == -1, problem == "" && (n == 1 || n == -1)
}
