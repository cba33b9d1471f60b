package rating

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/sheet"
)

// MaxRows is the most rates a file may hold: several times the finest decks
// sold, and still under 500 MB while it is read.
const MaxRows = 2_000_000

// ProgressRows is how many rows pass between two progress reports.
const ProgressRows = 10_000

// Rounding of a rate that names none: by the second.
const (
	DefaultMinimumSeconds   = 1
	DefaultIncrementSeconds = 1
)

// ParseCSV reads a rate deck as carriers exchange them (RFC 4180, but with any
// of comma, semicolon, tab or pipe between the fields).
//
// The header names the columns in any order, case and spelling of columnNames;
// a file of just prefix, destination and price needs none. Prefix, destination
// and price (units of the currency per minute, up to 8 decimals, rounded up to a
// micro-unit; a decimal comma where the separator is another) are required.
// Optional are the connect fee; the minimum and increment in seconds, in two
// columns or as "60/60" in one, where an increment alone is the minimum too and
// the default is by the second; and the first moment in force and the first one
// no longer in force, as days or RFC 3339 times in UTC. Other columns are ignored
// unless their names speak of money. UTF-8 and, with a byte order mark, UTF-16
// are read.
//
// The rates come in the order of the file. An error is either that of r, or a
// *tollkeeper.Error of CodeInvalid whose Faults name line and column of
// everything that is wrong (at most sheet.MaxFaults, then how many more); two rates of
// one prefix in force at the same time are a fault, and so is a file without
// rates. progress, if not nil, hears how many rows were read every ProgressRows
// rows and at the end.
func ParseCSV(r io.Reader, progress func(rows int)) ([]Rate, error) {
	rows, err := sheet.NewRows(r)
	if err != nil {
		return nil, fmt.Errorf("read rate deck: %w", err)
	}
	p := &parser{Rows: rows, decimalComma: rows.Separator != ',', names: make(map[string]string), progress: progress}
	if err := p.readAll(); err != nil {
		return nil, fmt.Errorf("read rate deck: %w", err)
	}
	findOverlaps(p.rates, p.lines, p.layout.label[prefixColumn], &p.Faults)
	if err := p.Faults.Err("rate deck"); err != nil {
		return nil, err
	}
	return p.rates, nil
}

type parser struct {
	*sheet.Rows
	decimalComma bool
	progress     func(rows int)

	layout layout
	rows   int               // rates and faulty rows so far
	names  map[string]string // destinations, each kept once
	rates  []Rate
	lines  []int32 // of each rate
}

// readAll returns only errors of the stream; all others become faults.
func (p *parser) readAll() error {
	more, err := p.Next()
	if err != nil {
		return err
	}
	if more {
		if err := p.readRows(); err != nil {
			return err
		}
	}
	if p.rows == 0 && p.Faults.Total == 0 {
		p.Faults.Add(max(1, p.Line()), ": the file holds no rates")
	}
	if p.progress != nil {
		p.progress(p.rows)
	}
	return nil
}

// readRows begins on the first row, which may be a header.
func (p *parser) readRows() error {
	if isBare(p.Row, p.decimalComma) {
		p.layout = bareLayout()
		p.readRow()
	} else if p.layout = readHeader(p.Row, p.Line(), &p.Faults); p.Faults.Total > 0 {
		return nil // without its columns no row can be judged
	}
	for {
		more, err := p.Next()
		if err != nil || !more {
			return err
		}
		if p.rows == MaxRows {
			p.Faults.Add(p.Line(), ": a rate deck may hold at most %d rates", MaxRows)
			return nil
		}
		p.readRow()
	}
}

func (p *parser) readRow() {
	p.rows++
	if p.progress != nil && p.rows%ProgressRows == 0 {
		p.progress(p.rows)
	}
	line, before := p.Line(), p.Faults.Total
	if !p.Fits(p.layout.width) {
		return
	}
	rate := p.rate()
	if p.Faults.Total == before {
		p.rates = append(p.rates, rate)
		p.lines = append(p.lines, int32(line))
	}
}

func (p *parser) rate() Rate {
	rate := Rate{
		Prefix:         strings.Clone(required(p, prefixColumn, parsePrefix)),
		Destination:    p.name(required(p, destinationColumn, parseDestination)),
		PricePerMinute: required(p, priceColumn, p.price),
		ConnectFee:     optional(p, connectFeeColumn, p.connectFee),
		EffectiveFrom:  optional(p, fromColumn, parseTime),
		EffectiveTo:    optional(p, toColumn, parseTime),
	}
	minimum := optional(p, minimumColumn, parseSeconds)
	steps := optional(p, incrementColumn, parseRounding)
	if minimum != 0 && steps.minimum != 0 && minimum != steps.minimum {
		p.fault(incrementColumn, fmt.Errorf("must name the same minimum as column %q", p.layout.label[minimumColumn]))
	}
	rate.MinimumSeconds = cmp.Or(minimum, steps.minimum, steps.increment, DefaultMinimumSeconds)
	rate.IncrementSeconds = cmp.Or(steps.increment, DefaultIncrementSeconds)
	if err := checkPeriod(period{rate.EffectiveFrom, rate.EffectiveTo}); err != nil {
		p.fault(toColumn, err)
	}
	return rate
}

func (p *parser) price(cell string) (tollkeeper.Micros, error) {
	return parsePrice(cell, p.decimalComma)
}

func (p *parser) connectFee(cell string) (tollkeeper.Micros, error) {
	return parseAmount(cell, p.decimalComma, MaxConnectFee)
}

// name returns the one copy of a destination, so that rows do not keep the text
// of the whole file alive.
func (p *parser) name(destination string) string {
	name, known := p.names[destination]
	if !known {
		name = strings.Clone(destination)
		p.names[name] = name
	}
	return name
}

// required reads a cell that must not be empty.
func required[T any](p *parser, c column, parse func(cell string) (T, error)) T {
	value, err := parse(p.cell(c))
	if err != nil {
		p.fault(c, err)
	}
	return value
}

// optional reads a cell whose absence means the zero value.
func optional[T time.Time | tollkeeper.Micros | int32 | rounding](p *parser, c column, parse func(cell string) (T, error)) T {
	if strings.TrimSpace(p.cell(c)) == "" {
		var absent T
		return absent
	}
	return required(p, c, parse)
}

// cell returns "" for a column that the file or the row does not have.
func (p *parser) cell(c column) string { return p.Cell(p.layout.index[c]) }

func (p *parser) fault(c column, err error) { p.Fault(p.layout.index[c], p.layout.label[c], err) }
