package ledger_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// TestTrunkLimits fills a trunk that takes two calls at once and two new ones in a
// second, beside another of the same customer.
func TestTrunkLimits(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	trunk := tollkeeper.ID{7}
	key := ledger.TrunkKey{Customer: customer, Trunk: trunk}
	d.store.trunks[key] = ledger.Trunk{MaxConcurrentCalls: 3, MaxOutboundCallRate: 2}
	by := func(id string, trunk tollkeeper.ID) tollkeeper.Authorization {
		q := question(id)
		q.Trunk, q.TrunkLimited = trunk, trunk == key.Trunk
		return q
	}
	d.allowed(by("1", trunk))
	d.allowed(by("2", trunk))
	if got := d.checked(by("3", trunk)); got.Decision.Reason != tollkeeper.ReasonRateLimited || got.Rules[7].Detail != "new calls per second: no limit for the customer, at most 2 for the trunk" {
		t.Errorf("the third call in a second, checked: %+v", got)
	}
	if got := d.ask(by("3", trunk)); got.Reason != tollkeeper.ReasonRateLimited {
		t.Errorf("the third call in a second: %s", got.Reason)
	}
	d.allowed(by("other", tollkeeper.ID{8}))
	d.pass(time.Second)
	d.allowed(by("3", trunk))
	if got := d.ask(by("4", trunk)); got.Reason != tollkeeper.ReasonTooManyCalls {
		t.Errorf("the fourth call at once: %s", got.Reason)
	}
	d.end(report("2", 1))
	d.pass(time.Second)
	d.allowed(by("5", trunk))
	emergency := by("6", trunk)
	emergency.Called = tollkeeper.CalledNumber{E164: "911", Emergency: true}
	d.allowed(emergency)
	for _, id := range []string{"1", "3", "5", "6"} {
		if record := d.end(report(id, 0)); record.Trunk != trunk {
			t.Errorf("the record of call %s names trunk %v", id, record.Trunk)
		}
	}
	if live := d.store.trunks[key].LiveCalls; live != 0 {
		t.Errorf("%d calls are left on the trunk", live)
	}
}

// TestInboundPrice holds and charges an inbound call like an outbound one.
func TestInboundPrice(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	q := question("1")
	q.Direction, q.Inbound = tollkeeper.Inbound, tollkeeper.InboundPrice{PricePerMinute: 2 * tollkeeper.Cent, MinimumSeconds: 1, IncrementSeconds: 1}
	if got := d.allowed(q); got.Held != 2*tollkeeper.Cent || got.Tariff.Prefix != "442071838750" {
		t.Errorf("allowed with %+v", got)
	}
	if record := d.end(report("1", 30)); record.Charge != tollkeeper.Cent || record.Tariff.Destination != "inbound" {
		t.Errorf("charged %+v", record)
	}
	d.wantMoney("9 held 0")
	d.change(func(a *tollkeeper.Account) { a.Posted = 0 })
	q.CallID = "2"
	if got := d.ask(q); got.Reason != tollkeeper.ReasonInsufficientCredit {
		t.Errorf("without credit: %s", got.Reason)
	}
}
