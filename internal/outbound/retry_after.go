package outbound

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is how long a server that is busy asks to be left alone, in seconds or
// until a date (RFC 9110, section 10.2.3); 0 where it is not, or says nothing that can
// be understood.
func RetryAfter(answer *http.Response, now time.Time) time.Duration {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	said := answer.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(said, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if until, err := http.ParseTime(said); err == nil {
		return max(until.Sub(now), 0)
	}
	return 0
}
