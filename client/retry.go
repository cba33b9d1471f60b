package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// retryPolicy says how often and when a failed request is repeated.
type retryPolicy struct {
	limit          int
	first, longest time.Duration
}

// wait returns how long to wait before repeat number n, counted from 0, and
// whether to repeat at all after err.
func (p retryPolicy) wait(n int, r *request, err error) (time.Duration, bool) {
	if n >= p.limit || !r.mayRepeat(err) {
		return 0, false
	}
	backoff := p.longest
	if n < 32 && p.first<<n>>n == p.first {
		backoff = min(p.first<<n, p.longest)
	}
	backoff = max(backoff, 0)
	backoff -= rand.N(backoff/2 + 1)
	if e := (*Error)(nil); errors.As(err, &e) && e.RetryAfter > 0 {
		return max(e.RetryAfter, backoff), e.RetryAfter <= p.longest
	}
	return backoff, true
}

// mayRepeat reports whether a request that failed may be sent again. What the
// server refused before it did anything may always; what it may have done, only
// when doing it twice is the same as doing it once.
func (r *request) mayRepeat(err error) bool {
	if r.begun {
		return false
	}
	if e := (*signInError)(nil); errors.As(err, &e) {
		return false // was repeated as often as it may be
	}
	var answer *Error
	if errors.As(err, &answer) {
		return answer.Code == http.StatusTooManyRequests && r.stream == nil ||
			answer.Code >= http.StatusInternalServerError && r.repeatable
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return r.stream == nil
	}
	return r.repeatable
}

// sleep waits, and reports whether the time passed. It does not even begin where
// the context would end first.
func sleep(ctx context.Context, wait time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
