package ledger_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

func pointer[T any](v T) *T { return &v }

// TestReasons takes each rule alone: everything else of the account and the call
// would let it through.
func TestReasons(t *testing.T) {
	t.Parallel()
	type account = tollkeeper.Account
	type call = tollkeeper.Authorization
	rows := []struct {
		name    string
		account func(*account)
		call    func(*call)
		price   bool // there is a price
		want    tollkeeper.Reason
	}{
		{"nothing against it", nil, nil, true, tollkeeper.ReasonOK},
		{"unknown customer", nil, func(q *call) { q.Customer = stranger }, true, tollkeeper.ReasonUnknownCustomer},
		{"no customer", nil, func(q *call) { q.Customer = tollkeeper.ID{} }, true, tollkeeper.ReasonUnknownCustomer},
		{"suspended", func(a *account) { a.Status = tollkeeper.StatusSuspended }, nil, true, tollkeeper.ReasonSuspended},
		{"terminated", func(a *account) { a.Status = tollkeeper.StatusTerminated }, nil, true, tollkeeper.ReasonSuspended},
		{"fraud", func(a *account) { a.Status = tollkeeper.StatusFraud }, nil, true, tollkeeper.ReasonSuspended},
		{"suspended, inbound", func(a *account) { a.Status = tollkeeper.StatusSuspended },
			func(q *call) { q.Direction = tollkeeper.Inbound }, true, tollkeeper.ReasonSuspended},
		{"account lock is about port-outs", func(a *account) { a.AccountLock = true }, nil, true, tollkeeper.ReasonOK},
		{"outbound barred", func(a *account) { a.Limits.OutboundBarred = pointer(true) }, nil, true, tollkeeper.ReasonOutboundBarred},
		{"outbound barred, inbound", func(a *account) { a.Limits.OutboundBarred = pointer(true) },
			func(q *call) { q.Direction = tollkeeper.Inbound }, true, tollkeeper.ReasonOK},
		{"not a number", nil, func(q *call) { q.Called = tollkeeper.CalledNumber{} }, true, tollkeeper.ReasonInvalidNumber},
		{"not a number, inbound", nil, func(q *call) { q.Called, q.Direction = tollkeeper.CalledNumber{}, tollkeeper.Inbound }, true, tollkeeper.ReasonOK},
		{"international barred", func(a *account) { a.InternationalCalling = false }, nil, true, tollkeeper.ReasonInternationalBar},
		{"domestic with international barred", func(a *account) { a.InternationalCalling = false },
			func(q *call) { q.Called.Domestic = true }, true, tollkeeper.ReasonOK},
		{"premium with international barred", func(a *account) { a.InternationalCalling = false },
			func(q *call) { q.Called.Domestic, q.Called.Premium = true, true }, true, tollkeeper.ReasonPremiumBarred},
		{"premium", nil, func(q *call) { q.Called.Premium = true }, true, tollkeeper.ReasonOK},
		{"concurrent calls reached", func(a *account) { a.LiveCalls, a.Limits.MaxConcurrentCalls = 2, pointer[int64](2) }, nil, true, tollkeeper.ReasonTooManyCalls},
		{"concurrent calls reached, inbound", func(a *account) { a.LiveCalls, a.Limits.MaxConcurrentCalls = 2, pointer[int64](2) },
			func(q *call) { q.Direction = tollkeeper.Inbound }, true, tollkeeper.ReasonTooManyCalls},
		{"one below concurrent calls", func(a *account) { a.LiveCalls, a.Limits.MaxConcurrentCalls = 1, pointer[int64](2) }, nil, true, tollkeeper.ReasonOK},
		{"concurrent calls unlimited", func(a *account) { a.LiveCalls, a.Limits.MaxConcurrentCalls = 1000, pointer[int64](0) }, nil, true, tollkeeper.ReasonOK},
		{"no price", nil, nil, false, tollkeeper.ReasonNoPrice},
		{"no price, inbound", nil, func(q *call) { q.Direction = tollkeeper.Inbound }, false, tollkeeper.ReasonOK},
		{"dearer than the cap", func(a *account) { a.Limits.MaxPricePerMinute = pointer(tollkeeper.Cent - 1) }, nil, true, tollkeeper.ReasonPriceCap},
		{"as dear as the cap", func(a *account) { a.Limits.MaxPricePerMinute = pointer(tollkeeper.Cent) }, nil, true, tollkeeper.ReasonOK},
		{"daily spend reached", func(a *account) {
			a.Limits.DailySpend, a.SpendDay, a.Spent = pointer(5*tollkeeper.Cent), 20513, 5*tollkeeper.Cent-1
		}, nil, true, tollkeeper.ReasonDailySpendCap},
		{"daily spend reached yesterday", func(a *account) {
			a.Limits.DailySpend, a.SpendDay, a.Spent = pointer(5*tollkeeper.Cent), 20512, 5*tollkeeper.Cent
		}, nil, true, tollkeeper.ReasonOK},
		{"daily spend reached by holds", func(a *account) { a.Limits.DailySpend, a.Held = pointer(5*tollkeeper.Cent), 5*tollkeeper.Cent },
			nil, true, tollkeeper.ReasonDailySpendCap},
		{"no credit", func(a *account) { a.Posted = 0 }, nil, true, tollkeeper.ReasonInsufficientCredit},
		{"all credit held", func(a *account) { a.Held = 10 * tollkeeper.Cent }, nil, true, tollkeeper.ReasonInsufficientCredit},
		{"no credit, inbound", func(a *account) { a.Posted = -5 }, func(q *call) { q.Direction = tollkeeper.Inbound }, true, tollkeeper.ReasonOK},
		{"unbilled limit reached", func(a *account) {
			a.DefaultBillMethod, a.Accrued, a.Limits.Unbilled = tollkeeper.BillPaymentMethod, 99*tollkeeper.Cent, pointer(100*tollkeeper.Cent-1)
		}, nil, true, tollkeeper.ReasonUnbilledLimit},
		{"unbilled limit just not reached, no credit", func(a *account) {
			a.DefaultBillMethod, a.Accrued, a.Posted, a.Limits.Unbilled = tollkeeper.BillPaymentMethod, 99*tollkeeper.Cent, -5, pointer(100*tollkeeper.Cent)
		}, nil, true, tollkeeper.ReasonOK},
		{"no unbilled limit", func(a *account) {
			a.DefaultBillMethod, a.Accrued, a.Limits.Unbilled = tollkeeper.BillPaymentMethod, 1e15, pointer(tollkeeper.Micros(0))
		}, nil, true, tollkeeper.ReasonOK},
		// The order of the checks.
		{"suspended before barred", func(a *account) {
			a.Status, a.Limits.OutboundBarred = tollkeeper.StatusSuspended, pointer(true)
		}, nil, true, tollkeeper.ReasonSuspended},
		{"barred before the number", func(a *account) { a.Limits.OutboundBarred = pointer(true) },
			func(q *call) { q.Called = tollkeeper.CalledNumber{} }, true, tollkeeper.ReasonOutboundBarred},
		{"concurrent calls before the price", func(a *account) { a.LiveCalls, a.Limits.MaxConcurrentCalls = 1, pointer[int64](1) },
			nil, false, tollkeeper.ReasonTooManyCalls},
		{"price cap before credit", func(a *account) { a.Posted, a.Limits.MaxPricePerMinute = 0, pointer(tollkeeper.Micros(1)) },
			nil, true, tollkeeper.ReasonPriceCap},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, ledger.DefaultPolicy)
			if !row.price {
				d.store.tariff = func(string, string, time.Time) (tollkeeper.Tariff, bool) { return tollkeeper.Tariff{}, false }
			}
			q := question("a")
			if row.account != nil {
				d.change(row.account)
			}
			if row.call != nil {
				row.call(&q)
			}
			before := d.account()
			checked := d.checked(q)
			decision := d.ask(q)
			agree(t, checked, decision)
			if decision.Reason != row.want || decision.Allowed != (row.want == tollkeeper.ReasonOK) {
				t.Fatalf("reason %q, allowed %v; want %q", decision.Reason, decision.Allowed, row.want)
			}
			after := d.account()
			if !decision.Allowed && (after.Held != before.Held || after.LiveCalls != before.LiveCalls || len(d.store.calls) > 0 || len(d.store.entries) > 0) {
				t.Errorf("a denial left %+v, %d calls and %d entries", after, len(d.store.calls), len(d.store.entries))
			}
			if decision.Allowed && after.LiveCalls != before.LiveCalls+1 {
				t.Errorf("%d live calls after a grant, want %d", after.LiveCalls, before.LiveCalls+1)
			}
		})
	}
}

