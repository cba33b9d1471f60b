// Package apidoc makes what is published of the API description: the same
// document as JSON, and a page for people. Both come from the OpenAPI document
// of the root package and nothing else.
package apidoc

import (
	"fmt"
	"sync"

	"github.com/goccy/go-yaml"

	"tollkeeper"
)

// JSON returns the description as JSON, its keys in the order of the YAML. It
// is converted once; callers must not change the bytes. An error means that the
// embedded document is broken.
func JSON() ([]byte, error) { return description() }

var description = sync.OnceValues(func() ([]byte, error) {
	converted, err := yaml.YAMLToJSON(tollkeeper.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("convert the API description: %w", err)
	}
	return converted, nil
})

// Page returns the description as one HTML page. It has no scripts and loads
// nothing. It is rendered once; callers must not change the bytes. An error
// means that the embedded document is broken.
func Page() ([]byte, error) { return page() }

var page = sync.OnceValues(func() ([]byte, error) {
	source, err := JSON()
	if err != nil {
		return nil, err
	}
	return render(source)
})
