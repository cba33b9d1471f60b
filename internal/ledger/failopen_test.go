package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// memorySpool is a spool without a disk.
type memorySpool struct {
	calls []ledger.LetThrough
	fail  error
}

func (s *memorySpool) Keep(c ledger.LetThrough) error {
	if s.fail == nil {
		s.calls = append(s.calls, c)
	}
	return s.fail
}

func (s *memorySpool) Waiting() ([]ledger.LetThrough, error) { return s.calls, nil }

func (s *memorySpool) Forget(n int) error {
	s.calls = s.calls[n:]
	return nil
}

var errFull = errors.New("full")

var errGone = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the database is gone")

func openDesk(t *testing.T) *desk {
	policy := ledger.DefaultPolicy
	policy.FailOpenSeconds = 600
	return newDesk(t, policy)
}

func domestic(id string) tollkeeper.Authorization {
	return tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: id}, Customer: customer, Direction: tollkeeper.Outbound, From: "+12125550100", To: "+12125550199",
		Called: tollkeeper.CalledNumber{E164: "+12125550199", Domestic: true}, Caller: tollkeeper.CallingNumber{Shown: "+12125550100"},
	}
}

// TestFailOpen lets calls through while the database is gone, and charges them when
// it is back, whatever the credit.
func TestFailOpen(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	ctx := context.Background()
	d.store.fail = errGone
	for _, id := range []string{"one", "two", "one"} { // a switch repeats itself
		if decision, err := d.Authorize(ctx, domestic(id)); err != nil || !decision.Allowed || decision.GrantedSeconds != 600 {
			t.Fatalf("authorize %s: %+v %v", id, decision, err)
		}
	}
	stranded := domestic("stranded")
	stranded.Customer = stranger
	if decision, err := d.Authorize(ctx, stranded); err != nil || !decision.Allowed {
		t.Errorf("a customer who cannot be looked up: %+v %v", decision, err)
	}
	used := time.Minute
	report := tollkeeper.Report{CallKey: tollkeeper.CallKey{CallID: "one"}, Used: &used}
	if decision, err := d.Extend(ctx, report); err != nil || decision.GrantedSeconds != 600 {
		t.Errorf("extend: %+v %v", decision, err)
	}
	if _, err := d.End(ctx, report); tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
		t.Errorf("end: %v, want unavailable", err)
	}
	if taken, err := d.Replay(ctx); taken != 0 || !errors.Is(err, errGone) {
		t.Errorf("replay while the database is gone: %d, %v", taken, err)
	}
	d.pass(5 * time.Minute)
	d.store.fail = nil
	d.change(func(a *tollkeeper.Account) { a.Posted = 4 * tollkeeper.Cent })
	if taken, err := d.Replay(ctx); taken != 4 || err != nil || len(d.spool.calls) != 0 {
		t.Errorf("replay: %d, %v, %d left", taken, err, len(d.spool.calls))
	}
	if a := d.account(); a.Held != 20*tollkeeper.Cent || a.LiveCalls != 2 {
		t.Errorf("held %s for %d calls, want 20 cents for 2", a.Held, a.LiveCalls)
	}
	if _, err := d.Replay(ctx); err != nil {
		t.Error(err)
	}
	used = 3 * time.Minute
	record, err := d.End(ctx, report)
	if err != nil || record.Charge != 3*tollkeeper.Cent || !record.StartedAt.Equal(d.clock().Add(-5*time.Minute)) {
		t.Errorf("end: %+v %v", record, err)
	}
	used = 12 * time.Minute
	report.CallID = "two"
	if record, err := d.End(ctx, report); err != nil || record.Charge != 12*tollkeeper.Cent {
		t.Errorf("end of the second: %+v %v", record, err)
	}
	if a := d.account(); a.Posted != -11*tollkeeper.Cent || a.Held != 0 || a.LiveCalls != 0 {
		t.Errorf("posted %s, held %s, %d live", a.Posted, a.Held, a.LiveCalls)
	}
}

// TestFailOpenKnowsItsLimits denies what could cost a lot, and whatever cannot be kept.
func TestFailOpenKnowsItsLimits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rows := map[string]struct {
		change func(*desk, *tollkeeper.Authorization)
		reason tollkeeper.Reason // "": an error
	}{
		"abroad":        {func(_ *desk, q *tollkeeper.Authorization) { q.Called.Domestic = false }, tollkeeper.ReasonInternationalBar},
		"premium rate":  {func(_ *desk, q *tollkeeper.Authorization) { q.Called.Premium = true }, tollkeeper.ReasonPremiumBarred},
		"no number":     {func(_ *desk, q *tollkeeper.Authorization) { q.Called.E164 = "" }, tollkeeper.ReasonInvalidNumber},
		"no customer":   {func(_ *desk, q *tollkeeper.Authorization) { q.Customer = tollkeeper.ID{} }, ""},
		"the disk full": {func(d *desk, _ *tollkeeper.Authorization) { d.spool.fail = errFull }, ""},
	}
	for name, row := range rows {
		d := openDesk(t)
		d.store.fail = errGone
		q := domestic("call")
		row.change(d, &q)
		decision, err := d.Authorize(ctx, q)
		if row.reason == "" && !errors.Is(err, errGone) || row.reason != "" && (err != nil || decision.Allowed || decision.Reason != row.reason) {
			t.Errorf("%s: %+v %v", name, decision, err)
		}
		if d.spool.fail != nil && (!errors.Is(err, errFull) || tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable) {
			t.Errorf("%s: %v, want unavailable, and why the call was not kept", name, err)
		}
	}
	closed := newDesk(t, ledger.DefaultPolicy)
	closed.store.fail = errGone
	if _, err := closed.Authorize(ctx, domestic("call")); !errors.Is(err, errGone) {
		t.Errorf("by default: %v, want unavailable", err)
	}
}
