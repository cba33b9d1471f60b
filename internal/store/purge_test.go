package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// years is a carrier whose clock a test moves, and whose commits may fail.
type years struct {
	*store.Store
	config store.Config
	mu     sync.Mutex // guards now and failing
	now    time.Time
	every  int // which commit fails; 0: none
	commit int
	faults int
}

func newYears(t *testing.T, begin time.Time, rules tollkeeper.RetentionRules) *years {
	t.Helper()
	y := &years{now: begin, config: storetest.Config(t)}
	y.config.Now, y.config.Fault, y.config.Retention = y.clock, y.fault, rules
	y.open(t)
	t.Cleanup(func() {
		if err := y.Close(); err != nil {
			t.Error(err)
		}
	})
	return y
}

func (y *years) open(t *testing.T) {
	t.Helper()
	s, err := store.Open(context.Background(), y.config)
	if err != nil {
		t.Fatal(err)
	}
	y.Store = s
}

func (y *years) clock() time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.now
}

func (y *years) pass(d time.Duration) time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.now = y.now.Add(d)
	return y.now
}

func (y *years) failEvery(n int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.every = n
}

func (y *years) fault(operation string) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.commit++; y.every > 0 && y.commit%y.every == 0 {
		y.faults++
		return errors.New("failed " + operation)
	}
	return nil
}

func (y *years) customer(t *testing.T, months int32) tollkeeper.ID {
	t.Helper()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.CDRRetention = "Acme", tollkeeper.BillCredit, months
	a, err := y.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// call lets a call begin and end at once.
func (y *years) call(t *testing.T, customer tollkeeper.ID, key string) tollkeeper.ID {
	t.Helper()
	l := ledger.New(ledger.Config{Store: y.Store, Policy: ledger.DefaultPolicy, Now: y.clock, NewID: y.NewIDAfter})
	defer l.Close()
	d, err := l.Authorize(t.Context(), tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: key}, Customer: customer, Direction: tollkeeper.Inbound, From: "+12125550100", To: "+12125550123",
		Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}, Called: tollkeeper.CalledNumber{E164: "+12125550123"},
	})
	if err != nil || !d.Allowed {
		t.Fatalf("authorize: %+v %v", d, err)
	}
	used := time.Second
	if _, err := l.End(t.Context(), tollkeeper.Report{CallKey: d.CallKey, Used: &used}); err != nil {
		t.Fatal(err)
	}
	return d.Call
}

