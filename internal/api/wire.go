package api

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"tollkeeper"
)

// wire writes one JSON object. Fields whose value is absent are left out, as are
// those that keep does not approve.
type wire struct {
	b    []byte
	keep func(key string) bool // nil: every field
}

func newWire(keep func(string) bool) *wire {
	return &wire{b: append(make([]byte, 0, 1024), '{'), keep: keep}
}

// key begins a field, or reports that it is not wanted.
func (w *wire) key(key string) bool {
	if w.keep != nil && !w.keep(key) {
		return false
	}
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), key...), '"', ':')
	return true
}

func (w *wire) text(key, v string) {
	if w.key(key) {
		w.b = appendText(w.b, v)
	}
}

// optional writes a text unless it is empty.
func (w *wire) optional(key, v string) {
	if v != "" {
		w.text(key, v)
	}
}

func (w *wire) int(key string, v int64) {
	if w.key(key) {
		w.b = strconv.AppendInt(w.b, v, 10)
	}
}

func (w *wire) micros(key string, v tollkeeper.Micros) { w.int(key, int64(v)) }

func (w *wire) bool(key string, v bool) {
	if w.key(key) {
		w.b = strconv.AppendBool(w.b, v)
	}
}

func (w *wire) id(key string, v tollkeeper.ID) {
	if !v.IsZero() && w.key(key) {
		w.b = append(append(append(w.b, '"'), v.String()...), '"')
	}
}

func (w *wire) time(key string, v time.Time) {
	if !v.IsZero() && w.key(key) {
		w.b = tollkeeper.AppendTime(w.b, v)
	}
}

func (w *wire) texts(key string, values []string) {
	if !w.key(key) {
		return
	}
	w.b = append(w.b, '[')
	for i, v := range values {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = appendText(w.b, v)
	}
	w.b = append(w.b, ']')
}

// raw writes a value that is JSON already.
func (w *wire) raw(key string, v []byte) {
	if w.key(key) {
		w.b = append(w.b, v...)
	}
}

// begin and close write an object within the object.
func (w *wire) begin(key string) bool {
	if !w.key(key) {
		return false
	}
	w.b = append(w.b, '{')
	return true
}

func (w *wire) close() { w.b = append(w.b, '}') }

func (w *wire) end() []byte {
	w.close()
	return w.b
}

// array writes a JSON array.
func array[T any](items []T, body func(T) []byte) []byte {
	b := []byte{'['}
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, body(item)...)
	}
	return append(b, ']')
}

func appendText(b []byte, v string) []byte {
	quoted, _ := jsontext.AppendQuote(b, v) // its error tells of invalid UTF-8, which it has replaced
	return quoted
}
