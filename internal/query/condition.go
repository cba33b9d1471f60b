package query

import "strconv"

// condition reads what stands under one name: a field, $or or $and.
func (p *parser) condition(m member) Node {
	p.enter(m.name)
	defer p.leave()
	switch m.name {
	case "$or":
		return oneOf(p.group(m.doc))
	case "$and":
		return all(p.group(m.doc))
	}
	field, ok := p.schema.field(m.name)
	if !ok {
		p.fault(unknown(m.name))
		return nil
	}
	return p.field(field, m.doc)
}

func unknown(name string) string {
	if name != "" && name[0] == '$' {
		return "unknown operator"
	}
	return "unknown field"
}

// group reads the clauses of an $or or $and. Names without an index are one
// clause: $or[name]=x is $or={"name":"x"}.
func (p *parser) group(d *document) []Node {
	if p.nesting == MaxNesting {
		p.fault(nestedTooDeep)
		return nil
	}
	p.nesting++
	defer func() { p.nesting-- }()
	if !p.expand(d, opensEither) {
		return nil
	}
	if len(d.scalars) > 0 {
		p.fault("must be an object of conditions, or a list of such")
		return nil
	}
	clauses, named := d.split()
	if len(named) > 0 {
		clauses = append(clauses, member{doc: &document{members: named}})
	}
	for _, object := range d.objects {
		clauses = append(clauses, member{doc: object})
	}
	if d.list && len(clauses) == 0 {
		p.fault("must have at least one condition")
	}
	nodes := make([]Node, 0, len(clauses))
	for i, clause := range clauses {
		p.enter(elementName(clause, i))
		nodes = append(nodes, p.clause(clause.doc))
		p.leave()
	}
	return nodes
}

// clause reads an object of conditions that must all hold. An empty one always
// does.
func (p *parser) clause(d *document) Node {
	if !p.expand(d, opensObject) {
		return nil
	}
	if len(d.scalars) > 0 || d.list {
		p.fault("must be an object of conditions")
		return nil
	}
	var nodes []Node
	for _, m := range d.members {
		nodes = append(nodes, p.condition(m))
	}
	for _, object := range d.objects {
		nodes = append(nodes, p.clause(object))
	}
	return all(nodes)
}

// field reads all that is asked of one field: a value, a list of values, and
// operators.
func (p *parser) field(field Field, d *document) Node {
	opens := opensEither
	if field.Kind == String {
		opens = opensQuoted
	}
	if !p.expand(d, opens) {
		return nil
	}
	elements, asked := d.split()
	for _, object := range d.objects {
		asked = append(asked, object.members...)
	}
	var nodes []Node
	if s, ok := d.equals(); ok {
		nodes = append(nodes, p.compare(field, Eq, s))
	} else if d.list || len(d.scalars)+len(elements) > 0 {
		nodes = append(nodes, p.list(field, In, elementList{d.scalars, elements}))
	} else if len(asked) == 0 {
		p.fault("must have a value or an operator")
	}
	for _, m := range asked {
		nodes = append(nodes, p.operator(field, m))
	}
	return all(nodes)
}

// equals returns the value the field must equal, if there is exactly one.
func (d *document) equals() (scalar, bool) {
	if len(d.scalars) != 1 || d.list {
		return scalar{}, false
	}
	for _, m := range d.members {
		if index(m.name) >= 0 {
			return scalar{}, false
		}
	}
	return d.scalars[0], true
}

func (p *parser) operator(field Field, m member) Node {
	p.enter(m.name)
	defer p.leave()
	op, ok := operators[m.name]
	if !ok {
		p.fault("unknown operator")
		return nil
	}
	if op != In && op != Nin {
		s, ok := m.doc.single()
		if !ok {
			p.fault("takes one value")
			return nil
		}
		return p.compare(field, op, s)
	}
	if !p.expand(m.doc, opensList) {
		return nil
	}
	elements, named := m.doc.split()
	if len(named) > 0 || len(m.doc.objects) > 0 {
		p.fault("takes a list of values")
		return nil
	}
	return p.list(field, op, elementList{m.doc.scalars, elements})
}

// compare makes a comparison with one value. A time between two milliseconds
// equals no stored one, and stands just above its value.
func (p *parser) compare(field Field, op Op, s scalar) Node {
	o, ok := p.operand(field, s)
	switch {
	case !ok:
		return nil
	case o.null && op == Eq:
		return p.leaf(field, Absent)
	case o.null && op == Ne:
		return p.leaf(field, Present)
	case o.null:
		p.fault("must not be null")
		return nil
	case o.between && op == Eq:
		return p.leaf(field, In)
	case o.between && op == Ne:
		return nil
	case o.between && op == Gte:
		op = Gt
	case o.between && op == Lt:
		op = Lte
	}
	return p.leaf(field, op, o.value)
}

// elementList is a list as written: values by repetition, or by elements.
type elementList struct {
	scalars  []scalar
	elements []member
}

// list makes an In or a Nin.
func (p *parser) list(field Field, op Op, list elementList) Node {
	if len(list.scalars)+len(list.elements) > MaxList {
		p.fault("takes at most " + strconv.Itoa(MaxList) + " values")
		return nil
	}
	var withNull bool
	values := make([]Value, 0, len(list.scalars)+len(list.elements))
	add := func(s scalar) {
		o, ok := p.operand(field, s)
		withNull = withNull || o.null
		if ok && !o.null && !o.between {
			values = append(values, o.value)
		}
	}
	for _, s := range list.scalars {
		add(s)
	}
	for i, m := range list.elements {
		p.enter(elementName(m, i))
		if s, ok := m.doc.single(); ok {
			add(s)
		} else {
			p.fault("must be a single value")
		}
		p.leave()
	}
	return p.membership(field, op == Nin, withNull, values)
}

// membership makes the shortest condition that says the same: null leaves the
// list, one value is an equality.
func (p *parser) membership(field Field, not, withNull bool, values []Value) Node {
	var nodes []Node
	switch {
	case withNull && not:
		nodes = append(nodes, p.leaf(field, Present))
	case withNull:
		nodes = append(nodes, p.leaf(field, Absent))
	}
	switch {
	case len(values) == 0 && (not || withNull):
	case len(values) == 1 && not:
		nodes = append(nodes, p.leaf(field, Ne, values[0]))
	case len(values) == 1:
		nodes = append(nodes, p.leaf(field, Eq, values[0]))
	case not:
		nodes = append(nodes, p.leaf(field, Nin, values...))
	default:
		nodes = append(nodes, p.leaf(field, In, values...))
	}
	if not {
		return all(nodes)
	}
	return oneOf(nodes)
}

func (p *parser) leaf(field Field, op Op, values ...Value) Node {
	p.compares++
	p.values += len(values)
	return Compare{Field: field.Name, Op: op, Values: values}
}
