package api_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tollkeeper/internal/api"
	"tollkeeper/internal/metrics"
)

// TestCDRTotal tells clients when call records were not counted to the end.
func TestCDRTotal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	owner := s.customer(t, `"credit":1000`)
	for _, key := range []string{"1", "2", "3", "4"} {
		s.ask(t, "POST /calls", `{"callId":"`+key+`","customer":"`+owner+`","direction":"inbound","from":"+12125550101","to":"+12125550123"}`)
		s.ask(t, "POST /calls/"+key+"/end", `{"durationSeconds":1,"cause":"normal_clearing"}`)
	}
	door := httptest.NewServer(api.New(api.Config{Store: s.store, CDRCountLimit: 2, Now: s.clock.now, Metrics: metrics.New(s.store), Log: slog.New(slog.DiscardHandler)}))
	defer door.Close()
	for query, want := range map[string][2]string{
		"$limit=1": {"at-least", `{"total":2,`}, "$limit=2&$skip=2": {"", `{"total":4,`}, "$limit=0": {"", `{"total":4,`}, "callId=3": {"", `{"total":1,`},
	} {
		r, err := http.NewRequest("GET", door.URL+"/cdrs?"+query, nil)
		must(t, err)
		r.Header.Set("Authorization", s.token)
		response, err := http.DefaultClient.Do(r)
		must(t, err)
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if got := response.Header.Get("Total-Count"); err != nil || got != want[0] || !strings.HasPrefix(string(body), want[1]) {
			t.Errorf("%s: %q %s (%v)", query, got, body, err)
		}
	}
}
