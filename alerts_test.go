package tollkeeper_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tollkeeper"
)

const cent = tollkeeper.Cent

func types(events []tollkeeper.Event) (names []tollkeeper.EventType) {
	for _, e := range events {
		names = append(names, e.Type)
	}
	return names
}

// Each step changes the account and names the events that must follow.
func TestOneAlertForACrossing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	limits := tollkeeper.EffectiveLimits{DailySpend: 50 * cent, Unbilled: 1000 * cent}
	type step struct {
		what   string
		change func(*tollkeeper.Account)
		want   []tollkeeper.EventType
	}
	const low, cleared = tollkeeper.EventCreditLow, tollkeeper.EventCreditLowCleared
	for name, steps := range map[string][]step{
		"prepaid": {
			{"a hold that leaves the threshold", func(a *tollkeeper.Account) { a.Held = 400 * cent }, nil},
			{"a hold below it", func(a *tollkeeper.Account) { a.Held += 1 }, []tollkeeper.EventType{low}},
			{"another", func(a *tollkeeper.Account) { a.Held += 10 * cent }, nil},
			{"a refill", func(a *tollkeeper.Account) { a.Posted += 600 * cent }, []tollkeeper.EventType{cleared}},
			{"a higher threshold", func(a *tollkeeper.Account) { a.LowBalanceAlertAmount = 700 }, []tollkeeper.EventType{low}},
			{"none", func(a *tollkeeper.Account) { a.LowBalanceAlertAmount = 0 }, []tollkeeper.EventType{cleared}},
			{"a debt", func(a *tollkeeper.Account) { a.Posted, a.Held = -1, 0 }, nil},
		},
		"invoiced": {
			{"low", func(a *tollkeeper.Account) { a.Held = 401 * cent }, []tollkeeper.EventType{low}},
			{"the bill method", func(a *tollkeeper.Account) { a.DefaultBillMethod = tollkeeper.BillPaymentMethod }, []tollkeeper.EventType{cleared}},
			{"no credit", func(a *tollkeeper.Account) { a.Posted, a.Held = 0, 0 }, nil},
			{"a higher threshold", func(a *tollkeeper.Account) { a.LowBalanceAlertAmount = 700 }, nil},
			{"prepaid again", func(a *tollkeeper.Account) { a.DefaultBillMethod = tollkeeper.BillCredit }, []tollkeeper.EventType{low}},
		},
		"unbilled": {
			{"the bill method", func(a *tollkeeper.Account) { a.DefaultBillMethod = tollkeeper.BillPaymentMethod }, nil},
			{"less than near", func(a *tollkeeper.Account) { a.Accrued = 800*cent - 1 }, nil},
			{"near", func(a *tollkeeper.Account) { a.Accrued++ }, []tollkeeper.EventType{tollkeeper.EventUnbilledNear}},
			{"nearer", func(a *tollkeeper.Account) { a.Accrued = 1000 * cent }, nil},
			{"invoiced", func(a *tollkeeper.Account) { a.Accrued = 0 }, nil},
			{"near again", func(a *tollkeeper.Account) { a.Accrued = 900 * cent }, []tollkeeper.EventType{tollkeeper.EventUnbilledNear}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &tollkeeper.Account{Posted: 500 * cent}
			a.DefaultBillMethod, a.LowBalanceAlertAmount = tollkeeper.BillCredit, 100
			a.Acquaint(now, limits)
			for _, s := range steps {
				s.change(a)
				if got := types(a.Watch(now, limits)); !slices.Equal(got, s.want) {
					t.Fatalf("%s: events %v, want %v", s.what, got, s.want)
				}
				if again := a.Watch(now, limits); again != nil {
					t.Fatalf("%s: told again: %v", s.what, types(again))
				}
			}
		})
	}
}