// TestBudget is about how much of a grant the money allows.
func TestBudget(t *testing.T) {
	t.Parallel()
	bySecond := perCent
	bySecond.MinimumSeconds, bySecond.IncrementSeconds = 1, 1
	withFee := perCent
	withFee.ConnectFee = 2 * tollkeeper.Cent
	free, feeOnly := tollkeeper.Tariff{Prefix: "44"}, tollkeeper.Tariff{Prefix: "44", ConnectFee: tollkeeper.Cent}
	rows := []struct {
		name    string
		tariff  tollkeeper.Tariff
		posted  tollkeeper.Micros
		held    tollkeeper.Micros
		whole   bool
		most    int64
		seconds int64 // 0: denied
		holds   tollkeeper.Micros
		final   bool
	}{
		{"exactly one minute", perCent, tollkeeper.Cent, 0, false, 0, 60, tollkeeper.Cent, false},
		{"one micro short of a minute", perCent, tollkeeper.Cent - 1, 0, false, 0, 0, 0, true},
		{"exactly one minute beside a hold", perCent, 3 * tollkeeper.Cent, 2 * tollkeeper.Cent, false, 0, 60, tollkeeper.Cent, false},
		{"one micro short beside a hold", perCent, 3*tollkeeper.Cent - 1, 2 * tollkeeper.Cent, false, 0, 0, 0, true},
		{"half a minute by the second", bySecond, tollkeeper.Cent / 2, 0, false, 0, 30, tollkeeper.Cent / 2, true},
		{"one second", bySecond, 167, 0, false, 0, 1, 167, true},
		{"one micro short of a second", bySecond, 166, 0, false, 0, 0, 0, true},
		{"fee and a minute", withFee, 3 * tollkeeper.Cent, 0, false, 0, 60, 3 * tollkeeper.Cent, false},
		{"fee and not quite a minute", withFee, 3*tollkeeper.Cent - 1, 0, false, 0, 0, 0, true},
		{"whole call", perCent, 1000 * tollkeeper.Cent, 0, true, 0, 14400, 240 * tollkeeper.Cent, true},
		{"whole call as far as the credit goes", perCent, 10*tollkeeper.Cent + 9999, 0, true, 0, 600, 10 * tollkeeper.Cent, true},
		{"the switch's own limit", bySecond, tollkeeper.Cent, 0, false, 20, 20, 3334, false},
		{"the switch's own limit, billed by the minute", perCent, tollkeeper.Cent, 0, false, 20, 20, tollkeeper.Cent, false},
		{"free call without credit", free, 0, 0, false, 0, 60, 0, false},
		{"free call with debt", free, -1, 0, false, 0, 60, 0, false},
		{"free call with the deepest debt", free, tollkeeper.MinMicros, 0, false, 0, 60, 0, false},
		{"fee alone, without credit", feeOnly, 0, 0, false, 0, 0, 0, true},
		{"fee alone, just enough", feeOnly, tollkeeper.Cent, 0, false, 0, 60, tollkeeper.Cent, false},
		{"debt", perCent, -1, 0, false, 0, 0, 0, true},
		{"the most credit there is", perCent, tollkeeper.MaxMicros, 0, false, 0, 60, tollkeeper.Cent, false},
		{"the most credit there is, a whole call", perCent, tollkeeper.MaxMicros, 0, true, 0, 14400, 240 * tollkeeper.Cent, true},
		{"the deepest debt beside a hold", perCent, tollkeeper.MinMicros, 1, false, 0, 0, 0, true},
		{"the deepest debt beside the largest hold", perCent, tollkeeper.MinMicros + 10, math.MaxInt64, false, 0, 0, 0, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, ledger.DefaultPolicy)
			d.charge(row.tariff)
			d.change(func(a *tollkeeper.Account) { a.Posted, a.Held = row.posted, row.held })
			q := question("a")
			q.WholeCall, q.MaxSeconds = row.whole, row.most
			checked := d.checked(q)
			got := d.ask(q)
			agree(t, checked, got)
			if got.GrantedSeconds != row.seconds || got.Held != row.holds || got.Final != row.final || got.Allowed != (row.seconds > 0) {
				t.Fatalf("granted %d s holding %d, final %v (%s); want %d s holding %d, final %v",
					got.GrantedSeconds, got.Held, got.Final, got.Reason, row.seconds, row.holds, row.final)
			}
			if a := d.account(); a.Held != row.held+row.holds || a.Posted != row.posted {
				t.Errorf("the account has %d held %d, want %d held %d", a.Posted, a.Held, row.posted, row.held+row.holds)
			}
		})
	}
}

