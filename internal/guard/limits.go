package guard

import (
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter bounds how many requests each of many callers may make in a second. A
// caller who has been quiet may make burstSeconds worth of them at once.
type Limiter struct {
	name  string
	limit rate.Limit
	burst int

	mu      sync.Mutex // guards callers
	callers map[string]*rate.Limiter
}

const (
	burstSeconds = 2
	// maxCallers bounds the memory of one limiter. Beyond it all are forgotten, which
	// gives each a fresh burst: a flood of new callers is no way to be let in more
	// often, only a way to make the server forget.
	maxCallers = 100_000
)

// NewLimiter makes a limiter; perSecond 0 lets everybody in.
func NewLimiter(name string, perSecond int) *Limiter {
	return &Limiter{name: name, limit: rate.Limit(perSecond), burst: perSecond * burstSeconds, callers: map[string]*rate.Limiter{}}
}

// Verdict says whether a request is let in, and what to tell the caller.
type Verdict struct {
	Allowed   bool
	Limited   bool // there is a limit to tell of
	policy    string
	remaining int
	Wait      time.Duration // until the next request is let in; 0 when this one is
}

// Allow counts a request of a caller.
func (l *Limiter) Allow(caller string, now time.Time) Verdict {
	if l == nil || l.limit == 0 {
		return Verdict{Allowed: true}
	}
	l.mu.Lock()
	known := l.callers[caller]
	if known == nil {
		if len(l.callers) >= maxCallers {
			clear(l.callers)
		}
		known = rate.NewLimiter(l.limit, l.burst)
		l.callers[caller] = known
	}
	l.mu.Unlock()
	v := Verdict{Allowed: known.AllowN(now, 1), Limited: true, policy: l.name}
	tokens := known.TokensAt(now)
	v.remaining = max(0, int(tokens))
	if !v.Allowed {
		v.Wait = time.Duration((1 - tokens) / float64(l.limit) * float64(time.Second))
	}
	return v
}

// Headers are what tells a caller of the limit: RateLimit as the IETF's draft of
// rate limit header fields has it.
func (v Verdict) Headers() (rateLimit, retryAfter string) {
	if !v.Limited {
		return "", ""
	}
	seconds := int((v.Wait + time.Second - 1) / time.Second)
	rateLimit = strconv.Quote(v.policy) + ";r=" + strconv.Itoa(v.remaining) + ";t=" + strconv.Itoa(max(1, seconds))
	if !v.Allowed {
		retryAfter = strconv.Itoa(max(1, seconds))
	}
	return rateLimit, retryAfter
}

// Callers is how many callers are remembered.
func (l *Limiter) Callers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.callers)
}
