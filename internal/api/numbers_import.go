package api

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/sheet"
)

// Limits of an import, which is one transaction that calls wait for.
const (
	maxImportedNumbers = 100_000
	maxNumberFile      = 16 << 20
)

// The columns of an import.
const (
	importedNumber = iota
	importedCustomer
	importedLabel
	importedStatus
	importedPrice
	importedMinimum
	importedIncrement
)

var (
	importColumns   = []string{"number", "customer", "label"}
	optionalColumns = []string{"status", "price", "minimum", "increment"}
)

// importNumbers makes many numbers by CSV, all of them or none.
func (a *API) importNumbers(x *exchange) error {
	dryRun, err := x.importOptions(nil)
	if err != nil {
		return err
	}
	body, err := x.csv(maxNumberFile)
	if err != nil {
		return err
	}
	rows, err := sheet.NamedWith(body, importColumns, optionalColumns)
	if err != nil {
		return fileFault(err, maxNumberFile)
	}
	numbers, lines, err := readNumbers(rows, a.Plan)
	if err != nil {
		return fileFault(err, maxNumberFile)
	}
	wrong, err := a.Store.ImportNumbers(x.r.Context(), tollkeeper.Write{Principal: x.who}, numbers, dryRun)
	if err != nil {
		return err
	}
	if err := lineFaults(wrong, lines, "list of numbers"); err != nil {
		return err
	}
	w := newWire(nil)
	w.int("numbers", int64(len(numbers)))
	w.bool("dryRun", dryRun)
	return x.answer(w.end())
}

// readNumbers reads all rows, with the line of each.
func readNumbers(rows *sheet.NamedRows, plan *numbering.Plan) (numbers []tollkeeper.Number, lines []int, err error) {
	first := map[string]int{} // line of each number
	for {
		more, err := rows.Next()
		if err != nil {
			return nil, nil, err
		}
		if !more {
			break
		}
		if len(lines) == maxImportedNumbers {
			rows.Fault(importedNumber, fmt.Errorf("there are more than %d numbers; import them in several files", maxImportedNumbers))
			break
		}
		n := importedRow(rows, plan)
		if n.E164 != "" {
			if line, twice := first[n.E164]; twice {
				rows.Fault(importedNumber, fmt.Errorf("%s is in line %d already", n.E164, line))
			}
			first[n.E164] = rows.Line()
		}
		numbers, lines = append(numbers, n), append(lines, rows.Line())
	}
	if err := rows.Err("list of numbers"); err != nil {
		return nil, nil, err
	}
	if len(numbers) == 0 {
		return nil, nil, tollkeeper.Invalid("body: the file holds no numbers")
	}
	return numbers, lines, nil
}

// importedRow reads a row. What it does not say is as in a number that is made alone.
func importedRow(rows *sheet.NamedRows, plan *numbering.Plan) tollkeeper.Number {
	n := newNumber()
	parsed, err := plan.Parse(rows.Text(importedNumber))
	if err != nil || parsed.Class == numbering.Emergency {
		rows.Fault(importedNumber, errors.New("must be a telephone number such as +12125550101"))
	}
	n.E164 = parsed.E164
	if text := rows.Text(importedCustomer); text != "" {
		if n.Customer, err = tollkeeper.ParseID(text); err != nil {
			rows.Fault(importedCustomer, errors.New("must be the id of a customer, 24 hexadecimal digits, or empty"))
		}
	}
	n.Label = strings.Clone(rows.Text(importedLabel))
	if utf8.RuneCountInString(n.Label) > 100 || strings.ContainsRune(n.Label, 0) || !utf8.ValidString(n.Label) {
		rows.Fault(importedLabel, errors.New("must have at most 100 characters"))
	}
	switch text := rows.Text(importedStatus); text {
	case "", string(tollkeeper.NumberActive):
	case string(tollkeeper.NumberInactive):
		n.Status = tollkeeper.NumberInactive
	default:
		rows.Fault(importedStatus, errors.New("must be active, inactive or empty"))
	}
	if text := rows.Text(importedPrice); text != "" {
		n.Inbound.PricePerMinute, err = tollkeeper.ParseMicros(text)
		if err != nil || n.Inbound.PricePerMinute < 0 || n.Inbound.PricePerMinute > rating.MaxPricePerMinute {
			rows.Fault(importedPrice, errors.New("must be 0 to 1000 in the account currency, such as 0.0050, or empty"))
		}
	}
	importedSeconds(rows, importedMinimum, &n.Inbound.MinimumSeconds)
	importedSeconds(rows, importedIncrement, &n.Inbound.IncrementSeconds)
	return n
}

func importedSeconds(rows *sheet.NamedRows, column int, seconds *int32) {
	text := rows.Text(column)
	if text == "" {
		return
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 || n > maxIncrement {
		rows.Fault(column, errors.New("must be a number of seconds from 1 to 86400, or empty"))
	}
	*seconds = int32(n)
}