// TestDailySpendOverflow takes the daily budget to the ends of what an amount can
// be: it must refuse, not wrap.
func TestDailySpendOverflow(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) {
		a.Limits.DailySpend, a.SpendDay, a.Spent = pointer(tollkeeper.Cent), 20513, math.MaxInt64
		a.AccruedHeld = math.MaxInt64
	})
	if got := d.ask(question("a")); got.Reason != tollkeeper.ReasonDailySpendCap {
		t.Errorf("reason %q, want %q", got.Reason, tollkeeper.ReasonDailySpendCap)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) { a.MaxOutboundCallRate = 2 })
	steps := []struct {
		pass time.Duration
		id   string
		in   bool
		want tollkeeper.Reason
	}{
		{0, "a", false, tollkeeper.ReasonOK},
		{500 * time.Millisecond, "b", false, tollkeeper.ReasonOK},
		{499 * time.Millisecond, "c", false, tollkeeper.ReasonRateLimited},
		{0, "d", true, tollkeeper.ReasonOK}, // inbound calls are not counted
		{0, "a", false, tollkeeper.ReasonOK},
		{time.Millisecond, "c", false, tollkeeper.ReasonOK},
		{0, "e", false, tollkeeper.ReasonRateLimited},
	}
	for i, step := range steps {
		d.pass(step.pass)
		q := question(step.id)
		if step.in {
			q.Direction = tollkeeper.Inbound
		}
		if got := d.ask(q); got.Reason != step.want {
			t.Errorf("step %d, call %s: %s, want %s", i, step.id, got.Reason, step.want)
		}
	}
	d.change(func(a *tollkeeper.Account) { a.MaxOutboundCallRate = 0 })
	d.allowed(question("e"))
}

