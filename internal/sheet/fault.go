package sheet

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"tollkeeper"
)

// MaxFaults is how many faults of a file are listed; the rest are counted. A
// file in the wrong format would otherwise answer with a fault for each cell.
const MaxFaults = 1000

// maxQuoted is how much of a wrong cell a fault repeats, in bytes.
const maxQuoted = 60

// Faults collects the faults of a file.
type Faults struct {
	found []fault // at most MaxFaults
	Total int
}

type fault struct {
	line int
	text string
}

// Add notes what is wrong in a line.
func (f *Faults) Add(line int, format string, args ...any) {
	f.Total++
	if len(f.found) < MaxFaults {
		f.found = append(f.found, fault{line, fmt.Sprintf(format, args...)})
	}
}

// Err returns nil, or the faults of a file of some kind in the order of their lines.
func (f *Faults) Err(kind string) error {
	if f.Total == 0 {
		return nil
	}
	slices.SortStableFunc(f.found, func(a, b fault) int { return a.line - b.line })
	texts := make([]string, 0, len(f.found)+1)
	for _, fault := range f.found {
		texts = append(texts, fmt.Sprintf("line %d%s", fault.line, fault.text))
	}
	if more := f.Total - len(f.found); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	err := tollkeeper.Invalid(texts...)
	err.Message = fmt.Sprintf("the %s has %d faults; nothing was imported", kind, f.Total)
	if f.Total == 1 {
		err.Message = "the " + kind + " has a fault; nothing was imported"
	}
	return err
}

// quoted repeats a cell in a fault, cut to a readable length.
func quoted(cell string) string {
	if len(cell) <= maxQuoted {
		return fmt.Sprintf("%q", cell)
	}
	end := maxQuoted
	for end > maxQuoted-utf8.UTFMax && !utf8.RuneStart(cell[end]) {
		end--
	}
	return fmt.Sprintf("%q...", cell[:end])
}
