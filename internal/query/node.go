package query

import "strings"

// Node is a condition: And, Or or Compare, nothing else.
type Node interface {
	// String writes the condition for people; it is not the find language.
	String() string
	match(Record) bool
}

// And holds where all its nodes hold. It has at least two, and none is an And.
type And []Node

// Or holds where one of its nodes holds. It has at least two, and none is an
// Or.
type Or []Node

// Compare holds where a field's value compares so.
type Compare struct {
	Field  string
	Op     Op
	Values []Value // of the field's kind; how many, each Op says
}

// Op is a comparison. null is not among the values: it became Absent or
// Present.
type Op uint8

// The comparisons. Only Ne, Nin and Absent hold for a record without the field.
const (
	Eq      Op = iota // one value
	Ne                // one value
	Gt                // one value
	Gte               // one value
	Lt                // one value
	Lte               // one value
	In                // 0 or 2 to 1,000 values; none holds for no record
	Nin               // 2 to 1,000 values
	Absent            // no value
	Present           // no value
)

var opNames = [...]string{"=", "!=", ">", ">=", "<", "<=", "in", "not in", "absent", "present"}

// String writes the comparison for people.
func (op Op) String() string { return opNames[op] }

// operators are the comparisons clients write.
var operators = map[string]Op{
	"$ne": Ne, "$gt": Gt, "$gte": Gte, "$lt": Lt, "$lte": Lte, "$in": In, "$nin": Nin,
}

// all joins conditions that must all hold. nil stands for one that always does.
func all(nodes []Node) Node {
	var and And
	for _, node := range nodes {
		switch n := node.(type) {
		case nil:
		case And:
			and = append(and, n...)
		default:
			and = append(and, n)
		}
	}
	switch len(and) {
	case 0:
		return nil
	case 1:
		return and[0]
	}
	return and
}

// oneOf joins conditions of which one must hold. nil stands for one that always
// does.
func oneOf(nodes []Node) Node {
	var or Or
	for _, node := range nodes {
		switch n := node.(type) {
		case nil:
			return nil
		case Or:
			or = append(or, n...)
		default:
			or = append(or, n)
		}
	}
	switch len(or) {
	case 0:
		return nil
	case 1:
		return or[0]
	}
	return or
}

func (and And) String() string { return join(and, " and ") }
func (or Or) String() string   { return join(or, " or ") }

func join(nodes []Node, word string) string {
	parts := make([]string, len(nodes))
	for i, node := range nodes {
		parts[i] = node.String()
	}
	return "(" + strings.Join(parts, word) + ")"
}

func (c Compare) String() string {
	head := c.Field + " " + c.Op.String()
	switch c.Op {
	case Absent, Present:
		return head
	case In, Nin:
		parts := make([]string, len(c.Values))
		for i, value := range c.Values {
			parts[i] = value.String()
		}
		return head + " [" + strings.Join(parts, " ") + "]"
	default:
		return head + " " + c.Values[0].String()
	}
}
