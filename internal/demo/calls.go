package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tollkeeper"
)

// call is one call as it will go, if it is let through.
type call struct {
	tollkeeper.Authorization
	Cause    string
	start    time.Time
	ring     time.Duration
	talk     time.Duration // 0: nobody answers
	fate     fate
	answered time.Time
}

// fate is how a call ends.
type fate uint8

const (
	ends   fate = iota
	silent      // the switch dies after its first extension
	lives       // it is in progress when the history ends
)

// silence is how long after its start a call that falls silent has expired: it
// rings, has a first slice of 60 s, a second of 120 s, and its grace.
const silence = time.Minute + 60*time.Second + 120*time.Second + 30*time.Second + time.Minute

// lead is how long a customer has been with the carrier before the first call.
const lead = 2 * time.Hour

// planCalls lays out everything an account's switch will do.
func planCalls(h *history, a *account, random *rand.Rand) []*call {
	p := &planner{account: a, random: random, end: h.Now, begin: later(h.begin(), h.ago(a.joined).Add(lead))}
	var calls []*call
	for range a.calls {
		if c := p.call(p.moment()); c.over().Before(h.Now) {
			calls = append(calls, c)
		}
	}
	for range a.live {
		calls = append(calls, p.liveCall())
	}
	return calls
}

// planner makes up the calls of one account.
type planner struct {
	*account
	random     *rand.Rand
	begin, end time.Time
	made       int
}

// moment picks a time at which the account's people are at the telephone.
func (p *planner) moment() time.Time {
	zone := time.FixedZone("", p.zone*3600)
	for {
		at := p.begin.Add(time.Duration(p.random.Int64N(int64(p.end.Sub(p.begin))))).Truncate(time.Millisecond)
		local := at.In(zone)
		chance := p.day.hours[local.Hour()]
		if day := local.Weekday(); day == time.Saturday || day == time.Sunday {
			chance = chance * p.day.weekend / 100
		}
		if p.random.IntN(100) < chance {
			return at
		}
	}
}

// call makes up one call: of a hundred, about seventy are answered.
func (p *planner) call(at time.Time) *call {
	c := p.dialled(at)
	c.ring = p.seconds(3, 20)
	switch n := p.random.IntN(1000); {
	case c.To == "911" || c.To == "933":
		c.talk, c.ring = p.seconds(12, 220), p.seconds(1, 4)
	case n < 700:
		c.talk = p.conversation()
	case n < 707 && !c.WholeCall && c.Direction == tollkeeper.Outbound:
		c.talk, c.fate = 20*time.Minute, silent
	case n < 850:
		c.Cause, c.ring = "no_answer", p.seconds(25, 45)
	case n < 920:
		c.Cause, c.ring = "user_busy", p.seconds(1, 3)
	case n < 980:
		c.Cause = "originator_cancel"
	default:
		c.Cause, c.ring = "unallocated_number", p.seconds(1, 2)
	}
	return c
}

// liveCall makes up a call that is in progress at the end of the history. Its
// switch cannot extend, so that its grant lasts for hours.
func (p *planner) liveCall() *call {
	c := p.call(p.end.Add(-p.seconds(90, 2000)))
	c.fate, c.talk, c.WholeCall, c.Cause = lives, time.Hour, true, ""
	c.Direction, c.From, c.To = tollkeeper.Outbound, p.number, p.pick(p.dials)
	c.ring = p.seconds(3, 20)
	return c
}

// dialled makes up the parties of a call.
func (p *planner) dialled(at time.Time) *call {
	p.made++
	c := &call{start: at}
	c.CallID = fmt.Sprintf("%012x%04x@sip.%s", p.random.Uint64()>>16, p.made, p.site)
	c.Direction, c.From, c.WholeCall = tollkeeper.Outbound, p.number, p.whole
	switch n := p.random.IntN(1000); {
	case n < 3:
		c.To = "933"
	case n < 5:
		c.To = "911"
	case n < 5+10*p.inbound:
		c.Direction, c.From, c.To = tollkeeper.Inbound, p.pick(northAmerica), p.number
	default:
		c.To = p.pick(p.dials)
	}
	return c
}

// conversation is short more often than long, as conversations are.
func (p *planner) conversation() time.Duration {
	mean := float64(p.day.talk)
	talked := time.Duration(p.random.ExpFloat64() * mean).Truncate(time.Millisecond)
	return min(max(talked, 2*time.Second), 55*time.Minute)
}

// seconds picks a time between two numbers of seconds, to the millisecond.
func (p *planner) seconds(low, high int) time.Duration {
	return time.Duration(low*1000+p.random.IntN((high-low)*1000)) * time.Millisecond
}

// over is the latest that the call can have ended, a minute included for the order
// in which trunks and office work.
func (c *call) over() time.Time {
	if c.fate == silent {
		return c.start.Add(silence + time.Minute)
	}
	return c.start.Add(c.ring + c.talk + time.Minute)
}
