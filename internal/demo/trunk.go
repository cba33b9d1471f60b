package demo

import (
	"context"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/store"
)

// trunk is one customer's line and the switch at its end. It has a clock of its
// own, and therefore a ledger of its own: calls of different customers then happen
// at different times and still share a commit.
type trunk struct {
	clock    *clock
	ledger   *ledger.Ledger
	plan     *numbering.Plan
	tally    *tally
	customer tollkeeper.ID // zero until the customer is made
	steps    []step        // what the switch will report, by time

	placed, live int
	denied       map[tollkeeper.Reason]int
}

// step is one report of the switch.
type step struct {
	at  time.Time
	act func(ctx context.Context) error
}

func newTrunk(s *store.Store, plan *numbering.Plan, y *tally) *trunk {
	t := &trunk{clock: &clock{}, plan: plan, tally: y, denied: map[tollkeeper.Reason]int{}}
	ids := tollkeeper.NewGenerator(t.clock.now, tollkeeper.ID{})
	t.ledger = ledger.New(ledger.Config{Store: s, Policy: policy, Now: t.clock.now, NewID: ids.After, Ended: y.ended})
	return t
}

// at notes a step to be taken at a time.
func (t *trunk) at(when time.Time, act func(context.Context) error) {
	i, _ := slices.BinarySearchFunc(t.steps, when, func(s step, when time.Time) int { return s.at.Compare(when) })
	t.steps = slices.Insert(t.steps, i, step{at: when, act: act})
}

// busy reports whether there are steps before a time.
func (t *trunk) busy(until time.Time) bool { return len(t.steps) > 0 && t.steps[0].at.Before(until) }

// run takes the steps before a time, none of them earlier than from.
func (t *trunk) run(ctx context.Context, from, until time.Time) error {
	for t.busy(until) {
		next := t.steps[0]
		t.steps = t.steps[1:]
		t.clock.set(later(next.at, from))
		if err := next.act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// extendMargin is how long before the end of a grant the switch asks for more.
const extendMargin = 5 * time.Second

func (t *trunk) place(ctx context.Context, c *call) error {
	t.placed++
	c.Customer = t.customer
	c.Called, c.Caller = t.plan.Called(c.To), t.plan.Calling(c.From)
	d, err := t.ledger.Authorize(ctx, c.Authorization)
	if err != nil {
		return err
	}
	t.tally.decided(t.clock.now(), c.Authorization, d)
	if !d.Allowed {
		t.denied[d.Reason]++
		return nil
	}
	if c.fate == lives {
		t.live++
		t.tally.lives(t.clock.now())
	}
	rung := t.clock.now().Add(c.ring)
	switch {
	case c.talk > 0:
		t.at(rung, func(ctx context.Context) error { return t.answer(ctx, c) })
	case c.fate != lives:
		t.at(rung, func(ctx context.Context) error { return t.hangUp(ctx, c, 0) })
	}
	return nil
}

func (t *trunk) answer(ctx context.Context, c *call) error {
	d, err := t.ledger.Answer(ctx, t.report(c))
	if err != nil {
		return err
	}
	c.answered = t.clock.now()
	t.talkOn(c, d, 0)
	return nil
}

func (t *trunk) extend(ctx context.Context, c *call) error {
	used := t.clock.now().Sub(c.answered).Truncate(time.Second)
	r := t.report(c)
	r.Used = &used
	d, err := t.ledger.Extend(ctx, r)
	if err != nil {
		return err
	}
	if c.fate != silent {
		t.talkOn(c, d, used)
	}
	return nil
}

// talkOn plans what comes after a grant: the end of the conversation, its cut when
// no more is granted, or the request for more.
func (t *trunk) talkOn(c *call, d tollkeeper.Decision, used time.Duration) {
	granted := used + time.Duration(d.GrantedSeconds)*time.Second
	switch {
	case c.fate == lives:
	case c.talk <= granted:
		t.at(c.answered.Add(c.talk), func(ctx context.Context) error { return t.hangUp(ctx, c, c.talk) })
	case d.Final:
		c.Cause = "allotted_timeout"
		t.at(c.answered.Add(granted), func(ctx context.Context) error { return t.hangUp(ctx, c, granted) })
	default:
		t.at(c.answered.Add(granted-extendMargin), func(ctx context.Context) error { return t.extend(ctx, c) })
	}
}

func (t *trunk) hangUp(ctx context.Context, c *call, talked time.Duration) error {
	r := t.report(c)
	r.Used, r.Cause = &talked, c.Cause
	_, err := t.ledger.End(ctx, r)
	return err
}

func (t *trunk) report(c *call) tollkeeper.Report {
	return tollkeeper.Report{CallKey: c.CallKey, Customer: t.customer}
}
