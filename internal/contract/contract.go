// Package contract checks answers of the server against the API description. It
// is for tests only: a Checker stands in a test's HTTP client, so that every
// answer a test gets is checked whether or not the test looks at it.
package contract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"tollkeeper"
)

// TB is what a Checker needs of a testing.TB.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Checker checks answers. It may be used by several goroutines at once.
type Checker struct {
	t     TB
	doc   *openapi3.T
	paths []pathPattern
}

// load reads the description once per process: it is large, and tests are many.
var load = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(tollkeeper.OpenAPI)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

// New makes a Checker that reports what is wrong to t.
func New(t TB) *Checker {
	t.Helper()
	doc, err := load()
	if err != nil {
		t.Fatalf("load the API description: %v", err)
	}
	return &Checker{t: t, doc: doc, paths: patterns(doc)}
}

// Check fails the test when an answer is outside the description: its status,
// content type, headers or body. The body is given apart, because whoever calls
// has read it.
func (c *Checker) Check(request *http.Request, response *http.Response, body []byte) {
	c.t.Helper()
	if err := c.verify(request, response, body); err != nil {
		c.t.Errorf("%s %s answered %d outside the API description: %v\nContent-Type: %s\n%s", request.Method, request.URL,
			response.StatusCode, err, response.Header.Get("Content-Type"), shown(body))
	}
}

// RoundTripper returns a transport that checks every answer of next; nil is
// http.DefaultTransport. The answer's body is read in full and can be read
// again.
func (c *Checker) RoundTripper(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return roundTripper{c, next}
}

// Client returns an HTTP client whose every answer is checked.
func (c *Checker) Client() *http.Client { return &http.Client{Transport: c.RoundTripper(nil)} }

// descriptionPath answers the description itself, whose examples of requests may
// hold what no answer does.
const descriptionPath = "/openapi.json"

func (c *Checker) verify(request *http.Request, response *http.Response, body []byte) error {
	if request.Method == http.MethodHead {
		return nil // has no body to check, and is described by GET
	}
	route := c.route(request)
	described, err := c.described(route, response.StatusCode)
	if err != nil {
		return err
	}
	if err := checkContentType(response.Header, described); err != nil {
		return err
	}
	if isJSON(response.Header) && request.URL.Path != descriptionPath {
		if err := checkJSON(response.StatusCode, body); err != nil {
			return err
		}
	}
	return c.checkSchema(request, response, body, route)
}

// described returns the response that the description gives for a status.
func (c *Checker) described(route *routers.Route, status int) (*openapi3.Response, error) {
	if found := route.Operation.Responses.Status(status); found != nil {
		return found.Value, nil
	}
	return nil, errors.New("the status is not described")
}

func (c *Checker) checkSchema(request *http.Request, response *http.Response, body []byte, route *routers.Route) error {
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, Route: route},
		Status:                 response.StatusCode,
		Header:                 response.Header,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: !isJSON(response.Header)},
	}
	input.SetBodyBytes(body)
	return openapi3filter.ValidateResponse(request.Context(), input)
}

type roundTripper struct {
	checker *Checker
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	r.checker.t.Helper()
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	response.Body = io.NopCloser(strings.NewReader(string(body)))
	r.checker.Check(request, response, body)
	return response, nil
}

// shown is a body cut to what a person reads in the output of a test.
func shown(body []byte) []byte {
	const most = 2000
	return body[:min(len(body), most)]
}
