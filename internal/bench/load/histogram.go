package load

import (
	"math"
	"math/bits"
	"time"
)

const (
	// Every power of two of microseconds is counted in so many steps, which
	// keeps the error of a quantile under 1/128.
	steps    = 1 << stepBits
	stepBits = 7

	// Longer than this, 19 hours, counts as this.
	maxMicros = 1<<36 - 1
)

// Histogram counts durations by their microseconds, exactly up to 255 and then
// within 0.8 %. Its zero value is empty and ready.
type Histogram struct {
	counts [(36 - stepBits + 1) * steps]uint32
	count  int64
}

// Record counts a duration.
func (h *Histogram) Record(d time.Duration) {
	h.counts[step(d.Microseconds())]++
	h.count++
}

// Count is how many durations were recorded.
func (h *Histogram) Count() int64 { return h.count }

// Merge adds what another histogram counted.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.count += other.count
}

// Quantile is the duration that the given part of all durations, from 0 to 1,
// does not exceed. It is 0 for an empty histogram.
func (h *Histogram) Quantile(part float64) time.Duration {
	rank := max(1, int64(math.Ceil(part*float64(h.count))))
	for i, n := range h.counts {
		rank -= int64(n)
		if rank <= 0 && n > 0 {
			return time.Duration(longest(i)) * time.Microsecond
		}
	}
	return 0
}

// step is the place where microseconds are counted: themselves while they are
// few, then the power of two and the leading bits below it.
func step(micros int64) int {
	v := uint64(min(max(micros, 0), maxMicros))
	shift := max(0, bits.Len64(v)-stepBits-1)
	return shift*steps + int(v>>shift)
}

// longest is the largest number of microseconds that is counted at a step.
func longest(step int) int64 {
	if step < 2*steps {
		return int64(step)
	}
	shift := step/steps - 1
	return (int64(step%steps+steps)+1)<<shift - 1
}
