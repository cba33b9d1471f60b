package contract

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// pathPattern is a path of the description, cut at its slashes: "{id}" stands
// for any part.
type pathPattern struct {
	parts []string
	item  *openapi3.PathItem
}

// patterns lists the paths of the description, those with fewer placeholders
// first: "/a/b" is not "/a/{id}".
func patterns(doc *openapi3.T) []pathPattern {
	var found []pathPattern
	for _, path := range doc.Paths.InMatchingOrder() {
		found = append(found, pathPattern{strings.Split(path, "/"), doc.Paths.Value(path)})
	}
	slices.SortStableFunc(found, func(a, b pathPattern) int { return a.placeholders() - b.placeholders() })
	return found
}

func (p pathPattern) placeholders() int {
	n := 0
	for _, part := range p.parts {
		if strings.HasPrefix(part, "{") {
			n++
		}
	}
	return n
}

// matches compares part by part, before decoding: an encoded slash is no slash.
func (p pathPattern) matches(escapedPath string) bool {
	parts := strings.Split(escapedPath, "/")
	return slices.EqualFunc(p.parts, parts, func(want, have string) bool {
		return want == have || strings.HasPrefix(want, "{") && have != ""
	})
}

// route finds the operation of a request. What is not described has an
// operation too: the one that can only fail.
func (c *Checker) route(request *http.Request) *routers.Route {
	path := request.URL.EscapedPath()
	for _, p := range c.paths {
		if !p.matches(path) {
			continue
		}
		if operation := p.item.Operations()[request.Method]; operation != nil {
			return c.routeTo(operation)
		}
		return c.routeTo(c.failing("MethodNotAllowed", "NotAuthenticated"))
	}
	return c.routeTo(c.failing("NotFound", "MethodNotAllowed", "NotAuthenticated"))
}

func (c *Checker) routeTo(operation *openapi3.Operation) *routers.Route {
	return &routers.Route{Spec: c.doc, Operation: operation}
}

// statuses are those of the shared error responses that need no operation.
var statuses = map[string]int{
	"NotAuthenticated": http.StatusUnauthorized,
	"NotFound":         http.StatusNotFound,
	"MethodNotAllowed": http.StatusMethodNotAllowed,
	"BadRequest":       http.StatusBadRequest,
	"TooManyRequests":  http.StatusTooManyRequests,
	"GeneralError":     http.StatusInternalServerError,
	"Unavailable":      http.StatusServiceUnavailable,
}

// failing is the operation behind a path or method that is not described: it
// answers one of the named errors, or one that anything may answer.
func (c *Checker) failing(names ...string) *openapi3.Operation {
	responses := openapi3.NewResponsesWithCapacity(len(statuses))
	for _, name := range append(names, "BadRequest", "TooManyRequests", "GeneralError", "Unavailable") {
		responses.Set(strconv.Itoa(statuses[name]), c.doc.Components.Responses[name])
	}
	return &openapi3.Operation{Responses: responses}
}
