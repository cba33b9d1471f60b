package ledger_test

import (
	"context"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// TestSlices follows a call through its growing slices until the credit ends.
func TestSlices(t *testing.T) {
	t.Parallel()
	policy := ledger.DefaultPolicy
	policy.MaxSliceSeconds = 240
	d := newDesk(t, policy)
	if got := d.allowed(question("a")); got.GrantedSeconds != 60 || got.Held != tollkeeper.Cent {
		t.Fatalf("authorize granted %d s holding %s", got.GrantedSeconds, got.Held)
	}
	d.answer("a")
	steps := []struct {
		used    float64
		granted int64
		money   string
		final   bool
		allowed bool
	}{
		{60, 120, "10 held 3", false, true},
		{60, 120, "10 held 3", false, true},  // the same report again takes nothing
		{30, 120, "10 held 3", false, true},  // nor does one that comes late
		{175, 240, "10 held 7", false, true}, // 415 s are billed as 7 minutes
		{415, 185, "10 held 10", true, true}, // 10 of the 11 minutes asked for
		{590, 10, "10 held 10", true, true},
		{600, 0, "10 held 10", true, false},
		{605, 0, "10 held 10", true, false}, // overrun
	}
	for _, step := range steps {
		got := d.extend(report("a", step.used))
		if got.GrantedSeconds != step.granted || got.Final != step.final || got.Allowed != step.allowed {
			t.Errorf("after %v s: %d s, final %v, allowed %v; want %d, %v, %v", step.used,
				got.GrantedSeconds, got.Final, got.Allowed, step.granted, step.final, step.allowed)
		}
		d.wantMoney(step.money)
	}
	if record := d.end(report("a", 605)); record.Charge != 11*tollkeeper.Cent || record.Billed != 660 || record.Granted != 600 {
		t.Errorf("the record is %+v", record)
	}
	d.wantMoney("-1 held 0")
}

// TestWholeCallLives extends a call that has all it may use, which takes nothing more.
func TestWholeCallLives(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	q := question("a")
	q.WholeCall = true
	if got := d.allowed(q); got.GrantedSeconds != 600 || !got.Final {
		t.Fatalf("granted %d s, final %v", got.GrantedSeconds, got.Final)
	}
	d.wantMoney("10 held 10")
	for _, step := range []struct {
		used    float64
		left    int64
		allowed bool
	}{{61, 539, true}, {600, 0, false}} {
		if got := d.extend(report("a", step.used)); got.GrantedSeconds != step.left || got.Allowed != step.allowed || !got.Final {
			t.Errorf("after %v s: %d s, allowed %v, final %v", step.used, got.GrantedSeconds, got.Allowed, got.Final)
		}
		d.wantMoney("10 held 10")
	}
}

// TestCreditReturns makes a final call go on when credit has come in between.
func TestCreditReturns(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) { a.Posted = tollkeeper.Cent })
	d.allowed(question("a"))
	if got := d.extend(report("a", 50)); !got.Final || got.GrantedSeconds != 10 {
		t.Errorf("without credit: %d s, final %v", got.GrantedSeconds, got.Final)
	}
	d.change(func(a *tollkeeper.Account) { a.Posted = 100 * tollkeeper.Cent })
	if got := d.extend(report("a", 55)); got.Final || got.GrantedSeconds != 240 {
		t.Errorf("with credit again: %d s, final %v", got.GrantedSeconds, got.Final)
	}
}

// TestSuspendedInCall lets a call use up what it holds, and no more.
func TestSuspendedInCall(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	d.change(func(a *tollkeeper.Account) { a.Status = tollkeeper.StatusSuspended })
	if got := d.extend(report("a", 40)); !got.Final || got.GrantedSeconds != 20 || got.Held != tollkeeper.Cent {
		t.Errorf("%+v", got)
	}
	d.wantMoney("10 held 1")
	if got := d.extend(report("a", 60)); got.Allowed || got.Reason != tollkeeper.ReasonSuspended || got.GrantedSeconds != 0 {
		t.Errorf("with nothing left: %+v", got)
	}
}

