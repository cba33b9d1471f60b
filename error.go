package tollkeeper

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure an Error is. Every door maps the codes to its
// own protocol in one table.
type Code string

// The codes, named as the REST API shows them in className.
const (
	CodeInvalid          Code = "bad-request"
	CodeUnauthenticated  Code = "not-authenticated"
	CodeForbidden        Code = "forbidden"
	CodeNotFound         Code = "not-found"
	CodeMethodNotAllowed Code = "method-not-allowed"
	CodeNotAcceptable    Code = "not-acceptable"
	CodeConflict         Code = "conflict"
	CodeTooManyRequests  Code = "too-many-requests"
	CodeInternal         Code = "general-error"
	CodeUnavailable      Code = "unavailable"
)

// Codes lists every code, so that a door's mapping table can be proved complete.
var Codes = []Code{
	CodeInvalid, CodeUnauthenticated, CodeForbidden, CodeNotFound, CodeMethodNotAllowed,
	CodeNotAcceptable, CodeConflict, CodeTooManyRequests, CodeInternal, CodeUnavailable,
}

// Error is the one error type that crosses package borders.
type Error struct {
	Code    Code
	Message string   // may be shown to the caller
	Faults  []string // every fault of a bad request: "credit: must be an integer"
	Err     error    // the cause, for the log only
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if len(e.Faults) > 1 {
		b.WriteString(": " + strings.Join(e.Faults, "; "))
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error whose message may be shown.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes a bad-request error that lists every fault found.
func Invalid(faults ...string) *Error {
	message := "the request is not valid"
	if len(faults) == 1 {
		message = faults[0]
	}
	return &Error{Code: CodeInvalid, Message: message, Faults: faults}
}

// Internal wraps an unexpected failure with the operation that met it. Its
// message tells a caller nothing; the cause is for the log.
func Internal(operation string, err error) *Error {
	return &Error{Code: CodeInternal, Message: "an internal error occurred", Err: fmt.Errorf("%s: %w", operation, err)}
}

// ErrorCode returns the code of err: "" for nil, CodeInternal for any error that
// is not an Error.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
