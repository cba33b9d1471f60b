package store_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// TestCallNames writes the look-up of a call down once and charges it once, shows it
// with the call's record, and forgets it with the record.
func TestCallNames(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{Grace: tollkeeper.DefaultRetentionGrace})
	customer := y.customer(t, 0)
	fields := []tollkeeper.Field{{Key: "cnamLookUps", Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: "1"}}}
	if _, err := y.PatchCustomer(t.Context(), tollkeeper.Write{}, customer, fields, nil); err != nil {
		t.Fatal(err)
	}
	before := ok[tollkeeper.Account](t)(y.Account(t.Context(), customer))
	call := y.call(t, customer, "1")
	dip := tollkeeper.Dip{Customer: customer, Call: call, Provider: "http", Price: 4000, CallerName: tollkeeper.CallerName{Display: "MULLER", Full: "Müller"}}
	other := dip
	other.CallerName = tollkeeper.CallerName{Display: "SMITH", Full: "Smith"}
	for _, d := range []tollkeeper.Dip{dip, dip, other} {
		if err := y.RecordDip(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if d, found, err := y.Dip(t.Context(), customer, call); d != dip || !found || err != nil {
		t.Errorf("written down: %+v, %t, %v", d, found, err)
	}
	if _, found, err := y.Dip(t.Context(), customer, y.NewID()); found || err != nil {
		t.Errorf("another call: %t, %v", found, err)
	}
	after := ok[tollkeeper.Account](t)(y.Account(t.Context(), customer))
	if paid := before.Posted - after.Posted; paid != 4000 {
		t.Errorf("paid %s", paid)
	}
	y.mustVerify(t)
	find := func(text string) int64 {
		t.Helper()
		f := ok[*query.Find](t)(query.Parse(text, query.CDRs))
		page := ok[tollkeeper.Page[*tollkeeper.CDR]](t)(y.FindCDRs(t.Context(), f))
		for _, r := range page.Items {
			if r.CallerName != dip.CallerName {
				t.Errorf("%s: the record says %+v", text, r.CallerName)
			}
		}
		return page.Total
	}
	if n, m := find("callerName=MULLER"), find("callerNameFull[$ne]=M%C3%BCller&$select=callerNameFull"); n != 1 || m != 0 {
		t.Errorf("%d records have the name, %d have not", n, m)
	}
	exported := ok[[]*tollkeeper.CDR](t)(y.CDRsAfter(t.Context(), &query.Find{}, tollkeeper.ID{}, 10))
	if len(exported) != 1 || exported[0].CallerName != dip.CallerName {
		t.Errorf("exported: %+v", exported)
	}
	ok[*tollkeeper.CDR](t)(y.RemoveCDR(t.Context(), tollkeeper.Write{}, call))
	if _, found, err := y.Dip(t.Context(), customer, call); found || err != nil {
		t.Errorf("after the record was deleted: %t, %v", found, err)
	}
}
