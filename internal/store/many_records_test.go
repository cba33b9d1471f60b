package store_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

var (
	manyRecords = flag.Int("records", 0, "call records of TestManyRecords, which measures; 0 skips it")
	manyFolder  = flag.String("records-folder", "", "folder that TestManyRecords fills once and then uses again")
)

// many is a carrier with two years of call records.
type many struct {
	*store.Store
	now       time.Time
	customers []tollkeeper.ID
}

// TestManyRecords measures the first pages of call records, and, while calls are made, the
// job that gives records terms and a purge, on the embedded database. The times are for
// people to read:
//
//	go test ./internal/store -run ManyRecords -v -timeout 2h -records 10000000
func TestManyRecords(t *testing.T) {
	if *manyRecords == 0 || storetest.OnPostgres() {
		t.Skip("needs -records, and up to an hour, on the embedded database")
	}
	config := store.Config{Folder: *manyFolder}
	if config.Folder == "" {
		config.Folder = t.TempDir()
	}
	m := &many{Store: ok[*store.Store](t)(store.Open(t.Context(), config)), now: time.Now()}
	m.fill(t, config)
	defer func() { m.Close() }()
	ok[int](t)(m.TermCDRs(t.Context())) // raises the horizon, up to which it goes a minute later
	time.Sleep(time.Minute)
	m.besideCalls(t, "records given terms", m.TermCDRs)
	begun := time.Now()
	if _, err := m.TermCDRs(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("the rest have terms after %s", time.Since(begun).Round(time.Second))
	for _, filter := range m.filters() {
		m.firstPage(t, filter)
	}
	m.besideCalls(t, "deleted records", m.Purge)
}

const manyCustomers = 1000

// fill makes customers and records where there are none.
func (m *many) fill(t *testing.T, config store.Config) {
	customers := ok[tollkeeper.Page[*tollkeeper.Account]](t)(m.FindCustomers(t.Context(), &query.Find{Limit: manyCustomers, Sort: []query.Order{{Field: "_id"}}}))
	for _, a := range customers.Items {
		m.customers = append(m.customers, a.ID)
	}
	if len(m.customers) > 0 {
		return
	}
	begun := time.Now()
	for i := range manyCustomers {
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.DefaultBillMethod, draft.Credit, draft.MaxOutboundCallRate = fmt.Sprint("Customer ", i), tollkeeper.BillCredit, 1_000_000, 0
		m.customers = append(m.customers, ok[tollkeeper.Account](t)(m.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)).ID)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	insertMany(t, config.Folder, m.now)
	t.Logf("%d records made in %s", *manyRecords, time.Since(begun).Round(time.Second))
	m.Store = ok[*store.Store](t)(store.Open(t.Context(), config))
}

// insertMany makes the records of two years up to a time.
func insertMany(t *testing.T, folder string, now time.Time) {
	db := ok[*sql.DB](t)(sql.Open("sqlite3", "file:"+filepath.Join(folder, store.DatabaseFile)))
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, pragma := range []string{"journal_mode = DELETE", "synchronous = OFF", "cache_size = -100000"} {
		exec("PRAGMA " + pragma)
	}
	exec("CREATE TEMP TABLE numbered (n INTEGER PRIMARY KEY, id BLOB)")
	exec("INSERT INTO numbered SELECT ROW_NUMBER() OVER (ORDER BY id) - 1, id FROM customers")
	start := now.AddDate(-2, 0, 0)
	exec(insertManyRecords, sql.Named("records", *manyRecords), sql.Named("start", start.UnixMilli()),
		sql.Named("step", now.Sub(start).Milliseconds()/int64(*manyRecords)), sql.Named("customers", manyCustomers))
	mark := tollkeeper.IDAt(now.AddDate(0, 0, -30))                     // the job does the rest
	for from := start; from.Before(now); from = from.AddDate(0, 1, 0) { // in parts that fit into memory, to be sorted
		begin, end := tollkeeper.IDAt(from), tollkeeper.IDAt(from.AddDate(0, 1, 0))
		for _, terms := range manyTerms {
			exec("INSERT INTO cdr_terms (term, id, customer, amount) SELECT "+terms+" AND id >= ? AND id < ? AND id < ? ORDER BY 1, 2", begin[:], end[:], mark[:])
		}
	}
	exec("UPDATE cdr_terms_mark SET through = ?, ends_at = 1", mark[:])
}

// manyTerms are the terms of the records, said once more.
var manyTerms = []string{
	"'f' || from_number, id, customer, NULL FROM cdrs WHERE TRUE", "'t' || to_number, id, customer, NULL FROM cdrs WHERE TRUE",
	"'c' || cause, id, customer, NULL FROM cdrs WHERE cause <> 'normal_clearing'",
	"'m6', id, customer, charge FROM cdrs WHERE charge = 5000000", "'p6', id, customer, price_per_minute FROM cdrs WHERE price_per_minute = 5000000",
}

// Of the records, 80 of 100 are outbound, one in a million has a rare cause, and one in
// ten thousand is dear.
const insertManyRecords = `INSERT INTO cdrs (customer, id, call_id, leg, direction, from_number, to_number, flags, bypass_reason, hold_music,
 bill_method, prefix, destination, price_per_minute, connect_fee, minimum_seconds, increment_seconds, deck, deck_version, started_at, answered_at,
 first_grant, granted, ended_at, duration_millis, billed_seconds, charge, cause, trunk, consent)
 WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @records),
 drawn AS (SELECT i, @start + i * @step AS at, ((i * 2654435761) >> 9) % @customers AS customer, ((i * 40503) >> 3) % 100 AS kind,
  printf('+1212%07d', ((i * 2654435761) >> 9) % @customers * 20 + i % 20) AS own, printf('+1212%07d', 1000000 + ((i * 2246822519) >> 11) % 1000000) AS other FROM n),
 kinds AS (SELECT *, kind < 20 AS inbound, kind >= 85 AS busy, i % 10000 = 5000 AS dear FROM drawn)
 SELECT c.id, unhex(printf('%08x%016x', at / 1000, i)), printf('%x@pbx', i), '', inbound,
 iif(inbound, other, own), iif(inbound, own, other), 0, 0, '', 1, iif(inbound, '', '1'), iif(inbound, '', 'Destination ' || i % 7),
 iif(dear, 5000000, iif(inbound, 0, 12000)), 0, 1, 1, 'default', 1, at, iif(busy, 0, at + 1000), 60, 60, at + 60000, iif(busy, 0, 60000), iif(busy, 0, 60),
 iif(dear, 5000000, iif(busy OR inbound, 0, 12000)), iif(i % 1000000 = 500000, 'interworking', iif(busy, 'user_busy', 'normal_clearing')), NULL, ''
 FROM kinds JOIN numbered c ON c.n = kinds.customer`

func manyNumber(n int) string { return fmt.Sprintf("+1212%07d", n) }

// filters are what people look for.
func (m *many) filters() []string {
	day := func(months, days int) string { return m.now.AddDate(0, -months, -days).UTC().Format(time.RFC3339) }
	customer := "customer=" + m.customers[7].String()
	return []string{
		"", customer, "from=" + manyNumber(7*20+3), "to=" + manyNumber(1_000_777), "from=+10000000000", "$or[0][from]=" + manyNumber(7*20+3) + "&$or[1][to]=" + manyNumber(7*20+3), customer + "&from=" + manyNumber(7*20+3), customer + "&to=" + manyNumber(1_000_777),
		"startedAt[$gte]=" + day(0, 1), "startedAt[$gte]=" + day(13, 0) + "&startedAt[$lt]=" + day(12, 0), "startedAt[$lt]=" + day(20, 0),
		customer + "&startedAt[$gte]=" + day(13, 0) + "&startedAt[$lt]=" + day(12, 0),
		"cause=user_busy", "cause=interworking", "cause=unheard_of", customer + "&cause=interworking", customer + "&cause=user_busy", "direction=inbound", customer + "&direction=inbound",
		"chargeMicros[$gt]=0", "chargeMicros[$gte]=1000000", "chargeMicros[$gte]=9000000", "pricePerMinuteMicros[$gte]=1000000", customer + "&chargeMicros[$gte]=1000000",
	}
}

// firstPage asks for a page with its total as the API does, some times, and says how long
// that took, and how much processor time it had.
func (m *many) firstPage(t *testing.T, filter string) {
	var took, used []time.Duration
	var total int64
	for range 9 {
		f := ok[*query.Find](t)(query.Parse(strings.ReplaceAll(filter, "+", "%2B"), query.CDRs))
		f.CountTo = 10_000
		begun, before := time.Now(), processorTime(t)
		page, err := m.FindCDRs(t.Context(), f)
		took, used = append(took, time.Since(begun)), append(used, processorTime(t)-before)
		if err != nil {
			t.Logf("%-100s %v", filter, err)
			return
		}
		total = page.Total
	}
	first := took[0]
	slices.Sort(took)
	slices.Sort(used)
	t.Logf("%-100s %8d  first %6.1f ms, median %6.1f ms, %6.1f ms of processor time", filter, total, first.Seconds()*1000, took[4].Seconds()*1000, used[4].Seconds()*1000)
}

// besideCalls makes 100 calls a second, without a job and with it, in turn.
func (m *many) besideCalls(t *testing.T, what string, job func(context.Context) (int, error)) {
	l := ledger.New(ledger.Config{Store: m.Store, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: m.NewIDAfter})
	defer l.Close()
	for round := range 6 {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		done := 0
		var working sync.WaitGroup
		if round%2 == 1 {
			working.Go(func() { done, _ = job(ctx) })
		}
		took := m.call(t, ctx, l, fmt.Sprint(what, round))
		stop()
		working.Wait()
		slices.Sort(took)
		at := func(share float64) float64 { return took[int(float64(len(took)-1)*share)].Seconds() * 1000 }
		t.Logf("%d messages beside %d %s: median %.1f ms, 99 of 100 within %.1f ms, longest %.1f ms", len(took), done, what, at(.5), at(.99), at(1))
	}
}

// call begins a call every ten milliseconds, each when it is due, and ends it.
func (m *many) call(t *testing.T, ctx context.Context, l *ledger.Ledger, round string) (took []time.Duration) {
	var mu sync.Mutex
	var calls sync.WaitGroup
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		due := <-ticker.C
		calls.Go(func() {
			key := tollkeeper.CallKey{CallID: fmt.Sprint(os.Getpid(), "-", round, "-", n)}
			d, err := l.Authorize(context.Background(), tollkeeper.Authorization{CallKey: key, Customer: m.customers[n%manyCustomers], Direction: tollkeeper.Inbound,
				From: "+12125550100", To: "+12125550123", Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}, Called: tollkeeper.CalledNumber{E164: "+12125550123"}})
			if err != nil || !d.Allowed {
				t.Error(d.Reason, err)
				return
			}
			authorized := time.Since(due)
			begun := time.Now()
			if _, err := l.End(context.Background(), tollkeeper.Report{CallKey: key}); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, authorized, time.Since(begun))
		})
	}
	calls.Wait()
	return took
}
