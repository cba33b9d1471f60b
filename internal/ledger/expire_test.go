package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// TestExpiry ends silent calls when grant and grace are over, and charges them to
// their last proof of life.
func TestExpiry(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		talk    func(*desk)
		lives   time.Duration // after the last message
		seconds int64
		charge  tollkeeper.Micros
	}{
		{"never answered", func(*desk) {}, (60 + 30 + 180) * time.Second, 0, 0},
		{"answered", func(d *desk) { d.answer("a") }, (60 + 30) * time.Second, 0, 0},
		{"extended", func(d *desk) { d.extend(report("a", 50)) }, (120 + 30) * time.Second, 50, tollkeeper.Cent},
		{"extended twice", func(d *desk) { d.extend(report("a", 50)); d.extend(report("a", 110)) }, (240 + 30) * time.Second, 110, 2 * tollkeeper.Cent},
		{"beyond its grant", func(d *desk) { d.extend(report("a", 900)) }, 0, 900, 15 * tollkeeper.Cent},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, ledger.DefaultPolicy)
			d.allowed(question("a"))
			row.talk(d)
			if row.lives > 0 {
				d.pass(row.lives - time.Millisecond)
				if n := d.expire(); n != 0 {
					t.Fatal("expired a millisecond too early")
				}
				d.pass(time.Millisecond)
			}
			if n := d.expire(); n != 1 {
				t.Fatalf("expired %d calls, want 1", n)
			}
			record := d.store.records[0]
			if !record.Expired || record.Duration != time.Duration(row.seconds)*time.Second || record.Charge != row.charge || record.Cause != "expired" {
				t.Errorf("the record is %+v", record)
			}
			if last := d.store.entries[len(d.store.entries)-1]; last.Kind != tollkeeper.TransferExpire {
				t.Errorf("the last entry is %+v", last)
			}
			if a := d.account(); a.Posted != 10*tollkeeper.Cent-row.charge || a.Held != 0 || a.LiveCalls != 0 {
				t.Errorf("the account is left with %+v", a)
			}
			if n := d.expire(); n != 0 {
				t.Errorf("expired %d calls again", n)
			}
		})
	}
}

// TestCorrection completes the charge of a call that had only seemed dead.
func TestCorrection(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	d.answer("a")
	d.extend(report("a", 50))
	d.pass(time.Hour)
	d.expire()
	d.wantMoney("9 held 0")
	expired := d.store.records[0]
	for _, r := range []tollkeeper.Report{report("a", 50), report("a", 20), {CallKey: key("a")}} {
		if got := d.end(r); got != expired {
			t.Errorf("an end within what was charged answers %+v", got)
		}
	}
	missing := d.end(report("a", 185))
	if missing.Corrects != expired.ID || missing.Expired || missing.ID == expired.ID ||
		missing.Duration != 135*time.Second || missing.Billed != 180 || missing.Charge != 3*tollkeeper.Cent {
		t.Errorf("the correction is %+v", missing)
	}
	if last := d.store.entries[len(d.store.entries)-1]; last.Kind != tollkeeper.TransferCorrection || last.Call != missing.ID || last.Amount != missing.Charge {
		t.Errorf("the last entry is %+v", last)
	}
	d.wantMoney("6 held 0")
	for _, seconds := range []float64{185, 50, 1000} { // corrected once, and for good
		if got := d.end(report("a", seconds)); got != missing {
			t.Errorf("repeated with %v s: %+v", seconds, got)
		}
	}
	d.wantMoney("6 held 0")
}

// TestCorrectionWithoutCharge keeps the record true when the longer duration
// costs no more.
func TestCorrectionWithoutCharge(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	d.extend(report("a", 50))
	d.pass(time.Hour)
	d.expire()
	entries := len(d.store.entries)
	if got := d.end(report("a", 60)); got.Duration != 10*time.Second || got.Charge != 0 || got.Billed != 0 {
		t.Errorf("%+v", got)
	}
	if len(d.store.entries) != entries {
		t.Error("an entry of nothing was posted")
	}
}

// TestCorrectionOfDeletedCustomer leaves the record that there is.
func TestCorrectionOfDeletedCustomer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.allowed(question("a"))
	d.pass(time.Hour)
	d.expire()
	delete(d.store.accounts, customer)
	if got := d.end(report("a", 60)); !got.Expired || got.Charge != 0 {
		t.Errorf("%+v", got)
	}
}

// TestManyExpire takes more calls than one command ends.
func TestManyExpire(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) { a.Posted = tollkeeper.Unit * 100 })
	const calls = 450
	for i := range calls {
		d.allowed(question(fmt.Sprint(i)))
	}
	d.pass(time.Hour)
	if n := d.expire(); n != calls || len(d.store.calls) != 0 {
		t.Errorf("expired %d of %d calls; %d are left", n, calls, len(d.store.calls))
	}
	d.wantMoney("10000 held 0")
}

// TestExpiryGoesOn ends the other calls when one cannot be charged.
func TestExpiryGoesOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	other := d.account()
	other.ID = stranger
	d.store.accounts[stranger] = other
	for i := range 10 {
		q := question(fmt.Sprint(i))
		q.Customer = stranger
		d.allowed(q)
	}
	for i := range 3 {
		q := question(fmt.Sprint("doomed", i))
		d.allowed(q)
		d.extend(report(q.CallID, 1))
	}
	d.change(func(a *tollkeeper.Account) { a.Posted = tollkeeper.MinMicros })
	d.pass(time.Hour)
	n, err := d.Expire(context.Background())
	if n != 10 || tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		t.Errorf("expired %d calls with error %v; want 10 and a conflict", n, err)
	}
	if len(d.store.calls) != 3 {
		t.Errorf("%d calls are left, want the 3 that cannot be charged", len(d.store.calls))
	}
}
