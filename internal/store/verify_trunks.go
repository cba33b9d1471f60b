package store

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"tollkeeper"
)

// verifyTrunkLoads checks that there is a counter for each trunk that has limits, with
// the same limits, and for no other; and that it counts the calls there are.
func verifyTrunkLoads(t tx, v *Verification) error {
	for _, check := range []func(tx, *Verification) error{verifyTrunkLimits, verifyTrunkCalls, verifyTrunkWindows} {
		if err := check(t, v); err != nil {
			return err
		}
	}
	return nil
}

func verifyTrunkLimits(t tx, v *Verification) error {
	return t.query(func(r row) error {
		v.fault("trunk %s of customer %s has limits of %d calls and %d calls per second; its counter has %d and %d",
			r.id(1), r.id(0), r.int(2), r.int(3), r.int(4), r.int(5))
		return nil
	}, `SELECT customer, trunk, SUM(calls), SUM(rate), SUM(counted_calls), SUM(counted_rate) FROM (
 SELECT customer, id AS trunk, max_concurrent_calls AS calls, max_outbound_call_rate AS rate, 0 AS counted_calls, 0 AS counted_rate FROM trunks
 UNION ALL SELECT customer, trunk, 0, 0, max_concurrent_calls, max_outbound_call_rate FROM trunk_loads) AS x
 GROUP BY customer, trunk HAVING SUM(calls) <> SUM(counted_calls) OR SUM(rate) <> SUM(counted_rate)`)
}

func verifyTrunkCalls(t tx, v *Verification) error {
	return t.query(func(r row) error {
		v.fault("trunk %s of customer %s counts %d live calls; there are %d", r.id(1), r.id(0), r.int(2), r.int(3))
		return nil
	}, fmt.Sprintf(`SELECT l.customer, l.trunk, l.live_calls, COUNT(c.id) FROM trunk_loads l
 LEFT JOIN calls c ON c.customer = l.customer AND c.trunk = l.trunk AND (c.flags & %d) <> 0
 GROUP BY l.customer, l.trunk, l.live_calls HAVING l.live_calls <> COUNT(c.id)`, flagTrunkCounted))
}

// verifyTrunkWindows checks that no trunk counts more calls of a second than were placed
// by it. A clock that stepped back may have moved calls to an earlier time in a window,
// and never to a later one. Where records of the time are purged, nobody can tell.
func verifyTrunkWindows(t tx, v *Verification) error {
	type load struct {
		customer, trunk tollkeeper.ID
		window          tollkeeper.RateWindow
		purged          tollkeeper.ID
	}
	var loads []load
	err := t.query(func(r row) error {
		loads = append(loads, load{r.id(0), r.id(1), r.blob(2), r.id(3)})
		return nil
	}, `SELECT l.customer, l.trunk, l.rate_window, p.purged FROM trunk_loads l LEFT JOIN retentions p ON p.customer = l.customer
 WHERE l.rate_window IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, l := range loads {
		counted, since, whole := l.window.Calls()
		if !whole {
			v.fault("trunk %s of customer %s has a damaged count of calls per second", l.trunk, l.customer)
			continue
		}
		first := tollkeeper.IDAt(since)
		placed, err := placedSince(t, l.customer, l.trunk, first)
		if err != nil {
			return err
		}
		if counted > placed && bytes.Compare(first[:], l.purged[:]) >= 0 {
			v.fault("trunk %s of customer %s counts %d new calls since %s; there were %d", l.trunk, l.customer, counted, since.Format(time.RFC3339), placed)
		}
	}
	return nil
}

// placedSince counts the outbound calls that a trunk placed, in progress or over. A
// record that was deleted may have been of any trunk.
func placedSince(t tx, customer, trunk, since tollkeeper.ID) (int64, error) {
	return count(t, fmt.Sprintf(`SELECT
 (SELECT COUNT(*) FROM calls WHERE customer = ? AND trunk = ? AND id >= ? AND direction = %[1]d AND (flags & %[2]d) = 0) +
 (SELECT COUNT(*) FROM cdrs WHERE customer = ? AND trunk = ? AND id >= ? AND direction = %[1]d AND (flags & %[2]d) = 0 AND corrects IS NULL) +
 (SELECT COUNT(*) FROM removed_cdrs WHERE customer = ? AND id >= ?)`,
		slices.Index(directions, tollkeeper.Outbound), flagEmergency),
		customer, trunk, since, customer, trunk, since, customer, since)
}