// TestLimitsInCall holds extensions to the daily spend and the unbilled limit.
func TestLimitsInCall(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) { a.Limits.DailySpend = pointer(2 * tollkeeper.Cent) })
	d.allowed(question("a"))
	if got := d.extend(report("a", 60)); !got.Final || got.GrantedSeconds != 60 || got.Held != 2*tollkeeper.Cent {
		t.Errorf("daily spend: %+v", got)
	}
	d.end(report("a", 120))
	if got := d.ask(question("b")).Reason; got != tollkeeper.ReasonDailySpendCap {
		t.Errorf("after the day's spend: %s", got)
	}
	d.pass(12 * time.Hour) // midnight in UTC
	d.allowed(question("b"))

	d = newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) {
		a.DefaultBillMethod, a.Limits.Unbilled = tollkeeper.BillPaymentMethod, pointer(2*tollkeeper.Cent)
	})
	d.allowed(question("a"))
	d.wantMoney("10 held 0, unbilled 0 held 1")
	d.change(func(a *tollkeeper.Account) { a.DefaultBillMethod = tollkeeper.BillCredit }) // a call keeps its method
	if got := d.extend(report("a", 60)); !got.Final || got.GrantedSeconds != 60 {
		t.Errorf("unbilled limit: %+v", got)
	}
	if got := d.extend(report("a", 120)); got.Allowed || got.Reason != tollkeeper.ReasonUnbilledLimit {
		t.Errorf("unbilled limit used up: %+v", got)
	}
	d.end(report("a", 119))
	d.wantMoney("10 held 0, unbilled 2 held 0")
}

func TestEnd(t *testing.T) {
	t.Parallel()
	withFee := perCent
	withFee.ConnectFee, withFee.MinimumSeconds, withFee.IncrementSeconds = 3*tollkeeper.Cent, 30, 6
	rows := []struct {
		name    string
		tariff  tollkeeper.Tariff
		seconds float64
		billed  int64
		charge  tollkeeper.Micros
		kind    tollkeeper.TransferKind
	}{
		{"not answered", perCent, 0, 0, 0, tollkeeper.TransferRelease},
		{"one second", perCent, 1, 60, tollkeeper.Cent, tollkeeper.TransferCharge},
		{"a millisecond is a second begun", perCent, 60.001, 120, 2 * tollkeeper.Cent, tollkeeper.TransferCharge},
		{"one minute", perCent, 60, 60, tollkeeper.Cent, tollkeeper.TransferCharge},
		{"beyond the grant", perCent, 1801, 1860, 31 * tollkeeper.Cent, tollkeeper.TransferCharge},
		{"minimum and fee", withFee, 1, 30, 3*tollkeeper.Cent + 5000, tollkeeper.TransferCharge},
		{"increments and fee", withFee, 31, 36, 3*tollkeeper.Cent + 6000, tollkeeper.TransferCharge},
		{"fee of a call not answered", withFee, 0, 0, 0, tollkeeper.TransferRelease},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, ledger.DefaultPolicy)
			d.charge(row.tariff)
			held := d.allowed(question("a")).Held
			d.charge(tollkeeper.Tariff{PricePerMinute: tollkeeper.Unit}) // the price agreed stays
			record := d.end(report("a", row.seconds))
			if record.Billed != row.billed || record.Charge != row.charge || record.Cause != ledger.DefaultCause {
				t.Errorf("billed %d s and charged %d (%s), want %d s and %d", record.Billed, record.Charge, record.Cause, row.billed, row.charge)
			}
			if record.AnsweredAt.IsZero() != (row.seconds == 0) {
				t.Errorf("answered at %v", record.AnsweredAt)
			}
			last := d.store.entries[len(d.store.entries)-1]
			if last.Kind != row.kind || last.Amount != row.charge || last.Released != held || last.Call != record.ID ||
				last.Debit != tollkeeper.BookCredit || last.Credit != tollkeeper.BookRevenue || last.PostedAfter != 10*tollkeeper.Cent-row.charge {
				t.Errorf("the last entry is %+v", last)
			}
			if a := d.account(); a.Posted != 10*tollkeeper.Cent-row.charge || a.Held != 0 || a.LiveCalls != 0 || a.SpentOn(d.clock()) != row.charge {
				t.Errorf("the account is left with %+v", a)
			}
			// The same report, and any other, is answered with the record there is.
			for _, again := range []tollkeeper.Report{report("a", row.seconds), report("a", 9999), {CallKey: key("a"), Cause: "late"}} {
				if got := d.end(again); got != record {
					t.Errorf("repeated: %+v, at first %+v", got, record)
				}
			}
			if n := len(d.store.entries); n != 2 || len(d.store.records) != 1 {
				t.Errorf("%d entries and %d records after repeats", n, len(d.store.records))
			}
		})
	}
}

