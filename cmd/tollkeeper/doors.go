package main

import (
	"net/http"
	"strings"
)

// doors are what is served over HTTP beside the API, each under a first segment of
// the path of its own. The API sees every other path as it was sent: a ServeMux would
// redirect those that are not in their shortest form.
type doors struct {
	api    http.Handler
	others map[string]http.Handler
}

// ServeHTTP passes a request on to its door.
func (d doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segment, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if door := d.others[segment]; door != nil {
		door.ServeHTTP(w, r)
		return
	}
	d.api.ServeHTTP(w, r)
}
