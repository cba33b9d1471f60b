package store

import "strings"

// verifyRecordTerms checks that call records are found by their terms, as far as the job
// has come, and by no others.
func verifyRecordTerms(t tx, v *Verification) error {
	mark, err := loadTermsMark(t)
	if err != nil {
		return err
	}
	var right []string
	for _, known := range recordTerms {
		term := known.term
		right = append(right, "t.term = "+term+" AND (t.amount IS NULL OR t.amount = "+known.amount+")")
		err := t.query(func(r row) error {
			v.fault("call record %s of customer %s is not found by one of its numbers, its cause or its price", r.id(0), r.id(1))
			return nil
		}, "SELECT d.id, d.customer FROM cdrs d WHERE d.id < ? AND "+term+" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cdr_terms t WHERE t.term = "+term+" AND t.id = d.id)", mark.through)
		if err != nil {
			return err
		}
	}
	return t.query(func(r row) error {
		v.fault("call record %s of customer %s is found by a number, cause or price that it does not have", r.id(0), r.id(1))
		return nil
	}, "SELECT t.id, t.customer FROM cdr_terms t WHERE NOT EXISTS (SELECT 1 FROM cdrs d WHERE d.id = t.id AND d.customer = t.customer AND ("+strings.Join(right, " OR ")+"))")
}