// TestServerClock measures calls whose switch reports no durations.
func TestServerClock(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	d.pass(20 * time.Second)
	d.answer("a")
	d.pass(30*time.Second + 999*time.Microsecond)
	d.answer("a") // repeated: the first answer counts
	if got := d.extend(tollkeeper.Report{CallKey: key("a")}); got.GrantedSeconds != 120 {
		t.Errorf("extend by the clock: %+v", got)
	}
	d.pass(31 * time.Second)
	if got := d.end(tollkeeper.Report{CallKey: key("a"), Cause: "busy"}); got.Duration != 61*time.Second || got.Charge != 2*tollkeeper.Cent || got.Cause != "busy" {
		t.Errorf("%+v", got)
	}
	d.allowed(question("b")) // never answered
	d.pass(time.Minute)
	if got := d.end(tollkeeper.Report{CallKey: key("b")}); got.Duration != 0 || got.Charge != 0 || !got.AnsweredAt.IsZero() {
		t.Errorf("%+v", got)
	}
	d.allowed(question("c"))
	d.answer("c")
	d.pass(-time.Hour) // the clock steps back
	if got := d.end(tollkeeper.Report{CallKey: key("c")}); got.Duration != 0 || got.Charge != 0 {
		t.Errorf("%+v", got)
	}
	d.wantMoney("8 held 0")
}

// TestUnknownCall refuses reports of calls nobody knows, and of another customer's.
func TestUnknownCall(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.store.accounts[stranger] = d.account()
	d.allowed(question("live"))
	d.allowed(question("over"))
	d.end(report("over", 1))
	before := d.money()
	ctx := context.Background()
	for _, id := range []string{"unknown", "live", "over"} {
		r := report(id, 30)
		r.Customer = stranger
		_, answered := d.Answer(ctx, r)
		_, extended := d.Extend(ctx, r)
		_, ended := d.End(ctx, r)
		for _, err := range []error{answered, extended, ended} {
			if tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
				t.Errorf("%s: error %v, want not-found", id, err)
			}
		}
	}
	d.wantMoney(before)
	r := report("live", 30)
	r.Customer = customer // the right hint is welcome
	d.extend(r)
}

// TestReportsOfOverCall answer that nothing is left.
func TestReportsOfOverCall(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	d.end(report("a", 30))
	for _, got := range []tollkeeper.Decision{d.answer("a"), d.extend(report("a", 40))} {
		if got.GrantedSeconds != 0 || !got.Final {
			t.Errorf("%+v", got)
		}
	}
	d.wantMoney("9 held 0")
}

// TestOverflow fails a command whose amounts leave the range of an account, and
// changes nothing by it.
func TestOverflow(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	d.change(func(a *tollkeeper.Account) { a.Posted = tollkeeper.MinMicros + 5 })
	if _, err := d.End(context.Background(), report("a", 60)); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		t.Errorf("error %v, want a conflict", err)
	}
	if a := d.account(); a.Posted != tollkeeper.MinMicros+5 || a.Held != tollkeeper.Cent || a.LiveCalls != 1 || len(d.store.records) != 0 {
		t.Errorf("%+v", a)
	}
	d.change(func(a *tollkeeper.Account) { a.Posted = 0 })
	d.end(report("a", 60))
	d.wantMoney("-1 held 0")
}

func TestNegativeDuration(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	if got := d.extend(report("a", -5)); got.GrantedSeconds != 60 {
		t.Errorf("%+v", got)
	}
	if _, err := d.End(context.Background(), report("a", -5)); err == nil {
		t.Error("a negative duration was charged")
	}
	d.wantMoney("10 held 1")
}
