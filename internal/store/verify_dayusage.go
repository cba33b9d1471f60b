package store

import (
	"time"

	"tollkeeper"
)

// verifyDayUsage checks what is kept of customers' days against their call records. Days
// of which records were deleted must have at least what is left. It says nothing while
// the records of an earlier release are being added up.
func verifyDayUsage(t tx, v *Verification) error {
	if _, filling, err := loadFilling(t); err != nil || filling {
		return err
	}
	deleted, err := deletedUntil(t)
	if err != nil {
		return err
	}
	return t.query(func(r row) error {
		customer, day := r.id(0), fromMillis(r.int(1))
		whole := day.After(deleted[customer])
		for i, name := range []string{"calls", "answered calls", "billed seconds", "micro-units charged"} {
			kept, counted := r.int(4+2*i), r.int(5+2*i)
			if kept != counted && (whole || kept < counted) {
				v.fault("customer %s has %d %s to %q on %s; the call records make it %d", customer, kept, name, r.text(3), day.Format(time.DateOnly), counted)
			}
		}
		return nil
	}, `SELECT customer, day, direction, destination, CAST(SUM(k1) AS BIGINT), CAST(SUM(c1) AS BIGINT), CAST(SUM(k2) AS BIGINT), CAST(SUM(c2) AS BIGINT),
 CAST(SUM(k3) AS BIGINT), CAST(SUM(c3) AS BIGINT), CAST(SUM(k4) AS BIGINT), CAST(SUM(c4) AS BIGINT) FROM (
 SELECT customer, day, direction, destination, calls AS k1, 0 AS c1, answered AS k2, 0 AS c2, billed_seconds AS k3, 0 AS c3, charge AS k4, 0 AS c4 FROM day_usage
 UNION ALL SELECT r.customer, r.started_at - r.started_at % 86400000, r.direction, r.destination, 0, r.calls, 0, r.answered, 0, r.billed, 0, r.charge
 FROM (SELECT `+recordUsageColumns+` FROM cdrs d) r WHERE r.customer <> ?) AS x
 GROUP BY customer, day, direction, destination
 HAVING SUM(k1) <> SUM(c1) OR SUM(k2) <> SUM(c2) OR SUM(k3) <> SUM(c3) OR SUM(k4) <> SUM(c4)`, tollkeeper.ID{})
}

// deletedUntil is the last day, by customer, of which records were deleted.
func deletedUntil(t tx) (map[tollkeeper.ID]time.Time, error) {
	until := map[tollkeeper.ID]time.Time{}
	return until, t.query(func(r row) error {
		if last := r.id(1).Time(); last.After(until[r.id(0)]) {
			until[r.id(0)] = last
		}
		return nil
	}, "SELECT customer, purged FROM retentions UNION ALL SELECT customer, id FROM removed_cdrs")
}
