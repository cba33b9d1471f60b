package ledger

import (
	"fmt"
	"time"

	"tollkeeper"
)

// facts are what the rules look at when a call is checked, as it was before they did.
type facts struct {
	tollkeeper.Authorization
	policy  *Policy
	now     time.Time
	account *tollkeeper.Account // nil: there is no such customer
	limits  tollkeeper.EffectiveLimits
	trunk   Trunk
	tariff  tollkeeper.Tariff
	barring *tollkeeper.Barring // the row that is about the number; nil: none
}

// about says what a rule looked at.
func (f *facts) about(rule tollkeeper.Reason) string {
	switch rule {
	case tollkeeper.ReasonUnknownCustomer:
		return f.aboutCustomer()
	case tollkeeper.ReasonSuspended:
		return f.aboutStatus()
	case tollkeeper.ReasonOutboundBarred:
		return fmt.Sprintf("outboundBarred is %t", f.limits.OutboundBarred)
	case tollkeeper.ReasonInvalidNumber, tollkeeper.ReasonDestinationBar, tollkeeper.ReasonInternationalBar, tollkeeper.ReasonPremiumBarred:
		return f.aboutNumber(rule)
	case tollkeeper.ReasonRateLimited:
		return fmt.Sprintf("new calls per second: %s for the customer, %s for the trunk",
			limit(f.account.MaxOutboundCallRate, f.account.MaxOutboundCallRate == 0), limit(f.trunk.MaxOutboundCallRate, f.trunk.MaxOutboundCallRate == 0))
	case tollkeeper.ReasonTooManyCalls:
		return fmt.Sprintf("calls in progress: %d of the customer, %s; %d of the trunk, %s",
			f.account.LiveCalls, limit(f.limits.MaxConcurrentCalls, f.limits.MaxConcurrentCalls == 0),
			f.trunk.LiveCalls, limit(f.trunk.MaxConcurrentCalls, f.trunk.MaxConcurrentCalls == 0))
	case tollkeeper.ReasonNoPrice:
		return f.aboutPrice()
	case tollkeeper.ReasonPriceCap:
		return fmt.Sprintf("%s per minute, %s", f.tariff.PricePerMinute, limit(f.limits.MaxPricePerMinute, f.limits.MaxPricePerMinute == 0))
	case tollkeeper.ReasonDailySpendCap:
		return fmt.Sprintf("today %s were spent and %s are held, %s",
			f.account.SpentOn(f.now), f.held(), limit(f.limits.DailySpend, f.limits.DailySpend == 0))
	case tollkeeper.ReasonInsufficientCredit:
		return fmt.Sprintf("%s of the credit is available; %s", f.account.Available(), f.firstSlice())
	case tollkeeper.ReasonUnbilledLimit:
		return fmt.Sprintf("%s are not invoiced yet and %s are held, %s; %s",
			f.account.Accrued, f.account.AccruedHeld, limit(f.limits.Unbilled, f.limits.Unbilled == 0), f.firstSlice())
	}
	return ""
}

func (f *facts) aboutCustomer() string {
	switch {
	case f.account != nil:
		return fmt.Sprintf("%s, %s", f.account.Name, f.account.ID)
	case f.Customer.IsZero():
		return "no customer was named, and no trunk and no number says whose the call is"
	}
	return "there is no customer " + f.Customer.String()
}

func (f *facts) aboutStatus() string {
	if f.account.StatusReason == "" {
		return "the status is " + string(f.account.Status)
	}
	return fmt.Sprintf("the status is %s: %s", f.account.Status, f.account.StatusReason)
}

func (f *facts) aboutNumber(rule tollkeeper.Reason) string {
	to := f.Called
	switch {
	case to.E164 == "":
		return fmt.Sprintf("%q is not a number that can be called", f.To)
	case rule == tollkeeper.ReasonInvalidNumber:
		return to.E164
	case f.barring != nil:
		return f.aboutBarring()
	case rule == tollkeeper.ReasonDestinationBar:
		return "the barring table has no row for it"
	case rule == tollkeeper.ReasonPremiumBarred && !to.Premium:
		return "not a premium-rate number"
	case rule == tollkeeper.ReasonPremiumBarred:
		return "a premium-rate number; " + f.abroad()
	}
	region := to.Region
	if region == "" {
		region = "a number without a region of its own"
	}
	if to.Domestic {
		return region + " is domestic"
	}
	return fmt.Sprintf("%s is not domestic; %s", region, f.abroad())
}

func (f *facts) aboutBarring() string {
	whose := "everybody"
	if !f.barring.Customer.IsZero() {
		whose = "the customer"
	}
	return fmt.Sprintf("the barring table says %s to %s for %s; %s", f.barring.Effect, f.barring.Subject(), whose, f.abroad())
}

func (f *facts) abroad() string {
	if f.account.InternationalCalling {
		return "internationalCalling is 1"
	}
	return "internationalCalling is 0"
}

func (f *facts) aboutPrice() string {
	if f.tariff.Prefix == "" {
		return fmt.Sprintf("the rate deck %s has no price for %s", f.account.Deck(), f.Called.E164)
	}
	return fmt.Sprintf("version %d of the rate deck %s, prefix %s, %s", f.tariff.DeckVersion, f.tariff.Deck, f.tariff.Prefix, f.tariff.Destination)
}

func (f *facts) held() tollkeeper.Micros {
	sum, err := f.account.Held.Add(f.account.AccruedHeld)
	if err != nil {
		return tollkeeper.MaxMicros
	}
	return sum
}

// firstSlice is what the first slice would cost in full.
func (f *facts) firstSlice() string {
	seconds := f.policy.firstWish(f.Authorization)
	_, price, err := rateOf(f.tariff).Price(time.Duration(seconds) * time.Second)
	if err != nil {
		return fmt.Sprintf("%d seconds cost more than can be counted", seconds)
	}
	return fmt.Sprintf("%d seconds cost %s", seconds, price)
}
