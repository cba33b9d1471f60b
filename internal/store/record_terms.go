package store

import (
	"strings"

	"tollkeeper"
)

// Kinds of terms: what the first letter of a term says about the rest.
const (
	termFrom   = "f" // the calling number
	termTo     = "t" // the called number
	termCause  = "c"
	termCharge = "m" // the charge, by its power of ten
	termPrice  = "p" // the price per minute, likewise
)

// ordinaryCause is what most calls end with: nobody looks for it, and a scan finds it.
const ordinaryCause = "normal_clearing"

// dearFrom and dearest are the powers of ten, in micro-units, between which charges and
// prices have terms. Cheaper ones are too many.
const (
	dearFrom = 6
	dearest  = 9
)

// longestTerm, in characters, is more than a number has. PostgreSQL's index takes no key
// of more than 2,704 bytes, and some switches send callers' names in place of numbers.
const longestTerm = 255

// recordTerm is something that a record, d, is found by.
type recordTerm struct {
	term   string // an expression; NULL where a record has no such term
	amount string // what the term is of, where it does not tell that
}

var recordTerms = []recordTerm{
	{textTerm(termFrom, "d.from_number", ""), noAmount},
	{textTerm(termTo, "d.to_number", ""), noAmount},
	{textTerm(termCause, "d.cause", ordinaryCause), noAmount},
	{dearTerm(termCharge, "d.charge"), "d.charge"}, {dearTerm(termPrice, "d.price_per_minute"), "d.price_per_minute"},
}

const noAmount = "CAST(NULL AS BIGINT)"

// textTerm is the term of a text, but for one that has none.
func textTerm(kind, column, without string) string {
	return "CASE WHEN " + column + " <> '" + without + "' AND LENGTH(" + column + ") BETWEEN 1 AND " + itoa(longestTerm) + " THEN '" + kind + "' || " + column + " END"
}

func dearTerm(kind, column string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for power := dearest; power >= dearFrom; power-- {
		b.WriteString(" WHEN " + column + " >= 1" + strings.Repeat("0", power) + " THEN '" + kind + itoa(int64(power)) + "'")
	}
	return b.String() + " END"
}

// termRows selects the terms of the records, d, that a condition holds for.
func termRows(condition string) string {
	parts := make([]string, len(recordTerms))
	for i, t := range recordTerms {
		parts[i] = "SELECT " + t.term + " AS term, d.id AS id, d.customer AS customer, " + t.amount + " AS amount FROM cdrs d WHERE " + condition + " AND " + t.term + " IS NOT NULL"
	}
	return strings.Join(parts, " UNION ALL ")
}

// termArgs are the parameters of termRows.
func termArgs(args ...any) (all []any) {
	for range recordTerms {
		all = append(all, args...)
	}
	return all
}

// insertTerms lets the records that a condition holds for be found by their terms.
func insertTerms(t tx, condition string, args ...any) error {
	return t.later(nil, "INSERT INTO cdr_terms (term, id, customer, amount) "+termRows(condition)+" ORDER BY 1, 2 ON CONFLICT DO NOTHING", termArgs(args...)...)
}

// termKey is a term of one record.
type termKey struct {
	term string
	id   tollkeeper.ID
}

// deleteTerms takes the terms of records away that are about to be deleted.
func deleteTerms(t tx, condition string, args ...any) error {
	var keys []termKey
	err := t.query(func(r row) error { keys = append(keys, termKey{r.text(0), r.id(1)}); return nil }, termRows(condition), termArgs(args...)...)
	if err != nil {
		return err
	}
	return removeTerms(t, keys)
}

func removeTerms(t tx, keys []termKey) error {
	for _, k := range keys {
		if err := t.later(nil, "DELETE FROM cdr_terms WHERE term = ? AND id = ?", k.term, k.id); err != nil {
			return err
		}
	}
	return nil
}

// termBelow gives terms at once to records below the horizon, to which the job does not
// come: those of calls that lasted long, and of nodes whose clocks are behind.
func termBelow(t tx, horizon tollkeeper.ID, records []*tollkeeper.CDR) error {
	for _, r := range records {
		if string(r.ID[:]) >= string(horizon[:]) {
			continue
		}
		if err := insertTerms(t, "d.customer = ? AND d.id = ?", r.Customer, r.ID); err != nil {
			return err
		}
	}
	return nil
}
