package store_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver"

	"tollkeeper"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// daysOfCalls stores random records over three days, some of them corrections, in
// batches, and returns what each customer's days come to.
func daysOfCalls(t *testing.T, s *store.Store, r *rand.Rand, customers []tollkeeper.ID) map[tollkeeper.ID]map[string]tollkeeper.DayUsage {
	t.Helper()
	days := map[tollkeeper.ID]map[string]tollkeeper.DayUsage{}
	for _, customer := range customers {
		days[customer] = map[string]tollkeeper.DayUsage{}
	}
	for range 12 {
		var records []*tollkeeper.CDR
		for range 20 {
			call := randomCall(r, s.NewID(), customers)
			call.StartedAt = time.Date(2026, 2, 27+r.IntN(3), r.IntN(24), 59, 59, 999e6, time.UTC)
			record := randomRecord(r, call)
			record.Corrects = tollkeeper.ID{}
			records = append(records, record)
			if record.Expired = r.IntN(4) == 0; record.Expired {
				more := *record
				more.ID, more.Corrects, more.Expired, more.Charge = s.NewID(), record.ID, false, 7
				if more.AnsweredAt.IsZero() {
					more.AnsweredAt = more.StartedAt
				}
				records = append(records, &more)
			}
		}
		for i, record := range records {
			if record.Customer.IsZero() {
				continue
			}
			u := record.DayUsage()
			if !record.Corrects.IsZero() && records[i-1].AnsweredAt.IsZero() {
				u.Answered = 1
			}
			key := u.Day.Format(time.DateOnly) + string(u.Direction) + u.Destination
			if sum, ok := days[u.Customer][key]; ok {
				u.Add(sum)
			}
			days[u.Customer][key] = u
		}
		write(t, s, func(b *ledger.Book) { b.Records = records })
	}
	return days
}

func mustHaveDays(t *testing.T, s *store.Store, want map[tollkeeper.ID]map[string]tollkeeper.DayUsage) {
	t.Helper()
	for customer, days := range want {
		page, err := s.FindDayUsage(t.Context(), customer, ok[*query.Find](t)(query.Parse("$limit=1000", query.DayUsage)))
		if err != nil || page.Total != int64(len(days)) {
			t.Fatalf("%d days and destinations (%v), want %d", page.Total, err, len(days))
		}
		for _, u := range page.Items {
			if want := days[u.Day.Format(time.DateOnly)+string(u.Direction)+u.Destination]; u != want {
				t.Errorf("%+v, want %+v", u, want)
			}
		}
	}
	for _, fault := range ok[*store.Verification](t)(s.Verify(t.Context())).Faults {
		if strings.Contains(fault, "the call records make it") {
			t.Error(fault)
		}
	}
}

func TestFindDayUsageAgreesWithOracle(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(11, 1))
	staff, _ := randomUsers(t, s, r, 1, nil)
	customers, _ := randomCustomers(t, s, r, 3, staff)
	days := daysOfCalls(t, s, r, customers)
	mustHaveDays(t, s, days)
	var samples []sample
	for _, u := range days[customers[0]] {
		one := sample{}
		one.id("_id", u.ID)
		one.id("customer", u.Customer)
		one.time("day", u.Day)
		one.text("direction", string(u.Direction))
		one.optional("destination", u.Destination)
		one.int("calls", u.Calls)
		one.int("answered", u.Answered)
		one.int("billedSeconds", u.Billed)
		one.int("chargeMicros", int64(u.Charge))
		samples = append(samples, one)
	}
	newAsker(11, query.DayUsage, samples, "destination").check(t, 800, func(f *query.Find) (int64, []string, error) {
		page, err := s.FindDayUsage(t.Context(), customers[0], f)
		return page.Total, idsOf(page.Items, func(u tollkeeper.DayUsage) tollkeeper.ID { return u.ID }), err
	})
}

