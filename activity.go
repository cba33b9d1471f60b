package tollkeeper

import (
	"slices"
	"time"
)

// Ruling is a decision about a call that wanted to start, as it is kept for a while
// for people to look at.
type Ruling struct {
	ID        ID
	CreatedAt time.Time
	Direction Direction
	From      string
	Decision
}

// Metric names something that is counted over time.
type Metric string

// The metrics beside those of decisions, which are decision. and the reason, and of
// events, which are event. and the type.
const (
	MetricCharged  Metric = "charged"  // micro-units that customers were charged
	MetricCredited Metric = "credited" // micro-units that customers were credited
	MetricDebited  Metric = "debited"  // micro-units that were taken by hand
	MetricSeconds  Metric = "seconds"  // conversation that ended
	MetricCalls    Metric = "calls"    // calls that ended
	MetricLive     Metric = "live"     // calls in progress, at their most
	MetricLow      Metric = "low"      // customers low on credit, at their most
)

// DecisionMetric counts decisions for a reason.
func DecisionMetric(r Reason) Metric { return "decision." + Metric(r) }

// Peak reports that a metric is the highest of what was seen, and not a sum.
func (m Metric) Peak() bool { return m == MetricLive || m == MetricLow }

// countedEvents are what owners are alerted of, and how refills went.
var countedEvents = []EventType{
	EventCreditLow, EventCreditExhausted, EventDailySpend, EventUnbilledNear, EventUnbilledReached,
	EventRefillSucceeded, EventRefillFailed, EventRefillDisabled,
}

// EventMetric counts events of a type.
func EventMetric(t EventType) Metric { return "event." + Metric(t) }

// EventCounts counts those events that charts show.
func EventCounts(events []Event) (counts []Count) {
	for _, e := range events {
		if !slices.Contains(countedEvents, e.Type) {
			continue
		}
		for _, step := range []ActivityStep{ByMinute, ByHour} {
			counts = append(counts, Count{Step: step, At: e.CreatedAt.UTC().Truncate(time.Duration(step)), Metric: EventMetric(e.Type), Amount: 1})
		}
	}
	return counts
}

// ActivityStep is a length of time that activity is counted by.
type ActivityStep time.Duration

// The steps, and how long their counts are kept.
const (
	ByMinute = ActivityStep(time.Minute)
	ByHour   = ActivityStep(time.Hour)
)

// Kept is how long counts of a step are kept.
func (s ActivityStep) Kept() time.Duration {
	if s == ByMinute {
		return 2 * 24 * time.Hour
	}
	return 400 * 24 * time.Hour
}

// Count is how much of a metric there was in one step of time.
type Count struct {
	Step   ActivityStep
	At     time.Time // the step's beginning
	Metric Metric
	Amount int64
}

// BalancePoint is a customer's posted balance at a time.
type BalancePoint struct {
	At     time.Time
	Posted Micros
}

// View is a way to look at a list that a user has kept.
type View struct {
	ID        ID
	User      ID
	Customer  ID // of the user
	Page      string
	Name      string
	Query     string
	CreatedAt time.Time
}
