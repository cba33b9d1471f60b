package client

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Condition is what a record must fulfil to be found. Fields are named as on the
// wire ("credit", "_id"). Make one with Eq and the other functions of this package;
// the zero Condition always holds.
//
// The semantics are MongoDB's: Ne and NotIn hold for records without the field.
type Condition struct {
	field    string
	operator string // "" is equality
	values   []string
	clauses  []Condition // of $or and $and
	apart    bool        // written as JSON in a clause of its own
}

// Value is what a field can be compared with. Ids are strings.
type Value interface {
	~string | ~int | ~int32 | ~int64 | time.Time
}

// Eq holds where the field has the value.
func Eq[T Value](field string, value T) Condition { return compare(field, "", value) }

// Ne holds where the field has another value or none.
func Ne[T Value](field string, value T) Condition { return compare(field, "$ne", value) }

// Gt holds where the field is greater: later, or behind in bytewise order.
func Gt[T Value](field string, value T) Condition { return compare(field, "$gt", value) }

// Gte holds where the field is greater or equal.
func Gte[T Value](field string, value T) Condition { return compare(field, "$gte", value) }

// Lt holds where the field is less.
func Lt[T Value](field string, value T) Condition { return compare(field, "$lt", value) }

// Lte holds where the field is less or equal.
func Lte[T Value](field string, value T) Condition { return compare(field, "$lte", value) }

// In holds where the field has one of the values, of which there may be 1,000;
// of none, for no record.
func In[T Value](field string, values ...T) Condition { return compare(field, "$in", values...) }

// NotIn holds where the field has none of the values, or no value at all.
func NotIn[T Value](field string, values ...T) Condition { return compare(field, "$nin", values...) }

// Absent holds where the field has no value.
func Absent(field string) Condition {
	return Condition{field: field, values: []string{"null"}, apart: true}
}

// Present holds where the field has a value, whichever.
func Present(field string) Condition {
	return Condition{field: field, values: []string{`{"$ne":null}`}, apart: true}
}

// Or holds where one of the conditions does. Nesting goes 5 deep. Or of nothing
// always holds, like And of nothing.
func Or(conditions ...Condition) Condition { return Condition{operator: "$or", clauses: conditions} }

// And holds where all conditions do. It is wanted inside Or; the conditions of
// Find.Where must all hold anyway.
func And(conditions ...Condition) Condition { return Condition{operator: "$and", clauses: conditions} }

func compare[T Value](field, operator string, values ...T) Condition {
	c := Condition{field: field, operator: operator}
	for _, value := range values {
		c.values = append(c.values, text(value))
	}
	return c
}

// text writes a value as the find language reads it. It goes by the kind: the
// String method of an amount is for people.
func text[T Value](value T) string {
	if at, ok := any(value).(time.Time); ok {
		return at.UTC().Format(time.RFC3339Nano)
	}
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.String {
		return v.String()
	}
	return strconv.FormatInt(v.Int(), 10)
}

// flat takes the conditions out of And, and leaves out what always holds.
func flat(conditions []Condition) (all []Condition) {
	for _, c := range conditions {
		switch {
		case c.operator == "$and":
			all = append(all, flat(c.clauses)...)
		case c.field != "" || len(c.clauses) > 0:
			all = append(all, c)
		}
	}
	return all
}

// meets reports whether two conditions may not stand beside each other.
func (c Condition) meets(other Condition) bool {
	return c.field == other.field && (c.operator == other.operator || c.operator == "" || other.operator == "")
}

// encode writes the condition under a prefix.
func (c Condition) encode(q *query, prefix string) {
	name := child(prefix, c.field)
	switch {
	case c.operator == "$or":
		for i, clause := range c.clauses {
			q.all(child(prefix, "$or")+"["+strconv.Itoa(i)+"]", []Condition{clause})
		}
	case c.apart:
		field, _ := json.Marshal(c.field) // a string always can be
		q.add(prefix, "{"+string(field)+":"+c.values[0]+"}")
	case c.operator == "" && strings.ContainsAny(c.values[0], "{["):
		q.add(name+"[$in][0]", c.values[0]) // where JSON is never read: a value must not turn into operators
	case c.operator == "":
		q.add(name, c.values[0])
	case c.operator == "$in" || c.operator == "$nin":
		c.encodeList(q, name+"["+c.operator+"]")
	default:
		q.add(name+"["+c.operator+"]", c.values[0])
	}
}

func (c Condition) encodeList(q *query, name string) {
	if len(c.values) == 0 {
		q.add(name, "[]")
	}
	for i, value := range c.values {
		q.add(name+"["+strconv.Itoa(i)+"]", value)
	}
}