// What is so when an account begins is nothing that happened.
func TestANewAccountHasCrossedNothing(t *testing.T) {
	t.Parallel()
	a := &tollkeeper.Account{}
	a.DefaultBillMethod, a.LowBalanceAlertAmount = tollkeeper.BillCredit, 100
	a.Acquaint(time.Now(), tollkeeper.EffectiveLimits{})
	if events := a.Watch(time.Now(), tollkeeper.EffectiveLimits{}); events != nil {
		t.Fatal(types(events))
	}
	a.Posted = 100 * cent
	if got := types(a.Watch(time.Now(), tollkeeper.EffectiveLimits{})); !slices.Equal(got, []tollkeeper.EventType{tollkeeper.EventCreditLowCleared}) {
		t.Fatal(got)
	}
}

// Running out is told once, until what ended it has come: money, an invoice, or
// another day.
func TestRunningOutIsToldOnce(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	limits := tollkeeper.EffectiveLimits{DailySpend: 50 * cent, Unbilled: 100 * cent}
	for _, row := range []struct {
		reason tollkeeper.Reason
		want   tollkeeper.EventType
		end    func(*tollkeeper.Account)
	}{
		{tollkeeper.ReasonInsufficientCredit, tollkeeper.EventCreditExhausted, (*tollkeeper.Account).Replenished},
		{tollkeeper.ReasonUnbilledLimit, tollkeeper.EventUnbilledReached, (*tollkeeper.Account).Replenished},
		{tollkeeper.ReasonDailySpendCap, tollkeeper.EventDailySpend, func(a *tollkeeper.Account) { a.Spend(monday.Add(24*time.Hour), cent) }},
	} {
		a := &tollkeeper.Account{}
		a.Spend(monday, 50*cent)
		for range 2 {
			if got := types(a.RanOut(monday, row.reason, limits)); !slices.Equal(got, []tollkeeper.EventType{row.want}) {
				t.Fatalf("%s: %v", row.reason, got)
			}
			if got := a.RanOut(monday, row.reason, limits); got != nil {
				t.Fatalf("%s: told again", row.reason)
			}
			row.end(a)
		}
	}
	if got := new(tollkeeper.Account).RanOut(monday, tollkeeper.ReasonRateLimited, limits); got != nil {
		t.Fatal("a call too many in a second is not the end of anything")
	}
}

// Whatever happens to a balance, low and cleared take turns, and the last one
// told is how it is.
func TestLowAndClearedTakeTurns(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	now := time.Now()
	for range 200 {
		a := &tollkeeper.Account{Posted: tollkeeper.Micros(random.IntN(1000)) * cent}
		a.DefaultBillMethod, a.LowBalanceAlertAmount = tollkeeper.BillCredit, int32(random.IntN(500))
		a.Acquaint(now, tollkeeper.EffectiveLimits{})
		low := a.LowBalanceAlertAmount > 0 && a.Available() < tollkeeper.FromCents(a.LowBalanceAlertAmount)
		for range 200 {
			switch random.IntN(3) {
			case 0:
				a.Posted = tollkeeper.Micros(random.IntN(1000)) * cent
			case 1:
				a.Held = tollkeeper.Micros(random.IntN(300)) * cent
			case 2:
				a.LowBalanceAlertAmount = int32(random.IntN(500))
			}
			for _, e := range a.Watch(now, tollkeeper.EffectiveLimits{}) {
				switch {
				case e.Type == tollkeeper.EventCreditLow && !low:
					low = true
				case e.Type == tollkeeper.EventCreditLowCleared && low:
					low = false
				default:
					t.Fatalf("%s, though the last one told was low: %v", e.Type, low)
				}
			}
			if is := a.LowBalanceAlertAmount > 0 && a.Available() < tollkeeper.FromCents(a.LowBalanceAlertAmount); is != low {
				t.Fatalf("low is %v and %v was told", is, low)
			}
		}
	}
}

func BenchmarkWatch(b *testing.B) {
	a := &tollkeeper.Account{Posted: 500 * cent}
	a.DefaultBillMethod, a.LowBalanceAlertAmount = tollkeeper.BillCredit, 100
	now := time.Now()
	for b.Loop() {
		a.Watch(now, tollkeeper.EffectiveLimits{DailySpend: 1, Unbilled: 1})
	}
}
