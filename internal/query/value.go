package query

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
)

// Value is one typed value. Values of one kind that are equal are also equal
// by ==.
type Value struct {
	kind   Kind
	text   string // String; ID as 24 lower-case hex digits
	number int64  // Integer; Time as milliseconds since 1970
}

// StringValue makes a value of kind String.
func StringValue(s string) Value { return Value{kind: String, text: s} }

// IntegerValue makes a value of kind Integer.
func IntegerValue(n int64) Value { return Value{kind: Integer, number: n} }

// IDValue makes a value of kind ID.
func IDValue(id tollkeeper.ID) Value { return Value{kind: ID, text: id.String()} }

// TimeValue makes a value of kind Time; what is finer than a millisecond is cut
// off.
func TimeValue(t time.Time) Value { return Value{kind: Time, number: t.UnixMilli()} }

// Kind says which of the accessors holds the value.
func (v Value) Kind() Kind { return v.kind }

// Text returns a String, or an ID as 24 lower-case hex digits.
func (v Value) Text() string { return v.text }

// Int returns an Integer, or a Time as milliseconds since 1970.
func (v Value) Int() int64 { return v.number }

// Time returns a Time, in UTC.
func (v Value) Time() time.Time { return time.UnixMilli(v.number).UTC() }

// String writes the value for people.
func (v Value) String() string {
	switch v.kind {
	case Integer:
		return strconv.FormatInt(v.number, 10)
	case Time:
		return v.Time().Format("2006-01-02T15:04:05.000Z")
	case ID:
		return v.text
	default:
		return strconv.Quote(v.text)
	}
}

// compare orders two values of one kind.
func (v Value) compare(w Value) int {
	return cmp.Or(strings.Compare(v.text, w.text), cmp.Compare(v.number, w.number))
}
