package contract_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tollkeeper"
)

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(tollkeeper.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDescriptionIsValid(t *testing.T) {
	t.Parallel()
	if err := description(t).Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// An example that no schema checks could say anything, so Validate above must
// be seen to look at them.
func TestDescriptionRefusesWrongExamples(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, old, new string }{
		{"unknown key in an answer", "availableMicros: 49988000, ", "availableMicros: 49988000, spent: 1, "},
		{"wrong type in a request", "{name: Harbour Coffee Roasters, defaultBillMethod: credit}", "{name: 7, defaultBillMethod: credit}"},
		{"shared example", "defaultBillMethod: credit\n        createdByUserId", "defaultBillMethod: cash\n        createdByUserId"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source := string(tollkeeper.OpenAPI)
			if strings.Count(source, test.old) != 1 {
				t.Fatalf("the description holds %q %d times", test.old, strings.Count(source, test.old))
			}
			doc, err := openapi3.NewLoader().LoadFromData([]byte(strings.Replace(source, test.old, test.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if doc.Validate(context.Background(), openapi3.EnableExamplesValidation()) == nil {
				t.Error("the description with a wrong example is valid")
			}
		})
	}
}

// public are the operations that want no token.
var public = []string{"providersHear", "authenticationCreate", "operatorGet", "operatorCreate", "passwordForget", "passwordReset", "passwordGet", "portoutsPage", "portoutsLinked", "portoutsDecideLinked", "healthGet", "readinessGet", "versionGet", "openapiGet", "docsGet",
	"mediaPlay", "mediaUpload", "mediaFetch", "mediaMusic", "mediaLogo"}

func TestEveryOperationIsDescribedInFull(t *testing.T) {
	t.Parallel()
	doc := description(t)
	ids := make(map[string]bool)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			t.Run(method+" "+path, func(t *testing.T) {
				if op.OperationID == "" || ids[op.OperationID] {
					t.Errorf("the operationId %q is empty or not unique", op.OperationID)
				}
				ids[op.OperationID] = true
				if op.Summary == "" || len(op.Tags) != 1 || doc.Tags.Get(op.Tags[0]) == nil {
					t.Errorf("want a summary and one known tag, have %q and %q", op.Summary, op.Tags)
				}
				if isPublic := op.Security != nil && len(*op.Security) == 0; isPublic != slices.Contains(public, op.OperationID) {
					t.Errorf("needs no token: %t", isPublic)
				}
				checkParameters(t, slices.Concat(item.Parameters, op.Parameters))
				if op.RequestBody != nil {
					checkExamples(t, "request", op.RequestBody.Value.Content)
				}
				checkAnswers(t, op)
			})
		}
	}
	if len(ids) < 42 {
		t.Errorf("have %d operations, want 42 at least", len(ids))
	}
}

func checkParameters(t *testing.T, parameters openapi3.Parameters) {
	t.Helper()
	for _, p := range parameters {
		if p.Value.Description == "" {
			t.Errorf("the parameter %s has no description", p.Value.Name)
		}
		if p.Value.In == "path" && p.Value.Example == nil {
			t.Errorf("the parameter %s has no example", p.Value.Name)
		}
	}
}

func checkAnswers(t *testing.T, op *openapi3.Operation) {
	t.Helper()
	want := []string{"200", "406", "429", "500", "503"}
	if !slices.Contains(public, op.OperationID) {
		want = append(want, "401", "403")
	}
	for _, status := range want {
		if op.Responses.Value(status) == nil {
			t.Errorf("the answer %s is not described", status)
		}
	}
	for status, answer := range op.Responses.Map() {
		if status == "200" || status == "206" {
			checkExamples(t, "answer", answer.Value.Content)
			continue
		}
		media := answer.Value.Content["application/json"]
		if media == nil || media.Schema.Ref != "#/components/schemas/Error" || media.Example == nil {
			t.Errorf("the answer %s is not the shared error with an example", status)
		}
		if number, _ := strconv.Atoi(status); !slices.Contains(clientStatuses, number) {
			t.Errorf("clients do not decode the status %s", status)
		}
	}
}

// clientStatuses are those that the existing clients decode, and 409.
var clientStatuses = []int{400, 401, 403, 404, 405, 406, 409, 429, 500, 503}

func checkExamples(t *testing.T, what string, content openapi3.Content) {
	t.Helper()
	if len(content) == 0 || len(content) > 1 && content["application/json"] != nil {
		t.Errorf("the %s has %d media types, want one, or one for each format of a file", what, len(content))
	}
	for name, media := range content {
		if len(media.Examples) == 0 {
			t.Errorf("the %s as %s has no example", what, name)
		}
		for key, example := range media.Examples {
			if example.Value.Summary == "" {
				t.Errorf("the example %s of the %s has no summary", key, what)
			}
		}
	}
}

// One unknown key breaks a client, so no object of an answer may be open.
func TestObjectsAreClosed(t *testing.T) {
	t.Parallel()
	for name, schema := range description(t).Components.Schemas {
		s := schema.Value
		if len(s.Properties) == 0 {
			continue
		}
		if closed := s.AdditionalProperties.Has; closed == nil || *closed {
			t.Errorf("%s allows other keys", name)
		}
		for _, key := range s.Required {
			if s.Properties[key] == nil {
				t.Errorf("%s requires %s and does not describe it", name, key)
			}
		}
		for key, property := range s.Properties {
			if property.Value.Description == "" {
				t.Errorf("%s.%s has no description", name, key)
			}
		}
	}
}
