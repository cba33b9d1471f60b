package tollkeeper

import (
	"encoding/binary"
	"math"
	"time"
)

// RateWindow counts the outbound calls let through in the last second, exactly:
// in no second, wherever it starts, are there more than the limit. Calls of one
// millisecond are counted together, so it never holds more than 1,000 counts
// however high the limit. It is stored in its binary form: pairs of the time
// since the pair before and the number of calls, as varints.
type RateWindow []byte

// rateSpanMillis is the second that maxOutboundCallRate speaks of.
const rateSpanMillis = 1000

// Admit counts one more call at now if fewer than limit were let through in the
// second before, and returns the window with it. Calls that a clock stepping
// back has left in the future count as made now.
func (w RateWindow) Admit(now time.Time, limit int32) (RateWindow, bool) {
	at := now.UnixMilli()
	var earlier, current, last int64
	next := make(RateWindow, 0, len(w)+12)
	for rest, t := w, int64(0); len(rest) > 0; {
		step, calls, size := rest.first()
		if size == 0 {
			return w, false // a damaged window refuses rather than forgets
		}
		rest, t = rest[size:], t+step
		switch {
		case t <= at-rateSpanMillis:
		case t < at:
			next = binary.AppendVarint(binary.AppendVarint(next, t-last), calls)
			earlier, last = earlier+calls, t
		default:
			current += calls
		}
	}
	if earlier+current >= int64(limit) {
		return w, false
	}
	return binary.AppendVarint(binary.AppendVarint(next, at-last), current+1), true
}

// first reads the first pair of a window that has one, and how many bytes it takes; 0
// where it is damaged.
func (w RateWindow) first() (step, calls int64, size int) {
	step, n := binary.Varint(w)
	calls, m := binary.Varint(w[max(n, 0):])
	if n <= 0 || m <= 0 || calls < 1 || calls > math.MaxInt32 {
		return 0, 0, 0
	}
	return step, calls, n + m
}

// Calls returns how many calls a window counts, and since when, at the earliest, they
// were let through. It is false for a damaged window.
func (w RateWindow) Calls() (calls int64, since time.Time, whole bool) {
	var at, earliest int64
	for rest := w; len(rest) > 0; {
		step, more, size := rest.first()
		if size == 0 {
			return 0, time.Time{}, false
		}
		if at += step; calls == 0 {
			earliest = at
		}
		rest, calls = rest[size:], calls+more
	}
	return calls, time.UnixMilli(earliest).UTC(), true
}
