package sheet

import (
	"io"
	"slices"
	"strings"
)

// NamedRows are the rows of a table whose first row names its columns, in any order
// and case. Columns that nobody asked for are passed over.
type NamedRows struct {
	rows    *Rows
	columns []string
	fields  []int // where each column is; -1: nowhere
	header  int   // fields of the first row
	lacking bool  // a column that must be there is not
}

// Named begins a table in which every one of the columns must be. Without them it has
// no rows, and faults.
func Named(r io.Reader, columns ...string) (*NamedRows, error) { return NamedWith(r, columns, nil) }

// NamedWith is Named for a table that may have more columns. They are counted on from
// the others; their cells are empty where it does not have them.
func NamedWith(r io.Reader, required, optional []string) (*NamedRows, error) {
	rows, err := NewRows(r)
	if err != nil {
		return nil, err
	}
	columns := slices.Concat(required, optional)
	n := &NamedRows{rows: rows, columns: columns, fields: make([]int, len(columns))}
	for i := range n.fields {
		n.fields[i] = -1
	}
	if _, err := rows.Next(); err != nil {
		return nil, err
	}
	n.header = Width(rows.Row)
	for field, cell := range rows.Row {
		name := strings.TrimSpace(cell)
		i := slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, name) })
		switch {
		case i < 0:
		case n.fields[i] >= 0:
			rows.Faults.Add(rows.Line(), ", column %q: is there twice", name)
		default:
			n.fields[i] = field
		}
	}
	for i, field := range n.fields[:len(required)] {
		if field < 0 {
			n.lacking = true
			rows.Faults.Add(max(1, rows.Line()), ": there is no column %q", columns[i])
		}
	}
	return n, nil
}

// Next steps to the next row that can be read.
func (n *NamedRows) Next() (more bool, err error) {
	if n.lacking {
		return false, nil
	}
	for {
		if more, err = n.rows.Next(); err != nil || !more || n.rows.Fits(n.header) {
			return more, err
		}
	}
}

// Text returns the cell of a column in the current row, without spaces around it.
func (n *NamedRows) Text(column int) string {
	if n.fields[column] < 0 {
		return ""
	}
	return strings.TrimSpace(n.rows.Cell(n.fields[column]))
}

// Line is where the current row begins.
func (n *NamedRows) Line() int { return n.rows.Line() }

// Fault notes what is wrong with the cell of a column in the current row.
func (n *NamedRows) Fault(column int, err error) {
	n.rows.Fault(n.fields[column], n.columns[column], err)
}

// Err returns nil, or what is wrong with a file of some kind.
func (n *NamedRows) Err(kind string) error { return n.rows.Faults.Err(kind) }
