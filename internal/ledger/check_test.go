package ledger_test

import (
	"context"
	"reflect"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// checked checks a call, which must leave everything as it was.
func (d *desk) checked(q tollkeeper.Authorization) tollkeeper.Check {
	d.t.Helper()
	before := d.account()
	check, err := d.Check(context.Background(), q)
	if err != nil {
		d.t.Fatalf("check: %v", err)
	}
	if after := d.account(); !reflect.DeepEqual(after, before) || len(d.store.entries) > 0 && d.store.entries[len(d.store.entries)-1].Call == check.Decision.Call {
		d.t.Errorf("a check has changed the account from %+v to %+v", before, after)
	}
	return check
}

// agree makes sure that a check has said what then became of the call, and that one
// rule has refused it, or none.
func agree(t *testing.T, check tollkeeper.Check, decision tollkeeper.Decision) {
	t.Helper()
	said := check.Decision
	said.CallKey, said.Call = decision.CallKey, decision.Call
	if said != decision {
		t.Errorf("the check said %+v; it became %+v", said, decision)
	}
	refused := tollkeeper.ReasonOK
	for _, rule := range check.Rules {
		switch {
		case rule.Outcome == tollkeeper.OutcomeRefused && refused != tollkeeper.ReasonOK:
			t.Errorf("%s has refused the call, and so has %s", refused, rule.Rule)
		case rule.Outcome == tollkeeper.OutcomeRefused:
			refused = rule.Rule
		case rule.Outcome == tollkeeper.OutcomePassed && refused != tollkeeper.ReasonOK:
			t.Errorf("%s let the call pass after %s had refused it", rule.Rule, refused)
		}
		if (rule.Outcome == tollkeeper.OutcomeNotReached) != (rule.Detail == "") {
			t.Errorf("%s: outcome %s with the detail %q", rule.Rule, rule.Outcome, rule.Detail)
		}
	}
	if refused != decision.Reason {
		t.Errorf("%q has refused the call, want %q", refused, decision.Reason)
	}
}

func TestCheckDetails(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ledger.DefaultPolicy)
	d.change(func(a *tollkeeper.Account) {
		a.Name, a.Posted, a.LiveCalls, a.MaxOutboundCallRate = "Acme", 2*tollkeeper.Cent, 3, 5
		a.Limits.MaxConcurrentCalls, a.Limits.DailySpend = pointer[int64](4), pointer(7*tollkeeper.Cent)
	})
	want := []tollkeeper.CheckedRule{
		{Rule: "unknown_customer", Outcome: "passed", Detail: "Acme, 010000000000000000000000"},
		{Rule: "suspended", Outcome: "passed", Detail: "the status is active"},
		{Rule: "outbound_barred", Outcome: "passed", Detail: "outboundBarred is false"},
		{Rule: "invalid_number", Outcome: "passed", Detail: "+442071838750"},
		{Rule: "destination_barred", Outcome: "passed", Detail: "the barring table has no row for it"},
		{Rule: "international_barred", Outcome: "passed", Detail: "a number without a region of its own is not domestic; internationalCalling is 1"},
		{Rule: "premium_barred", Outcome: "passed", Detail: "not a premium-rate number"},
		{Rule: "rate_limited", Outcome: "passed", Detail: "new calls per second: at most 5 for the customer, no limit for the trunk"},
		{Rule: "too_many_calls", Outcome: "passed", Detail: "calls in progress: 3 of the customer, at most 4; 0 of the trunk, no limit"},
		{Rule: "no_price", Outcome: "passed", Detail: "version 1 of the rate deck default, prefix 44, United Kingdom"},
		{Rule: "price_cap", Outcome: "passed", Detail: "0.01 per minute, no limit"},
		{Rule: "daily_spend_cap", Outcome: "passed", Detail: "today 0.00 were spent and 0.00 are held, at most 0.07"},
		{Rule: "insufficient_credit", Outcome: "passed", Detail: "0.02 of the credit is available; 60 seconds cost 0.01"},
		{Rule: "unbilled_limit", Outcome: "exempt", Detail: "the customer pays by credit"},
	}
	got := d.checked(question("a"))
	for i := range want {
		if i >= len(got.Rules) || got.Rules[i] != want[i] {
			t.Errorf("rule %d: %+v, want %+v", i, got.Rules[min(i, len(got.Rules)-1)], want[i])
		}
	}
	q := question("a")
	q.Called = tollkeeper.CalledNumber{E164: "911", Emergency: true}
	for _, rule := range d.checked(q).Rules {
		if rule.Outcome != tollkeeper.OutcomeExempt {
			t.Errorf("an emergency call: %+v", rule)
		}
	}
}
