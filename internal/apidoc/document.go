package apidoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// document is the part of an OpenAPI 3.0 document that the page shows.
type document struct {
	Info struct {
		Title, Version, Description string
	}
	Servers []struct{ URL string }
	Tags    []struct{ Name, Description string }
	Paths   ordered[pathItem]

	Components struct {
		Parameters map[string]parameter
		Headers    map[string]header
		Responses  map[string]response
		Schemas    ordered[*schema]
		Examples   map[string]example
	}
}

type pathItem struct {
	Parameters                    []parameter
	Get, Put, Post, Patch, Delete *operation
}

type operation struct {
	OperationID  string `json:"operationId"`
	Tags         []string
	Summary      string
	Description  string
	ExampleQuery string                 `json:"x-example-query"`
	Security     *[]map[string][]string // empty: no token is wanted
	Parameters   []parameter
	RequestBody  *struct {
		Description string
		Content     ordered[media]
	}
	Responses ordered[response]
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name, In    string
	Description string
	Required    bool
	Schema      *schema
	Example     json.RawMessage
}

type header struct {
	Ref         string `json:"$ref"`
	Description string
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     ordered[header]
	Content     ordered[media]
}

type media struct {
	Schema   *schema
	Example  json.RawMessage
	Examples ordered[example]
}

type example struct {
	Ref     string `json:"$ref"`
	Summary string
	Value   json.RawMessage
}

type schema struct {
	Ref                            string `json:"$ref"`
	Type, Format, Pattern          string
	Description                    string
	ReadOnly, WriteOnly, Nullable  bool
	Enum                           []json.RawMessage
	Default                        json.RawMessage
	Minimum, Maximum               *json.Number
	MinLength, MaxLength, MaxItems *json.Number
	Required                       []string
	Properties                     ordered[*schema]
	Items                          *schema
	AllOf, OneOf                   []*schema
}

func parse(source []byte) (*document, error) {
	var d document
	if err := json.Unmarshal(source, &d); err != nil {
		return nil, fmt.Errorf("read the API description: %w", err)
	}
	return &d, nil
}

// refName is the last part of a reference: "Customer" of
// "#/components/schemas/Customer".
func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func (d *document) parameter(p parameter) parameter {
	if p.Ref != "" {
		return d.Components.Parameters[refName(p.Ref)]
	}
	return p
}

func (d *document) header(h header) header {
	if h.Ref != "" {
		return d.Components.Headers[refName(h.Ref)]
	}
	return h
}

func (d *document) response(r response) response {
	if r.Ref != "" {
		return d.Components.Responses[refName(r.Ref)]
	}
	return r
}

func (d *document) example(e example) example {
	if e.Ref != "" {
		return d.Components.Examples[refName(e.Ref)]
	}
	return e
}

// schema follows a reference and merges allOf, so that what it returns has all
// properties itself.
func (d *document) schema(s *schema) *schema {
	if s.Ref != "" {
		found, _ := d.Components.Schemas.get(refName(s.Ref))
		return d.schema(found)
	}
	if len(s.AllOf) == 0 {
		return s
	}
	merged := *s
	for _, part := range s.AllOf {
		part = d.schema(part)
		merged.Properties = append(merged.Properties, part.Properties...)
		merged.Required = append(merged.Required, part.Required...)
	}
	merged.Type, merged.AllOf = "object", nil
	return &merged
}

// ordered is a JSON object whose members keep their order, which is the order
// in which a person is to read them.
type ordered[T any] []member[T]

type member[T any] struct {
	Name  string
	Value T
}

func (o ordered[T]) get(name string) (T, bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	var none T
	return none, false
}

// UnmarshalJSON reads an object member by member.
func (o *ordered[T]) UnmarshalJSON(source []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(source))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return fmt.Errorf("want an object, have %.20s", source)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		m := member[T]{Name: name.(string)} // an object's names are strings
		if err := decoder.Decode(&m.Value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}
