package sheet_test

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"tollkeeper/internal/sheet"
)

// FuzzNamed reads whatever is sent as a table. What is read once is read again in the same
// way after it was written as CSV.
func FuzzNamed(f *testing.F) {
	for _, text := range []string{
		"number,name\n+1,A\n+2,\"B, or \"\"b\"\"\"\n", "Name;Note;NUMBER\nA;x;+1\n", "\ufeff\nnumber\tname\n\n+1\tA", "number|name\n1|2|3\n",
		"number,name\n1,a\"b\n4,\"5\n", "\xff\xfen\x00u\x00", "\xfe\xff", "number,name,number\n", "\r\n\r\n", "\"\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read := table(t, text)
		var written strings.Builder
		out := csv.NewWriter(&written)
		out.Write([]string{"number", "name"})
		out.WriteAll(read)
		if again := table(t, written.String()); !slices.EqualFunc(read, again, slices.Equal) {
			t.Errorf("%q is read as %q, and that as %q", text, read, again)
		}
	})
}

// table reads rows that are not blank; of carriage returns, which CSV does not keep, none.
func table(t *testing.T, text string) (read [][]string) {
	rows, err := sheet.Named(strings.NewReader(text), "number", "name")
	if err != nil {
		return nil
	}
	line := 0
	for {
		more, err := rows.Next()
		if err != nil || !more {
			return read
		}
		if rows.Line() <= line {
			t.Errorf("line %d comes after line %d", rows.Line(), line)
		}
		line = rows.Line()
		row := []string{strings.ReplaceAll(rows.Text(0), "\r", ""), strings.ReplaceAll(rows.Text(1), "\r", "")}
		if row[0]+row[1] != "" {
			read = append(read, row)
		}
	}
}
