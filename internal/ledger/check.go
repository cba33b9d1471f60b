package ledger

import (
	"context"
	"fmt"

	"tollkeeper"
)

// Check says what Authorize would answer, and why. The same rules decide over the same
// book, and nothing of it is stored.
func (l *Ledger) Check(ctx context.Context, q tollkeeper.Authorization) (check tollkeeper.Check, err error) {
	q.CallKey = tollkeeper.CallKey{} // no switch's
	err = l.store.Consider(ctx, touchAttempt(q), func(b *Book) (err error) {
		b.Now, b.newID, b.limits = l.now(), l.newID, l.policy.Limits
		check, err = l.policy.check(b, q)
		return err
	})
	return check, err
}

func (p *Policy) check(b *Book, q tollkeeper.Authorization) (tollkeeper.Check, error) {
	facts := facts{Authorization: q, policy: p, now: b.Now}
	if a := b.account(q.Customer); a != nil {
		account := a.Account
		facts.account, facts.limits = &account, account.Limits.Over(p.Limits)
	}
	facts.barring = b.Barrings.Find(q.Customer, q.Called)
	if t := b.Trunks[TrunkKey{q.Customer, q.Trunk}]; t != nil {
		facts.trunk = *t
	}
	decision, err := p.authorize(b, q)
	if err != nil {
		return tollkeeper.Check{}, err
	}
	facts.tariff = decision.Tariff
	check := tollkeeper.Check{Decision: decision, Called: q.Called}
	refused := false
	for _, rule := range tollkeeper.Reasons {
		if rule == tollkeeper.ReasonOK || rule == tollkeeper.ReasonOverloaded {
			continue
		}
		checked := tollkeeper.CheckedRule{Rule: rule, Outcome: tollkeeper.OutcomePassed, Detail: facts.exempt(rule)}
		switch {
		case checked.Detail != "":
			checked.Outcome = tollkeeper.OutcomeExempt
		case refused:
			checked.Outcome = tollkeeper.OutcomeNotReached
		default:
			if checked.Detail = facts.about(rule); rule == decision.Reason {
				checked.Outcome, refused = tollkeeper.OutcomeRefused, true
			}
		}
		check.Rules = append(check.Rules, checked)
	}
	return check, nil
}

// exempt says why a rule is not about the call, or nothing.
func (f *facts) exempt(rule tollkeeper.Reason) string {
	if f.Called.Emergency && f.Direction == tollkeeper.Outbound {
		return "an emergency number passes every rule"
	}
	inbound := f.Direction == tollkeeper.Inbound
	switch rule {
	case tollkeeper.ReasonOutboundBarred, tollkeeper.ReasonInvalidNumber, tollkeeper.ReasonDestinationBar, tollkeeper.ReasonInternationalBar, tollkeeper.ReasonPremiumBarred,
		tollkeeper.ReasonRateLimited:
		if inbound {
			return "it is about outbound calls"
		}
	case tollkeeper.ReasonNoPrice, tollkeeper.ReasonPriceCap:
		if inbound {
			return "an inbound call costs what its number says"
		}
	case tollkeeper.ReasonInsufficientCredit:
		if f.account != nil && f.account.DefaultBillMethod == tollkeeper.BillPaymentMethod {
			return "the customer is invoiced"
		}
	case tollkeeper.ReasonUnbilledLimit:
		if f.account != nil && f.account.DefaultBillMethod == tollkeeper.BillCredit {
			return "the customer pays by credit"
		}
	}
	return ""
}

// limit says how a limit reads that may be none.
func limit[T any](value T, isNone bool) string {
	if isNone {
		return "no limit"
	}
	return fmt.Sprintf("at most %v", value)
}
