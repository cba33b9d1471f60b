package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// activityStore keeps what was counted over time, and the latest decisions.
type activityStore interface {
	Activity(ctx context.Context, step tollkeeper.ActivityStep, from, to time.Time) ([]tollkeeper.Count, error)
	FindRulings(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Ruling], error)
	Balances(ctx context.Context, customer tollkeeper.ID, at []time.Time) ([]tollkeeper.BalancePoint, error)
}

// Watch gives a channel of the decisions about one customer's calls, or about all for
// the zero ID, until stop is called.
type Watch func(customer tollkeeper.ID) (rulings <-chan tollkeeper.Ruling, stop func())

const (
	// maxSteps bounds the steps of one answer: five weeks of hours.
	maxSteps = 1000
	// defaultPoints is how many balances are answered where nobody says.
	defaultPoints = 120
	maxPoints     = 500
	// heartbeat is how often a stream says that it lives, so that proxies keep it.
	heartbeat = 15 * time.Second
)

// findActivity answers with what was counted.
func (a *API) findActivity(x *exchange) error {
	q := x.r.URL.Query()
	var faults []string
	step, name := tollkeeper.ByMinute, "minute"
	switch given := q.Get("step"); given {
	case "", "minute":
	case "hour":
		step, name = tollkeeper.ByHour, "hour"
	default:
		faults = append(faults, "step: must be minute or hour")
	}
	from, to := a.span(q, time.Hour, &faults)
	if to.Sub(from) > maxSteps*time.Duration(step) {
		faults = append(faults, "from: must be at most 1000 steps before to")
	}
	if faults = append(faults, unknownParameters(q, "step", "from", "to")...); faults != nil {
		return tollkeeper.Invalid(faults...)
	}
	from = from.Truncate(time.Duration(step))
	counts, err := a.Store.Activity(x.r.Context(), step, from, to)
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.text("step", name)
	w.time("from", from)
	w.time("to", to)
	w.raw("data", array(counts, func(c tollkeeper.Count) []byte {
		w := newWire(nil)
		w.time("at", c.At)
		w.text("metric", string(c.Metric))
		w.int("amount", c.Amount)
		return w.end()
	}))
	return x.answer(w.end())
}

// span reads a length of time, by default the last one up to now.
func (a *API) span(q url.Values, length time.Duration, faults *[]string) (from, to time.Time) {
	to = a.Now().UTC()
	read := func(name string, into *time.Time) {
		if !q.Has(name) {
			return
		}
		at, err := time.Parse(time.RFC3339, q.Get(name))
		if err != nil {
			*faults = append(*faults, name+": must be a time such as 2026-03-02T10:00:00Z")
			return
		}
		*into = at.UTC()
	}
	read("to", &to)
	from = to.Add(-length)
	read("from", &from)
	if from.After(to) {
		*faults = append(*faults, "from: must not be after to")
	}
	return from, to
}

func unknownParameters(q url.Values, known ...string) (faults []string) {
	for name := range q {
		if !slices.Contains(known, name) {
			faults = append(faults, fieldName(name)+": is not a parameter of this path")
		}
	}
	return faults
}

func (a *API) findDecisions(x *exchange) error {
	return list(x, query.Rulings, a.Store.FindRulings, rulingBody)
}

func rulingBody(r tollkeeper.Ruling, keep func(string) bool) []byte {
	decision := "deny"
	if r.Allowed {
		decision = "allow"
	}
	w := newWire(keep)
	w.id("_id", r.ID)
	w.id("customer", r.Customer)
	w.text("callId", r.CallID)
	w.text("leg", r.Leg)
	w.text("direction", string(r.Direction))
	w.text("from", r.From)
	w.text("to", r.To)
	w.text("decision", decision)
	w.text("reason", string(r.Reason))
	w.int("sipCode", int64(r.Reason.SIPCode()))
	w.optional("destination", r.Tariff.Destination)
	w.micros("pricePerMinuteMicros", r.Tariff.PricePerMinute)
	w.int("grantedSeconds", r.GrantedSeconds)
	w.micros("heldMicros", r.Held)
	w.time("createdAt", r.CreatedAt)
	return w.end()
}

// watchDecisions sends decisions as they are made, as server-sent events (HTML
// Standard, section 9.2).
func (a *API) watchDecisions(x *exchange) error {
	if faults := unknownParameters(x.r.URL.Query()); faults != nil {
		return tollkeeper.Invalid(faults...)
	}
	rulings, stop := a.Watch(x.who.Customer)
	defer stop()
	control := http.NewResponseController(x.w)
	header := x.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // for proxies that would gather it
	x.w.WriteHeader(http.StatusOK)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	ctx := x.r.Context()
	for message := []byte(": welcome\n\n"); ; {
		control.SetWriteDeadline(time.Now().Add(2 * heartbeat))
		if _, err := x.w.Write(message); err != nil {
			return nil // the reader has gone
		}
		control.Flush()
		select {
		case <-ctx.Done():
			return nil
		case <-a.Stopping:
			return nil
		case <-beat.C:
			if !a.mayGoOn(x, "GET /decisions/live") {
				return nil
			}
			message = []byte(": beat\n\n")
		case r := <-rulings:
			body := strings.ReplaceAll(string(rulingBody(r, nil)), "\n", " ")
			message = []byte("id: " + r.ID.String() + "\nevent: decision\ndata: " + body + "\n\n")
		}
	}
}

// mayGoOn reports whether who listens to a stream could begin it now: sessions end,
// tokens are taken away, and permissions change meanwhile.
func (a *API) mayGoOn(x *exchange, operation string) bool {
	customer := x.who.Customer
	if err := a.sessions.signIn(x, bearer(x.r)); err != nil {
		return tollkeeper.ErrorCode(err) != tollkeeper.CodeUnauthenticated // of a database that is gone nobody is to blame
	}
	rule, _ := tollkeeper.RuleOf(operation)
	_, ok := x.who.May(&rule)
	return ok && x.who.Customer == customer
}

// balanceHistory answers with a customer's balance at times that are evenly apart.
func (a *API) balanceHistory(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	q := x.r.URL.Query()
	var faults []string
	from, to := a.span(q, 30*24*time.Hour, &faults)
	points := defaultPoints
	if q.Has("points") {
		n, ok := tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: q.Get("points")}.Integer()
		if !ok || n < 2 || n > maxPoints {
			faults = append(faults, "points: must be an integer from 2 to 500")
		} else {
			points = int(n)
		}
	}
	if faults = append(faults, unknownParameters(q, "from", "to", "points")...); faults != nil {
		return tollkeeper.Invalid(faults...)
	}
	at := make([]time.Time, points)
	for i := range at {
		at[i] = from.Add(to.Sub(from) / time.Duration(points-1) * time.Duration(i)).Truncate(time.Second)
	}
	balances, err := a.Store.Balances(x.r.Context(), id, at)
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.id("customer", id)
	w.time("from", from)
	w.time("to", to)
	w.raw("data", array(balances, func(p tollkeeper.BalancePoint) []byte {
		w := newWire(nil)
		w.time("at", p.At)
		w.micros("postedMicros", p.Posted)
		return w.end()
	}))
	return x.answer(w.end())
}
