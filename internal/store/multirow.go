package store

import "strings"

// rowsAtOnce are the numbers of rows that one statement inserts. There are few of
// them, so that each is prepared once and kept.
var rowsAtOnce = [...]int{16, 4, 1}

// multiRow inserts many rows of one table by few statements. A statement costs as
// much to begin and end as a row does to insert.
type multiRow struct {
	columns    int
	statements [len(rowsAtOnce)]string
}

func newMultiRow(table, columns string) multiRow {
	m := multiRow{columns: strings.Count(columns, ",") + 1}
	row := "(" + marks(m.columns) + ")"
	for i, rows := range rowsAtOnce {
		m.statements[i] = "INSERT INTO " + table + " (" + columns + ") VALUES " + row + strings.Repeat(","+row, rows-1)
	}
	return m
}

// insert adds the rows that values hold, one after the other.
func (m *multiRow) insert(t tx, values []any) error {
	for i, rows := range rowsAtOnce {
		for width := rows * m.columns; len(values) >= width; values = values[width:] {
			if err := t.later(nil, m.statements[i], values[:width]...); err != nil {
				return err
			}
		}
	}
	return nil
}
