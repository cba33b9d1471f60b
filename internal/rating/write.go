package rating

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// header is the canonical header.
var header = []string{
	prefixColumn: "prefix", destinationColumn: "destination", priceColumn: "price", connectFeeColumn: "connect_fee",
	minimumColumn: "minimum", incrementColumn: "increment", fromColumn: "effective_from", toColumn: "effective_to",
}

// WriteCSV writes rates in the canonical form: every column, in the given order,
// comma-separated. ParseCSV reads back the same rates, times in UTC, as long as
// there is at least one and none overlap. An error is that of w, or that of
// Rate.Validate.
func WriteCSV(w io.Writer, rates []Rate) error {
	out := csv.NewWriter(w)
	out.Write(header) // the writer keeps its first error for the end
	cells := make([]string, columnCount)
	for i := range rates {
		r := &rates[i]
		if err := r.Validate(); err != nil {
			return fmt.Errorf("write rate of prefix %q: %w", r.Prefix, err)
		}
		cells[prefixColumn] = r.Prefix
		cells[destinationColumn] = r.Destination
		cells[priceColumn] = r.PricePerMinute.String()
		cells[connectFeeColumn] = r.ConnectFee.String()
		cells[minimumColumn] = strconv.Itoa(int(r.MinimumSeconds))
		cells[incrementColumn] = strconv.Itoa(int(r.IncrementSeconds))
		cells[fromColumn] = formatTime(r.EffectiveFrom)
		cells[toColumn] = formatTime(r.EffectiveTo)
		out.Write(cells)
	}
	out.Flush()
	return out.Error()
}

// formatTime writes midnight as the day alone.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}