// TestDeniedCallsDoNotCount makes sure that a call refused for another reason has
// not used up the rate.
func TestDeniedCallsDoNotCount(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) { a.MaxOutboundCallRate, a.Posted = 1, 0 })
	for range 3 {
		if got := d.ask(question("a")).Reason; got != tollkeeper.ReasonInsufficientCredit {
			t.Fatalf("reason %s, want %s", got, tollkeeper.ReasonInsufficientCredit)
		}
	}
	d.change(func(a *tollkeeper.Account) { a.Posted = tollkeeper.Cent })
	d.allowed(question("a"))
}

func TestEmergency(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.store.tariff = func(string, string, time.Time) (tollkeeper.Tariff, bool) { return tollkeeper.Tariff{}, false }
	d.change(func(a *tollkeeper.Account) {
		a.Status, a.Posted, a.MaxOutboundCallRate = tollkeeper.StatusFraud, -1e12, 1
		a.Limits = tollkeeper.Limits{MaxConcurrentCalls: pointer[int64](1), OutboundBarred: pointer(true), DailySpend: pointer[tollkeeper.Micros](1)}
		a.LiveCalls = 5
	})
	for i, who := range []tollkeeper.ID{customer, customer, stranger, {}} {
		q := question(string(rune('a' + i)))
		q.Customer, q.To, q.Called = who, "911", tollkeeper.CalledNumber{E164: "911", Emergency: true}
		got := d.allowed(q)
		if !got.Emergency || got.GrantedSeconds != ledger.DefaultPolicy.MaxCallSeconds || got.Held != 0 || got.Tariff != (tollkeeper.Tariff{}) {
			t.Errorf("call %d: %+v", i, got)
		}
		if again := d.allowed(q); again != got {
			t.Errorf("call %d: the repeat answers %+v, the first %+v", i, again, got)
		}
		if more := d.extend(report(q.CallID, 14000)); !more.Allowed || more.GrantedSeconds != ledger.DefaultPolicy.MaxCallSeconds {
			t.Errorf("call %d: extend answers %+v", i, more)
		}
		if record := d.end(report(q.CallID, 15000)); record.Charge != 0 || record.Billed != 0 || !record.Emergency || record.Duration != 15000*time.Second {
			t.Errorf("call %d: the record is %+v", i, record)
		}
	}
	if a := d.account(); a.LiveCalls != 5 || a.Posted != -1e12 || len(d.store.entries) != 0 {
		t.Errorf("emergency calls changed the account: %+v", a)
	}
}

