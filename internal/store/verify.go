package store

import (
	"context"
	"fmt"

	"tollkeeper"
)

// Verification is what Verify has looked at and what it found.
type Verification struct {
	Customers, Transfers, Calls, Records, AuditEntries int64
	Faults                                             []string               // what does not agree; at most maxFaults
	More                                               int64                  // faults beyond those
	AuditHeads                                         []tollkeeper.AuditHead // ends of the chains that nothing in the trail vouches for
}

// maxFaults bounds the faults listed; a database that has more is beyond reading.
const maxFaults = 1000

func (v *Verification) fault(format string, args ...any) {
	if len(v.Faults) == maxFaults {
		v.More++
		return
	}
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// Fault adds what somebody else has found.
func (v *Verification) Fault(what string) { v.fault("%s", what) }

// OK reports whether everything agreed.
func (v *Verification) OK() bool { return len(v.Faults) == 0 }

// Verify recomputes every balance, hold and counter from the ledger and the call
// records, and the chains of the audit trail, in one snapshot, and lists what does
// not agree. The trail must also hold the anchors: heads that an earlier Verify found.
func (s *Store) Verify(ctx context.Context, anchors ...tollkeeper.AuditHead) (*Verification, error) {
	v := &Verification{}
	err := s.engine.readLong(ctx, func(t tx) error {
		*v = Verification{}
		for _, check := range []func(tx, *Verification) error{
			verifySizes, verifyRunningBalances, verifyBalances, verifyLiveCalls, verifyHolds, verifyCharges, verifyReceivables, verifyPayments,
			verifyItems, verifyNumbers, verifyTrunkLoads, verifyTallies, verifyRecordings, verifyDayUsage, verifyRecordTerms,
			verifyAudit(anchors),
		} {
			if err := check(t, v); err != nil {
				return err
			}
		}
		return nil
	})
	return v, err
}

func verifySizes(t tx, v *Verification) (err error) {
	for table, n := range map[string]*int64{
		"customers": &v.Customers, "transfers": &v.Transfers, "calls": &v.Calls, "cdrs": &v.Records,
	} {
		if *n, err = count(t, "SELECT COUNT(*) FROM "+table); err != nil {
			return err
		}
	}
	return nil
}

// balances are one customer's sums.
type balances struct {
	posted, held, accrued, accruedHeld, receivable tollkeeper.Micros
}

func (b *balances) apply(x *tollkeeper.Transfer) (posted, held tollkeeper.Micros) {
	b.receivable += x.ReceivableDelta()
	p, h := &b.posted, &b.held
	switch {
	case x.OnUnbilled():
		p, h = &b.accrued, &b.accruedHeld
	case !x.OnCredit():
		return b.receivable, 0
	}
	*p += x.PostedDelta()
	*h += x.HeldDelta()
	return *p, *h
}

// verifyRunningBalances replays the ledger of each customer, entry by entry, and
// checks the balances that every entry says stood after it.
func verifyRunningBalances(t tx, v *Verification) error {
	var customer tollkeeper.ID
	var sums balances
	return t.query(func(r row) error {
		x := scanTransfer(r)
		if x.Customer != customer {
			customer, sums = x.Customer, balances{}
		}
		if posted, held := sums.apply(&x); posted != x.PostedAfter || held != x.HeldAfter {
			v.fault("ledger entry %s of customer %s says posted %s and held %s; its predecessors make it %s and %s",
				x.ID, x.Customer, x.PostedAfter, x.HeldAfter, posted, held)
		}
		return nil
	}, "SELECT "+transferColumns+" FROM transfers ORDER BY customer, id")
}

// verifyBalances checks the balances of the accounts against the last entries of
// the ledger, which verifyRunningBalances has proved.
func verifyBalances(t tx, v *Verification) error {
	const last = `COALESCE((SELECT %s FROM transfers x WHERE x.customer = c.id AND (x.debit = %d OR x.credit = %[2]d) ORDER BY x.id DESC LIMIT 1), 0)`
	sum := func(column string, account tollkeeper.BookAccount) string {
		return fmt.Sprintf(last, column, bookNumber(account))
	}
	return t.query(func(r row) error {
		for i, name := range []string{"posted", "held", "unbilled", "held of unbilled"} {
			account, ledger := tollkeeper.Micros(r.int(1+i)), tollkeeper.Micros(r.int(5+i))
			if account != ledger {
				v.fault("customer %s has %s %s; the ledger makes it %s", r.id(0), name, account, ledger)
			}
			if i%2 == 1 && account < 0 {
				v.fault("customer %s has %s %s, below zero", r.id(0), name, account)
			}
		}
		return nil
	}, "SELECT c.id, c.posted, c.held, c.accrued, c.accrued_held, "+sum("posted_after", tollkeeper.BookCredit)+", "+
		sum("held_after", tollkeeper.BookCredit)+", "+sum("posted_after", tollkeeper.BookUnbilled)+", "+sum("held_after", tollkeeper.BookUnbilled)+
		" FROM customers c")
}

// verifyLiveCalls checks each account's count of calls and its holds against the
// calls in progress.
func verifyLiveCalls(t tx, v *Verification) error {
	return t.query(func(r row) error {
		id := r.id(0)
		if r.int(1) != r.int(3) {
			v.fault("customer %s counts %d live calls; there are %d", id, r.int(1), r.int(3))
		}
		if r.int(2) != r.int(4) {
			v.fault("customer %s has held %s; its live calls hold %s", id, tollkeeper.Micros(r.int(2)), tollkeeper.Micros(r.int(4)))
		}
		return nil
	}, fmt.Sprintf(`SELECT c.id, c.live_calls, c.held + c.accrued_held, COUNT(l.id), COALESCE(SUM(l.held), 0)
 FROM customers c LEFT JOIN calls l ON l.customer = c.id AND (l.flags & %d) = 0 GROUP BY c.id
 HAVING c.live_calls <> COUNT(l.id) OR c.held + c.accrued_held <> COALESCE(SUM(l.held), 0)`, flagEmergency))
}

// verifyHolds checks, call by call, that what the ledger holds open is what the
// calls in progress hold, and that calls which are over hold nothing.
func verifyHolds(t tx, v *Verification) error {
	hold := kindNumber(tollkeeper.TransferHold)
	return t.query(func(r row) error {
		v.fault("call %s of customer %s holds %s by the ledger and %s by the call", r.id(1), r.id(0),
			tollkeeper.Micros(r.int(2)), tollkeeper.Micros(r.int(3)))
		return nil
	}, fmt.Sprintf(`SELECT customer, call, SUM(ledger), SUM(live) FROM (
 SELECT customer, call, CASE WHEN kind = %d THEN amount ELSE -released END AS ledger, 0 AS live FROM transfers WHERE call IS NOT NULL
 UNION ALL SELECT customer, id, 0, held FROM calls) AS x
 GROUP BY customer, call HAVING SUM(ledger) <> SUM(live)`, hold))
}

// verifyCharges checks that every call record was charged in the ledger, once and
// exactly, and that the ledger charged nothing else. Records that were deleted are
// known by their ids.
func verifyCharges(t tx, v *Verification) error {
	return t.query(func(r row) error {
		v.fault("call %s of customer %s was charged %s by the ledger; its record says %s", r.id(1), r.id(0),
			tollkeeper.Micros(r.int(2)), tollkeeper.Micros(r.int(3)))
		return nil
	}, fmt.Sprintf(`SELECT customer, call, SUM(ledger), SUM(record) FROM (
 SELECT customer, call, amount AS ledger, 0 AS record, 0 AS records FROM transfers WHERE call IS NOT NULL AND kind <> %d
 UNION ALL SELECT customer, id, 0, charge, 1 FROM cdrs) AS x
 GROUP BY customer, call HAVING SUM(ledger) <> SUM(record) AND (SUM(records) > 0 OR NOT (
 EXISTS (SELECT 1 FROM retentions r WHERE r.customer = x.customer AND r.purged >= x.call) OR
 EXISTS (SELECT 1 FROM removed_cdrs m WHERE m.customer = x.customer AND m.id = x.call)))`, kindNumber(tollkeeper.TransferHold)))
}

// verifyRecordings checks that the parts of every recording are as many bytes as have
// come of it, or as it has been converted to, and that no part belongs to none.
func verifyRecordings(t tx, v *Verification) error {
	return t.query(func(r row) error {
		v.fault("recording %s of customer %s has %d bytes; its parts have %d", r.id(1), r.id(0), r.int(2), r.int(3))
		return nil
	}, fmt.Sprintf(`SELECT customer, id, SUM(received), SUM(parts) FROM (
 SELECT customer, id, CASE WHEN original_format > 0 THEN size ELSE received END AS received, 0 AS parts FROM recordings
 UNION ALL SELECT customer, object, 0, size FROM media_blobs WHERE purpose = %d AND state = %d) AS x
 GROUP BY customer, id HAVING SUM(received) <> SUM(parts)`, int(tollkeeper.BlobRecording), blobKept))
}

// verifyTallies checks the kept totals against the customers there are.
func verifyTallies(t tx, v *Verification) error {
	for _, field := range append([]string{tallyAll}, talliedFields...) {
		expr := "NULL"
		if field != tallyAll {
			expr = customerFields[field].expr
		}
		counted := map[string]int64{}
		err := t.query(func(r row) error { counted[tallyValue(field, r)] += r.int(1); return nil },
			"SELECT "+expr+", COUNT(*) FROM customers GROUP BY 1")
		if err != nil {
			return err
		}
		disagree := func(value string, kept int64) {
			v.fault("the total of customers with %s %s is kept as %d; there are %d", field, value, kept, counted[value])
		}
		err = t.query(func(r row) error {
			if value := r.text(0); r.int(1) != counted[value] {
				disagree(value, r.int(1))
			}
			delete(counted, r.text(0))
			return nil
		}, "SELECT value, total FROM customer_tallies WHERE field = ?", field)
		if err != nil {
			return err
		}
		for value := range counted {
			disagree(value, 0)
		}
	}
	return nil
}

// tallyValue is the value that a row's first column is tallied under.
func tallyValue(field string, r row) string {
	switch {
	case r.null(0):
		return ""
	case field == "defaultBillMethod":
		return tollkeeper.JSONText(r.text(0))
	default:
		return itoa(r.int(0))
	}
}
