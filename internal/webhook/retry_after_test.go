package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestRetryAfter leaves an endpoint that is busy alone for as long as it asks, but not for
// ever, and never for less than it would be otherwise.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status int
		said   string
		wait   time.Duration
	}{
		{503, "120", 2 * time.Minute},
		{429, "Mon, 02 Mar 2026 10:15:04 GMT", time.Hour},
		{503, "1", 5 * time.Second},
		{503, "Mon, 02 Mar 2026 08:15:04 GMT", 5 * time.Second},
		{503, "soon", 5 * time.Second},
		{503, "-7", 5 * time.Second},
		{503, "2000000000", 24 * time.Hour},
		{500, "120", 5 * time.Second},
	} {
		c := newCarrier(t)
		var asked atomic.Int64
		endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) == 1 {
				w.Header().Set("Retry-After", row.said)
				w.WriteHeader(row.status)
			}
		}))
		t.Cleanup(endpoint.Close)
		acme := c.customer(t)
		c.hook(t, acme, endpoint.URL)
		c.lock(t, acme, "0")
		c.run(t)
		c.advance(row.wait - time.Millisecond)
		if c.run(t); asked.Load() != 1 {
			t.Errorf("%d with %q is asked again before %v", row.status, row.said, row.wait)
		}
		c.advance(time.Millisecond)
		if c.run(t); asked.Load() != 2 {
			t.Errorf("%d with %q is not asked again after %v", row.status, row.said, row.wait)
		}
	}
}