// TestEmergencyWithoutStore lets an emergency call through when nothing can be
// stored, and no other call.
func TestEmergencyWithoutStore(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.store.fail = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the disk is full")
	q := question("a")
	q.To, q.Called = "911", tollkeeper.CalledNumber{E164: "911", Emergency: true}
	if got := d.allowed(q); !got.Emergency || got.GrantedSeconds != ledger.DefaultPolicy.MaxCallSeconds {
		t.Errorf("%+v", got)
	}
	if _, err := d.Authorize(context.Background(), question("b")); tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
		t.Errorf("error %v, want unavailable", err)
	}
}

// TestRepeatedQuestion gives the first answer again, whatever has happened to the
// account and the call since.
func TestRepeatedQuestion(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		d := newDesk(t, ledger.DefaultPolicy)
		q := question("a")
		q.WholeCall = whole
		first := d.allowed(q)
		check := func(when string) {
			t.Helper()
			if again := d.ask(q); again != first {
				t.Errorf("whole call %v, %s: %+v, at first %+v", whole, when, again, first)
			}
		}
		check("at once")
		d.change(func(a *tollkeeper.Account) { a.Status = tollkeeper.StatusSuspended })
		d.charge(tollkeeper.Tariff{Prefix: "4", PricePerMinute: 5})
		check("suspended, with another price")
		d.change(func(a *tollkeeper.Account) { a.Status = tollkeeper.StatusActive })
		d.answer("a")
		d.extend(report("a", 60))
		d.extend(report("a", 120))
		check("extended")
		d.pass(time.Hour)
		d.expire()
		check("expired")
		d.end(report("a", 700))
		check("corrected")
		if n := len(d.store.calls); n != 0 {
			t.Errorf("whole call %v: %d calls are live", whole, n)
		}
	}
}

func TestConflictingQuestion(t *testing.T) {
	t.Parallel()
	type call = tollkeeper.Authorization
	rows := map[string]func(*call){
		"customer":  func(q *call) { q.Customer = stranger },
		"direction": func(q *call) { q.Direction = tollkeeper.Inbound },
		"from":      func(q *call) { q.Caller.Shown = "+12125550199" },
		"to":        func(q *call) { q.Called.E164 = "+442071838751" },
		"wholeCall": func(q *call) { q.WholeCall = true },
		"emergency": func(q *call) { q.Called = tollkeeper.CalledNumber{E164: "911", Emergency: true} },
	}
	d := newDesk(t, ledger.DefaultPolicy)
	d.store.accounts[stranger] = d.account()
	d.allowed(question("live"))
	d.allowed(question("over"))
	d.end(report("over", 1))
	before := d.money()
	for name, change := range rows {
		for _, id := range []string{"live", "over"} {
			q := question(id)
			change(&q)
			if _, err := d.Authorize(context.Background(), q); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
				t.Errorf("%s of a call that is %s: error %v, want a conflict", name, id, err)
			}
		}
	}
	d.wantMoney(before)
	other := question("live")
	other.Leg = "b" // another leg is another call
	d.allowed(other)
}