func (y *years) records(t *testing.T, customer tollkeeper.ID) int64 {
	t.Helper()
	f, err := query.Parse("$limit=0&customer="+customer.String(), query.CDRs)
	if err != nil {
		t.Fatal(err)
	}
	page, err := y.FindCDRs(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

// deleted adds up what the audit trail says was deleted.
func (y *years) deleted(t *testing.T, customer tollkeeper.ID, field string) (n int64) {
	t.Helper()
	f, err := query.Parse("$limit=1000&action=cdrs.purge", query.Audit)
	if err != nil {
		t.Fatal(err)
	}
	page, err := y.FindAudit(t.Context(), customer, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Items {
		for _, c := range e.Changes {
			if c.Field == field {
				some, err := strconv.ParseInt(c.To, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				n += some
			}
		}
	}
	return n
}

func (y *years) mustVerify(t *testing.T) {
	t.Helper()
	if v, err := y.Verify(t.Context()); err != nil || !v.OK() {
		t.Errorf("verify: %v, %v", v, err)
	}
}

// purge runs until nothing is left, opening the store anew after every failure, as a
// restart does.
func (y *years) purge(t *testing.T) {
	t.Helper()
	for failed := 0; ; failed++ {
		_, err := y.Purge(t.Context())
		if err == nil {
			return
		}
		if failed > 1000 {
			t.Fatal(err)
		}
		if err := y.Close(); err != nil {
			t.Fatal(err)
		}
		y.open(t)
	}
}

// TestPurgeOverYears has calls over two years with a leap day, and purges every night.
// Every record goes on the day after its months are over, none before, on whatever day
// of the month it was; the audit trail says how many.
func TestPurgeOverYears(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("goes through two years")
	}
	begin := time.Date(2027, 9, 15, 0, 0, 0, 0, time.UTC)
	y := newYears(t, begin, tollkeeper.RetentionRules{Floor: 4})
	type account struct {
		months int32 // that records are kept
		id     tollkeeper.ID
		calls  []time.Time
	}
	accounts := []*account{{months: 5, id: y.customer(t, 5)}, {months: 4, id: y.customer(t, 1)}, {months: 0, id: y.customer(t, 0)}}
	invoicer := &billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}
	for day := range 730 {
		now := y.pass(2 * time.Hour)
		for i, a := range accounts {
			if (day+i)%4 == 0 || now.Day() > 28 {
				a.calls = append(a.calls, now)
				y.call(t, a.id, fmt.Sprint(day, "-", i))
			}
		}
		if _, err := invoicer.RunMonths(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := y.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, a := range accounts {
			var kept int64
			for _, at := range a.calls {
				if a.months == 0 || !at.Before(tollkeeper.MonthsBefore(now, a.months).Truncate(24*time.Hour)) {
					kept++
				}
			}
			if got := y.records(t, a.id); got != kept {
				t.Fatalf("%s: %d records of %d months, want %d", now, got, a.months, kept)
			}
		}
		y.pass(22 * time.Hour)
	}
	for _, a := range accounts {
		if got, want := y.deleted(t, a.id, "records"), int64(len(a.calls))-y.records(t, a.id); got != want {
			t.Errorf("the audit trail says that %d records of %d months were deleted, want %d", got, a.months, want)
		}
	}
	y.mustVerify(t)
}

// TestPurgeIsInterrupted lets commits of a purge fail, lost or stored, and restarts
// after each. Nothing is counted twice or left out.
func TestPurgeIsInterrupted(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	first, second := y.customer(t, 1), y.customer(t, 1)
	const calls = 170 // more than three batches
	for i := range calls {
		y.call(t, first, "a"+strconv.Itoa(i))
	}
	y.call(t, second, "b")
	y.pass(29 * 24 * time.Hour) // the month of 31 January is over with February
	if n, err := y.Purge(t.Context()); n != 0 || err != nil {
		t.Errorf("%d deleted before the first invoice (%v)", n, err)
	}
	invoicer := &billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}
	if _, err := invoicer.RunMonths(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := y.call(t, first, "young")
	y.failEvery(3)
	y.purge(t)
	y.failEvery(0)
	if y.faults == 0 {
		t.Error("no commit failed")
	}
	y.purge(t)
	for customer, want := range map[tollkeeper.ID][2]int64{first: {1, calls}, second: {0, 1}} {
		if left, deleted := y.records(t, customer), y.deleted(t, customer, "records"); left != want[0] || deleted != want[1] {
			t.Errorf("%d left and %d deleted after %d failures, want %v", left, deleted, y.faults, want)
		}
	}
	if _, err := y.CDR(t.Context(), kept); err != nil {
		t.Errorf("the young record: %v", err)
	}
	y.mustVerify(t)
}

// TestRetentionOfOneCustomer lowers a retention, holds, and deletes the customer.
func TestRetentionOfOneCustomer(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{Grace: tollkeeper.DefaultRetentionGrace})
	customer := y.customer(t, 0)
	old, newer := y.call(t, customer, "1"), y.call(t, customer, "2")
	y.pass(100 * 24 * time.Hour)
	invoicer := &billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}
	if _, err := invoicer.RunMonths(t.Context()); err != nil {
		t.Fatal(err)
	}
	purged := func(why string, want int) {
		t.Helper()
		var due int64
		if err := y.PurgeDue(t.Context(), func(p tollkeeper.Purge) error { due += p.Records; return nil }); err != nil || due != int64(want) {
			t.Errorf("%s: a dry run finds %d (%v), want %d", why, due, err, want)
		}
		if n, err := y.Purge(t.Context()); n != want || err != nil {
			t.Errorf("%s: %d deleted (%v), want %d", why, n, err, want)
		}
	}
	lower := func(months string) {
		t.Helper()
		fields := []tollkeeper.Field{{Key: "cdrRetention", Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: months}}}
		if _, err := y.PatchCustomer(t.Context(), tollkeeper.Write{}, customer, fields, nil); err != nil {
			t.Fatal(err)
		}
	}
	if record, err := y.RemoveCDR(t.Context(), tollkeeper.Write{}, old); err != nil || record.ID != old {
		t.Errorf("removed by hand: %+v %v", record, err)
	}
	y.mustVerify(t)
	if p, err := y.PreviewPurge(t.Context(), customer, 3); err != nil || p.Records != 1 {
		t.Errorf("preview: %+v %v, want 1 record", p, err)
	}
	lower("3")
	purged("in the grace", 0)
	if _, err := y.RemoveCDR(t.Context(), tollkeeper.Write{}, newer); err != nil {
		t.Errorf("without end until the grace is over: %v", err)
	}
	last := y.call(t, customer, "3")
	y.pass(8 * 24 * time.Hour)
	if _, err := y.RemoveCDR(t.Context(), tollkeeper.Write{}, last); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		t.Errorf("removed by hand under a retention: %v, want a conflict", err)
	}
	if _, err := y.SetLegalHold(t.Context(), tollkeeper.Write{}, customer, true, "case 7"); err != nil {
		t.Fatal(err)
	}
	y.pass(100 * 24 * time.Hour)
	if _, err := invoicer.RunMonths(t.Context()); err != nil {
		t.Fatal(err)
	}
	purged("held", 0)
	if _, err := y.DeleteCustomer(t.Context(), tollkeeper.Write{}, customer, nil); err != nil {
		t.Fatal(err)
	}
	purged("held, and deleted", 0)
	if r, err := y.SetLegalHold(t.Context(), tollkeeper.Write{}, customer, false, ""); err != nil || !r.Departed || r.Months != 3 {
		t.Errorf("hold lifted: %+v %v", r, err)
	}
	purged("deleted", 1)
	purged("again", 0)
	y.mustVerify(t)
}

