// Package metrics counts what the server does, for Prometheus.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tollkeeper"
)

// Metrics holds the counters. Its methods are safe for concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	decisions *prometheus.CounterVec
	messages  *prometheus.CounterVec
	batches   prometheus.Histogram
	commits   prometheus.Histogram
	granted   prometheus.Counter
	charged   prometheus.Counter
	billed    prometheus.Counter
	ended     *prometheus.CounterVec
	attempts  *prometheus.CounterVec
	delivery  prometheus.Histogram
	lookUps   *prometheus.CounterVec
	lookUp    *prometheus.HistogramVec
}

// State is what is counted in the database when somebody looks.
type State interface {
	// Holding returns how many calls are in progress and how much they hold.
	Holding(context.Context) (calls int64, held tollkeeper.Micros, err error)
	// Backlog returns what waits to be told.
	Backlog(context.Context) (tollkeeper.Backlog, error)
}

// latencyBuckets reach from what one fsync takes to what no caller waits for.
var latencyBuckets = []float64{.0002, .0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

// New makes the counters.
func New(state State) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tollkeeper_http_requests_total", Help: "Requests by path, method and status."}, []string{"route", "method", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tollkeeper_http_request_seconds", Help: "Time from the request's headers to the last byte of its answer.",
			Buckets: latencyBuckets}, []string{"route"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tollkeeper_decisions_total", Help: "Decisions about calls by operation and reason; ok is an allowed call."},
			[]string{"operation", "reason"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tollkeeper_door_messages_total", Help: "Messages of switches that do not speak HTTP, by door and what became of them."},
			[]string{"door", "outcome"}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tollkeeper_ledger_batch_commands", Help: "Commands committed together.", Buckets: prometheus.ExponentialBuckets(1, 2, 9)}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tollkeeper_ledger_batch_seconds", Help: "Time to decide and durably commit one batch.", Buckets: latencyBuckets}),
		granted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tollkeeper_granted_seconds_total", Help: "Seconds of conversation granted by authorize."}),
		charged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tollkeeper_charged_micros_total", Help: "Charged for calls, in micro-units of the currency."}),
		billed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tollkeeper_billed_seconds_total", Help: "Seconds charged for, after rounding."}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tollkeeper_webhook_attempts_total", Help: "Attempts to send an event to a webhook, by whether it took it."}, []string{"outcome"}),
		delivery: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tollkeeper_webhook_attempt_seconds", Help: "Time that an endpoint took to answer.", Buckets: latencyBuckets}),
		lookUps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tollkeeper_caller_name_lookups_total", Help: "Look-ups of callers' names by provider and what became of them."}, []string{"provider", "outcome"}),
		lookUp: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tollkeeper_caller_name_dip_seconds", Help: "Time that a provider took to answer, or that it was given.", Buckets: latencyBuckets}, []string{"provider"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tollkeeper_calls_ended_total", Help: "Calls ended, by whether silence ended them."}, []string{"expired"}),
	}
	m.registry.MustRegister(m.requests, m.latency, m.decisions, m.messages, m.batches, m.commits, m.granted, m.charged, m.billed, m.ended, m.attempts, m.delivery, m.lookUps, m.lookUp,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &stateCollector{state: state})
	return m
}

// Handler shows the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Request notes one HTTP request.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, knownMethod(method), strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(route).Observe(took.Seconds())
}

// knownMethod keeps invented methods from making ever new series.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// Decision notes a decision about a call.
func (m *Metrics) Decision(operation string, d tollkeeper.Decision) {
	m.decisions.WithLabelValues(operation, string(d.Reason)).Inc()
	if operation == "authorize" && d.Allowed {
		m.granted.Add(float64(d.GrantedSeconds))
	}
}

// Message notes a message of a switch at a door other than HTTP. A door has few
// outcomes.
func (m *Metrics) Message(door, outcome string) { m.messages.WithLabelValues(door, outcome).Inc() }

// Ended notes a call that is over.
func (m *Metrics) Ended(r tollkeeper.CDR) {
	m.ended.WithLabelValues(strconv.FormatBool(r.Expired)).Inc()
	m.charged.Add(float64(r.Charge))
	m.billed.Add(float64(r.Billed))
}

// Delivery notes an attempt to send an event to a webhook.
func (m *Metrics) Delivery(a tollkeeper.Attempt) {
	outcome := "taken"
	if a.Error != "" {
		outcome = "failed"
	}
	m.attempts.WithLabelValues(outcome).Inc()
	m.delivery.Observe(a.Took.Seconds())
}

// LookUp notes a look-up of a caller's name. One that asked nobody took no time.
func (m *Metrics) LookUp(provider, outcome string, took time.Duration) {
	m.lookUps.WithLabelValues(provider, outcome).Inc()
	if took > 0 {
		m.lookUp.WithLabelValues(provider).Observe(took.Seconds())
	}
}

// Batch notes one batch of the ledger.
func (m *Metrics) Batch(commands int, took time.Duration) {
	m.batches.Observe(float64(commands))
	m.commits.Observe(took.Seconds())
}

// stateCollector asks the database when somebody looks at the metrics.
type stateCollector struct{ state State }

var (
	liveCalls = prometheus.NewDesc("tollkeeper_live_calls", "Calls in progress.", nil, nil)
	backlog   = prometheus.NewDesc("tollkeeper_outbox_waiting", "What waits to be told: events for those who are to be told, mails, deliveries to webhooks.", []string{"kind"}, nil)
	oldest    = prometheus.NewDesc("tollkeeper_outbox_oldest_seconds", "How long the oldest event has waited for those who are to be told.", nil, nil)
	disabled  = prometheus.NewDesc("tollkeeper_webhooks_disabled", "Webhooks that were disabled by themselves.", nil, nil)
	heldTotal = prometheus.NewDesc("tollkeeper_held_micros", "Held for calls in progress, in micro-units of the currency.", nil, nil)
)

// collectTimeout bounds how long a look at the metrics may wait for the database.
const collectTimeout = 2 * time.Second

func (c *stateCollector) Describe(out chan<- *prometheus.Desc) {
	out <- liveCalls
	out <- heldTotal
	out <- backlog
	out <- oldest
	out <- disabled
}

func (c *stateCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	// A figure that nobody could read is left out.
	if calls, held, err := c.state.Holding(ctx); err == nil {
		out <- gauge(liveCalls, float64(calls))
		out <- gauge(heldTotal, float64(held))
	}
	if b, err := c.state.Backlog(ctx); err == nil {
		out <- gauge(backlog, float64(b.Events), "events")
		out <- gauge(backlog, float64(b.Mails), "mails")
		out <- gauge(backlog, float64(b.Deliveries), "deliveries")
		out <- gauge(oldest, b.Oldest.Seconds())
		out <- gauge(disabled, float64(b.Disabled))
	}
}

func gauge(of *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.GaugeValue, value, labels...)
}
