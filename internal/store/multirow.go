package store

import "strings"

// maxRowsAtOnce bounds the rows of one statement.
const maxRowsAtOnce = 16

// multiRow inserts many rows of one table by few statements. A statement costs as
// much to begin and end as a row does to insert.
type multiRow struct {
	columns    int
	statements [maxRowsAtOnce + 1]string // by the number of rows
}

func newMultiRow(table, columns string) multiRow { return newMultiRowOr(table, columns, "") }

// newMultiRowOr ends the statements with what becomes of a row that is there already.
func newMultiRowOr(table, columns, conflict string) multiRow {
	m := multiRow{columns: strings.Count(columns, ",") + 1}
	row := "(" + marks(m.columns) + ")"
	for rows := 1; rows <= maxRowsAtOnce; rows++ {
		m.statements[rows] = "INSERT INTO " + table + " (" + columns + ") VALUES " + row + strings.Repeat(","+row, rows-1) + conflict
	}
	return m
}

// insert adds the rows that values hold, one after the other.
func (m *multiRow) insert(t tx, values []any) error {
	for _, rows := range t.rowsAtOnce() {
		for width := rows * m.columns; len(values) >= width; values = values[width:] {
			if err := t.later(nil, m.statements[rows], values[:width]...); err != nil {
				return err
			}
		}
	}
	return nil
}
