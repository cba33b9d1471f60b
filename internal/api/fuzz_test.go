package api_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/api"
)

var bodySeeds = []string{
	``, `{}`, good, `[]`, `null`, `{"a":1,"a":2}`, `{"name":"\ud83d"}`, "{\"name\":\"\xff\"}", `{"credit":1e400}`, `{"credit":-0}`, `{"x":{"y":[1,{"z":null}]}}`,
	`{"name":"x","defaultBillMethod":"credit","websiteUrl":"java\tscript:x","credit":2147483648,"transcribeCalls":1.0,"createdByIP":"::1"}`,
	`{"name":"\u0000","defaultBillMethod":"paymentmethod","adminUserId":"69a555184b1f8c3a5e000003","_id":null,"createdAt":null}`, good + good, `{"name":"x"`,
	`{"":""}`, `{"name":"` + strings.Repeat("é", 45) + `","defaultBillMethod":"credit","logo":"//x"}`,
}

// FuzzParseObject compares the decoder with encoding/json, which takes all that it
// takes: it may only be stricter.
func FuzzParseObject(f *testing.F) {
	for _, seed := range bodySeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := api.ParseObject(body)
		if err != nil {
			checkFault(t, err)
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(body, &want); err != nil || !utf8.Valid(body) {
			t.Fatalf("read %q, which is not JSON in UTF-8: %v", body, err)
		}
		if len(fields) != len(want) {
			t.Fatalf("read %d fields of %q, want %d", len(fields), body, len(want))
		}
		for _, field := range fields {
			raw, given := want[field.Key]
			if !given {
				t.Fatalf("%q has no key %q", body, field.Key)
			}
			checkDecoded(t, field.Value, raw)
		}
	})
}

func checkFault(t *testing.T, err error) {
	t.Helper()
	var known *tollkeeper.Error
	if !errors.As(err, &known) || known.Code != tollkeeper.CodeInvalid || len(known.Faults) != 1 {
		t.Fatalf("%v is not a bad request with one fault", err)
	}
	if fault := known.Faults[0]; !utf8.ValidString(fault) || len(fault) > 300 || strings.ContainsAny(fault, "\x00\n") {
		t.Errorf("the fault %q is not fit to show", fault)
	}
}

func checkDecoded(t *testing.T, have tollkeeper.Value, raw json.RawMessage) {
	t.Helper()
	var want any
	if err := json.Unmarshal(raw, &want); err != nil && have.Kind != tollkeeper.NumberValue { // 1e400 is no float64
		t.Fatal(err)
	}
	right := false
	switch want := want.(type) {
	case nil:
		right = have.Kind == tollkeeper.NullValue || have.Kind == tollkeeper.NumberValue && have.Text == string(raw)
	case bool:
		right = have.Kind == tollkeeper.BoolValue && have.Text == string(raw)
	case float64:
		right = have.Kind == tollkeeper.NumberValue && have.Text == string(raw)
	case string:
		right = have.Kind == tollkeeper.StringValue && have.Text == want
	case []any:
		right = have.Kind == tollkeeper.ArrayValue && have.Text == string(raw)
	case map[string]any:
		right = have.Kind == tollkeeper.ObjectValue && have.Text == string(raw)
	}
	if !right {
		t.Errorf("%s was read as kind %d %q", raw, have.Kind, have.Text)
	}
}

// FuzzCreateCustomer sends any body at all: the server must never fail, its answer
// must fit the API description, and a record that it takes must read back alike.
func FuzzCreateCustomer(f *testing.F) {
	for _, seed := range bodySeeds {
		f.Add(seed)
	}
	s := newServer(f)
	f.Fuzz(func(t *testing.T, body string) {
		a := s.do(t, "POST /customers", body, "Content-Type: application/json")
		switch a.status {
		case 200:
			id := member(t, a.body, "_id").(string)
			if stored := s.ask(t, "GET /customers/"+id, ""); stored != a.body {
				t.Errorf("%q answered %s, and then %s", body, a.body, stored)
			}
			if again := s.do(t, "PATCH /customers/"+id, a.body); again.body != a.body {
				t.Errorf("a record sent back as it came answered %d %s, want %s", again.status, again.body, a.body)
			}
		case 400:
		default:
			t.Errorf("%q answered %d %s", body, a.status, a.body)
		}
	})
}
