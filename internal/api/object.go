package api

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// object is a request's JSON object while it is read field by field. All its
// faults are collected.
type object struct {
	fields []tollkeeper.Field
	read   uint64 // bit i: field i has been asked for
	faults []string
}

func (o *object) fault(key, fault string) { o.faults = append(o.faults, key+": "+fault) }

// value returns a field that is given.
func (o *object) value(key string) (tollkeeper.Value, bool) {
	for i := range o.fields {
		if o.fields[i].Key == key {
			o.read |= 1 << min(i, 63)
			return o.fields[i].Value, true
		}
	}
	return tollkeeper.Value{}, false
}

// done reports the faults, with every field that nobody asked for.
func (o *object) done() error {
	for i := range o.fields {
		if i >= 63 || o.read&(1<<i) == 0 {
			o.fault(fieldName(o.fields[i].Key), "is not known here")
		}
	}
	if len(o.faults) > 0 {
		return tollkeeper.Invalid(o.faults...)
	}
	return nil
}

// text reads a string of low to high characters. When low is not 0 the field is
// required.
func (o *object) text(key string, low, high int) string {
	v, given := o.value(key)
	if !given {
		if low > 0 {
			o.fault(key, "is required")
		}
		return ""
	}
	return o.checkText(key, v, low, high)
}

// anyText reads a string of the caller's, for which no call is refused.
func (o *object) anyText(key string) string {
	v, given := o.value(key)
	if given && v.Kind != tollkeeper.StringValue {
		o.fault(key, "must be a string")
	}
	return v.Text
}

func (o *object) checkText(key string, v tollkeeper.Value, low, high int) string {
	n := utf8.RuneCountInString(v.Text)
	switch {
	case v.Kind != tollkeeper.StringValue:
		o.fault(key, "must be a string")
	case strings.ContainsRune(v.Text, 0):
		o.fault(key, "must not contain the NUL character")
	case n > high && low == 0:
		o.fault(key, fmt.Sprintf("must have at most %d characters", high))
	case n != low && low == high:
		o.fault(key, fmt.Sprintf("must have %d characters", low))
	case n < low || n > high:
		o.fault(key, fmt.Sprintf("must have %d to %d characters", low, high))
	default:
		return v.Text
	}
	return ""
}

// visible reads a string of visible ASCII characters.
func (o *object) visible(key string, low, high int) string {
	text := o.text(key, low, high)
	if !admission.Visible(text) {
		o.fault(key, "must consist of visible ASCII characters")
	}
	return text
}

// optionalText reads a string that null clears. Set reports whether the field was
// given.
func (o *object) optionalText(key string, low, high int) (text string, set bool) {
	v, given := o.value(key)
	if !given || v.Kind == tollkeeper.NullValue {
		return "", given
	}
	return o.checkText(key, v, low, high), true
}

// id reads an ObjectId; zero when it is not given or null.
func (o *object) id(key string) (id tollkeeper.ID, set bool) {
	v, given := o.value(key)
	if !given || v.Kind == tollkeeper.NullValue {
		return id, given
	}
	id, err := tollkeeper.ParseID(v.Text)
	if v.Kind != tollkeeper.StringValue || err != nil {
		o.fault(key, "must be an ObjectId of 24 hex digits")
	}
	return id, true
}

// integer reads a whole number from low to high; nil when it is not given.
func (o *object) integer(key string, low, high int64) *int64 {
	v, given := o.value(key)
	if !given {
		return nil
	}
	n, ok := v.Integer()
	if !ok || n < low || n > high {
		o.fault(key, "must be an integer from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
		return nil
	}
	return &n
}

// required reads a whole number that must be given.
func (o *object) required(key string, low, high int64) int64 {
	if _, given := o.value(key); !given {
		o.fault(key, "is required")
		return 0
	}
	if n := o.integer(key, low, high); n != nil {
		return *n
	}
	return 0
}

// limit reads an integer of 0 or more that null clears.
func (o *object) limit(key string, high int64) (n *int64, set bool) {
	if v, given := o.value(key); !given || v.Kind == tollkeeper.NullValue {
		return nil, given
	}
	return o.integer(key, 0, high), true
}

// optionalInteger reads a whole number from low to high that null clears.
func (o *object) optionalInteger(key string, low, high int64) (n int64, set bool) {
	v, given := o.value(key)
	if !given || v.Kind == tollkeeper.NullValue {
		return 0, given
	}
	if read := o.integer(key, low, high); read != nil {
		n = *read
	}
	return n, true
}

func (o *object) bool(key string) bool {
	v, given := o.value(key)
	if given && v.Kind != tollkeeper.BoolValue {
		o.fault(key, "must be true or false")
	}
	return v.Kind == tollkeeper.BoolValue && v.Text == "true"
}

// oneOf reads a required string out of a list.
func oneOf[T ~string](o *object, key string, values ...T) T {
	v, given := o.value(key)
	if !given {
		o.fault(key, "is required")
		return ""
	}
	for _, value := range values {
		if v.Kind == tollkeeper.StringValue && v.Text == string(value) {
			return value
		}
	}
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = strconv.Quote(string(value))
	}
	o.fault(key, "must be "+strings.Join(texts, " or "))
	return ""
}

// optionalOneOf reads a string out of a list, where one is given.
func optionalOneOf[T ~string](o *object, key string, values ...T) (value T, set bool) {
	if _, given := o.value(key); !given {
		return "", false
	}
	return oneOf(o, key, values...), true
}

// texts reads a list of at most most strings. It reports whether it was one; what
// is not given is.
func (o *object) texts(key string, most int) (texts []string, ok bool) {
	v, given := o.value(key)
	if !given || v.Kind == tollkeeper.NullValue {
		return nil, true
	}
	if v.Kind != tollkeeper.ArrayValue || json.Unmarshal([]byte(v.Text), &texts) != nil || len(texts) > most {
		return nil, false
	}
	return texts, true
}

// maxMicros is the largest amount a request may name.
const maxMicros = math.MaxInt64

// optionalBool reads true or false that null clears.
func (o *object) optionalBool(key string) (*bool, bool) {
	if v, given := o.value(key); !given || v.Kind == tollkeeper.NullValue {
		return nil, given
	}
	v := o.bool(key)
	return &v, true
}

// set puts a field in its place when the request gives it.
func set[T any](at *T, v T, given bool) {
	if given {
		*at = v
	}
}
