package ledger

import (
	"context"
	"errors"
	"time"

	"tollkeeper"
)

// LetThrough is a call that was let through while the database was gone, for so
// many seconds and by nobody's leave.
type LetThrough struct {
	tollkeeper.Authorization
	At      time.Time
	Seconds int64
}

// Spool keeps such calls until they can be charged.
type Spool interface {
	// Keep is durable when it returns nil.
	Keep(LetThrough) error
	// Waiting returns the calls that are kept, the oldest first.
	Waiting() ([]LetThrough, error)
	// Forget removes the oldest calls.
	Forget(calls int) error
}

// failOpen answers a call that the database cannot be asked about. Only what costs
// little is let through: nothing is known of the customer, neither the credit nor
// which countries may be called.
func (l *Ledger) failOpen(q tollkeeper.Authorization, unavailable error) (tollkeeper.Decision, error) {
	switch {
	case l.policy.FailOpenSeconds == 0 || q.Customer.IsZero():
		return tollkeeper.Decision{}, unavailable
	case q.Direction == tollkeeper.Outbound && q.Called.E164 == "":
		return deny(q, tollkeeper.ReasonInvalidNumber), nil
	case q.Direction == tollkeeper.Outbound && !q.Called.Domestic:
		return deny(q, tollkeeper.ReasonInternationalBar), nil
	case q.Direction == tollkeeper.Outbound && q.Called.Premium:
		return deny(q, tollkeeper.ReasonPremiumBarred), nil
	}
	through := LetThrough{Authorization: q, At: l.now(), Seconds: l.policy.FailOpenSeconds}
	if q.MaxSeconds > 0 {
		through.Seconds = min(through.Seconds, q.MaxSeconds)
	}
	if err := l.spool.Keep(through); err != nil {
		return tollkeeper.Decision{}, errors.Join(unavailable, err)
	}
	return openDecision(q.CallKey, q.Customer, q.Shown(), through.Seconds), nil
}

// goOn answers a report of a call while the database cannot be asked. Nothing of it
// needs to be kept: the end of the call says how long it lasted.
func (l *Ledger) goOn(r tollkeeper.Report, unavailable error) (tollkeeper.Decision, error) {
	if l.policy.FailOpenSeconds == 0 {
		return tollkeeper.Decision{}, unavailable
	}
	return openDecision(r.CallKey, r.Customer, "", l.policy.FailOpenSeconds), nil
}

func openDecision(key tollkeeper.CallKey, customer tollkeeper.ID, to string, seconds int64) tollkeeper.Decision {
	return tollkeeper.Decision{CallKey: key, Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: seconds,
		Customer: customer, To: to, Media: tollkeeper.Media{BypassReason: tollkeeper.BypassOff}}
}

// replayBatch bounds how many calls one command takes over.
const replayBatch = 100

// Replay takes calls over that were let through, so that they can be reported and
// are charged. It returns how many.
func (l *Ledger) Replay(ctx context.Context) (taken int, err error) {
	if l.spool == nil {
		return 0, nil
	}
	for {
		waiting, err := l.spool.Waiting()
		if err != nil || len(waiting) == 0 {
			return taken, err
		}
		waiting = waiting[:min(len(waiting), replayBatch)]
		touch := Touch{}
		for _, through := range waiting {
			touch.Customers = append(touch.Customers, through.Customer)
			touch.Calls = append(touch.Calls, through.CallKey)
		}
		err = l.do(ctx, touch, func(b *Book) error {
			for _, through := range waiting {
				if err := l.policy.takeOver(b, through); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return taken, err
		}
		if err := l.spool.Forget(len(waiting)); err != nil {
			return taken, err
		}
		taken += len(waiting)
	}
}

// takeOver makes a call that was let through one like any other, whatever the rules
// would have said, and holds the price of its grant even where the credit does not
// suffice. A call that is known already, or whose customer does not exist, is left.
func (p *Policy) takeOver(b *Book, through LetThrough) error {
	known := b.call(through.CallKey)
	a := b.account(through.Customer)
	if known.Live != nil || known.Record != nil || a == nil {
		return nil
	}
	tariff := through.Inbound.Tariff(through.Called.E164)
	if through.Direction == tollkeeper.Outbound {
		tariff, _ = b.Tariff(a.Deck(), through.Called.E164, through.At)
	}
	tariff.BillMethod = a.DefaultBillMethod
	call := p.newCall(b, through.Authorization, tariff)
	call.StartedAt, call.Media = through.At, p.media(&a.Account, through.Authorization)
	_, price, err := rateOf(tariff).Price(time.Duration(through.Seconds) * time.Second)
	if err != nil {
		return amountFault(err)
	}
	if price > 0 {
		if err := b.post(purseOf(a, call), tollkeeper.Transfer{Kind: tollkeeper.TransferHold, Amount: price, Call: call.ID}); err != nil {
			return err
		}
	}
	call.Granted, call.FirstGrant, call.Held = through.Seconds, through.Seconds, price
	a.LiveCalls++
	a.Changed = true
	p.keepAlive(b.Now, call)
	known.Live, known.Changed = call, true
	return nil
}
