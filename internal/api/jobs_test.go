package api_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tollkeeper/internal/jobs"
)

// TestJobs lists jobs and has one done.
func TestJobs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.clock.advance(time.Until(s.clock.now())) // jobs run by the clock on the wall
	asked := make(chan struct{}, 1)
	r := jobs.Start(slog.New(slog.DiscardHandler), s.store, s.store.NewHolder(), jobs.Job{Name: "count sheep", Every: time.Hour, After: time.Hour,
		RunOnce: func(context.Context) (int, error) { asked <- struct{}{}; return 3, nil }})
	t.Cleanup(r.Stop)
	for !strings.Contains(s.ask(t, "GET /jobs", ""), "count sheep") {
		time.Sleep(10 * time.Millisecond)
	}
	if list := s.ask(t, "GET /jobs", ""); !strings.Contains(list, `{"name":"count sheep","everyMillis":3600000,"local":false,"running":false}`) {
		t.Errorf("before the first run: %s", list)
	}
	ran := s.ask(t, "POST /jobs/count%20sheep/run", "")
	if !strings.Contains(ran, `"done":3`) || !strings.Contains(ran, `"running":false`) || len(asked) != 1 {
		t.Errorf("ran: %s", ran)
	}
	answersWith(t, s, "POST /jobs/count%20cows/run", "", 404, "there is no job of that name")
}
