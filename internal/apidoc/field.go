package apidoc

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
)

// fieldView is one row of a table: a parameter, a header or a key of a record.
type fieldView struct {
	Name        string
	In          string // "path", "query" or "header", of a parameter
	Required    bool
	Type        string
	Link        string // schema that the type names
	Limits      []string
	Default     string
	Description template.HTML
}

func (v viewer) parameter(p parameter) fieldView {
	view := v.field(p.Name, p.Schema, p.Required)
	view.In, view.Description = p.In, prose(p.Description)
	return view
}

func (v viewer) field(name string, s *schema, required bool) fieldView {
	view := fieldView{Name: name, Required: required, Description: prose(s.Description)}
	named := s
	if s.Items != nil {
		named = s.Items
	}
	full := v.doc.schema(named)
	view.Type = typeName(full)
	if name := linked(named, full); name != "" {
		view.Link, view.Type = name, name
	}
	if named.Ref != "" && s.Description == "" && s.Items == nil {
		view.Description = prose(full.Description)
	}
	if s.Items != nil {
		view.Type = "list of " + view.Type
	}
	view.Limits = limits(s)
	if s.Items != nil {
		view.Limits = append(view.Limits, limits(full)...)
	}
	if s.Default != nil {
		view.Default = string(s.Default)
	}
	return view
}

// linked is the name of a record that the page shows, when s refers to one; full is
// what it refers to.
func linked(s, full *schema) string {
	if s.Ref == "" || len(full.Properties) == 0 {
		return ""
	}
	return refName(s.Ref)
}

func typeName(s *schema) string {
	switch {
	case s.Type == "":
		return "any value"
	case s.Format == "date-time":
		return "time"
	case s.Type == "integer" && s.Format != "":
		return s.Format
	case strings.Contains(s.Pattern, "{24}"):
		return "ObjectId"
	}
	return s.Type
}

// limits says in words what values a schema takes.
func limits(s *schema) []string {
	var said []string
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, value := range s.Enum {
			values[i] = enumText(value)
		}
		said = append(said, "one of "+strings.Join(values, ", "))
	}
	said = append(said, span(s.Minimum, s.Maximum, "")...)
	said = append(said, span(s.MinLength, s.MaxLength, " characters")...)
	if s.MaxItems != nil {
		said = append(said, fmt.Sprintf("at most %s entries", *s.MaxItems))
	}
	if s.Pattern != "" && s.Format != "date-time" && !strings.Contains(s.Pattern, "{24}") {
		said = append(said, "matches "+s.Pattern)
	}
	for _, flag := range []struct {
		set  bool
		text string
	}{{s.Nullable, "null clears it"}, {s.ReadOnly, "read-only"}, {s.WriteOnly, "write-only"}} {
		if flag.set {
			said = append(said, flag.text)
		}
	}
	return said
}

// span says a range: "1 to 45 characters", "at least 0".
func span(low, high *json.Number, unit string) []string {
	switch {
	case low != nil && high != nil:
		return []string{fmt.Sprintf("%s to %s%s", *low, *high, unit)}
	case low != nil:
		return []string{fmt.Sprintf("at least %s%s", *low, unit)}
	case high != nil:
		return []string{fmt.Sprintf("at most %s%s", *high, unit)}
	}
	return nil
}

// enumText shows a plain string without its quotes; the empty one needs them.
func enumText(value json.RawMessage) string {
	if text := strings.Trim(string(value), `"`); text != "" {
		return text
	}
	return string(value)
}
