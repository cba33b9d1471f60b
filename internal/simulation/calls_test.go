package simulation_test

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"tollkeeper"
)

// authorize asks for a new call.
func (a *auditor) authorize() {
	r := a.w.random
	k := &call{held: new(big.Int), charged: new(big.Int), question: tollkeeper.Authorization{
		CallKey:   tollkeeper.CallKey{CallID: fmt.Sprintf("call-%d", len(a.calls)), Leg: pick(r, "", "", "b")},
		Direction: pick(r, tollkeeper.Outbound, tollkeeper.Outbound, tollkeeper.Outbound, tollkeeper.Inbound),
		WholeCall: r.IntN(6) == 0,
		To:        "+" + pick(r, "1", "44", "4420", "33", "338", "7", "999") + fmt.Sprint(1000000+r.IntN(9000000)),
		Caller:    tollkeeper.CallingNumber{Shown: fmt.Sprint("+1212555", 1000+r.IntN(9000))},
	}}
	k.question.Called.E164 = k.question.To
	k.client = a.anyone()
	k.question.Customer = k.client.id
	if k.trunk = a.someTrunk(k.client); k.trunk != nil {
		k.question.Trunk, k.question.TrunkLimited = k.trunk.id, k.trunk.limited()
	}
	if r.IntN(25) == 0 {
		k.question.To, k.question.Direction = "911", tollkeeper.Outbound
		k.question.Called = tollkeeper.CalledNumber{E164: "911", Emergency: true}
		if r.IntN(2) == 0 || k.client.deleted {
			k.question.Customer, k.client = tollkeeper.ID{0xff}, nil
			k.question.Trunk, k.question.TrunkLimited, k.trunk = tollkeeper.ID{}, false, nil
		}
	}
	a.around(k.client, func() error {
		decision, err := a.w.ledger.Authorize(context.Background(), k.question)
		k.uncertain = k.uncertain || decision.Emergency && a.unrecorded(k.question.CallKey)
		k.first = decision
		return err
	}, func(err error) {
		if err != nil {
			a.w.fatalf("authorize %+v: %v", k.question, err)
		}
		a.enterDecision(k)
	})
}

// unrecorded reports whether an emergency call was let through without a trace.
func (a *auditor) unrecorded(key tollkeeper.CallKey) bool {
	_, err := a.w.ledger.Answer(context.Background(), tollkeeper.Report{CallKey: key})
	return err != nil
}

func (a *auditor) enterDecision(k *call) {
	q, d := &k.question, &k.first
	a.tally[string(d.Reason)]++
	a.enterTrunk(k)
	if !d.Allowed {
		if a.mustAllow(k) {
			a.w.fatalf("%+v was denied (%s) to a customer with %s", *q, d.Reason, a.expected(k.client))
		}
		return
	}
	a.calls = append(a.calls, k)
	k.live, k.heard, k.remaining = true, a.w.clock(), d.GrantedSeconds
	if q.Called.Emergency {
		if !k.uncertain {
			k.answeredAt = a.w.clock() // unrecorded has reported an answer
		}
		if d.Held != 0 || !d.Emergency {
			a.w.fatalf("an emergency call holds money: %+v", *d)
		}
		return
	}
	if k.client.deleted || k.client.status != tollkeeper.StatusActive {
		a.w.fatalf("a customer who is %s, deleted %v, was allowed %+v", k.client.status, k.client.deleted, *d)
	}
	k.accrues = k.client.method == tollkeeper.BillPaymentMethod
	k.price = tariff{minimum: 1, increment: 1}
	if q.Direction == tollkeeper.Outbound {
		var ok bool
		if k.price, ok = a.lookup(k.client.deck, q.To); !ok || int64(d.Tariff.PricePerMinute) != k.price.perMinute {
			a.w.fatalf("%s was priced %+v; the deck has %+v", q.To, d.Tariff, k.price)
		}
	}
	_, price := k.price.of(time.Duration(d.GrantedSeconds) * time.Second)
	if price.Cmp(amount(d.Held)) != 0 {
		a.w.fatalf("a grant of %d s at %+v holds %s, not %s", d.GrantedSeconds, k.price, amount(d.Held), price)
	}
	k.live = false // its claim is measured against the others' holds
	a.claimed(k, price)
	k.live = true
}

// mustAllow reports whether nothing speaks against a call.
func (a *auditor) mustAllow(k *call) bool {
	c := k.client
	if c == nil || k.question.Called.Emergency {
		return true
	}
	if a.refuses(k.trunk, k.question.Direction) != "" || c.deleted || c.limited || c.status != tollkeeper.StatusActive {
		return false
	}
	if k.question.Direction == tollkeeper.Inbound {
		return true
	}
	price, ok := a.lookup(c.deck, k.question.To)
	if !ok {
		return false
	}
	if price.perMinute == 0 && price.fee == 0 {
		return true
	}
	_, least := price.of(time.Second)
	free := a.free(c, c.method == tollkeeper.BillPaymentMethod)
	return free == nil || least.Cmp(free) <= 0
}