// TestFillDayUsage adds up the records of a release that did not, beside those of this
// one, whatever fails meanwhile; then it is over for good.
func TestFillDayUsage(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	r := rand.New(rand.NewPCG(12, 1))
	customers := []tollkeeper.ID{y.customer(t, 0), y.customer(t, 0)}
	days := daysOfCalls(t, y.Store, r, customers)
	y.forgetUsage(t)
	for customer, more := range daysOfCalls(t, y.Store, r, customers) {
		for key, u := range more {
			if sum, ok := days[customer][key]; ok {
				u.Add(sum)
			}
			days[customer][key] = u
		}
	}
	if n, err := y.FillDayUsage(t.Context()); n != 0 || err != nil {
		t.Errorf("%d records that may not be all are added up (%v)", n, err)
	}
	y.pass(2 * time.Hour)
	y.failEvery(2)
	for failed := 0; ; failed++ {
		if _, err := y.FillDayUsage(t.Context()); err == nil {
			break
		} else if failed > 100 {
			t.Fatal(err)
		}
	}
	y.failEvery(0)
	mustHaveDays(t, y.Store, days)
	y.pass(8 * 24 * time.Hour)
	if n, err := y.FillDayUsage(t.Context()); n != 0 || err != nil {
		t.Errorf("%d records are added up again (%v)", n, err)
	}
	mustHaveDays(t, y.Store, days)
	if n := y.sql(t, "SELECT COUNT(*) FROM day_usage_filling"); n != 0 {
		t.Error("it goes on looking for more")
	}
}

// TestPurgeWaitsForUsage deletes no record before it is in the usage of its day, neither
// by the retention nor by hand, and all that are.
func TestPurgeWaitsForUsage(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	customer, byHand := y.customer(t, 1), y.customer(t, 0)
	for i := range 5 {
		y.call(t, customer, fmt.Sprint("old-", i))
	}
	kept := y.call(t, byHand, "kept")
	y.forgetUsage(t)
	young := y.call(t, byHand, "young")
	y.pass(70 * 24 * time.Hour)
	ok[int](t)((&billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}).RunMonths(t.Context()))
	purged := func(want int) {
		t.Helper()
		due := int64(0)
		if err := y.PurgeDue(t.Context(), func(p tollkeeper.Purge) error { due += p.Records; return nil }); err != nil || due != int64(want) {
			t.Errorf("a dry run finds %d (%v), want %d", due, err, want)
		}
		if n, err := y.Purge(t.Context()); n != want || err != nil {
			t.Errorf("%d deleted (%v), want %d", n, err, want)
		}
	}
	purged(0)
	if _, err := y.RemoveCDR(t.Context(), tollkeeper.Write{}, kept); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		t.Errorf("removed by hand before it is added up: %v, want a conflict", err)
	}
	ok[*tollkeeper.CDR](t)(y.RemoveCDR(t.Context(), tollkeeper.Write{}, young))
	ok[int](t)(y.FillDayUsage(t.Context()))
	purged(5)
	ok[*tollkeeper.CDR](t)(y.RemoveCDR(t.Context(), tollkeeper.Write{}, kept))
	for id, want := range map[tollkeeper.ID]int64{customer: 5, byHand: 2} {
		page := ok[tollkeeper.Page[tollkeeper.DayUsage]](t)(y.FindDayUsage(t.Context(), id, ok[*query.Find](t)(query.Parse("", query.DayUsage))))
		if len(page.Items) != 1 || page.Items[0].Calls != want {
			t.Errorf("the usage is %+v, want %d calls", page.Items, want)
		}
	}
	y.mustVerify(t)
}

// forgetUsage makes the database one of a release that did not add up.
func (y *years) forgetUsage(t *testing.T) {
	t.Helper()
	if err := y.Close(); err != nil {
		t.Fatal(err)
	}
	zero := "x'000000000000000000000000'"
	if storetest.OnPostgres() {
		zero = `'\x000000000000000000000000'`
	}
	y.sql(t, "DELETE FROM day_usage")
	y.sql(t, "DELETE FROM late_cdrs")
	y.sql(t, "UPDATE cdrs SET flags = flags % 1024")
	y.sql(t, fmt.Sprintf("INSERT INTO day_usage_filling (one, through, ends_at) VALUES (1, %s, 0)", zero))
	y.open(t)
}

// sql runs a statement beside the store, and returns its number.
func (y *years) sql(t testing.TB, statement string) (n int64) {
	t.Helper()
	var err error
	if y.config.Database != "" {
		conn := connected(t, y.config.Database)
		if strings.HasPrefix(statement, "SELECT") {
			err = conn.QueryRow(t.Context(), statement).Scan(&n)
		} else {
			_, err = conn.Exec(t.Context(), statement)
		}
	} else {
		var db *sql.DB
		if db, err = sql.Open("sqlite3", "file:"+filepath.Join(y.config.Folder, store.DatabaseFile)); err == nil {
			defer db.Close()
			if strings.HasPrefix(statement, "SELECT") {
				err = db.QueryRow(statement).Scan(&n)
			} else {
				_, err = db.Exec(statement)
			}
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return n
}
