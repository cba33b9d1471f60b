package query

import (
	"math"
	"slices"
	"strconv"
)

// document is what was written under one name, in brackets or in JSON, before
// it is known what it means.
type document struct {
	scalars []scalar    // the values given, one for each time
	members []member    // what stands in brackets, or in JSON, in its order
	objects []*document // JSON objects given as text, see expand
	list    bool        // a JSON list, maybe empty
}

// member is one name in a document. An element of a list has an index or
// nothing for its name.
type member struct {
	name string
	doc  *document
}

type scalar struct {
	form form
	text string
}

// form is how a scalar was written.
type form uint8

const (
	plain   form = iota // query text, which carries no type
	quoted              // a JSON string
	number              // a JSON number
	boolean             // a JSON true or false
	null                // a JSON null
)

// child returns what stands under a name, and makes it if it is new. Without a
// name it is always new. Clients write what belongs together side by side, so
// the search begins at the end.
func (d *document) child(name string) *document {
	if name != "" {
		for i := len(d.members) - 1; i >= 0; i-- {
			if d.members[i].name == name {
				return d.members[i].doc
			}
		}
	}
	doc := new(document)
	d.members = append(d.members, member{name, doc})
	return doc
}

// single returns the scalar if there is one and nothing else.
func (d *document) single() (scalar, bool) {
	if len(d.scalars) != 1 || len(d.members) > 0 || len(d.objects) > 0 || d.list {
		return scalar{}, false
	}
	return d.scalars[0], true
}

// split separates the elements of a list, put in order, from what has a name.
func (d *document) split() (elements, named []member) {
	for _, m := range d.members {
		if index(m.name) >= 0 {
			elements = append(elements, m)
		} else {
			named = append(named, m)
		}
	}
	slices.SortStableFunc(elements, func(a, b member) int { return index(a.name) - index(b.name) })
	return elements, named
}

// index returns the place an element's name gives it, last where it has no
// name, or -1 for a name that is not an index.
func index(name string) int {
	if name == "" {
		return math.MaxInt32
	}
	const maxDigits = 9
	if len(name) > maxDigits || !isDigits(name) {
		return -1
	}
	n, _ := strconv.Atoi(name) // 9 digits fit
	return n
}

// elementName names an element in faults.
func elementName(m member, position int) string {
	if m.name != "" {
		return m.name
	}
	return strconv.Itoa(position)
}

// expand replaces each plain text that opens JSON by what it holds: a list adds
// its elements to the members, an object joins the objects. It reports whether
// the JSON was well formed.
func (p *parser) expand(d *document, opens func(text string) bool) bool {
	var kept []scalar
	wellFormed := true
	for i, s := range d.scalars {
		if s.form != plain || !opens(s.text) {
			if kept != nil {
				kept = append(kept, s)
			}
			continue
		}
		if kept == nil {
			kept = append(make([]scalar, 0, len(d.scalars)), d.scalars[:i]...)
		}
		switch doc := p.readJSON(s.text); {
		case doc == nil:
			wellFormed = false
		case doc.list:
			d.list = true
			d.members = append(d.members, doc.members...)
		default:
			d.objects = append(d.objects, doc)
		}
	}
	if kept != nil {
		d.scalars = kept
	}
	return wellFormed
}
