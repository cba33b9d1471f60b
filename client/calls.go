package client

import (
	"context"
	"iter"
	"net/http"
)

// CallsService has the operations on calls: Authorize, Answer, Extend as often as
// needed, and End. Each is idempotent by the switch's call id and leg, so the
// client repeats them where an answer got lost.
type CallsService struct{ c *Client }

// Find lists live calls, by _id where the Find does not say. Search looks in
// callId, from, to and destination.
func (s CallsService) Find(ctx context.Context, f Find) (*CallList, error) {
	r := get("callsFind", "calls")
	r.query = f.encode()
	return fetch[CallList](ctx, s.c, r)
}

// All yields every live call that is found, until the first error, which it
// yields last.
func (s CallsService) All(ctx context.Context, f Find) iter.Seq2[Call, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(c Call) string { return c.Id }, s.Find)
}

// Authorize asks whether a call may start, and holds the price of its first slice.
// A denial is a Decision. The same CallId and Leg with another request is an
// ErrConflict while the call is known. Bound the time by ctx: a caller waits.
func (s CallsService) Authorize(ctx context.Context, call CallAuthorize) (*Decision, error) {
	r := &request{operation: "callsAuthorize", method: http.MethodPost, body: call, repeatable: true}
	return fetch[Decision](ctx, s.c, r.at("calls"))
}

// Check says what Authorize would answer to a call, and what each rule says of it. It
// places nothing and holds nothing.
func (s CallsService) Check(ctx context.Context, call CallCheck) (*CallChecked, error) {
	r := &request{operation: "callsCheck", method: http.MethodPost, body: call, repeatable: true}
	return fetch[CallChecked](ctx, s.c, r.at("calls", "check"))
}

// Answer reports that a call was answered, and returns the grant that stands.
func (s CallsService) Answer(ctx context.Context, callId string, answer CallAnswer) (*Decision, error) {
	return fetch[Decision](ctx, s.c, s.step("callsAnswer", answer, callId, "answer"))
}

// Extend asks for more time. A Deny says that the call must end now.
func (s CallsService) Extend(ctx context.Context, callId string, more CallExtend) (*Decision, error) {
	r := s.step("callsExtend", more, callId, "extend")
	r.repeatable = !more.UsedSeconds.IsZero() || !more.UsedMillis.IsZero()
	return fetch[Decision](ctx, s.c, r)
}

// End charges a call, frees what was held beyond, and returns the call record.
func (s CallsService) End(ctx context.Context, callId string, end CallEnd) (*Cdr, error) {
	return fetch[Cdr](ctx, s.c, s.step("callsEnd", end, callId, "end"))
}

// Recording tells what happens to a call's recording: a pause, or consent.
func (s CallsService) Recording(ctx context.Context, callId string, mark RecordingMark) (*RecordingTimeline, error) {
	return fetch[RecordingTimeline](ctx, s.c, s.step("callsRecording", mark, callId, "recording"))
}

// EndBatch ends up to 1000 calls by one request. Each has its own outcome, in
// their order; only a batch that cannot be read is an error.
func (s CallsService) EndBatch(ctx context.Context, batch CallEndBatch) (*CallEndBatchResult, error) {
	r := &request{operation: "callsEndBatch", method: http.MethodPost, body: batch, repeatable: true}
	return fetch[CallEndBatchResult](ctx, s.c, r.at("calls", "end"))
}

func (s CallsService) step(operation string, body any, callId, step string) *request {
	r := &request{operation: operation, method: http.MethodPost, body: body, repeatable: true}
	return r.at("calls", callId, step)
}
