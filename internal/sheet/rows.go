package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// Rows reads a table row by row, and collects what is wrong with it.
type Rows struct {
	Row       []string // the current one, until the next
	Separator rune
	Faults    Faults
	csv       *csv.Reader
}

// NewRows begins a table.
func NewRows(r io.Reader) (*Rows, error) {
	text, err := decode(r)
	if err != nil {
		return nil, err
	}
	rows := &Rows{Separator: text.separator, csv: csv.NewReader(text)}
	rows.csv.Comma = text.separator
	rows.csv.FieldsPerRecord = -1
	rows.csv.ReuseRecord = true
	return rows, nil
}

// Next steps to the next row that is not blank. What is wrong with the quotation of a
// row is a fault, and reading goes on behind it. An error is one of the stream.
func (r *Rows) Next() (more bool, err error) {
	for {
		r.Row, err = r.csv.Read()
		if malformed, ok := errors.AsType[*csv.ParseError](err); ok {
			r.Faults.Add(malformed.Line, ": %s", quotationFault(malformed.Err))
			r.Row = nil
			continue
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil || Width(r.Row) > 0 {
			return err == nil, err
		}
	}
}

func quotationFault(err error) string {
	if errors.Is(err, csv.ErrBareQuote) {
		return `a quotation mark stands inside an unquoted field; quote the field and double the mark`
	}
	return `a quoted field is not closed, or text follows its closing quotation mark`
}

// Line is where the current row begins.
func (r *Rows) Line() int {
	if len(r.Row) == 0 {
		return 0
	}
	line, _ := r.csv.FieldPos(0)
	return line
}

// Cell returns a field of the current row; "" where it has none.
func (r *Rows) Cell(field int) string {
	if field >= 0 && field < len(r.Row) {
		return r.Row[field]
	}
	return ""
}

// Fault notes what is wrong with a field of the current row.
func (r *Rows) Fault(field int, column string, err error) {
	line := r.Line()
	if field < len(r.Row) {
		line, _ = r.csv.FieldPos(field)
	}
	r.Faults.Add(line, ", column %q: %v; got %s", column, err, quoted(r.Cell(field)))
}

// Fits reports whether the current row has no more fields than the header, which is
// a fault.
func (r *Rows) Fits(header int) bool {
	n := Width(r.Row)
	if n > header {
		r.Faults.Add(r.Line(), ": has %d fields where %d are expected; quote a field that holds the separator", n, header)
	}
	return n <= header
}

// Width counts the fields of a row without the empty ones at its end, which
// spreadsheets add.
func Width(row []string) int {
	n := len(row)
	for n > 0 && strings.TrimSpace(row[n-1]) == "" {
		n--
	}
	return n
}
