package store_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// termed lets the job give terms to what it may, whatever fails meanwhile: it runs twice,
// a minute apart.
func (y *years) termed(t *testing.T) {
	t.Helper()
	y.failEvery(2)
	defer y.failEvery(0)
	for range 2 {
		y.pass(time.Minute)
		_, err := y.TermCDRs(t.Context())
		for failed := 0; err != nil && failed < 100; failed++ {
			_, err = y.TermCDRs(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// mustHaveTerms looks whether verify finds terms that are missing, or too many.
func (y *years) mustHaveTerms(t *testing.T, faults int) {
	t.Helper()
	found := 0
	for _, fault := range ok[*store.Verification](t)(y.Verify(t.Context())).Faults {
		if strings.Contains(fault, "is found by") || strings.Contains(fault, "is not found by") {
			found++
		}
	}
	if found != faults {
		t.Errorf("verify finds %d faults of terms, want %d", found, faults)
	}
}

// anyRecord stores a record that shares no number with others.
func (y *years) anyRecord(t *testing.T, customer, id tollkeeper.ID) {
	t.Helper()
	write(t, y.Store, func(b *ledger.Book) {
		b.Records = []*tollkeeper.CDR{{ID: id, CallKey: tollkeeper.CallKey{CallID: id.String()}, Customer: customer, Direction: tollkeeper.Inbound,
			From: "+13105550199", To: "+13105550198", StartedAt: id.Time(), EndedAt: id.Time()}}
	})
}

// TestFindByTermsAgreesWithOracle asks for numbers, causes and prices of records of which
// the job has given terms to all, to some or to none, and of such as came late.
func TestFindByTermsAgreesWithOracle(t *testing.T) {
	t.Parallel()
	y, r := newYears(t, time.UnixMilli(1_772_000_000_000).UTC(), tollkeeper.RetentionRules{}), rand.New(rand.NewPCG(21, 1))
	customers := []tollkeeper.ID{y.customer(t, 0), y.customer(t, 0), y.customer(t, 0)}
	var samples []sample
	record := func(id tollkeeper.ID) *tollkeeper.CDR {
		call := randomCall(r, id, customers)
		if r.IntN(4) == 0 {
			call.To = call.From
		}
		record := randomRecord(r, call)
		record.Corrects, record.Expired = tollkeeper.ID{}, false
		record.Cause = pick(r, []string{"normal_clearing", "user_busy", "interworking", ""})
		record.Charge = pick(r, []tollkeeper.Micros{-5_000_000, 0, 999_999, 1_000_000, 12_345_678, 5_000_000_000, 50_000_000_000})
		record.Tariff.PricePerMinute = pick(r, []tollkeeper.Micros{0, 999_999, 1_000_000, 123_456_789})
		whole := recordSample(call, record)
		known := sample{}
		for _, field := range []string{"_id", "customer", "from", "to", "cause", "chargeMicros", "pricePerMinuteMicros", "startedAt", "direction"} {
			if v, ok := whole[field]; ok {
				known[field] = v
			}
		}
		samples = append(samples, known)
		return record
	}
	late := y.NewID()
	keep := func(n int) {
		var records []*tollkeeper.CDR
		for range n {
			records = append(records, record(y.NewID()))
		}
		write(t, y.Store, func(b *ledger.Book) { b.Records = records })
	}
	agrees := func(seed uint64, n int) {
		t.Helper()
		newAsker(seed, query.CDRs, samples).check(t, n, func(f *query.Find) (int64, []string, error) {
			page, err := y.FindCDRs(t.Context(), f)
			return page.Total, idsOf(page.Items, func(c *tollkeeper.CDR) tollkeeper.ID { return c.ID }), err
		})
	}
	keep(60)
	agrees(22, 300)
	y.pass(2 * time.Hour)
	keep(60)
	y.termed(t)
	lately := record(late)
	write(t, y.Store, func(b *ledger.Book) { b.Records = []*tollkeeper.CDR{lately} })
	if n := y.sql(t, "SELECT COUNT(DISTINCT id) FROM cdr_terms"); n < 50 || n > 61 {
		t.Errorf("%d records have terms, want the first 61 but for some without a number", n)
	}
	agrees(23, 1500)
	y.pass(time.Hour)
	keep(1)
	y.termed(t)
	agrees(24, 1500)
	amounts := y.sql(t, "SELECT COUNT(*) FROM cdr_terms WHERE amount IS NOT NULL")
	y.sql(t, "UPDATE cdr_terms SET amount = amount + 1")
	y.mustHaveTerms(t, int(amounts))
	y.sql(t, "UPDATE cdr_terms SET amount = NULL") // as the release before wrote them
	agrees(25, 500)
	y.mustHaveTerms(t, 0)
	f := ok[*query.Find](t)(query.Parse("$or[0][from]=%2B12125550100&$or[1][to]=%2B12125550100", query.CDRs))
	var exported []string
	for after := (tollkeeper.ID{}); ; {
		page := ok[[]*tollkeeper.CDR](t)(y.CDRsAfter(t.Context(), f, after, 7))
		if len(page) == 0 {
			break
		}
		exported = append(exported, idsOf(page, func(c *tollkeeper.CDR) tollkeeper.ID { return c.ID })...)
		after = page[len(page)-1].ID
	}
	want := 0
	for _, s := range samples {
		if f.Match(s.field) {
			want++
		}
	}
	if len(exported) != want || want == 0 {
		t.Errorf("exported %d records of a number, want %d", len(exported), want)
	}
	missing, wrong := y.sql(t, "SELECT COUNT(*) FROM cdr_terms WHERE term = 'cinterworking'"), y.sql(t, "SELECT COUNT(*) FROM cdr_terms WHERE term = 'cuser_busy'")
	y.sql(t, "DELETE FROM cdr_terms WHERE term = 'cinterworking'")
	y.sql(t, "UPDATE cdr_terms SET term = 'cbogus' WHERE term = 'cuser_busy'")
	y.mustHaveTerms(t, int(missing+2*wrong))
}

// TestTermsOfLongTexts stores a record, one that came late and one that the job comes to, whose
// caller is more than an index of PostgreSQL takes. It is found all the same.
func TestTermsOfLongTexts(t *testing.T) {
	t.Parallel()
	y, r := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{}), rand.New(rand.NewPCG(25, 1))
	customer := y.customer(t, 0)
	caller := make([]byte, 6000)
	for i := range caller {
		caller[i] = 'a' + byte(r.IntN(26))
	}
	late := y.NewID()
	y.pass(time.Hour)
	for _, id := range []tollkeeper.ID{late, y.NewID()} {
		write(t, y.Store, func(b *ledger.Book) {
			b.Records = []*tollkeeper.CDR{{ID: id, CallKey: tollkeeper.CallKey{CallID: id.String()}, Customer: customer, Direction: tollkeeper.Inbound,
				From: string(caller), To: "+13105550198", StartedAt: id.Time(), EndedAt: id.Time()}}
		})
	}
	y.pass(time.Hour)
	y.anyRecord(t, customer, y.NewID())
	y.termed(t)
	y.mustHaveTerms(t, 0)
	f := ok[*query.Find](t)(query.Parse("from="+string(caller), query.CDRs))
	if page, err := y.FindCDRs(t.Context(), f); err != nil || page.Total != 2 {
		t.Errorf("%d records of the caller are found, %v; want 2", page.Total, err)
	}
}

// TestTermsGoWithRecords deletes records by their retention and by hand, and gives none
// terms that is not there any more.
func TestTermsGoWithRecords(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	purged, byHand := y.customer(t, 1), y.customer(t, 0)
	for _, key := range []string{"1", "2", "3"} {
		y.call(t, purged, key)
	}
	first, second := y.call(t, byHand, "4"), y.call(t, byHand, "5")
	ok[*tollkeeper.CDR](t)(y.RemoveCDR(t.Context(), tollkeeper.Write{}, first)) // before the job came
	y.pass(60 * 24 * time.Hour)
	y.anyRecord(t, byHand, y.NewID())
	y.termed(t)
	if n := y.sql(t, "SELECT COUNT(*) FROM cdr_terms"); n != 8 {
		t.Errorf("4 records have %d terms, want their numbers", n)
	}
	y.mustHaveTerms(t, 0)
	ok[int](t)((&billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}).RunMonths(t.Context()))
	if n := ok[int](t)(y.Purge(t.Context())); n != 3 {
		t.Errorf("%d purged", n)
	}
	ok[*tollkeeper.CDR](t)(y.RemoveCDR(t.Context(), tollkeeper.Write{}, second))
	if n := y.sql(t, "SELECT COUNT(*) FROM cdr_terms"); n != 0 {
		t.Errorf("%d terms are left of records that are gone", n)
	}
	y.mustHaveTerms(t, 0)
}

// TestTermsBesideTheReleaseBefore waits for the calls in progress while nodes of a release
// without terms may end them, and removes what those have left when they are gone.
func TestTermsBesideTheReleaseBefore(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	customer := y.customer(t, 0)
	y.sql(t, "UPDATE cdr_terms_mark SET ends_at = 0")
	old := y.NewID()
	y.anyRecord(t, customer, old)
	live := randomCall(rand.New(rand.NewPCG(25, 1)), y.NewID(), []tollkeeper.ID{customer})
	write(t, y.Store, func(b *ledger.Book) { b.Calls[live.CallKey] = &ledger.Call{Live: live, Changed: true} })
	y.anyRecord(t, customer, y.NewID())
	y.pass(5 * 24 * time.Hour)
	y.anyRecord(t, customer, y.NewID())
	y.termed(t)
	if n := y.sql(t, "SELECT COUNT(*) FROM cdr_terms"); n != 2 {
		t.Errorf("there are %d terms, want those of the record before the call in progress", n)
	}
	y.sql(t, "DELETE FROM cdrs WHERE call_id = '"+old.String()+"'")
	y.mustHaveTerms(t, 2)
	y.pass(10 * 24 * time.Hour)
	y.anyRecord(t, customer, y.NewID())
	ok[int](t)(y.TermCDRs(t.Context()))
	if n := y.sql(t, "SELECT COUNT(*) FROM cdr_terms"); n != 0 {
		t.Errorf("there are %d terms beside a record that is gone and a call in progress", n)
	}
	y.termed(t)
	if n := y.sql(t, "SELECT COUNT(*) FROM cdr_terms"); n != 4 {
		t.Errorf("there are %d terms, want those of two records", n)
	}
	y.mustHaveTerms(t, 0)
}

// TestTermsBesideOtherClocks has two nodes on one database, one of whose clocks is hours ahead
// or behind. No record is left without terms that the job has passed.
func TestTermsBesideOtherClocks(t *testing.T) {
	t.Parallel()
	for _, apart := range []time.Duration{-5 * time.Hour, 5 * time.Hour} {
		t.Run(apart.String(), func(t *testing.T) {
			t.Parallel()
			y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
			customer := y.customer(t, 0)
			config := y.config
			config.Now, config.Fault = func() time.Time { return y.clock().Add(apart) }, nil
			other := &years{Store: ok[*store.Store](t)(store.Open(t.Context(), config))}
			defer other.Close()
			kept := 0
			for range 4 {
				for _, node := range []*years{y, other} {
					for range 3 {
						kept++
						node.anyRecord(t, customer, node.NewID())
						y.pass(time.Minute)
						ok[int](t)(y.TermCDRs(t.Context()))
						y.mustHaveTerms(t, 0)
					}
				}
				y.pass(time.Hour)
			}
			for range 2 { // the other node takes the job over, and clocks agree for it alone
				y.pass(time.Minute)
				ok[int](t)(other.TermCDRs(t.Context()))
				y.mustHaveTerms(t, 0)
			}
			y.anyRecord(t, customer, y.NewID())
			y.mustHaveTerms(t, 0)
			page := ok[tollkeeper.Page[*tollkeeper.CDR]](t)(y.FindCDRs(t.Context(), ok[*query.Find](t)(query.Parse("to=%2B13105550198", query.CDRs))))
			if page.Total != int64(kept+1) {
				t.Errorf("%d records of a number are found, want %d", page.Total, kept+1)
			}
			if n := y.sql(t, "SELECT COUNT(DISTINCT id) FROM cdr_terms"); n < int64(kept)/2 {
				t.Errorf("%d of %d records have terms", n, kept)
			}
		})
	}
}

// TestTermsWaitForTransactions has a batch under way on one node that knew no horizon yet,
// while another raises it and its job is run by hand.
func TestTermsWaitForTransactions(t *testing.T) {
	t.Parallel()
	if !storetest.OnPostgres() {
		t.Skip("the embedded database has one transaction at a time")
	}
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	customer, old := y.customer(t, 0), y.NewID()
	y.pass(time.Hour)
	y.anyRecord(t, customer, y.NewID())
	node := ok[*store.Store](t)(store.Open(t.Context(), y.config))
	defer node.Close()
	write(t, node, func(b *ledger.Book) {
		for range 3 {
			ok[int](t)(y.TermCDRs(t.Context()))
		}
		b.Records = []*tollkeeper.CDR{{ID: old, CallKey: tollkeeper.CallKey{CallID: "old"}, Customer: customer, Direction: tollkeeper.Inbound,
			From: "+13105550199", To: "+13105550198", StartedAt: old.Time(), EndedAt: old.Time()}}
	})
	y.mustHaveTerms(t, 0)
	y.termed(t)
	if n := y.sql(t, "SELECT COUNT(*) FROM cdr_terms"); n != 2 {
		t.Errorf("there are %d terms, want those of the record that was under way", n)
	}
	y.mustHaveTerms(t, 0)
}
