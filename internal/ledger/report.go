package ledger

import (
	"time"

	"tollkeeper"
)

// keepAlive moves the moment at which silence ends the call: when all that has
// been granted is used up and the grace is over. Until the call is answered it
// may also ring.
func (p *Policy) keepAlive(now time.Time, call *tollkeeper.Call) {
	left := call.Granted - int64(call.Used/time.Second) + p.GraceSeconds
	if call.AnsweredAt.IsZero() {
		left += p.RingSeconds
	}
	call.ExpiresAt = now.Add(time.Duration(left) * time.Second)
}

// live finds the call that a report is about. Over says that it has ended, and
// then call is nil.
func (b *Book) live(r tollkeeper.Report) (known *Call, over bool, err error) {
	known = b.call(r.CallKey)
	var customer tollkeeper.ID
	switch {
	case known.Live != nil:
		customer = known.Live.Customer
	case known.Record != nil:
		customer = known.Record.Customer
	default:
		return nil, false, tollkeeper.Errorf(tollkeeper.CodeNotFound, "no call %q is known", r.CallID)
	}
	if !r.Customer.IsZero() && r.Customer != customer {
		return nil, false, tollkeeper.Errorf(tollkeeper.CodeNotFound, "no call %q is known", r.CallID) // not even that it is another's
	}
	return known, known.Live == nil, nil
}

// answer notes when the conversation began. Repeated or late, it changes nothing.
func (p *Policy) answer(b *Book, r tollkeeper.Report) (tollkeeper.Decision, error) {
	known, over, err := b.live(r)
	if err != nil {
		return tollkeeper.Decision{}, err
	}
	if over {
		return overDecision(known.Record), nil
	}
	call := known.Live
	if call.AnsweredAt.IsZero() {
		call.AnsweredAt = b.Now
		p.keepAlive(b.Now, call)
		known.Changed = true
	}
	return decisionFor(call, remaining(call)), nil
}

// extend takes the next slice. A report that repeats the last one, or comes late,
// takes nothing and answers what is left.
func (p *Policy) extend(b *Book, r tollkeeper.Report) (tollkeeper.Decision, error) {
	known, over, err := b.live(r)
	if err != nil {
		return tollkeeper.Decision{}, err
	}
	if over {
		return overDecision(known.Record), nil
	}
	used := conversation(b.Now, known.Live.AnsweredAt, r.Used)
	if used < known.Live.Used || used == known.Live.Used && known.Live.Extends > 0 {
		return p.extended(b, known.Live), nil
	}
	call := *known.Live
	if err := p.raise(b, &call, used); err != nil {
		return tollkeeper.Decision{}, err
	}
	known.Live, known.Changed = &call, true
	return p.extended(b, &call), nil
}

// raise takes the next slice for a call that has been talked for as long as used.
func (p *Policy) raise(b *Book, call *tollkeeper.Call, used time.Duration) error {
	if call.AnsweredAt.IsZero() {
		call.AnsweredAt = b.Now.Add(-used)
	}
	call.Slice = min(call.Slice*2, max(p.MaxSliceSeconds, call.Slice))
	total := tollkeeper.WholeSeconds(used) + call.Slice
	switch a := b.account(call.Customer); {
	case call.Emergency:
		call.Granted = tollkeeper.WholeSeconds(used) + p.MaxCallSeconds
	case call.WholeCall: // has been granted all it may use; the report only proves that it lives
	case a.Status != tollkeeper.StatusActive:
		call.Final = true
	case total > call.Granted:
		call.Final = false
		if _, err := p.grant(b, a, call, total); err != nil {
			return err
		}
	}
	call.Used = used
	call.Extends++
	p.keepAlive(b.Now, call)
	return nil
}

// extended answers extend with what the call may still use. A call with nothing
// left is to be ended now.
func (p *Policy) extended(b *Book, call *tollkeeper.Call) tollkeeper.Decision {
	d := decisionFor(call, remaining(call))
	if d.GrantedSeconds > 0 {
		return d
	}
	d.Allowed, d.Reason = false, tollkeeper.ReasonSuspended
	if a := b.account(call.Customer); a != nil && a.Status == tollkeeper.StatusActive {
		_, d.Reason = p.budget(b.Now, a, call)
	}
	return d
}

// remaining is what is left of a call's grant, in whole seconds.
func remaining(call *tollkeeper.Call) int64 {
	return max(0, call.Granted-tollkeeper.WholeSeconds(call.Used))
}

// overDecision answers a report of a call that has ended: nothing is left.
func overDecision(record *tollkeeper.CDR) tollkeeper.Decision {
	call := callOf(record)
	call.Final = true
	return decisionFor(call, 0)
}

// callOf returns what a call record still knows of the call itself.
func callOf(r *tollkeeper.CDR) *tollkeeper.Call {
	return &tollkeeper.Call{
		ID: r.ID, CallKey: r.CallKey, Customer: r.Customer, Trunk: r.Trunk, Direction: r.Direction, From: r.From, To: r.To,
		WholeCall: r.WholeCall, Emergency: r.Emergency, Tariff: r.Tariff, Media: r.Media,
		StartedAt: r.StartedAt, AnsweredAt: r.AnsweredAt,
		FirstGrant: r.FirstGrant, FirstFinal: r.FirstFinal, Granted: r.Granted,
	}
}

// conversation is how long the parties have talked: as the switch says, or else
// by the server's clock since the answer.
func conversation(now, answeredAt time.Time, reported *time.Duration) time.Duration {
	switch {
	case reported != nil:
		return *reported
	case answeredAt.IsZero():
		return 0
	default:
		return max(0, now.Sub(answeredAt).Truncate(time.Millisecond))
	}
}