// report makes what a switch may say of a call's conversation.
func (a *auditor) report(k *call) tollkeeper.Report {
	r := tollkeeper.Report{CallKey: k.question.CallKey}
	if a.w.random.IntN(3) == 0 && k.client != nil {
		r.Customer = k.client.id
	}
	var used time.Duration
	switch random := a.w.random; random.IntN(8) {
	case 0:
		return r // the server's clock counts
	case 1:
		used = k.used // the last report again
	case 2:
		used = time.Duration(random.Int64N(1 + int64(k.used))) // one that comes late
	case 3:
		used = k.used + time.Duration(random.Int64N(int64(2*time.Hour))) // far beyond the grant
	default:
		used = k.used + time.Duration(random.Int64N(int64(2*time.Minute)))
	}
	used = used.Truncate(pick(a.w.random, time.Second, time.Millisecond))
	r.Used = &used
	return r
}

// talked is the conversation that a report stands for.
func (a *auditor) talked(k *call, r tollkeeper.Report) time.Duration {
	switch {
	case r.Used != nil:
		return *r.Used
	case k.answeredAt.IsZero():
		return 0
	default:
		return max(0, a.w.clock().Sub(k.answeredAt))
	}
}

func (a *auditor) answer(k *call) {
	a.around(k.client, func() error {
		_, err := a.w.ledger.Answer(context.Background(), tollkeeper.Report{CallKey: k.question.CallKey})
		return err
	}, func(err error) {
		if a.missing(k, err) || !k.live || !k.answeredAt.IsZero() {
			return
		}
		k.answeredAt, k.heard = a.w.clock(), a.w.clock()
	})
}

// missing accepts that a call may be unknown when it was let through while
// nothing could be stored; any other error is a fault.
func (a *auditor) missing(k *call, err error) bool {
	if k.uncertain && tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
		k.live = false
		return true
	}
	if err != nil {
		a.w.fatalf("call %s: %v", k.question.CallID, err)
	}
	return false
}

func (a *auditor) extend(k *call) {
	r := a.report(k)
	var d tollkeeper.Decision
	a.around(k.client, func() (err error) {
		d, err = a.w.ledger.Extend(context.Background(), r)
		return err
	}, func(err error) {
		if !a.missing(k, err) {
			a.enterExtension(k, r, d)
		}
	})
}

func (a *auditor) enterExtension(k *call, r tollkeeper.Report, d tollkeeper.Decision) {
	if !k.live {
		if d.GrantedSeconds != 0 || !d.Final {
			a.w.fatalf("call %s is over, and was granted %+v", k.question.CallID, d)
		}
		return
	}
	used := a.talked(k, r)
	if used < k.used || used == k.used && k.extends > 0 {
		if amount(d.Held).Cmp(k.held) != 0 {
			a.w.fatalf("call %s: a repeated extension moved its hold from %s to %s", k.question.CallID, k.held, amount(d.Held))
		}
		return
	}
	k.used, k.heard, k.remaining = used, a.w.clock(), d.GrantedSeconds
	k.extends++
	if k.answeredAt.IsZero() {
		k.answeredAt = a.w.clock().Add(-used)
	}
	if k.first.Emergency {
		return
	}
	if d.GrantedSeconds > 0 {
		total := time.Duration(d.GrantedSeconds+ceilDiv(used.Milliseconds(), 1000)) * time.Second
		if _, price := k.price.of(total); price.Cmp(amount(d.Held)) > 0 {
			a.w.fatalf("call %s may talk for %s and holds %s, not %s", k.question.CallID, total, amount(d.Held), price)
		}
	}
	a.claimed(k, amount(d.Held))
}

func (a *auditor) end(k *call) {
	r := a.report(k)
	r.Cause = pick(a.w.random, "", "busy")
	var record tollkeeper.CDR
	a.around(k.client, func() (err error) {
		record, err = a.w.ledger.End(context.Background(), r)
		return err
	}, func(err error) {
		if !a.missing(k, err) {
			a.enterEnd(k, r, record)
		}
	})
}

func (a *auditor) enterEnd(k *call, r tollkeeper.Report, record tollkeeper.CDR) {
	talked := a.talked(k, r)
	switch {
	case k.live:
		a.tally["ended"]++
		a.enterRecord(k, record, talked, new(big.Int))
		k.live, k.held = false, new(big.Int)
	case k.expired && r.Used != nil && talked > k.used && k.client != nil && !k.client.deleted:
		a.tally["corrected"]++
		if record.Corrects.IsZero() || record.Expired {
			a.w.fatalf("call %s expired after %s and lasted %s; its record is %+v", k.question.CallID, k.used, talked, record)
		}
		a.enterRecord(k, record, talked, k.charged)
		k.expired = false
	case k.record != nil && record != *k.record:
		a.w.fatalf("call %s was recorded as %+v, and now is as %+v", k.question.CallID, *k.record, record)
	case k.record == nil && !record.Expired:
		a.w.fatalf("call %s expired; its record is %+v", k.question.CallID, record)
	}
	k.record = &record
}

