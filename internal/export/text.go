package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"tollkeeper"
)

// moment is a time in milliseconds since 1970.
type moment int64

func (m moment) String() string {
	return time.UnixMilli(int64(m)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// MarshalText writes RFC 3339 in UTC.
func (m moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

type lines struct {
	out     *bufio.Writer
	encoder *json.Encoder
}

func newLines(to io.Writer) Writer {
	out := bufio.NewWriter(to)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &lines{out, encoder}
}

func (l *lines) Write(r *tollkeeper.CDR) error { return l.encoder.Encode(rowOf(r)) }
func (l *lines) Flush() error                  { return l.out.Flush() }
func (l *lines) Close() error                  { return l.out.Flush() }

type table struct {
	out   *csv.Writer
	cells []string
	err   error // of the header
}

// newCSV begins with the names of the columns (RFC 4180).
func newCSV(to io.Writer) Writer {
	columns := reflect.TypeFor[row]()
	t := &table{out: csv.NewWriter(to), cells: make([]string, columns.NumField())}
	for i := range t.cells {
		t.cells[i] = columns.Field(i).Tag.Get("json")
	}
	t.err = t.out.Write(t.cells)
	return t
}

func (t *table) Write(r *tollkeeper.CDR) error {
	if t.err != nil {
		return t.err
	}
	x := rowOf(r)
	values := reflect.ValueOf(&x).Elem()
	for i := range t.cells {
		t.cells[i] = cell(values.Field(i))
	}
	return t.out.Write(t.cells)
}

func cell(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case string:
		return Inert(value)
	case *moment:
		if value == nil {
			return ""
		}
		return value.String()
	default:
		return fmt.Sprint(value)
	}
}

// Inert keeps a text that a caller has chosen from being a formula in a spreadsheet, by
// an apostrophe before it. A number in E.164 is none.
func Inert(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if text[0] == '+' && len(text) > 1 && strings.Trim(text[1:], "0123456789") == "" {
		return text
	}
	return "'" + text
}

func (t *table) Flush() error {
	t.out.Flush()
	return t.out.Error()
}

func (t *table) Close() error { return t.Flush() }
