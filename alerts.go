package tollkeeper

import "time"

// Alerts are the conditions of an account that its owner has been told of. They
// are stored with the balance, so that one crossing is told once, whichever node
// sees it and whatever is restarted.
type Alerts uint8

// The conditions. A bit is set when the owner is told that the condition began,
// and cleared when it has ended.
const (
	AlertCreditLow Alerts = 1 << iota
	AlertCreditExhausted
	AlertDailySpend
	AlertUnbilledNear
	AlertUnbilledReached
	AlertRefillDue
)

// nearPercent is the part of the unbilled limit at which its owner is warned.
const nearPercent = 80

// Watch compares the balances with what they are measured against, and returns an
// event for each crossing that the owner has not been told of. It is called after
// every change of either.
func (a *Account) Watch(now time.Time, limits EffectiveLimits) (events []Event) {
	available, threshold := a.Available(), FromCents(a.LowBalanceAlertAmount)
	low := a.DefaultBillMethod == BillCredit && threshold > 0 && available < threshold // usage that is invoiced draws on no credit
	if a.turned(AlertCreditLow, low) {
		kind := EventCreditLow
		if !low {
			kind = EventCreditLowCleared
		}
		events = append(events, NewEvent(kind, a.ID, now, "availableMicros", available, "thresholdMicros", threshold))
	}
	refill := a.RefillDue(limits.RefillBelow)
	if a.turned(AlertRefillDue, refill) && refill {
		events = append(events, NewEvent(EventRefillDue, a.ID, now, "availableMicros", available, "thresholdMicros", a.refillTrigger(limits.RefillBelow)))
	}
	near := limits.Unbilled - limits.Unbilled/100*(100-nearPercent)
	isNear := a.DefaultBillMethod == BillPaymentMethod && limits.Unbilled > 0 && a.Accrued >= near
	if a.turned(AlertUnbilledNear, isNear) && isNear {
		events = append(events, NewEvent(EventUnbilledNear, a.ID, now, "unbilledMicros", a.Accrued, "limitMicros", limits.Unbilled))
	}
	return events
}

// RanOut notes that a call was refused or cut short because there was nothing left
// to hold for it, and returns the event to tell, unless it has been told.
func (a *Account) RanOut(now time.Time, reason Reason, limits EffectiveLimits) (events []Event) {
	switch {
	case reason == ReasonInsufficientCredit && a.turned(AlertCreditExhausted, true):
		events = append(events, NewEvent(EventCreditExhausted, a.ID, now, "availableMicros", a.Available()))
	case reason == ReasonDailySpendCap && a.turned(AlertDailySpend, true):
		events = append(events, NewEvent(EventDailySpend, a.ID, now, "spentMicros", a.SpentOn(now), "limitMicros", limits.DailySpend))
	case reason == ReasonUnbilledLimit && a.turned(AlertUnbilledReached, true):
		events = append(events, NewEvent(EventUnbilledReached, a.ID, now, "unbilledMicros", a.Accrued, "limitMicros", limits.Unbilled))
	}
	return events
}

// Replenished ends the conditions that money coming in, or usage being invoiced,
// ends. Holds that are freed do not: the next call would only take them again.
func (a *Account) Replenished() { a.Alerts &^= AlertCreditExhausted | AlertUnbilledReached }

// Acquaint takes an account as it is: what is so from the start was not crossed.
func (a *Account) Acquaint(now time.Time, limits EffectiveLimits) {
	a.Watch(now, limits)
}

// turned sets or clears an alert and reports whether that changed it.
func (a *Account) turned(alert Alerts, on bool) bool {
	if (a.Alerts&alert != 0) == on {
		return false
	}
	a.Alerts ^= alert
	return true
}