// enterRecord checks the price of a conversation of which a part may be charged
// already.
func (a *auditor) enterRecord(k *call, record tollkeeper.CDR, talked time.Duration, paid *big.Int) {
	charge := new(big.Int)
	if !k.first.Emergency {
		_, charge = k.price.of(talked)
	}
	charge.Sub(charge, paid)
	if charge.Cmp(amount(record.Charge)) != 0 {
		a.w.fatalf("call %s of %s at %+v, of which %s is paid, was charged %s, not %s",
			k.question.CallID, talked, k.price, paid, amount(record.Charge), charge)
	}
	if charge.Sign() != 0 {
		a.charge(k, charge)
	}
	k.charged = new(big.Int).Add(paid, charge)
}

// expire ends the silent calls. None may be charged before its time is over, nor
// more than was known of it.
func (a *auditor) expire() {
	ctx := context.Background()
	keys, err := a.w.store.ExpiredCalls(ctx, a.w.clock(), 1<<20)
	if err != nil {
		a.w.fatalf("find silent calls: %v", err)
	}
	due := map[tollkeeper.CallKey]bool{}
	for _, key := range keys {
		due[key] = true
	}
	if err := a.w.settled(func() error { _, err := a.w.ledger.Expire(ctx); return err }, nil); err != nil {
		a.w.fatalf("expire: %v", err)
	}
	for _, k := range a.calls {
		if !k.live {
			continue
		}
		left := k.remaining + policy.GraceSeconds
		if k.answeredAt.IsZero() {
			left += policy.RingSeconds
		}
		silent := a.w.clock().Sub(k.heard)
		over := silent >= time.Duration(left)*time.Second
		if !due[k.question.CallKey] {
			// A second begun counts as used in an answer, but not in a call's life.
			if silent >= time.Duration(left+1)*time.Second && !k.uncertain {
				a.w.fatalf("call %s has been silent since %s and goes on", k.question.CallID, k.heard)
			}
			continue
		}
		if !over && k.remaining > 0 && !k.uncertain {
			a.w.fatalf("call %s was heard of at %s and had %d s left, but has expired", k.question.CallID, k.heard, left)
		}
		a.tally["expired"]++
		k.live, k.expired, k.held = false, true, new(big.Int)
		if !k.first.Emergency {
			_, k.charged = k.price.of(k.used)
			a.charge(k, k.charged)
		}
	}
	for _, c := range a.customers {
		if actual, expected := a.actual(c), a.expected(c); actual != expected {
			a.w.fatalf("after expiry customer %s has: %s\nthe books say: %s", c.id, actual, expected)
		}
	}
}

// reask repeats the question of a call: the answer must be the first one. Another
// question under its id must be refused.
func (a *auditor) reask(k *call) {
	if k.first.Emergency {
		return
	}
	q := k.question
	foreign := a.w.random.IntN(3) == 0
	if foreign {
		q.Caller.Shown = "+12125550000" // no call is from there
	}
	var again tollkeeper.Decision
	a.around(k.client, func() (err error) {
		again, err = a.w.ledger.Authorize(context.Background(), q)
		return err
	}, func(err error) {
		switch {
		case foreign && tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict:
			a.w.fatalf("call %s was asked about with other parties: %v, %+v", q.CallID, err, again)
		case !foreign && (err != nil || again != k.first):
			a.w.fatalf("call %s was answered %+v, and now is %+v, %v", q.CallID, k.first, again, err)
		}
	})
}

// reaskAll asks again for every answer that was ever given.
func (a *auditor) reaskAll() {
	ctx := context.Background()
	for _, k := range a.calls {
		if k.uncertain {
			continue
		}
		again, err := a.w.ledger.Authorize(ctx, k.question)
		if err != nil || again != k.first && !k.first.Emergency { // one let through without a trace had no media
			a.w.fatalf("call %s was answered %+v, and now is %+v, %v", k.question.CallID, k.first, again, err)
		}
		if k.record == nil {
			continue
		}
		record, err := a.w.ledger.End(ctx, tollkeeper.Report{CallKey: k.question.CallKey})
		if err != nil || record != *k.record {
			a.w.fatalf("call %s was recorded as %+v, and now is as %+v, %v", k.question.CallID, *k.record, record, err)
		}
	}
	for _, p := range a.posts {
		if p.client.deleted {
			continue
		}
		entry, err := a.w.store.Adjust(ctx, tollkeeper.Write{}, p.client.id, p.asked)
		if err != nil || entry != p.entry {
			a.w.fatalf("adjustment %s was entered as %+v, and now is as %+v, %v", p.asked.Key, p.entry, entry, err)
		}
	}
}
