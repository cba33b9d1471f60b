package rating

import "time"

// period is a half-open span of time; a zero end is open.
type period struct{ from, to time.Time }

func (p period) covers(at time.Time) bool {
	return (p.from.IsZero() || !at.Before(p.from)) && (p.to.IsZero() || at.Before(p.to))
}

// endsBy reports whether the period is over when another begins.
func (p period) endsBy(from time.Time) bool {
	return !p.to.IsZero() && !p.to.After(from)
}

// outlasts reports whether the period ends later than another.
func (p period) outlasts(other period) bool {
	return !other.to.IsZero() && (p.to.IsZero() || p.to.After(other.to))
}

// utc drops the location and the monotonic reading, so that equal periods are
// equal values.
func (p period) utc() period {
	return period{p.from.UTC().Round(0), p.to.UTC().Round(0)}
}
