package apidoc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tollkeeper"
	"tollkeeper/internal/apidoc"
)

func mustJSON(t *testing.T) []byte {
	t.Helper()
	source, err := apidoc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func mustPage(t *testing.T) string {
	t.Helper()
	page, err := apidoc.Page()
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The JSON must say what the YAML says to a second, independent reader of YAML.
func TestJSONSaysWhatTheYAMLSays(t *testing.T) {
	t.Parallel()
	fromYAML, err := openapi3.NewLoader().LoadFromData(tollkeeper.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := openapi3.NewLoader().LoadFromData(mustJSON(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := fromJSON.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	if a, b := generic(t, fromYAML), generic(t, fromJSON); !reflect.DeepEqual(a, b) {
		t.Error("the two documents differ")
	}
}

func generic(t *testing.T, doc *openapi3.T) any {
	t.Helper()
	encoded, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(encoded, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestJSONKeepsTheOrderOfKeys(t *testing.T) {
	t.Parallel()
	source := mustJSON(t)
	last := -1
	for _, key := range []string{`"openapi"`, `"info"`, `"servers"`, `"tags"`, `"/authentication"`, `"/customers"`, `"/docs"`, `"components"`} {
		at := bytes.Index(source, []byte(key))
		if at <= last {
			t.Errorf("%s stands at %d, the key before it at %d", key, at, last)
		}
		last = at
	}
}

func TestPageShowsEveryOperationAndSchema(t *testing.T) {
	t.Parallel()
	page := mustPage(t)
	doc, err := openapi3.NewLoader().LoadFromData(tollkeeper.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for _, want := range []string{`<article class="operation" id="` + op.OperationID + `">`, ">" + html.EscapeString(op.Summary) + "</h3>"} {
				if !strings.Contains(page, want) {
					t.Errorf("%s %s: the page does not hold %s", method, path, want)
				}
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		isShown := strings.Contains(page, `id="schema-`+name+`"`)
		if isRecord := len(schema.Value.Properties) > 0 && !strings.HasSuffix(name, "List"); isRecord && !isShown {
			t.Errorf("the page does not show the schema %s", name)
		}
	}
}

// The page must work in a network without internet, and under a policy that
// forbids scripts.
func TestPageStandsAlone(t *testing.T) {
	t.Parallel()
	page := mustPage(t)
	for _, forbidden := range []string{"<script", "<link", "<img", "<iframe", "@import", "url(", " style=", " onclick", "javascript:", "ZgotmplZ"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page holds %s", forbidden)
		}
	}
}

func TestPageHasNoBrokenLinks(t *testing.T) {
	t.Parallel()
	page := mustPage(t)
	ids := make(map[string]bool)
	for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if ids[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		ids[id[1]] = true
	}
	links := regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 100 {
		t.Fatalf("found %d links, want a list of contents", len(links))
	}
	for _, link := range links {
		if !ids[link[1]] {
			t.Errorf("nothing has the id %s", link[1])
		}
	}
}

func TestPageText(t *testing.T) {
	t.Parallel()
	page := mustPage(t)
	for _, test := range []struct{ name, want string }{
		{"a command line of a change", `curl -X PATCH &#39;http://127.0.0.1:8080/customers/69a555184b1f8c3a5e000003&#39;`},
		{"a query with brackets", `curl -g &#39;http://127.0.0.1:8080/customers?$limit=2&amp;$sort[credit]=1`},
		{"a call id in a path", `/calls/a84b4c76e66710@pbx/end&#39;`},
		{"limits and default of a parameter", `int32 in query<span>0 to 1000</span><span>default 25</span>`},
		{"an enum", `<span>one of credit, paymentmethod</span>`},
		{"what null does", `<span>null clears it</span>`},
		{"a table", `<td><code>insufficient_credit</code></td><td>402 Payment Required</td>`},
		{"a link of the guide", `<a href="#callsAuthorize">POST /calls</a>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(page, test.want) {
				t.Errorf("the page does not hold %s", test.want)
			}
		})
	}
}
