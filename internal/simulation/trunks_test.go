package simulation_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// trunk is a trunk in the auditor's books, with the limits and counters of its own.
type trunk struct {
	id      tollkeeper.ID
	client  *client
	calls   int64 // at once; 0: no limit
	rate    int32 // new outbound calls per second; 0: no limit
	window  []time.Time
	deleted bool
}

func (t *trunk) limited() bool { return !t.deleted && (t.calls > 0 || t.rate > 0) }

// live counts the calls that came by a trunk. Those that began without a limit are
// counted too, once there is one.
func (a *auditor) liveBy(t *trunk) (live int64) {
	for _, k := range a.calls {
		if k.live && k.trunk == t && !k.first.Emergency {
			live++
		}
	}
	return live
}

// recent are the calls of the last second, the slow way. What is later than now was
// counted before the clock stepped back.
func (t *trunk) recent(now time.Time) (recent []time.Time) {
	for _, at := range t.window {
		if at.After(now) {
			at = now
		}
		if at.After(now.Add(-time.Second)) {
			recent = append(recent, at)
		}
	}
	return recent
}

// refuses is why a trunk takes no other call, or "".
func (a *auditor) refuses(t *trunk, direction tollkeeper.Direction) tollkeeper.Reason {
	switch {
	case t == nil || !t.limited():
		return ""
	case direction == tollkeeper.Outbound && t.rate > 0 && len(t.recent(a.w.clock())) >= int(t.rate):
		return tollkeeper.ReasonRateLimited
	case t.calls > 0 && a.liveBy(t) >= t.calls:
		return tollkeeper.ReasonTooManyCalls
	}
	return ""
}

// enterTrunk checks an answer against the trunk's limits, and counts a call that was
// let through. The call is not among the live ones yet.
func (a *auditor) enterTrunk(k *call) {
	t, d := k.trunk, &k.first
	if t == nil || d.Emergency {
		return
	}
	reason := a.refuses(t, k.question.Direction)
	if d.Allowed && reason != "" {
		a.w.fatalf("trunk %s let %+v through, against %s", t.id, k.question, reason)
	}
	if !d.Allowed && d.Reason == reason {
		a.tally["refused by a trunk"]++
	}
	if d.Allowed && t.rate > 0 && t.limited() && k.question.Direction == tollkeeper.Outbound {
		now := a.w.clock()
		t.window = append(t.recent(now), now)
	}
}

// trunksOf are a client's trunks, those that were deleted left out.
func (a *auditor) trunksOf(c *client) []*trunk {
	return slices.DeleteFunc(slices.Clone(a.trunks), func(t *trunk) bool { return t.client != c || t.deleted })
}

// someTrunk is a trunk that a call of a client may come by, or nil.
func (a *auditor) someTrunk(c *client) *trunk {
	if trunks := a.trunksOf(c); len(trunks) > 0 && a.w.random.IntN(3) > 0 {
		return pick(a.w.random, trunks...)
	}
	return nil
}

// actAboutTrunks makes a trunk, changes its limits or removes it.
func (a *auditor) actAboutTrunks(c *client) {
	trunks := a.trunksOf(c)
	switch n := a.w.random.IntN(8); {
	case len(trunks) == 0 || n == 0 && len(trunks) < 3:
		a.createTrunk(c)
	case n == 1:
		a.removeTrunk(pick(a.w.random, trunks...))
	default:
		a.limitTrunk(pick(a.w.random, trunks...))
	}
}

// createTrunk makes a trunk without limits. Calls that came by it before it gets its
// first one are counted all the same.
func (a *auditor) createTrunk(c *client) {
	t := &trunk{client: c}
	draft := tollkeeper.Trunk{Customer: c.id, Name: fmt.Sprint("trunk-", len(a.trunks)), Active: true}
	a.around(c, func() error {
		once := tollkeeper.Once{Principal: "test", Key: draft.Name, Hash: []byte{1}, Render: func(result any) *tollkeeper.Answer {
			made := result.(tollkeeper.Trunk)
			return &tollkeeper.Answer{Body: made.ID[:]}
		}}
		made, err := a.w.store.CreateTrunk(context.Background(), tollkeeper.Write{Once: &once}, draft)
		if t.id = made.ID; once.Replayed != nil {
			copy(t.id[:], once.Replayed.Body)
		}
		return err
	}, func(err error) {
		if c.deleted && tollkeeper.ErrorCode(err) == tollkeeper.CodeInvalid {
			return
		}
		if err != nil || c.deleted {
			a.w.fatalf("make a trunk for customer %s, deleted %v: %v", c.id, c.deleted, err)
		}
		a.trunks = append(a.trunks, t)
	})
}

// limitTrunk changes a trunk's limits, or takes them away.
func (a *auditor) limitTrunk(t *trunk) {
	r := a.w.random
	calls, rate := pick[int64](r, 0, 1, 2, 5), pick[int32](r, 0, 0, 1, 2)
	a.around(t.client, func() error {
		_, err := a.w.store.PatchTrunk(context.Background(), tollkeeper.Write{}, t.id, func(stored *tollkeeper.Trunk) error {
			stored.MaxConcurrentCalls, stored.MaxOutboundCallRate = calls, rate
			return nil
		})
		return err
	}, func(err error) {
		if err != nil {
			a.w.fatalf("limit trunk %s to %d calls and %d per second: %v", t.id, calls, rate, err)
		}
		if t.calls, t.rate = calls, rate; !t.limited() {
			t.window = nil
		}
	})
}

// removeTrunk removes a trunk. Its calls go on.
func (a *auditor) removeTrunk(t *trunk) {
	tries := 0
	a.around(t.client, func() error {
		tries++
		_, err := a.w.store.DeleteTrunk(context.Background(), tollkeeper.Write{}, t.id, func(*tollkeeper.Trunk) error { return nil })
		return err
	}, func(err error) {
		if again := tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound && tries > 1; err != nil && !again {
			a.w.fatalf("remove trunk %s: %v", t.id, err)
		}
		t.deleted = true
	})
}

// inspectTrunks compares the trunks and the counters that the next call would meet.
func (a *auditor) inspectTrunks() {
	ctx := context.Background()
	for _, t := range a.trunks {
		stored, err := a.w.store.Trunk(ctx, t.id)
		switch {
		case t.deleted && tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound:
		case err != nil || t.deleted || stored.MaxConcurrentCalls != t.calls || stored.MaxOutboundCallRate != t.rate:
			a.w.fatalf("trunk %+v is stored as %+v, %v", *t, stored, err)
		case t.limited():
			a.inspectLoad(t)
		}
	}
}

func (a *auditor) inspectLoad(t *trunk) {
	key := ledger.TrunkKey{Customer: t.client.id, Trunk: t.id}
	touch := ledger.Touch{Customers: []tollkeeper.ID{key.Customer}, Trunks: []ledger.TrunkKey{key}}
	err := a.w.store.Consider(context.Background(), touch, func(b *ledger.Book) error {
		load := b.Trunks[key]
		if live := a.liveBy(t); load == nil || load.LiveCalls != live {
			a.w.fatalf("trunk %s has the counters %+v; the books have %d live calls", t.id, load, live)
		}
		return nil
	})
	if err != nil {
		a.w.fatalf("read the counters of trunk %s: %v", t.id, err)
	}
}