func TestMedia(t *testing.T) {
	t.Parallel()
	type customer = tollkeeper.Customer
	yes := pointer(tollkeeper.Flag(true))
	rows := []struct {
		name      string
		customer  func(*customer)
		direction tollkeeper.Direction
		want      tollkeeper.Media
	}{
		{"nothing set", func(*customer) {}, tollkeeper.Outbound, tollkeeper.Media{BypassReason: tollkeeper.BypassOff}},
		{"bypass", func(c *customer) { c.MediaBypass = true }, tollkeeper.Outbound, tollkeeper.Media{Bypass: true}},
		{"recording", func(c *customer) { c.MediaBypass, c.CallRecording = true, true }, tollkeeper.Outbound,
			tollkeeper.Media{Record: true, BypassReason: tollkeeper.BypassRecording}},
		{"transcription", func(c *customer) { c.MediaBypass, c.TranscribeCalls = true, yes }, tollkeeper.Outbound,
			tollkeeper.Media{Record: true, Transcribe: true, BypassReason: tollkeeper.BypassTranscription}},
		{"transcription off", func(c *customer) { c.MediaBypass, c.TranscribeCalls = true, pointer(tollkeeper.Flag(false)) }, tollkeeper.Outbound,
			tollkeeper.Media{Bypass: true}},
		{"hold music", func(c *customer) { c.MediaBypass, c.HoldMusic = true, true }, tollkeeper.Inbound,
			tollkeeper.Media{HoldMusic: "https://music.example/hold", BypassReason: tollkeeper.BypassHoldMusic}},
		{"all of them", func(c *customer) {
			c.MediaBypass, c.CallRecording, c.HoldMusic, c.TranscribeCalls = true, true, true, yes
		}, tollkeeper.Outbound,
			tollkeeper.Media{Record: true, Transcribe: true, HoldMusic: "https://music.example/hold", BypassReason: tollkeeper.BypassRecording}},
		{"caller's name", func(c *customer) { c.CNAMLookUps = true }, tollkeeper.Inbound,
			tollkeeper.Media{CallerName: true, BypassReason: tollkeeper.BypassOff}},
		{"no caller's name outbound", func(c *customer) { c.CNAMLookUps = true }, tollkeeper.Outbound,
			tollkeeper.Media{BypassReason: tollkeeper.BypassOff}},
	}
	for _, row := range rows {
		policy := ledger.DefaultPolicy
		policy.HoldMusicURL = "https://music.example/hold"
		d := newDesk(t, policy)
		d.change(func(a *tollkeeper.Account) { row.customer(&a.Customer) })
		q := question("a")
		q.Direction = row.direction
		if got := d.allowed(q).Media; got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
		if got := d.end(report("a", 1)).Media; got != row.want {
			t.Errorf("%s: the record has %+v, want %+v", row.name, got, row.want)
		}
	}
}

// TestFailedStore passes the store's failure on and leaves nothing behind.
func TestFailedStore(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	broken := errors.New("broken")
	d.store.fail = broken
	ctx := context.Background()
	_, asked := d.Authorize(ctx, question("b"))
	_, answered := d.Answer(ctx, report("a", 1))
	_, extended := d.Extend(ctx, report("a", 1))
	_, ended := d.End(ctx, report("a", 1))
	_, expired := d.Expire(ctx)
	for _, err := range []error{asked, answered, extended, ended, expired} {
		if !errors.Is(err, broken) {
			t.Errorf("error %v, want the store's", err)
		}
	}
	d.store.fail = nil
	d.wantMoney("10 held 1")
	if got := d.end(report("a", 61)).Charge; got != 2*tollkeeper.Cent {
		t.Errorf("charged %d, want two cents", got)
	}
	d.wantMoney("8 held 0")
}