// TestCeiling deletes after the carrier's months what customers would keep for longer, or
// without end, and says by which months that was.
func TestCeiling(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2028, 1, 31, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{Ceiling: 1})
	endless, long := y.customer(t, 0), y.customer(t, 12)
	y.call(t, endless, "1")
	y.call(t, long, "2")
	for _, step := range []struct {
		at   time.Time
		want int64
	}{{time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC), 0}, {time.Date(2028, 3, 1, 12, 0, 0, 0, time.UTC), 2}} {
		var due int64
		y.pass(step.at.Sub(y.clock()))
		if _, err := (&billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}).RunMonths(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := y.PurgeDue(t.Context(), func(p tollkeeper.Purge) error { due += p.Records; return nil }); err != nil || due != step.want {
			t.Errorf("%s: a dry run finds %d (%v), want %d", step.at, due, err, step.want)
		}
	}
	if p, err := y.PreviewPurge(t.Context(), endless, 0); err != nil || p.Records != 1 {
		t.Errorf("kept without end: %+v %v", p, err)
	}
	y.purge(t)
	for _, customer := range []tollkeeper.ID{endless, long} {
		if left, months := y.records(t, customer), y.deleted(t, customer, "recordMonths"); left != 0 || months != 1 {
			t.Errorf("%d records are left, deleted after %d months", left, months)
		}
	}
}

// TestPurgeOfManyCustomers deletes a record of each of more customers than are looked at
// with one query, some of whom were deleted.
func TestPurgeOfManyCustomers(t *testing.T) {
	t.Parallel()
	if testing.Short() || storetest.OnPostgres() {
		t.Skip("makes and invoices hundreds of customers")
	}
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	const customers = 520
	all := make([]tollkeeper.ID, customers)
	var making sync.WaitGroup
	for n := range 20 {
		making.Go(func() {
			for i := n; i < customers; i += 20 {
				draft := tollkeeper.NewCustomer()
				draft.Name, draft.DefaultBillMethod, draft.CDRRetention, draft.AccountLock = "Acme", tollkeeper.BillCredit, 1, false
				a, err := y.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
				if err != nil {
					t.Error(err)
				}
				all[i] = a.ID
			}
		})
	}
	making.Wait()
	write(t, y.Store, func(b *ledger.Book) {
		for _, customer := range all {
			id := y.NewID()
			b.Records = append(b.Records, &tollkeeper.CDR{ID: id, CallKey: tollkeeper.CallKey{CallID: id.String()}, Customer: customer, Direction: tollkeeper.Inbound,
				From: "+13105550199", To: "+13105550198", StartedAt: id.Time(), EndedAt: id.Time()})
		}
	})
	for _, customer := range all[:3] {
		if _, err := y.DeleteCustomer(t.Context(), tollkeeper.Write{}, customer, nil); err != nil {
			t.Fatal(err)
		}
	}
	y.pass(60 * 24 * time.Hour)
	if _, err := (&billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}).RunMonths(t.Context()); err != nil {
		t.Fatal(err)
	}
	var due int
	if err := y.PurgeDue(t.Context(), func(tollkeeper.Purge) error { due++; return nil }); err != nil || due != customers {
		t.Errorf("a dry run finds %d customers (%v)", due, err)
	}
	if n, err := y.Purge(t.Context()); n != customers || err != nil {
		t.Errorf("%d deleted (%v)", n, err)
	}
}

