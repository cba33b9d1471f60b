package query

import (
	"slices"
)

// Kind is the type of a field's values.
type Kind uint8

// The kinds of fields.
const (
	String  Kind = iota // text, compared bytewise
	Integer             // an int64
	ID                  // a MongoDB ObjectId, read in either case
	Time                // an instant in whole milliseconds, as the API writes times
	Bool                // true or false, compared as text
)

// Field is one field that clients may ask about.
type Field struct {
	Name string
	Kind Kind
}

// Definition describes what can be asked of one resource.
type Definition struct {
	Fields []Field  // with _id, which breaks every tie
	Search []string // the String and Shown fields $search looks in; none = $search is refused
	Shown  []string // fields that can be selected and no more, such as long texts
	Always []string // fields that come whatever $select says
	Sort   []Order  // the order without $sort; none = by _id
	Owner  string   // the ID field that names the customer whose a record is; "" = the carrier's own
	Staff  []string // fields for the carrier's staff only
}

// Schema is a definition made ready for parsing. It does not change and may be
// shared.
type Schema struct {
	fields []Field
	byName map[string]int
	search []string
	shown  []string
	always []string
	sort   []Order
	owner  string
	staff  []string

	customers *Schema // without the fields of staff
}

// NewSchema makes a schema. A definition that contradicts itself is a mistake
// in the program: NewSchema panics.
func NewSchema(d Definition) *Schema {
	s := &Schema{
		fields: slices.Clone(d.Fields),
		byName: make(map[string]int, len(d.Fields)),
		search: slices.Clone(d.Search),
		shown:  slices.Clone(d.Shown),
		always: slices.Clone(d.Always),
	}
	for i, field := range s.fields {
		if _, twice := s.byName[field.Name]; twice || field.Name == "" {
			panic("query: field " + field.Name + " defined twice or without a name")
		}
		s.byName[field.Name] = i
	}
	for _, name := range s.search {
		if !slices.Contains(s.shown, name) && s.mustField(name).Kind != String {
			panic("query: $search needs strings, not " + name)
		}
	}
	for _, name := range s.always {
		s.mustField(name)
	}
	for _, name := range s.shown {
		if _, twice := s.byName[name]; twice {
			panic("query: field " + name + " can be selected already")
		}
	}
	for _, order := range d.Sort {
		s.mustField(order.Field)
	}
	s.mustField("_id")
	if s.owner = d.Owner; s.owner != "" {
		s.mustField(s.owner)
	}
	s.sort = withTieBreak(slices.Clone(d.Sort))
	s.staff, s.customers = slices.Clone(d.Staff), s
	if len(d.Staff) > 0 {
		for _, name := range d.Staff {
			s.mustField(name)
		}
		d.Fields = slices.DeleteFunc(slices.Clone(d.Fields), func(f Field) bool { return slices.Contains(d.Staff, f.Name) })
		d.Staff = nil
		s.customers = NewSchema(d)
	}
	return s
}

// ForCustomers is what those who are not staff can ask about: what they are not shown,
// they cannot guess by conditions or by the order either.
func (s *Schema) ForCustomers() *Schema { return s.customers }

// Staff are the fields for the carrier's staff only. They do not change.
func (s *Schema) Staff() []string { return s.staff }

// Owner is the field that names the customer whose a record is; "" when records are
// the carrier's own.
func (s *Schema) Owner() string { return s.owner }

func (s *Schema) mustField(name string) Field {
	field, ok := s.field(name)
	if !ok {
		panic("query: no field " + name)
	}
	return field
}

func (s *Schema) field(name string) (Field, bool) {
	i, ok := s.byName[name]
	if !ok {
		return Field{}, false
	}
	return s.fields[i], true
}

// withTieBreak ends a sort with _id. No two records share one, so what stands
// behind it has no effect and is dropped.
func withTieBreak(sort []Order) []Order {
	if i := slices.IndexFunc(sort, func(o Order) bool { return o.Field == "_id" }); i >= 0 {
		return sort[:i+1]
	}
	return append(sort, Order{Field: "_id"})
}
