package client

import (
	"crypto/rand"
	"fmt"
	"net/http"
)

// CreateOption is an IdempotencyKey.
type CreateOption interface{ create(*request) }

// ChangeOption is an IfMatch or an IdempotencyKey.
type ChangeOption interface{ change(*request) }

// IdempotencyKey makes a write safe to repeat for at least 24 hours, even by
// another run of the program: the same key with the same request gets the first
// answer again, and with another request an ErrConflict. Visible ASCII characters,
// 1 to 255. Without one the client makes a random key for each call, which serves
// for its own repeats.
type IdempotencyKey string

// IfMatch makes a change only if the record still is as it was when its ETag was
// read; otherwise it is an ErrConflict and nothing is changed (RFC 9110, section
// 13.1.1). An empty one, as records of a list have, is an ErrInvalidArgument.
type IfMatch string

func (k IdempotencyKey) create(r *request) { r.header.Set("Idempotency-Key", string(k)) }
func (k IdempotencyKey) change(r *request) { k.create(r) }

func (tag IfMatch) change(r *request) {
	if tag == "" {
		r.err = fmt.Errorf("%s: %w: IfMatch is empty; was the record read by Get?", r.operation, ErrInvalidArgument)
	}
	r.header.Set("If-Match", string(tag))
}

// keyed begins the request of a write that takes an Idempotency-Key, which makes
// it safe to repeat.
func keyed(operation, method string, body any, segments ...string) *request {
	r := &request{operation: operation, method: method, body: body, repeatable: true, header: http.Header{}}
	IdempotencyKey(rand.Text()).create(r)
	return r.at(segments...)
}

func (r *request) creating(options []CreateOption) *request {
	for _, option := range options {
		option.create(r)
	}
	return r
}

func (r *request) changing(options []ChangeOption) *request {
	for _, option := range options {
		option.change(r)
	}
	return r
}
