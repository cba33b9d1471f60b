package diameter

import (
	"testing"
	"time"
)

// TestSum: what is used is counted once, however late a message comes again.
func TestSum(t *testing.T) {
	s := newSessions()
	now := time.Now()
	s.start("s", now)
	for _, step := range []struct {
		number     uint32
		more, want time.Duration
	}{{1, time.Minute, time.Minute}, {1, time.Minute, time.Minute}, {2, time.Second, 61 * time.Second}, {1, time.Minute, 61 * time.Second}} {
		s.start("s", now) // the initial request, again
		if used := s.add(requestKey{"s", step.number}, step.more, now); *used != step.want {
			t.Errorf("after request %d: %v, not %v", step.number, *used, step.want)
		}
	}
	for range maxSessions { // as a flood of calls does
		now = now.Add(time.Millisecond)
		s.start(now.String(), now)
	}
	if used := s.add(requestKey{"s", 3}, time.Second, now); used == nil || *used != 62*time.Second {
		t.Error("a call was forgotten too early")
	}
	s.end("s")
	if used := s.add(requestKey{"s", 4}, time.Second, now); used != nil {
		t.Errorf("a call that is over has lasted %v", *used)
	}
}
