package tollkeeper

import _ "embed" // fills OpenAPI

// OpenAPI is the description of the HTTP interface (OpenAPI 3.0.3, as YAML). It
// is the one source of truth: the server serves it, its documentation is made
// from it, and every answer in the tests is checked against it.
//
//go:embed openapi.yaml
var OpenAPI []byte
