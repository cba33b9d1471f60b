package api

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/export"
	"tollkeeper/internal/query"
	"tollkeeper/internal/sheet"
)

// Limits of an import, which is one transaction that calls wait for.
const (
	maxImportedBarrings = 10_000
	maxBarringFile      = 4 << 20
)

// The columns of an import and of an export.
const (
	barringPrefix = iota
	barringRegion
	barringCustomer
	barringEffect
	barringNote
)

var barringColumns = []string{"prefix", "region", "customer", "effect", "note"}

// importBarrings makes or replaces many rows by CSV, all of them or none.
func (a *API) importBarrings(x *exchange) error {
	dryRun, err := x.importOptions(nil)
	if err != nil {
		return err
	}
	body, err := x.csv(maxBarringFile)
	if err != nil {
		return err
	}
	table, err := sheet.Named(body, barringColumns...)
	if err != nil {
		return fileFault(err, maxBarringFile)
	}
	rows, lines, err := readBarrings(table)
	if err != nil {
		return fileFault(err, maxBarringFile)
	}
	changed, wrong, err := a.Store.ImportBarrings(x.r.Context(), tollkeeper.Write{Principal: x.who}, rows, dryRun)
	if err != nil {
		return err
	}
	if err := lineFaults(wrong, lines, "barring table"); err != nil {
		return err
	}
	w := newWire(nil)
	w.int("rows", int64(len(rows)))
	w.int("changed", int64(changed))
	w.bool("dryRun", dryRun)
	return x.answer(w.end())
}

// readBarrings reads all rows, with the line of each.
func readBarrings(table *sheet.NamedRows) (rows []tollkeeper.Barring, lines []int, err error) {
	type about struct {
		customer tollkeeper.ID
		subject  string
	}
	first := map[about]int{} // line of each
	for {
		more, err := table.Next()
		if err != nil {
			return nil, nil, err
		}
		if !more {
			break
		}
		if len(lines) == maxImportedBarrings {
			table.Fault(barringPrefix, fmt.Errorf("there are more than %d rows; import them in several files", maxImportedBarrings))
			break
		}
		b := importedBarring(table)
		key := about{b.Customer, b.Subject()}
		if line, twice := first[key]; twice {
			table.Fault(barringPrefix, fmt.Errorf("line %d is about the same already", line))
		}
		first[key] = table.Line()
		rows, lines = append(rows, b), append(lines, table.Line())
	}
	if err := table.Err("barring table"); err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 {
		return nil, nil, tollkeeper.Invalid("body: the file holds no rows")
	}
	return rows, lines, nil
}

// importedBarring reads a row. Spreadsheets take the plus sign from a prefix, and a note
// may have been kept from being a formula by an apostrophe.
func importedBarring(table *sheet.NamedRows) (b tollkeeper.Barring) {
	text := func(column int) string { return strings.Clone(table.Text(column)) }
	if b.Prefix = text(barringPrefix); b.Prefix != "" && b.Prefix[0] != '+' {
		b.Prefix = "+" + b.Prefix
	}
	b.Region = text(barringRegion)
	b.Effect = tollkeeper.BarringEffect(text(barringEffect))
	if b.Note = text(barringNote); export.Inert(strings.TrimPrefix(b.Note, "'")) == b.Note {
		b.Note = strings.TrimPrefix(b.Note, "'")
	}
	var err error
	if customer := text(barringCustomer); customer != "" {
		if b.Customer, err = tollkeeper.ParseID(customer); err != nil {
			table.Fault(barringCustomer, errors.New("must be the id of a customer, 24 hexadecimal digits, or empty"))
		}
	}
	if utf8.RuneCountInString(b.Note) > maxBarringNote || strings.ContainsRune(b.Note, 0) || !utf8.ValidString(b.Note) {
		table.Fault(barringNote, fmt.Errorf("must have at most %d characters", maxBarringNote))
	}
	if column, fault := subjectFault(&b); fault != "" {
		table.Fault(column, errors.New(fault))
	}
	if fault := effectFault(&b); fault != "" {
		table.Fault(barringEffect, errors.New(fault))
	}
	return b
}

// exportBarrings sends the rows that a query finds, as an import takes them.
func (a *API) exportBarrings(x *exchange) error {
	for key := range x.r.URL.Query() {
		if key == "$limit" || key == "$skip" || key == "$select" {
			return tollkeeper.Invalid(key + ": must be absent: an export has all that is found")
		}
	}
	f, err := x.find(x.r.URL.RawQuery, query.Barrings)
	if err != nil {
		return err
	}
	f.Limit = tollkeeper.MaxBarrings
	page, err := a.Store.FindBarrings(x.r.Context(), f)
	if err != nil {
		return err
	}
	if err := x.mayTake(exportTimeout); err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", "text/csv")
	out := csv.NewWriter(x.w)
	out.Write(barringColumns)
	for _, b := range page.Items {
		customer := ""
		if !b.Customer.IsZero() {
			customer = b.Customer.String()
		}
		out.Write([]string{b.Prefix, b.Region, customer, string(b.Effect), export.Inert(b.Note)})
	}
	out.Flush()
	return out.Error()
}
