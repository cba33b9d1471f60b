package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// row is one request of a table with the whole answer it must get. In want,
// "{id}" stands for any ObjectId, "{time}" for any time and "{any}" for anything.
type row struct {
	name    string
	request string // "POST /customers"; "{customer}" becomes the id of the table's customer
	body    string
	headers []string
	status  int // 0 is 200
	want    string
}

// run makes the requests of a table, one after the other on one server where they
// build on each other, else at once.
func (s *server) run(t *testing.T, rows []row, vars ...string) {
	t.Helper()
	replace := strings.NewReplacer(vars...).Replace
	for _, r := range rows {
		t.Run(r.title(), func(t *testing.T) {
			headers := make([]string, len(r.headers))
			for i, header := range r.headers {
				headers[i] = replace(header)
			}
			a := s.do(t, replace(r.request), replace(r.body), headers...)
			a.expect(t, r.status, replace(r.want))
		})
	}
}

func (r row) title() string {
	if r.name != "" {
		return r.name
	}
	title := r.request
	if r.body != "" {
		title += " " + r.body
	}
	return title[:min(len(title), 120)]
}

// expect compares status and whole body.
func (a answer) expect(t testing.TB, status int, want string) {
	t.Helper()
	if status == 0 {
		status = http.StatusOK
	}
	if a.status != status || !same(decoded(t, want), decoded(t, a.body)) {
		t.Errorf("answered %d %s\nwant %d %s", a.status, a.body, status, want)
	}
}

func decoded(t testing.TB, text string) (v any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("decode %q: %v", text, err)
	}
	return v
}

var placeholders = map[string]*regexp.Regexp{
	"{id}":   regexp.MustCompile(`^[0-9a-f]{24}$`),
	"{time}": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`),
}

func same(want, have any) bool {
	switch want := want.(type) {
	case map[string]any:
		object, ok := have.(map[string]any)
		return ok && maps.EqualFunc(want, object, same)
	case []any:
		list, ok := have.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range want {
			if !same(want[i], list[i]) {
				return false
			}
		}
		return true
	case string:
		text, ok := have.(string)
		if pattern := placeholders[want]; pattern != nil {
			return ok && pattern.MatchString(text)
		}
		return want == "{any}" || ok && text == want
	}
	return want == have
}

// member reads a value of a JSON object by the names that lead to it.
func member(t testing.TB, body string, path ...string) any {
	t.Helper()
	v := decoded(t, body)
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%s has no %v", body, path)
		}
		v = object[name]
	}
	return v
}

// record is the whole record of a customer that has the defaults everywhere but
// in the members given.
func record(members string) string {
	return merge(`{"_id":"{id}","name":"Acme","credit":0,"automaticRefillAmount":0,"lowBalanceAlertAmount":0,
"internationalCalling":0,"createdByIP":"127.0.0.1","mediaBypass":0,"accountLock":1,"callRecording":0,"cdrRetention":12,
"cnamLookUps":0,"holdMusic":0,"maxOutboundCallRate":1,"defaultBillMethod":"credit","createdByUserId":"{id}",
"updatedByUserId":"{id}","createdAt":"{time}","updatedAt":"{time}"}`, members)
}

// merge puts members into an object. A member that is null is taken out.
func merge(object, members string) string {
	merged := map[string]json.RawMessage{}
	if json.Unmarshal([]byte(object), &merged) != nil || json.Unmarshal([]byte("{"+members+"}"), &merged) != nil {
		panic("not JSON: " + object + members)
	}
	maps.DeleteFunc(merged, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	text, err := json.Marshal(merged)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// invalid is the answer to a request with faults.
func invalid(faults ...string) string {
	message := "the request is not valid"
	if len(faults) == 1 {
		message = faults[0]
	}
	return failure(http.StatusBadRequest, message, faults...)
}

// failure is the answer of every error.
func failure(status int, message string, faults ...string) string {
	names := map[int][2]string{
		400: {"BadRequest", "bad-request"}, 401: {"NotAuthenticated", "not-authenticated"}, 403: {"Forbidden", "forbidden"}, 404: {"NotFound", "not-found"},
		405: {"MethodNotAllowed", "method-not-allowed"}, 429: {"TooManyRequests", "too-many-requests"}, 406: {"NotAcceptable", "not-acceptable"}, 409: {"Conflict", "conflict"},
	}
	if faults == nil {
		faults = []string{}
	}
	text, err := json.Marshal(map[string]any{
		"name": names[status][0], "message": message, "code": status, "className": names[status][1], "errors": faults,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}
