package store_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
)

// TestLateRecords finds records by the time of their calls although their ids are much
// younger, page by page and in the order of ids, until they are deleted.
func TestLateRecords(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	customer := y.customer(t, 0)
	var ids []string
	record := func(id tollkeeper.ID, started time.Time) tollkeeper.ID {
		t.Helper()
		write(t, y.Store, func(b *ledger.Book) {
			b.Records = []*tollkeeper.CDR{{ID: id, CallKey: tollkeeper.CallKey{CallID: id.String()}, Customer: customer, Direction: tollkeeper.Inbound, StartedAt: started, EndedAt: started}}
		})
		return id
	}
	first := y.clock()
	for range 3 {
		ids = append(ids, record(y.NewID(), y.pass(time.Minute)).String())
	}
	y.pass(50 * 24 * time.Hour)
	record(y.NewID(), y.clock())
	late := record(y.NewID(), first.Add(90*time.Second))
	ids = append(ids, late.String())
	record(y.NewID(), y.clock())
	before := "startedAt[$gte]=" + first.Format(time.RFC3339) + "&startedAt[$lt]=" + first.Add(time.Hour).Format(time.RFC3339)
	find := func(text string) (found []string) {
		t.Helper()
		page := ok[tollkeeper.Page[*tollkeeper.CDR]](t)(y.FindCDRs(t.Context(), ok[*query.Find](t)(query.Parse(text, query.CDRs))))
		for _, r := range page.Items {
			found = append(found, r.ID.String())
		}
		return found
	}
	if found := find(before); len(found) != 4 || found[0] != ids[3] || found[1] != ids[2] || found[3] != ids[0] {
		t.Errorf("found %v, want %v the other way round", found, ids)
	}
	if found := find(before + "&$skip=1&$limit=2&$sort=_id"); len(found) != 2 || found[0] != ids[1] || found[1] != ids[2] {
		t.Errorf("the second page has %v", found)
	}
	exported := ok[[]*tollkeeper.CDR](t)(y.CDRsAfter(t.Context(), ok[*query.Find](t)(query.Parse(before, query.CDRs)), tollkeeper.ID{}, 10))
	if len(exported) != 4 || exported[3].ID != late {
		t.Errorf("exported %d records", len(exported))
	}
	ok[*tollkeeper.CDR](t)(y.RemoveCDR(t.Context(), tollkeeper.Write{}, late))
	if n := y.sql(t, "SELECT COUNT(*) FROM late_cdrs"); n != 0 || len(find(before)) != 3 {
		t.Errorf("%d are still late", n)
	}
}
