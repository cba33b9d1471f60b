package demo_test

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/demo"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
)

var end = time.Date(2026, 4, 15, 16, 20, 0, 0, time.UTC)

// filled makes a demonstration and opens it as a server would, at its end.
func filled(t *testing.T) (*store.Store, demo.Summary) {
	t.Helper()
	folder := t.TempDir()
	began := time.Now()
	summary, made, err := demo.Fill(t.Context(), demo.Config{Folder: folder, Now: end, Operator: "demo@tollkeeper.example", PasswordHash: "x"})
	if err != nil || !made {
		t.Fatalf("fill: made %t, %v", made, err)
	}
	t.Logf("%+v in %s", summary, time.Since(began))
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("filling took %s", took)
	}
	s, err := store.Open(t.Context(), store.Config{Folder: folder, Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, summary
}

// all reads every record of a kind.
func all[T any](t *testing.T, schema *query.Schema, find func(context.Context, *query.Find) (tollkeeper.Page[T], error)) []T {
	t.Helper()
	var items []T
	for {
		f, err := query.Parse("$limit=1000&$skip="+strconv.Itoa(len(items)), schema)
		if err != nil {
			t.Fatal(err)
		}
		page, err := find(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if items = append(items, page.Items...); int64(len(items)) >= page.Total {
			return items
		}
	}
}

func one[T any](t *testing.T, raw string, schema *query.Schema, find func(context.Context, *query.Find) (tollkeeper.Page[T], error)) T {
	t.Helper()
	f, err := query.Parse(raw, schema)
	if err != nil {
		t.Fatal(err)
	}
	page, err := find(t.Context(), f)
	if err != nil || page.Total != 1 {
		t.Fatalf("%s: found %d, %v", raw, page.Total, err)
	}
	return page.Items[0]
}

func TestFillMakesACarrier(t *testing.T) {
	t.Parallel()
	s, summary := filled(t)
	customers := all(t, query.Customers, s.FindCustomers)
	users := all(t, query.Users, s.FindUsers)
	records := all(t, query.CDRs, s.FindCDRs)
	live := all(t, query.Calls, s.FindCalls)

	v, err := s.Verify(t.Context())
	if err != nil || !v.OK() {
		t.Errorf("verify: %v %v", err, v)
	}
	if len(customers) != 40 || len(users) != 12 || len(records) < 2000 || len(records) > 4000 || len(live) < 5 || len(live) > 8 {
		t.Errorf("%d customers, %d users, %d records, %d live calls; want 40, 12, 2000 to 4000, 5 to 8",
			len(customers), len(users), len(records), len(live))
	}
	if summary.Customers != len(customers) || summary.Users != len(users) || summary.Live != len(live) || summary.Calls != len(records)+len(live) {
		t.Errorf("the summary %+v counts otherwise than the database", summary)
	}
	for reason := range summary.Denied {
		switch reason {
		case tollkeeper.ReasonInsufficientCredit, tollkeeper.ReasonSuspended, tollkeeper.ReasonRateLimited, tollkeeper.ReasonPriceCap:
		default:
			t.Errorf("%d calls were denied as %s", summary.Denied[reason], reason)
		}
	}
	for _, call := range live {
		if call.StartedAt.After(end) || call.ExpiresAt.Before(end.Add(3*time.Hour)) || !call.WholeCall || call.AnsweredAt.IsZero() {
			t.Errorf("live call %+v", call)
		}
	}
	t.Run("records", func(t *testing.T) { checkRecords(t, records) })
	t.Run("customers", func(t *testing.T) { checkCustomers(t, customers, users) })
	t.Run("decks", func(t *testing.T) { checkDecks(t, s) })
	t.Run("office", func(t *testing.T) { checkOffice(t, s, customers) })
	t.Run("again", func(t *testing.T) { checkRepeats(t, records) })
}

func checkRecords(t *testing.T, records []*tollkeeper.CDR) {
	var perDay [demo.Days]int
	seen := map[string]int{}
	night, day := 0, 0
	for _, r := range records {
		perDay[int(r.StartedAt.Sub(end.Add(-demo.Days*24*time.Hour))/(24*time.Hour))]++
		if made := r.ID.Time().Sub(r.StartedAt); made < -time.Second || made > time.Second {
			t.Errorf("record %s of %s was made %s apart", r.ID, r.StartedAt, made)
		}
		if r.EndedAt.After(end) || r.EndedAt.Before(r.StartedAt) || !r.AnsweredAt.IsZero() && r.AnsweredAt.Before(r.StartedAt) {
			t.Errorf("record %s: started %s, answered %s, ended %s", r.ID, r.StartedAt, r.AnsweredAt, r.EndedAt)
		}
		if r.Expired && r.Charge == 0 {
			t.Errorf("expired call %s was charged nothing", r.ID)
		}
		seen[r.Cause]++
		seen[string(r.Direction)]++
		if r.Emergency {
			seen["emergency "+r.To]++
		}
		if r.Granted > r.FirstGrant {
			seen["extended"]++
		}
		switch hour := r.StartedAt.Add(-6 * time.Hour).Hour(); { // about the middle of the continent
		case hour < 6:
			night++
		case hour >= 9 && hour < 15:
			day++
		}
	}
	for i, n := range perDay {
		if n == 0 {
			t.Errorf("day %d has no calls", i)
		}
	}
	for _, kind := range []string{"normal_clearing", "no_answer", "user_busy", "originator_cancel", "expired", "allotted_timeout",
		"outbound", "inbound", "emergency 911", "emergency 933", "extended"} {
		if seen[kind] == 0 {
			t.Errorf("no call is %s: %v", kind, seen)
		}
	}
	if day < 5*night {
		t.Errorf("%d calls by day and %d by night", day, night)
	}
}

func checkCustomers(t *testing.T, customers []*tollkeeper.Account, users []tollkeeper.User) {
	people := map[tollkeeper.ID]tollkeeper.User{}
	for _, u := range users {
		people[u.ID] = u
	}
	seen := map[string]int{}
	for _, c := range customers {
		if n := len([]rune(c.Name)); n < 1 || n > 45 {
			t.Errorf("%q has %d characters", c.Name, n)
		}
		if c.Posted < 0 || c.Held < 0 || c.Accrued < 0 {
			t.Errorf("%s has posted %s, held %s, accrued %s", c.Name, c.Posted, c.Held, c.Accrued)
		}
		if !c.AdminUserID.IsZero() && people[c.AdminUserID].Customer != c.ID {
			t.Errorf("the admin user of %s is one of %s", c.Name, people[c.AdminUserID].Customer)
		}
		seen[string(c.Status)]++
		seen[string(c.DefaultBillMethod)]++
		seen["deck "+c.RateDeck]++
		if c.DefaultBillMethod == tollkeeper.BillCredit && c.Available() < 5*tollkeeper.Unit {
			seen["nearly out of credit"]++
		}
		if !c.AdminUserID.IsZero() {
			seen["with an admin user"]++
		}
	}
	for kind, least := range map[string]int{"active": 30, "suspended": 1, "fraud": 1, "terminated": 1, "credit": 20, "paymentmethod": 8,
		"deck wholesale": 1, "nearly out of credit": 1, "with an admin user": 5} {
		if seen[kind] < least {
			t.Errorf("%d customers are %s; want %d", seen[kind], kind, least)
		}
	}
}

func checkDecks(t *testing.T, s *store.Store) {
	_, retail, err := s.DeckInForce(t.Context(), tollkeeper.DefaultDeck, end)
	if err != nil {
		t.Fatal(err)
	}
	_, cheap, err := s.DeckInForce(t.Context(), "wholesale", end)
	if err != nil {
		t.Fatal(err)
	}
	if retail.Len() != 2842 || cheap.Len() != retail.Len() {
		t.Errorf("the decks have %d and %d rates; want 2842", retail.Len(), cheap.Len())
	}
	for rate := range retail.All() {
		own, ok := cheap.Lookup(rate.Prefix, end)
		if !ok || own.PricePerMinute >= rate.PricePerMinute || own.PricePerMinute <= rate.PricePerMinute/2 {
			t.Fatalf("%s costs %s and wholesale %s", rate.Prefix, rate.PricePerMinute, own.PricePerMinute)
		}
	}
}

func checkOffice(t *testing.T, s *store.Store, customers []*tollkeeper.Account) {
	entries, adjusted := 0, 0
	for _, c := range customers {
		f, _ := query.Parse("$limit=1000&kind=adjustment", query.Ledger)
		ledger, err := s.FindTransfers(t.Context(), c.ID, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range ledger.Items {
			if adjusted++; x.Reason == "" {
				t.Errorf("adjustment %s of %s has no reason", x.ID, c.Name)
			}
		}
		f, _ = query.Parse("$limit=0", query.Audit)
		trail, err := s.FindAudit(t.Context(), c.ID, f)
		if err != nil {
			t.Fatal(err)
		}
		if trail.Total == 0 {
			t.Errorf("%s has no audit trail", c.Name)
		}
		entries += int(trail.Total)
	}
	if adjusted < 50 || entries < 150 {
		t.Errorf("%d adjustments and %d audit entries; want 50 and 150", adjusted, entries)
	}
	showcase := one(t, "name="+url.QueryEscape(demo.Showcase), query.Customers, s.FindCustomers)
	if showcase.Status != tollkeeper.StatusActive || !bool(showcase.InternationalCalling) || showcase.Available() < 20*tollkeeper.Unit {
		t.Errorf("the customer to show is %s with %s", showcase.Status, showcase.Available())
	}
}

// checkRepeats fills once more and compares what does not depend on ids.
func checkRepeats(t *testing.T, records []*tollkeeper.CDR) {
	s, _ := filled(t)
	charges := func(records []*tollkeeper.CDR) map[string]tollkeeper.Micros {
		m := map[string]tollkeeper.Micros{}
		for _, r := range records {
			m[r.CallID+" "+r.From+" "+r.To] = r.Charge
		}
		return m
	}
	if !maps.Equal(charges(records), charges(all(t, query.CDRs, s.FindCDRs))) {
		t.Error("the second demonstration has other calls than the first")
	}
}

func TestFillLeavesADatabaseAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, store.DatabaseFile)
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, made, err := demo.Fill(t.Context(), demo.Config{Folder: folder, Now: end})
	content, _ := os.ReadFile(file)
	if made || err != nil || string(content) != "precious" {
		t.Errorf("made %t, %v; the file holds %q", made, err, content)
	}
}

func TestFillCutOffLeavesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	progress := func(done, total int) {
		if done > total/10 {
			cancel()
		}
	}
	_, made, err := demo.Fill(ctx, demo.Config{Folder: folder, Now: end, Operator: "demo@tollkeeper.example", Progress: progress})
	if made || !errors.Is(err, context.Canceled) {
		t.Errorf("made %t, %v", made, err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("%v is left behind", left)
	}
}

// TestChartsHaveSomethingToShow checks what the console's charts and its list of decisions
// read, against what happened.
func TestChartsHaveSomethingToShow(t *testing.T) {
	t.Parallel()
	s, summary := filled(t)
	sums := func(step tollkeeper.ActivityStep, back time.Duration) map[tollkeeper.Metric]int64 {
		counts, err := s.Activity(t.Context(), step, end.Add(-back), end.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		sums := map[tollkeeper.Metric]int64{}
		for _, c := range counts {
			sums[c.Metric] += c.Amount
		}
		return sums
	}
	whole := sums(tollkeeper.ByHour, (demo.Days+1)*24*time.Hour)
	if whole["decision.ok"] != int64(summary.Calls) {
		t.Errorf("the charts count %d calls let through, not %d", whole["decision.ok"], summary.Calls)
	}
	for reason, n := range summary.Denied {
		if got := whole[tollkeeper.DecisionMetric(reason)]; got != int64(n) {
			t.Errorf("the charts count %d times %s, not %d", got, reason, n)
		}
	}
	for name, sums := range map[string]map[tollkeeper.Metric]int64{"hour": sums(tollkeeper.ByMinute, time.Hour), "day": sums(tollkeeper.ByHour, 24*time.Hour), "month": sums(tollkeeper.ByHour, 30*24*time.Hour)} {
		for _, m := range []tollkeeper.Metric{"decision.ok", tollkeeper.MetricCharged, tollkeeper.MetricLive, tollkeeper.MetricLow} {
			if sums[m] == 0 {
				t.Errorf("the chart of one %s has no %s", name, m)
			}
		}
	}
	latest, err := s.RulingsAfter(t.Context(), tollkeeper.ID{}, 1000)
	if err != nil || len(latest) < 10 {
		t.Errorf("%d decisions of the last hours, %v", len(latest), err)
	}
}