// TestPurgeForgetsWhatWasTold deletes the events and the letters about calls with the
// calls' records, and leaves those about others, as it leaves what names no number.
func TestPurgeForgetsWhatWasTold(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	hook := tollkeeper.Webhook{URL: "https://portal.example/", EventTypes: []tollkeeper.EventType{tollkeeper.EventCallEnded}}
	if _, err := y.CreateWebhook(t.Context(), tollkeeper.Write{}, hook); err != nil {
		t.Fatal(err)
	}
	stays, goes := y.customer(t, 1), y.customer(t, 1)
	tell := func(customer tollkeeper.ID, calls int) {
		for range calls {
			y.call(t, customer, y.NewID().String())
		}
		for _, kind := range append(tollkeeper.CallLetters, "credit-low") {
			if err := y.QueueMail(t.Context(), tollkeeper.Mail{Customer: customer, Kind: kind, Text: "a call of +12125550100"}); err != nil {
				t.Fatal(err)
			}
			m, found, err := y.ClaimMail(t.Context())
			if m.State = tollkeeper.MailKept; err != nil || !found {
				t.Fatal(found, err)
			}
			if err := y.SettleMail(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if err := dispatch(t.Context(), y.Store); err != nil {
			t.Fatal(err)
		}
	}
	left := func(customer tollkeeper.ID) (events, mails int64) {
		t.Helper()
		of := "$limit=0&customer=" + customer.String()
		f, err := query.Parse(of+"&type=call.ended", query.Events)
		if err != nil {
			t.Fatal(err)
		}
		told, err := y.FindEvents(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if f, err = query.Parse(of, query.Mails); err != nil {
			t.Fatal(err)
		}
		written, err := y.FindMails(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return told.Total, written.Total
	}
	letters := int64(len(tollkeeper.CallLetters))
	tell(stays, 3)
	tell(goes, 120) // more than a transaction deletes
	y.pass(50 * 24 * time.Hour)
	tell(stays, 2)
	if events, mails := left(goes); events != 120 || mails != letters+1 {
		t.Fatalf("before: %d events and %d mails", events, mails)
	}
	invoicer := &billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}
	if _, err := invoicer.RunMonths(t.Context()); err != nil {
		t.Fatal(err)
	}
	y.purge(t)
	if events, mails := left(goes); events != 0 || mails != 1 {
		t.Errorf("of whom all records are gone: %d events and %d mails, want none and 1", events, mails)
	}
	if events, mails := left(stays); events != 2 || mails != letters+2 {
		t.Errorf("of whom two records are left: %d events and %d mails, want 2 and %d", events, mails, letters+2)
	}
}

// TestPurgeLeavesNoNumber looks for the number of a purged record in every file of the
// embedded database, while it is open.
func TestPurgeLeavesNoNumber(t *testing.T) {
	t.Parallel()
	if storetest.OnPostgres() {
		t.Skip("is about the files of the embedded database")
	}
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	customer := y.customer(t, 1)
	for i := range 200 {
		y.call(t, customer, strconv.Itoa(i))
	}
	found := func() (n int) {
		for _, suffix := range []string{"", "-wal"} {
			file, err := os.ReadFile(filepath.Join(y.config.Folder, store.DatabaseFile+suffix))
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(file, []byte("+12125550100"))
		}
		return n
	}
	y.pass(60 * 24 * time.Hour)
	y.anyRecord(t, y.customer(t, 1), y.NewID())
	y.termed(t)
	if found() == 0 || y.sql(t, "SELECT COUNT(*) FROM cdr_terms WHERE term LIKE '%12125550100'") != 200 {
		t.Fatal("the number is not there before")
	}
	invoicer := &billing.Invoicer{Ledger: y.Store, Taxes: billing.Table{}}
	if _, err := invoicer.RunMonths(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := y.Purge(t.Context()); n != 200 || err != nil {
		t.Fatal(n, err)
	}
	if n := found(); n > 0 {
		t.Errorf("the number is still there %d times", n)
	}
}
