package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteJSON writes the report for scripts.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// WriteTable writes the report for people.
func (r *Report) WriteTable(w io.Writer) error {
	m := r.Machine
	if _, err := fmt.Fprintf(w, "%d processors shared by the server and the load, %s, %s\n"+
		"%d connections, %g s for each operation, over %s customers, finds over %s\n", m.Processors, m.System, m.Go,
		m.Connections, m.Seconds, number(float64(m.Callers)), number(float64(m.Customers))); err != nil {
		return err
	}
	for _, t := range []table{r.operations(), r.figures(), r.targets()} {
		if len(t) == 1 {
			continue // nothing below the head
		}
		if _, err := fmt.Fprintf(w, "\n%s", t); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) operations() table {
	t := table{{"operation", "per second", "p50 ms", "p99 ms", "CPU us/op", "database", "RSS MB", "anon MB", "of bare"}}
	for _, row := range r.Rows {
		ofBare := "-"
		if row.OfBare > 0 {
			ofBare = strconv.FormatFloat(row.OfBare, 'f', 3, 64)
		}
		database := "-"
		if row.DatabaseCPUMicros > 0 {
			database = number(row.DatabaseCPUMicros)
		}
		t = append(t, []string{row.Name, number(row.PerSecond), number(row.P50Millis), number(row.P99Millis),
			number(row.CPUMicros), database, number(megabytes(row.RSSBytes)), number(megabytes(row.AnonBytes)), ofBare})
	}
	return t
}

func (r *Report) figures() table {
	t := table{{"figure", "measured"}}
	for _, f := range r.Figures {
		t = append(t, []string{f.Name, withUnit(f.Value, f.Unit)})
	}
	return t
}

func (r *Report) targets() table {
	t := table{{"target", "wanted", "measured", ""}}
	for _, v := range r.Verdict {
		measured := "-"
		if v.Outcome != NotMeasured {
			measured = withUnit(v.Measured, v.Unit)
		}
		t = append(t, []string{v.Name, string(v.Bound) + " " + withUnit(v.Limit, v.Unit), measured, string(v.Outcome)})
	}
	return t
}

// withUnit writes "25.0 ms", "5,000/s" or, of what has no unit, "0.45".
func withUnit(v float64, unit string) string {
	if unit == "" || strings.HasPrefix(unit, "/") {
		return number(v) + unit
	}
	return number(v) + " " + unit
}

// megabytes are millions of bytes.
func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// number writes what is worth reading of a number: three digits at least, and
// groups of three where there are more.
func number(v float64) string {
	switch {
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// table is lines of cells, the head first. The first column stands to the left,
// the others to the right.
type table [][]string

func (t table) String() string {
	widths := make([]int, len(t[0]))
	for _, line := range t {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range t {
		text := fmt.Sprintf("%-*s", widths[0], line[0])
		for i := 1; i < len(line); i++ {
			text += fmt.Sprintf("  %*s", widths[i], line[i])
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}
