package metrics_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/metrics"
)

type state struct{ err error }

func (s state) Backlog(context.Context) (tollkeeper.Backlog, error) {
	return tollkeeper.Backlog{Events: 1, Mails: 2, Deliveries: 4, Disabled: 1, Oldest: time.Second}, s.err
}

func (s state) Holding(context.Context) (int64, tollkeeper.Micros, error) { return 3, 36_000, s.err }

func exposition(m *metrics.Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestExposition(t *testing.T) {
	t.Parallel()
	m := metrics.New(state{})
	m.Request("/customers/{id}", "GET", 200, 3*time.Millisecond)
	m.Request("/customers/{id}", "PROPFIND", 405, time.Millisecond)
	m.Request("/customers/{id}", "MKCOL", 405, time.Millisecond)
	m.Decision("authorize", tollkeeper.Decision{Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: 60})
	m.Decision("authorize", tollkeeper.Decision{Reason: tollkeeper.ReasonRateLimited})
	m.Decision("extend", tollkeeper.Decision{Allowed: true, Reason: tollkeeper.ReasonOK, GrantedSeconds: 120})
	m.Message("radius", "forged")
	m.Ended(tollkeeper.CDR{Charge: 24_000, Billed: 120})
	m.Ended(tollkeeper.CDR{Charge: 6_000, Billed: 30, Expired: true})
	m.Batch(16, 2*time.Millisecond)
	m.Delivery(tollkeeper.Attempt{Status: 503, Error: "it answered 503", Took: time.Millisecond})
	m.LookUp("http", "hit", 30*time.Millisecond)
	m.LookUp("http", "cached", 0)
	text := exposition(m)
	for _, line := range []string{
		`tollkeeper_http_requests_total{method="GET",route="/customers/{id}",status="200"} 1`,
		`tollkeeper_http_requests_total{method="other",route="/customers/{id}",status="405"} 2`,
		`tollkeeper_http_request_seconds_count{route="/customers/{id}"} 3`,
		`tollkeeper_decisions_total{operation="authorize",reason="ok"} 1`,
		`tollkeeper_decisions_total{operation="authorize",reason="rate_limited"} 1`,
		`tollkeeper_decisions_total{operation="extend",reason="ok"} 1`,
		`tollkeeper_door_messages_total{door="radius",outcome="forged"} 1`,
		`tollkeeper_granted_seconds_total 60`,
		`tollkeeper_charged_micros_total 30000`,
		`tollkeeper_billed_seconds_total 150`,
		`tollkeeper_calls_ended_total{expired="true"} 1`,
		`tollkeeper_ledger_batch_commands_sum 16`,
		`tollkeeper_live_calls 3`,
		`tollkeeper_held_micros 36000`,
		`tollkeeper_outbox_waiting{kind="deliveries"} 4`,
		`tollkeeper_outbox_oldest_seconds 1`,
		`tollkeeper_webhooks_disabled 1`,
		`tollkeeper_webhook_attempts_total{outcome="failed"} 1`,
		`tollkeeper_caller_name_lookups_total{outcome="cached",provider="http"} 1`,
		`tollkeeper_caller_name_dip_seconds_count{provider="http"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
}

func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	text := exposition(metrics.New(state{errors.New("gone")}))
	if strings.Contains(text, "tollkeeper_live_calls 3") {
		t.Error("a figure is shown that nobody could read")
	}
	if !strings.Contains(text, "tollkeeper_charged_micros_total 0\n") {
		t.Error("the other figures are not shown")
	}
}
