package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// manyAsk asks n questions at once.
func manyAsk(d *desk, n int) (decisions chan tollkeeper.Decision, failures chan error, wait *sync.WaitGroup) {
	decisions, failures, wait = make(chan tollkeeper.Decision, n), make(chan error, n), &sync.WaitGroup{}
	for i := range n {
		wait.Go(func() {
			decision, err := d.Authorize(context.Background(), question(fmt.Sprint(i)))
			if err != nil {
				failures <- err
				return
			}
			decisions <- decision
		})
	}
	return decisions, failures, wait
}

// TestBatches lets commands arrive while the store is busy: they must form few
// batches, and all be answered.
func TestBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, ledger.DefaultPolicy)
		d.change(func(a *tollkeeper.Account) { a.Posted = 137 * tollkeeper.Cent })
		d.store.proceed = make(chan struct{})
		const calls = 2000
		decisions, failures, wait := manyAsk(d, calls)
		synctest.Wait() // every command waits, in a batch or before one
		close(d.store.proceed)
		wait.Wait()
		close(decisions)
		granted := 0
		for decision := range decisions {
			if decision.Allowed {
				granted++
			}
		}
		if granted != 137 || len(failures) > 0 {
			t.Errorf("granted %d of 137, with %d failures", granted, len(failures))
		}
		if n := len(d.store.batches); n > calls/10 {
			t.Errorf("%d batches for %d commands", n, calls)
		}
		for _, size := range d.store.batches {
			if size > 256 {
				t.Errorf("a batch of %d commands", size)
			}
		}
	})
}

// TestFullPool refuses at once what does not fit: a call with a decision that a
// switch understands, a report with an error to repeat it, and no emergency call.
func TestFullPool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, ledger.DefaultPolicy)
		d.change(func(a *tollkeeper.Account) { a.Posted = tollkeeper.Unit * 1000 })
		d.allowed(question("live"))
		d.store.proceed = make(chan struct{})
		const calls = 8000
		decisions, failures, wait := manyAsk(d, calls)
		synctest.Wait()
		overloaded := len(decisions) // the others wait for the store
		if overloaded == 0 || overloaded == calls {
			t.Errorf("%d of %d calls were refused", overloaded, calls)
		}
		ctx := context.Background()
		_, answered := d.Answer(ctx, report("live", 10))
		_, extended := d.Extend(ctx, report("live", 10))
		_, ended := d.End(ctx, report("live", 10))
		for _, err := range []error{answered, extended, ended} {
			if tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
				t.Errorf("a report to a full pool: %v, want unavailable", err)
			}
		}
		emergency := question("911")
		emergency.To, emergency.Called = "911", tollkeeper.CalledNumber{E164: "911", Emergency: true}
		d.allowed(emergency)
		close(d.store.proceed)
		wait.Wait()
		close(decisions)
		counts := map[tollkeeper.Reason]int{}
		for decision := range decisions {
			counts[decision.Reason]++
			if decision.Reason == tollkeeper.ReasonOverloaded && (decision.Allowed || decision.GrantedSeconds != 0) {
				t.Errorf("an overloaded decision allows: %+v", decision)
			}
		}
		if len(failures) > 0 || counts[tollkeeper.ReasonOverloaded] != overloaded || counts[tollkeeper.ReasonOK] != calls-overloaded {
			t.Errorf("%v with %d failures; %d were refused at once", counts, len(failures), overloaded)
		}
		if n := len(d.store.calls); n != 1+counts[tollkeeper.ReasonOK] {
			t.Errorf("%d calls are live", n)
		}
	})
}

// TestCloseWhileWaiting finishes what was accepted and refuses what comes later,
// however often and from wherever the ledger is closed.
func TestCloseWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, ledger.DefaultPolicy)
		d.change(func(a *tollkeeper.Account) { a.Posted = tollkeeper.Unit * 100 })
		d.store.proceed = make(chan struct{})
		const calls = 1500
		decisions, failures, wait := manyAsk(d, calls)
		synctest.Wait()
		for range 3 {
			wait.Go(d.Close)
		}
		synctest.Wait()
		if _, err := d.Authorize(context.Background(), question("late")); tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
			t.Errorf("a question after the close: %v, want unavailable", err)
		}
		if _, err := d.End(context.Background(), report("1", 5)); tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
			t.Errorf("a report after the close: %v, want unavailable", err)
		}
		close(d.store.proceed)
		wait.Wait()
		if len(decisions) != calls || len(failures) != 0 || len(d.store.calls) != calls {
			t.Errorf("%d of %d questions answered, %d failed, %d calls live", len(decisions), calls, len(failures), len(d.store.calls))
		}
		d.Close()
	})
}

// TestCallerHangsUp leaves a command to run to its end when its caller has gone.
func TestCallerHangsUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if decision, err := d.Authorize(ctx, question("a")); err != nil || !decision.Allowed {
		t.Errorf("%+v, %v", decision, err)
	}
	d.wantMoney("10 held 1")
}
