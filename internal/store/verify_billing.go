package store

import (
	"fmt"

	"tollkeeper"
)

// verifyReceivables checks what each customer owes by the ledger against what is kept,
// and against what is due on the invoices.
func verifyReceivables(t tx, v *Verification) error {
	receivable := bookNumber(tollkeeper.BookReceivable)
	return t.query(func(r row) error {
		v.fault("customer %s owes %s by the ledger, %s by the account and %s by the invoices", r.id(0), tollkeeper.Micros(r.int(1)),
			tollkeeper.Micros(r.int(2)), tollkeeper.Micros(r.int(3)))
		return nil
	}, fmt.Sprintf(`SELECT customer, CAST(SUM(ledger) AS BIGINT), CAST(SUM(kept) AS BIGINT), CAST(SUM(due) AS BIGINT) FROM (
 SELECT customer, CASE WHEN debit = %[1]d THEN amount ELSE -amount END AS ledger, 0 AS kept, 0 AS due FROM transfers WHERE debit = %[1]d OR credit = %[1]d
 UNION ALL SELECT customer, 0, receivable, 0 FROM billing
 UNION ALL SELECT customer, 0, 0, (total - paid - written_off) * %[2]d FROM invoices WHERE kind <> 'statement') AS x
 GROUP BY customer HAVING SUM(ledger) <> SUM(kept) OR SUM(ledger) <> SUM(due)`, receivable, tollkeeper.Cent))
}

// verifyPayments checks the money that came in from each customer by the ledger
// against the payments.
func verifyPayments(t tx, v *Verification) error {
	return t.query(func(r row) error {
		v.fault("customer %s has paid %s by the ledger and %s by the payments", r.id(0), tollkeeper.Micros(r.int(1)), tollkeeper.Micros(r.int(2)))
		return nil
	}, fmt.Sprintf(`SELECT customer, CAST(SUM(ledger) AS BIGINT), CAST(SUM(paid) AS BIGINT) FROM (
 SELECT customer, CASE WHEN debit = %[1]d THEN amount ELSE -amount END AS ledger, 0 AS paid FROM transfers WHERE debit = %[1]d OR credit = %[1]d
 UNION ALL SELECT customer, 0, (amount - refunded - disputed) * %[2]d FROM payments WHERE state = 'succeeded') AS x
 GROUP BY customer HAVING SUM(ledger) <> SUM(paid)`, bookNumber(tollkeeper.BookPayments), tollkeeper.Cent))
}

// verifyItems checks that the lines of each invoice add up to it. Those of a statement
// that are not usage lead from one balance to the other.
func verifyItems(t tx, v *Verification) error {
	return t.query(func(r row) error {
		v.fault("invoice %s of customer %s has lines of %d cents; it says %d", r.text(1), r.id(0), r.int(2), r.int(3))
		return nil
	}, `SELECT i.customer, i.number, CAST(COALESCE(SUM(x.amount), 0) AS BIGINT), i.total FROM invoices i
 LEFT JOIN invoice_items x ON x.customer = i.customer AND x.invoice = i.id AND NOT (i.kind = 'statement' AND x.kind = 'credit')
 GROUP BY i.customer, i.id, i.number, i.total HAVING COALESCE(SUM(x.amount), 0) <> i.total`)
}

// verifyNumbers checks that the numbers of each series have no gaps and no doubles.
func verifyNumbers(t tx, v *Verification) error {
	for series, condition := range map[string]string{seriesInvoices: "kind <> 'statement'", seriesStatements: "kind = 'statement'"} {
		last, err := count(t, "SELECT COALESCE(MAX(last), 0) FROM invoice_numbers WHERE series = ?", series)
		if err != nil {
			return err
		}
		err = t.query(func(r row) error {
			if r.int(0) != last || r.int(1) != last {
				v.fault("the last number of %s is %d; there are %d, with %d numbers", series, last, r.int(0), r.int(1))
			}
			return nil
		}, "SELECT COUNT(*), COUNT(DISTINCT number) FROM invoices WHERE "+condition)
		if err != nil {
			return err
		}
	}
	return nil
}
