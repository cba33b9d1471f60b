package client

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error is an answer that is not a success. Test for its class with errors.Is
// and the Err constants, and reach its fields with errors.As.
//
// What never came to an answer (no connection, a context that ended) is the error
// of net/http or of the context, wrapped with the name of the operation.
type Error struct {
	Code      int        `json:"code"`      // HTTP status
	Name      string     `json:"name"`      // name of the class, such as "NotFound"
	ClassName ErrorClass `json:"className"` // the class, for programs
	Message   string     `json:"message"`   // what went wrong, for people
	Errors    []string   `json:"errors"`    // every fault of the request: "credit: must be an integer"

	// Operation is the operationId of the request: "customersGet".
	Operation string `json:"-"`
	// RetryAfter is how long the server asked to wait; 0 where it did not.
	RetryAfter time.Duration `json:"-"`

	foreign bool // not the API's own answer
}

// ErrorClass is the className of an Error. The classes are errors themselves, to
// be the target of errors.Is.
type ErrorClass string

// The classes of errors.
const (
	ErrBadRequest       ErrorClass = "bad-request"        // 400: the request is malformed; Errors lists its faults
	ErrNotAuthenticated ErrorClass = "not-authenticated"  // 401: no token, not a valid one, or a wrong login
	ErrForbidden        ErrorClass = "forbidden"          // 403: the token does not allow this
	ErrNotFound         ErrorClass = "not-found"          // 404: no such record
	ErrMethodNotAllowed ErrorClass = "method-not-allowed" // 405
	ErrNotAcceptable    ErrorClass = "not-acceptable"     // 406
	ErrConflict         ErrorClass = "conflict"           // 409: the record's state, IfMatch or a used key forbids it
	ErrTooManyRequests  ErrorClass = "too-many-requests"  // 429: slow down; see RetryAfter
	ErrGeneralError     ErrorClass = "general-error"      // 500: a fault of the server
	ErrUnavailable      ErrorClass = "unavailable"        // 503: starting, stopping or full; 502 and 504 of a proxy too
)

// ErrForeignAnswer matches an Error whose answer was not the API's own, but that
// of a proxy, a captive portal or another server at that address. Its Code says
// what was answered. A foreign 404 is not ErrNotFound: it says nothing about a
// record.
var ErrForeignAnswer = errors.New("the answer did not come from the API")

// ErrInvalidArgument matches the error of a call that would have made no valid
// request, such as an empty id in a path. Nothing was sent.
var ErrInvalidArgument = errors.New("invalid argument")

// Error names the class.
func (c ErrorClass) Error() string { return string(c) }

// Error says what failed. It holds neither tokens nor the request's query.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d %s: %s", e.Operation, e.Code, cmp.Or(string(e.ClassName), http.StatusText(e.Code)), e.Message)
	if faults := slices.DeleteFunc(slices.Clone(e.Errors), func(fault string) bool { return fault == e.Message }); len(faults) > 0 {
		b.WriteString(": " + strings.Join(faults, "; "))
	}
	return b.String()
}

// Is reports whether the error is of the class target, or foreign.
func (e *Error) Is(target error) bool {
	if class, ok := target.(ErrorClass); ok {
		return class == e.ClassName
	}
	return target == ErrForeignAnswer && e.foreign
}

// errorOf makes an Error of an answer that is not a success.
func errorOf(operation string, response *http.Response, body []byte) *Error {
	e := new(Error)
	if json.Unmarshal(body, e) != nil || e.ClassName == "" || e.Code != response.StatusCode {
		e = foreignAnswer(response)
	}
	e.Operation = operation
	e.RetryAfter = retryAfter(response.Header)
	return e
}

// foreignAnswer describes an answer that is not the API's. The text is left out:
// it is a page for people, and some proxies repeat the request in it, token and all.
func foreignAnswer(response *http.Response) *Error {
	mediaType, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		mediaType = "an answer of no known type"
	}
	e := &Error{
		Code:    response.StatusCode,
		Message: mediaType + " that did not come from the API; is the address right, is there a proxy?",
		foreign: true,
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		e.ClassName = ErrTooManyRequests
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.ClassName = ErrUnavailable
	}
	return e
}

// retryAfter reads the Retry-After header, in seconds or as a date (RFC 9110,
// section 10.2.3).
func retryAfter(header http.Header) time.Duration {
	const longest = 24 * 60 * 60 // seconds; more is as good as never, and a sum with it must not overflow
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), longest)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), longest*time.Second)
	}
	return 0
}
