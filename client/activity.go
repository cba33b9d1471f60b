package client

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Step is a length of time that activity is counted by.
type Step string

// The steps.
const (
	ByMinute Step = "minute"
	ByHour   Step = "hour"
)

// Count is how much of a metric there was in one step of time.
type Count struct {
	At     time.Time `json:"at"`
	Metric string    `json:"metric"`
	Amount int64     `json:"amount"` // micro-units where it is money
}

// Activity is what was counted over time.
type Activity struct {
	Step Step      `json:"step"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Data []Count   `json:"data"` // by time and metric; steps without any are left out
}

// Span is a length of time. Where From is zero it is the operation's default, where
// To is zero it ends now.
type Span struct{ From, To time.Time }

func (s Span) encode(q *query) {
	if !s.From.IsZero() {
		q.add("from", s.From.UTC().Format(time.RFC3339))
	}
	if !s.To.IsZero() {
		q.add("to", s.To.UTC().Format(time.RFC3339))
	}
}

// ActivityService has the operation on what was counted over time.
type ActivityService struct{ c *Client }

// Find reads what was counted, of at most 1000 steps.
func (s ActivityService) Find(ctx context.Context, step Step, span Span) (*Activity, error) {
	var q query
	q.add("step", string(step))
	span.encode(&q)
	r := get("activityFind", "activity")
	r.query = q.String()
	return fetch[Activity](ctx, s.c, r)
}

// BalancePoint is a balance at a time.
type BalancePoint struct {
	At           time.Time `json:"at"`
	PostedMicros Micros    `json:"postedMicros"`
}

// BalanceHistory is a customer's balance over time.
type BalanceHistory struct {
	Customer string         `json:"customer"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Data     []BalancePoint `json:"data"` // the oldest first
}

// History reads a customer's posted balance at times that are evenly apart; 0 points
// are the server's 120.
func (s BalanceService) History(ctx context.Context, customer string, span Span, points int) (*BalanceHistory, error) {
	var q query
	span.encode(&q)
	if points > 0 {
		q.add("points", strconv.Itoa(points))
	}
	r := get("balanceHistory", "customers", customer, "balance", "history")
	r.query = q.String()
	return fetch[BalanceHistory](ctx, s.c, r)
}

// Ruling is a decision about a call that wanted to start, as it is kept for a while.
type Ruling struct {
	Id                   string    `json:"_id"`
	Customer             string    `json:"customer,omitzero"`
	CallId               string    `json:"callId"`
	Leg                  string    `json:"leg,omitzero"`
	Direction            Direction `json:"direction"`
	From                 string    `json:"from,omitzero"`
	To                   string    `json:"to,omitzero"`
	Decision             Verdict   `json:"decision"`
	Reason               Reason    `json:"reason"`
	SipCode              int       `json:"sipCode,omitzero"`
	Destination          string    `json:"destination,omitzero"`
	PricePerMinuteMicros Micros    `json:"pricePerMinuteMicros,omitzero"`
	GrantedSeconds       int       `json:"grantedSeconds,omitzero"`
	HeldMicros           Micros    `json:"heldMicros,omitzero"`
	CreatedAt            time.Time `json:"createdAt"`
}

// RulingList is a page of decisions.
type RulingList = List[Ruling]

// DecisionsService has the operations on the latest decisions.
type DecisionsService struct{ c *Client }

// Find lists the latest decisions, newest first where the Find does not say. Search
// looks in callId, from, to and destination.
func (s DecisionsService) Find(ctx context.Context, f Find) (*RulingList, error) {
	r := get("decisionsFind", "decisions")
	r.query = f.encode()
	return fetch[RulingList](ctx, s.c, r)
}

// All yields every decision that is found, by _id falling where the Find does not
// say, until the first error, which it yields last.
func (s DecisionsService) All(ctx context.Context, f Find) iter.Seq2[Ruling, error] {
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(r Ruling) string { return r.Id }, s.Find)
}

// Live hands over decisions as they are made, until ctx ends, the server stops or hand
// returns an error, which it returns. Hand is given nil now and then when there was
// nothing.
func (s DecisionsService) Live(ctx context.Context, hand func(*Ruling) error) error {
	r := get("decisionsLive", "decisions", "live")
	r.mediaType, r.repeatable = "text/event-stream", false
	r.receive = func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			data, isData := strings.CutPrefix(lines.Text(), "data: ")
			var ruling *Ruling
			switch {
			case isData:
				ruling = new(Ruling)
				if err := json.Unmarshal([]byte(data), ruling); err != nil {
					return err
				}
			case !strings.HasPrefix(lines.Text(), ":"):
				continue
			}
			if err := hand(ruling); err != nil {
				return err
			}
		}
		return lines.Err()
	}
	_, err := s.c.send(ctx, r)
	return err
}

// View is a way to look at a list that a user has kept.
type View struct {
	Id        string    `json:"_id"`
	Page      string    `json:"page"`
	Name      string    `json:"name"`
	Query     string    `json:"query"`
	CreatedAt time.Time `json:"createdAt"`
}

// ViewList are a user's views.
type ViewList = List[View]

// ViewCreate is a view to keep.
type ViewCreate struct {
	Page  string `json:"page"`  // 1 to 45 characters
	Name  string `json:"name"`  // 1 to 45 characters
	Query string `json:"query"` // at most 2000 characters
}

// ViewsService has the operations on one's own views.
type ViewsService struct{ c *Client }

// Find lists the views that the user has kept, all at once.
func (s ViewsService) Find(ctx context.Context) (*ViewList, error) {
	return fetch[ViewList](ctx, s.c, get("viewsFind", "views"))
}

// Create keeps a view. One of the same page and name is replaced.
func (s ViewsService) Create(ctx context.Context, view ViewCreate) (*View, error) {
	r := &request{operation: "viewsCreate", method: http.MethodPost, body: view}
	return fetch[View](ctx, s.c, r.at("views"))
}

// Remove deletes a view and returns it as it was.
func (s ViewsService) Remove(ctx context.Context, id string) (*View, error) {
	r := &request{operation: "viewsRemove", method: http.MethodDelete}
	return fetch[View](ctx, s.c, r.at("views", id))
}
