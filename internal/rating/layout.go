package rating

import (
	"strings"
	"unicode"

	"tollkeeper/internal/sheet"
)

// column is one of the things a rate deck can say in a cell.
type column int

const (
	prefixColumn column = iota
	destinationColumn
	priceColumn
	connectFeeColumn
	minimumColumn
	incrementColumn
	fromColumn
	toColumn
	columnCount
)

// columnNames are the names a header may use, in the form of headerKey. The
// first of each is the canonical one that faults and WriteCSV use.
var columnNames = [columnCount][]string{
	prefixColumn: {"prefix", "code", "dialcode", "areacode", "dialingcode", "diallingcode", "dialprefix", "destinationcode",
		"destinationprefix"},
	destinationColumn: {"destination", "name", "description", "destinationname", "destinationdescription", "country", "countryname"},
	priceColumn: {"price", "rate", "priceperminute", "rateperminute", "costperminute", "pricepermin", "ratepermin", "costpermin",
		"pricemin", "ratemin", "cost", "tariff", "perminute"},
	connectFeeColumn: {"connectfee", "connect", "connectionfee", "connection", "setup", "setupfee", "connectcharge", "connectioncharge",
		"setupcharge"},
	minimumColumn: {"minimum", "min", "minimumseconds", "minseconds", "initialincrement", "firstincrement", "initialinterval",
		"firstinterval", "minimumduration", "minduration"},
	incrementColumn: {"increment", "interval", "incrementseconds", "intervalseconds", "billingincrement", "billingincrements",
		"increments", "rounding", "nextincrement", "nextinterval", "subsequentincrement", "subsequentinterval"},
	fromColumn: {"effectivefrom", "effective", "effectivedate", "from", "date", "validfrom", "start", "startdate"},
	toColumn: {"effectiveto", "effectiveuntil", "to", "until", "validto", "validuntil", "end", "enddate", "expires", "expiry",
		"expirydate"},
}

// columnOf finds a header name; countries yields to any other destination.
var columnOf = func() map[string]column {
	names := make(map[string]column)
	for c, synonyms := range columnNames {
		for _, name := range synonyms {
			names[name] = column(c)
		}
	}
	return names
}()

// moneyWords mark a column that must not be dropped in silence: a second price
// or a surcharge that nobody reads would charge every call wrongly.
var moneyWords = []string{"price", "rate", "cost", "fee", "charge", "tariff", "increment", "interval", "rounding"}

// layout says where the columns of a file are.
type layout struct {
	index [columnCount]int    // -1: absent
	label [columnCount]string // as the file writes it, for faults
	width int                 // fields in a full row
}

// bareLayout is the layout of a file without a header.
func bareLayout() layout {
	l := emptyLayout(3)
	for i, c := range []column{prefixColumn, destinationColumn, priceColumn} {
		l.place(c, i, columnNames[c][0])
	}
	return l
}

func emptyLayout(width int) layout {
	l := layout{width: width}
	for c := range l.index {
		l.index[c] = -1
	}
	return l
}

func (l *layout) place(c column, index int, label string) {
	l.index[c], l.label[c] = index, label
}

func (l *layout) has(c column) bool { return l.index[c] >= 0 }

// isBare reports whether the first row of a file is already a rate.
func isBare(row []string, decimalComma bool) bool {
	if sheet.Width(row) != 3 {
		return false
	}
	_, prefixErr := parsePrefix(row[0])
	_, priceErr := parsePrice(row[2], decimalComma)
	return prefixErr == nil && priceErr == nil
}

// readHeader finds the columns in the first row of a file.
func readHeader(row []string, line int, faults *sheet.Faults) layout {
	l := emptyLayout(sheet.Width(row))
	keys := make(map[string]bool)
	for i, cell := range row {
		label := strings.TrimSpace(cell)
		key := headerKey(label)
		keys[key] = true
		c, known := columnOf[key]
		switch {
		case !known && mentionsMoney(key):
			faults.Add(line, ", column %q: is not a known name; rename it, or remove it if it does not matter to the price", label)
		case !known:
		case c == destinationColumn && l.has(c) && isCountry(key):
		case l.has(c) && !(c == destinationColumn && isCountry(headerKey(l.label[c]))):
			faults.Add(line, ", column %q: says the same as column %q; keep one of them", label, l.label[c])
		default:
			l.place(c, i, label)
		}
	}
	if keys["countrycode"] && keys["areacode"] {
		faults.Add(line, ", column %q: must hold the whole prefix with the country code, in one column", l.label[prefixColumn])
	}
	for _, c := range []column{prefixColumn, destinationColumn, priceColumn} {
		if !l.has(c) {
			faults.Add(line, ": there is no column %q (other names for it: %s)", columnNames[c][0],
				strings.Join(columnNames[c][1:4], ", "))
		}
	}
	return l
}

// A file may have a country and a destination; the destination is the finer.
func isCountry(key string) bool { return key == "country" || key == "countryname" }

func mentionsMoney(key string) bool {
	for _, word := range moneyWords {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// headerKey brings a header name into the form of columnNames: lower-case
// letters and digits, without a unit in parentheses. "Rate per_min (USD)" is
// "ratepermin".
func headerKey(label string) string {
	label, _, _ = strings.Cut(label, "(")
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, label)
}
