// Package query reads the find language of the REST API from the query string
// of a request into a checked, typed tree. It is pure: a store turns the tree
// into SQL with parameters, and Find.Match and Find.Less define what the tree
// means.
//
// The language is the one Feathers and MongoDB clients know: field equality,
// $gt $gte $lt $lte $ne $in $nin, $or, $and, $limit, $skip, $sort, $select and
// $search. Where clients differ in how they write it, the rules are:
//
//   - Brackets nest (credit[$gt]=5), a JSON object or list may stand as a value
//     (credit={"$gt":5}), and both may be mixed.
//   - Lists are written name[$in]=a&name[$in]=b, name[$in][]=a, name[$in][0]=a
//     or name[$in]=["a","b"]. Indices order a list and may have holes. A comma
//     separates names in $select and $sort, never values.
//   - A field given more than once means $in: name=a&name=b.
//   - Several conditions in one object must all hold; $or={"name":"x"} twice is
//     a list of two alternatives.
//   - null means absent. In query text it is written null for every kind but
//     String, where that is a word like any other; {"websiteUrl":null} works
//     for all.
//   - Query text for a String is taken as it stands unless it begins with {" or
//     [" and so must be JSON. A text that looks like that can be searched for
//     as a JSON string: {"$in":["{\"x"]}.
package query

import (
	"strconv"
	"strings"

	"tollkeeper"
)

// Limits of one query. They bound the work and the memory a request can ask
// for, and keep the SQL made from it within what both databases take (SQLite
// nests expressions 1,000 deep, which a chain of ORs counts against).
const (
	DefaultLimit = 25            // $limit where none is given
	MaxLimit     = 1000          // records in one page
	MaxSkip      = 1<<31 - 1     // an int32, as clients declare it
	MaxNesting   = 5             // levels of $or and $and
	MaxList      = 1000          // values of one $in or $nin
	MaxSearch    = 255           // code points of $search, as many as the longest field
	maxQuery     = 64 << 10      // bytes; an $in of 1,000 escaped ids needs 54,000
	maxPairs     = MaxList + 100 // parameters: a full $in and all that can stand beside it
	maxCompares  = 500           // comparisons in the tree
	maxValues    = 2 * MaxList   // values in the tree: an $in and a $nin, both full
	maxFaults    = 100           // listed in an error; more help nobody
)

// Find is a checked query.
type Find struct {
	Limit    int      // records wanted, 0 to MaxLimit; 0 = only count
	Skip     int      // records passed over before them, 0 to MaxSkip
	Sort     []Order  // never empty, ends with _id; may be shared, do not change it
	Select   []string // fields wanted, in the schema's order; nil = all
	Search   string   // folded by Fold; "" = no search
	SearchIn []string // the fields of which one must contain Search
	Where    Node     // nil = every record
	CountTo  int64    // where counting the records of all pages may stop; 0 = never
}

// Restrict leaves only records of one owner.
func (f *Find) Restrict(field string, owner tollkeeper.ID) {
	f.and(Compare{Field: field, Op: Eq, Values: []Value{IDValue(owner)}})
}

// From leaves out of a query what comes before a record, whatever the client asked for.
func (f *Find) From(field string, lowest tollkeeper.ID) {
	f.and(Compare{Field: field, Op: Gte, Values: []Value{IDValue(lowest)}})
}

func (f *Find) and(c Compare) {
	if f.Where == nil {
		f.Where = c
	} else {
		f.Where = And{c, f.Where}
	}
}

// Order is one key of a sort. Absent values come first ascending and last
// descending.
type Order struct {
	Field      string
	Descending bool
}

// Parse reads the query string of a request, without its "?". The error is a
// *tollkeeper.Error with CodeInvalid that lists every fault, each beginning
// with the parameter it is about: "credit[$gt]: must be an integer". Of more
// than 100 faults only the first 100 are listed.
func Parse(rawQuery string, s *Schema) (*Find, error) {
	find := &Find{Limit: DefaultLimit, Sort: s.sort}
	if rawQuery == "" {
		return find, nil
	}
	if len(rawQuery) > maxQuery {
		return nil, tollkeeper.Invalid("query: longer than " + strconv.Itoa(maxQuery) + " bytes")
	}
	p := &parser{schema: s}
	root := p.readPairs(rawQuery)
	var conditions []Node
	for _, m := range root.members {
		if !p.option(find, m) {
			conditions = append(conditions, p.condition(m))
		}
	}
	find.Where = all(conditions)
	p.checkSize()
	if len(p.faults) > 0 {
		return nil, tollkeeper.Invalid(p.faults...)
	}
	return find, nil
}

// parser collects what is found while one query is read.
type parser struct {
	schema   *Schema
	path     []string // names of the parameter at hand, for faults
	faults   []string
	nesting  int // levels of $or and $and around the condition at hand
	compares int
	values   int
}

func (p *parser) enter(name string) { p.path = append(p.path, name) }
func (p *parser) leave()            { p.path = p.path[:len(p.path)-1] }

// fault notes what is wrong with the parameter at hand.
func (p *parser) fault(message string) {
	if len(p.faults) < maxFaults {
		p.faults = append(p.faults, pathName(p.path)+": "+message)
	}
}

func (p *parser) checkSize() {
	p.enter("query")
	defer p.leave()
	if p.compares > maxCompares {
		p.fault("more than " + strconv.Itoa(maxCompares) + " comparisons; use $in for many values of one field")
	}
	if p.values > maxValues {
		p.fault("more than " + strconv.Itoa(maxValues) + " values")
	}
}

// pathName writes a path in brackets: $or[0][credit][$gt].
func pathName(path []string) string {
	var b strings.Builder
	for i, name := range path {
		if i == 0 {
			b.WriteString(shown(name))
		} else {
			b.WriteString("[" + shown(name) + "]")
		}
	}
	return b.String()
}

// maxShown bounds the part of a name, in bytes, that a fault repeats.
const maxShown = 64

// shown makes a client's text fit for a message: short and without control
// characters.
func shown(name string) string {
	if len(name) > maxShown {
		name = strings.ToValidUTF8(name[:maxShown], "") + "..."
	}
	quoted := strconv.QuoteToGraphic(name)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
