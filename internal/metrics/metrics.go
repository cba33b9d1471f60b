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
}

// State is what is counted in the database when somebody looks.
type State interface {
	// Holding returns how many calls are in progress and how much they hold.
	Holding(context.Context) (calls int64, held tollkeeper.Micros, err error)
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
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tollkeeper_calls_ended_total", Help: "Calls ended, by whether silence ended them."}, []string{"expired"}),
	}
	m.registry.MustRegister(m.requests, m.latency, m.decisions, m.messages, m.batches, m.commits, m.granted, m.charged, m.billed, m.ended,
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

// Batch notes one batch of the ledger.
func (m *Metrics) Batch(commands int, took time.Duration) {
	m.batches.Observe(float64(commands))
	m.commits.Observe(took.Seconds())
}

// stateCollector asks the database when somebody looks at the metrics.
type stateCollector struct{ state State }

var (
	liveCalls = prometheus.NewDesc("tollkeeper_live_calls", "Calls in progress.", nil, nil)
	heldTotal = prometheus.NewDesc("tollkeeper_held_micros", "Held for calls in progress, in micro-units of the currency.", nil, nil)
)

// collectTimeout bounds how long a look at the metrics may wait for the database.
const collectTimeout = 2 * time.Second

func (c *stateCollector) Describe(out chan<- *prometheus.Desc) {
	out <- liveCalls
	out <- heldTotal
}

func (c *stateCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	calls, held, err := c.state.Holding(ctx)
	if err != nil {
		return // a figure that nobody could read is left out
	}
	out <- prometheus.MustNewConstMetric(liveCalls, prometheus.GaugeValue, float64(calls))
	out <- prometheus.MustNewConstMetric(heldTotal, prometheus.GaugeValue, float64(held))
}
