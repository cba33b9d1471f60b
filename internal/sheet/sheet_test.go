package sheet_test

import (
	"errors"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/sheet"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	const bom = "\ufeff"
	for name, text := range map[string]string{
		"plain":                        "number,name\n+1,A\n+2,B\n",
		"another order, more columns":  "Name;Note;NUMBER\nA;x;+1\nB;;+2\n",
		"blank lines, byte order mark": bom + "\nnumber\tname\n\n+1\tA\n\n+2\tB",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := sheet.Named(strings.NewReader(text), "number", "name")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for more, err := rows.Next(); more; more, err = rows.Next() {
				if err != nil {
					t.Fatal(err)
				}
				got += rows.Text(0) + "=" + rows.Text(1) + " "
			}
			if got != "+1=A +2=B " || rows.Err("list") != nil {
				t.Errorf("read %q, faults %v", got, rows.Err("list"))
			}
		})
	}
}

func TestNamedFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           `line 1: there is no column "number"|line 1: there is no column "name"`,
		"name\nA\n":                  `line 1: there is no column "number"`,
		"name,number,Name\n":         `line 1, column "Name": is there twice`,
		"number,name\n1,2,3\n4,5\n":  "line 2: has 3 fields where 2 are expected; quote a field that holds the separator",
		"number,name\n1,a\"b\n4,5\n": "line 2: a quotation mark stands inside an unquoted field; quote the field and double the mark",
	} {
		rows, err := sheet.Named(strings.NewReader(text), "number", "name")
		if err != nil {
			t.Fatal(err)
		}
		for more, _ := rows.Next(); more; more, _ = rows.Next() {
		}
		refused, ok := errors.AsType[*tollkeeper.Error](rows.Err("list"))
		if !ok || strings.Join(refused.Faults, "|") != want {
			t.Errorf("%q: %v, want %s", text, refused, want)
		}
	}
}
