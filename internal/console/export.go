package console

import (
	"encoding/csv"
	"io"
	"strings"
	"time"
)

// dated is the name of a CSV file of today.
func (v *visit) dated(name string) string {
	return name + "-" + v.Now().UTC().Format(time.DateOnly) + ".csv"
}

// export answers with all records that match, as CSV (RFC 4180) with every column.
func (l *list[T]) export(v *visit, q query) error {
	find := q.find
	find.Limit, find.Skip = 1000, 0
	if q.values.Get("sort") == "" {
		find.Sort = nil // the API's own order can be walked without counting
	}
	return v.handOut(csvType, v.dated(l.Name), func(w io.Writer) error {
		out := csv.NewWriter(w)
		cells := make([]string, len(l.Columns))
		for i, c := range l.Columns {
			cells[i] = c.Key
		}
		out.Write(cells) // an error of this is that of the end
		for record, err := range l.All(v.ctx(), find) {
			if err != nil {
				return err
			}
			for i, c := range l.Columns {
				cells[i] = harmless(c.Cell(v, record).csv())
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
}

// harmless keeps a spreadsheet from taking a text for a formula. Numbers, signed or
// not, are left alone.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) || strings.Trim(s[1:], "0123456789.") == "" {
		return s
	}
	return "'" + s
}
