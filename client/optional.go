package client

import (
	"bytes"
	"encoding/json"
	"time"
)

// Optional is a field of a request that is in one of three states: untouched,
// which is its zero value and leaves the key out of the request; set to a value;
// or null, which clears the field. A PATCH therefore sends exactly what was set.
//
// Null is for the fields whose comment says that it clears them; the server
// refuses it elsewhere.
type Optional[T any] struct {
	value T
	state presence
}

type presence uint8

const (
	untouched presence = iota
	null
	set
)

// Set makes a field that is sent with a value, be it the type's zero value.
func Set[T any](value T) Optional[T] { return Optional[T]{value: value, state: set} }

// Null makes a field that is sent as null.
func Null[T any]() Optional[T] { return Optional[T]{state: null} }

// Get returns the value, and whether there is one.
func (o Optional[T]) Get() (value T, ok bool) { return o.value, o.state == set }

// IsNull reports whether the field is sent as null.
func (o Optional[T]) IsNull() bool { return o.state == null }

// IsZero reports whether the field is untouched. The omitzero of encoding/json
// asks it.
func (o Optional[T]) IsZero() bool { return o.state == untouched }

// timeLayout is the only form of a time on the wire: UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.state != set {
		return []byte("null"), nil
	}
	if at, ok := any(o.value).(time.Time); ok {
		return json.Marshal(at.UTC().Format(timeLayout))
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON reads a value, or null. A key that is not there leaves the field
// untouched.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	*o = Null[T]()
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	if err := json.Unmarshal(data, &o.value); err != nil {
		*o = Optional[T]{}
		return err
	}
	o.state = set
	return nil
}
