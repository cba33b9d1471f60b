package cnam

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/sheet"
)

// mostListed bounds the memory that an import takes, to some 200 MB.
const mostListed = 1_000_000

// The columns of a list.
const (
	numberColumn = iota
	nameColumn
)

// ParseCSV reads a list of names from CSV with the columns number and name. It makes
// E.164 of numbers by parse. The error lists every fault with its line; one that is none
// of the file's is the reader's.
func ParseCSV(r io.Reader, parse func(number string) (e164 string, err error)) (names []tollkeeper.ListedName, err error) {
	rows, err := sheet.Named(r, "number", "name")
	if err != nil {
		return nil, err
	}
	lines := map[string]int{} // by number
	for {
		more, err := rows.Next()
		if err != nil {
			return nil, err
		}
		if !more {
			return names, rows.Err("list of names")
		}
		if len(names) == mostListed {
			return nil, tollkeeper.Invalid(fmt.Sprintf("body: must have at most %d names", mostListed))
		}
		n := tollkeeper.ListedName{}
		if n.Number, err = parse(rows.Text(numberColumn)); err == nil && !strings.HasPrefix(n.Number, "+") {
			err = errors.New("must be a telephone number")
		}
		if line, twice := lines[n.Number]; err == nil && twice {
			err = fmt.Errorf("stands in line %d already", line)
		}
		if err != nil {
			rows.Fault(numberColumn, err)
		}
		said := rows.Text(nameColumn)
		if n.Name = nameOf(said).Full; n.Name == "" {
			rows.Fault(nameColumn, errors.New("must have a letter or digit"))
		} else if utf8.RuneCountInString(said) > mostFull || len(said) > mostFullBytes {
			rows.Fault(nameColumn, fmt.Errorf("must have at most %d characters and %d bytes", mostFull, mostFullBytes))
		}
		lines[n.Number] = rows.Line()
		names = append(names, n)
	}
}
