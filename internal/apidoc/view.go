package apidoc

import (
	"bytes"
	"encoding/json"
	"html/template"
	"slices"
	"strings"
)

// pageView is what the template shows.
type pageView struct {
	Title, Version, Server string
	Style                  template.CSS
	Intro                  template.HTML
	Headings               []heading
	Groups                 []groupView
	Schemas                []schemaView
}

type groupView struct {
	Name, Anchor string
	Description  template.HTML
	Operations   []operationView
}

type operationView struct {
	ID, Method, Path, Summary string
	Description               template.HTML
	IsPublic                  bool
	Parameters                []fieldView
	Request                   *bodyView
	Answer                    bodyView
	Headers                   []fieldView
	Errors                    []errorView
	Curl                      string
	File                      string // the file that the example sends, "" for none
}

type bodyView struct {
	MediaType   string
	Description template.HTML
	Schema      schemaView // of the record itself where the body is a page of them
	IsList      bool
	Examples    []exampleView
}

type errorView struct{ Status, Name string }

type exampleView struct{ Summary, Text string }

type schemaView struct {
	Name        string // "" for a body that is not a record
	Description template.HTML
	Fields      []fieldView
}

// viewer turns the document into what the template shows.
type viewer struct{ doc *document }

func (v viewer) page() pageView {
	d := v.doc
	intro, headings := markdown(d.Info.Description, "about-")
	p := pageView{Title: d.Info.Title, Version: d.Info.Version, Server: d.Servers[0].URL, Style: style, Intro: intro, Headings: headings}
	for _, tag := range d.Tags {
		g := groupView{Name: tag.Name, Anchor: "tag-" + slug(tag.Name), Description: prose(tag.Description)}
		for _, path := range d.Paths {
			g.Operations = append(g.Operations, v.operations(path.Name, path.Value, tag.Name)...)
		}
		p.Groups = append(p.Groups, g)
	}
	for _, s := range d.Components.Schemas {
		if view := v.record(s.Name, s.Value); len(view.Fields) > 0 && !isList(s.Value) {
			p.Schemas = append(p.Schemas, view)
		}
	}
	return p
}

func (v viewer) operations(path string, item pathItem, tag string) []operationView {
	methods := []struct {
		name string
		op   *operation
	}{{"GET", item.Get}, {"POST", item.Post}, {"PUT", item.Put}, {"PATCH", item.Patch}, {"DELETE", item.Delete}}
	var views []operationView
	for _, m := range methods {
		if m.op != nil && slices.Contains(m.op.Tags, tag) {
			views = append(views, v.operation(m.name, path, item, m.op))
		}
	}
	return views
}

func (v viewer) operation(method, path string, item pathItem, op *operation) operationView {
	view := operationView{
		ID: op.OperationID, Method: method, Path: path, Summary: op.Summary,
		Description: prose(op.Description), IsPublic: op.Security != nil && len(*op.Security) == 0,
	}
	var parameters []parameter
	for _, p := range slices.Concat(item.Parameters, op.Parameters) {
		p = v.doc.parameter(p)
		parameters = append(parameters, p)
		view.Parameters = append(view.Parameters, v.parameter(p))
	}
	if op.RequestBody != nil {
		body := v.body(op.RequestBody.Content)
		body.Description = prose(op.RequestBody.Description)
		view.Request = &body
		_, view.File = fileOf(body.MediaType)
	}
	for _, r := range op.Responses {
		answer := v.doc.response(r.Value)
		if r.Name != "200" {
			view.Errors = append(view.Errors, errorView{r.Name, refName(r.Value.Ref)})
			continue
		}
		view.Answer = v.body(answer.Content)
		view.Answer.Description = prose(answer.Description)
		for _, h := range answer.Headers {
			view.Headers = append(view.Headers, fieldView{Name: h.Name, Description: prose(v.doc.header(h.Value).Description)})
		}
	}
	view.Curl = curl{server: v.doc.Servers[0].URL, method: method, path: path, op: op, parameters: parameters, view: &view}.String()
	return view
}

// body shows the first media type of a body; there is only one.
func (v viewer) body(content ordered[media]) bodyView {
	mediaType, m := content[0].Name, content[0].Value
	view := bodyView{MediaType: mediaType}
	shown := m.Schema
	if s := v.doc.schema(m.Schema); isList(s) {
		data, _ := s.Properties.get("data")
		view.IsList, shown = true, data.Items
	}
	if len(shown.OneOf) > 0 {
		shown = shown.OneOf[0] // the others come on request only, and are among the examples
	}
	view.Schema = v.record(linked(shown, v.doc.schema(shown)), shown)
	for _, e := range m.Examples {
		found := v.doc.example(e.Value)
		view.Examples = append(view.Examples, exampleView{found.Summary, exampleText(found.Value)})
	}
	return view
}

func (v viewer) record(name string, s *schema) schemaView {
	s = v.doc.schema(s)
	view := schemaView{Name: name, Description: prose(s.Description)}
	for _, property := range s.Properties {
		view.Fields = append(view.Fields, v.field(property.Name, property.Value, slices.Contains(s.Required, property.Name)))
	}
	return view
}

// isList reports whether a schema is a page of records.
func isList(s *schema) bool {
	_, hasData := s.Properties.get("data")
	_, hasTotal := s.Properties.get("total")
	return hasData && hasTotal
}

// exampleText shows JSON indented, and a text as it is.
func exampleText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return strings.TrimSuffix(text, "\n")
	}
	var out bytes.Buffer
	if err := json.Indent(&out, value, "", "  "); err != nil {
		return string(value)
	}
	return out.String()
}

func prose(text string) template.HTML {
	rendered, _ := markdown(text, "")
	return rendered
}
