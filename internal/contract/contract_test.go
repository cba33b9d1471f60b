package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tollkeeper/internal/contract"
)

// recorder is a test that notes whether it failed.
type recorder struct{ failures []string }

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

const (
	customerPath = "/customers/69a555184b1f8c3a5e000003"
	customer     = `{"_id":"69a555184b1f8c3a5e000003","name":"A","defaultBillMethod":"credit"}`
	notFound     = `{"name":"NotFound","message":"none","code":404,"className":"not-found","errors":[]}`
	notAllowed   = `{"name":"MethodNotAllowed","message":"no","code":405,"className":"method-not-allowed","errors":[]}`
	entry        = `{"_id":"69a566a84b1f8c3a5e000007","customer":"69a555184b1f8c3a5e000003","kind":"hold","debitAccount":"customer_credit","creditAccount":"revenue","amountMicros":9223372036854775807,"releasedMicros":0,"postedMicros":-9223372036854775808,"heldMicros":0,"createdAt":"2026-03-02T10:30:00.120Z"}`
	jsonType     = "application/json"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, method, path string
		status             int
		contentType, body  string
		header             string // "Name: value"
		want               string // part of the failure; "" for none
	}{
		{"customer", "GET", customerPath, 200, jsonType, customer, `ETag: "1"`, ""},
		{"customer without a tag", "GET", customerPath, 200, jsonType, customer, "", "ETag"},
		{"deleted customer needs no tag", "DELETE", customerPath, 200, jsonType, customer, "", ""},
		{"tag without quotes", "GET", customerPath, 200, jsonType, customer, "ETag: 1", "ETag"},
		{"charset", "GET", customerPath, 200, jsonType + "; charset=utf-8", customer, `ETag: "1"`, "content type"},
		{"unknown key", "GET", customerPath, 200, jsonType, strings.Replace(customer, "}", `,"status":"active"}`, 1), `ETag: "1"`, "status"},
		{"missing key", "GET", customerPath, 200, jsonType, `{"_id":"69a555184b1f8c3a5e000003","name":"A"}`, `ETag: "1"`, "defaultBillMethod"},
		{"null", "GET", customerPath, 200, jsonType, strings.Replace(customer, "}", `,"logo":null}`, 1), `ETag: "1"`, "null"},
		{"fraction", "GET", customerPath, 200, jsonType, strings.Replace(customer, "}", `,"credit":1.0}`, 1), `ETag: "1"`, "1.0"},
		{"exponent", "GET", customerPath, 200, jsonType, strings.Replace(customer, "}", `,"credit":1e2}`, 1), `ETag: "1"`, "1e2"},
		{"beyond int32", "GET", customerPath, 200, jsonType, strings.Replace(customer, "}", `,"credit":2147483648}`, 1), `ETag: "1"`, "credit"},
		{"key twice", "GET", customerPath, 200, jsonType, strings.Replace(customer, "}", `,"name":"B"}`, 1), `ETag: "1"`, "twice"},
		{"time without milliseconds", "GET", customerPath, 200, jsonType, strings.Replace(customer, "}", `,"createdAt":"2026-03-02T09:15:04Z"}`, 1), `ETag: "1"`, "createdAt"},
		{"data after the body", "GET", customerPath, 200, jsonType, customer + "{}", `ETag: "1"`, "more"},
		{"45 code points outside the BMP", "GET", customerPath, 200, jsonType, strings.Replace(customer, `"A"`, `"`+strings.Repeat("😀", 45)+`"`, 1), `ETag: "1"`, ""},
		{"46 code points", "GET", customerPath, 200, jsonType, strings.Replace(customer, `"A"`, `"`+strings.Repeat("é", 46)+`"`, 1), `ETag: "1"`, "name"},
		{"created", "POST", "/customers", 201, jsonType, customer, `ETag: "1"`, "status"},
		{"list", "GET", "/customers?$limit=1", 200, jsonType, `{"total":1,"limit":1,"skip":0,"data":[` + customer + `]}`, "", ""},
		{"list with another key", "GET", "/customers", 200, jsonType, `{"total":0,"limit":1,"skip":0,"data":[],"next":""}`, "", "next"},
		{"largest amounts", "GET", customerPath + "/ledger", 200, jsonType, `{"total":1,"limit":25,"skip":0,"data":[` + entry + `]}`, "", ""},
		{"error", "GET", customerPath, 404, jsonType, notFound, "", ""},
		{"error of another status", "GET", customerPath, 403, jsonType, notFound, "", "404"},
		{"error with an object", "GET", customerPath, 404, jsonType, strings.Replace(notFound, "[]", "{}", 1), "", "errors"},
		{"status not described", "GET", customerPath, 408, jsonType, notFound, "", "not described"},
		{"unknown path", "GET", "/nothing", 404, jsonType, notFound, "", ""},
		{"unknown path as text", "GET", "/nothing", 404, "text/plain; charset=utf-8", "404 page not found", "", "content type"},
		{"unknown path that succeeds", "GET", "/nothing", 200, jsonType, "{}", "", "not described"},
		{"unknown method", "PUT", "/customers", 405, jsonType, notAllowed, "Allow: GET, POST", ""},
		{"method of no standard", "BREW", "/customers", 405, jsonType, notAllowed, "Allow: GET, POST", ""},
		{"unknown method without Allow", "PUT", "/customers", 405, jsonType, notAllowed, "", "Allow"},
		{"encoded slash in a call id", "GET", "/calls/a%2Fb/end", 405, jsonType, notAllowed, "Allow: POST", ""},
		{"CSV", "GET", "/ratedecks/default/versions/1", 200, "text/csv; charset=utf-8", "prefix,destination,price\n", "", ""},
		{"page", "GET", "/docs", 200, "text/html; charset=utf-8", "<!doctype html>", "", ""},
		{"page as JSON", "GET", "/docs", 200, jsonType, "{}", "", "content type"},
		{"metrics", "GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "a 1\n", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(test.method, test.path, nil)
			response := &http.Response{StatusCode: test.status, Header: http.Header{"Content-Type": {test.contentType}}}
			if name, value, found := strings.Cut(test.header, ": "); found {
				response.Header.Set(name, value)
			}
			var r recorder
			contract.New(&r).Check(request, response, []byte(test.body))
			failure := strings.Join(r.failures, "\n")
			if test.want == "" && failure != "" {
				t.Errorf("the answer was refused: %s", failure)
			}
			if test.want != "" && !strings.Contains(failure, test.want) {
				t.Errorf("want a failure that says %q, have %q", test.want, failure)
			}
		})
	}
}

func TestClientChecksEveryAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		if r.URL.Path == "/healthz" {
			io.WriteString(w, `{"status":"ok"}`)
			return
		}
		io.WriteString(w, `{"version":1}`)
	}))
	t.Cleanup(server.Close)
	for _, test := range []struct {
		path, body string
		failures   int
	}{{"/healthz", `{"status":"ok"}`, 0}, {"/version", `{"version":1}`, 1}} {
		var r recorder
		response, err := contract.New(&r).Client().Get(server.URL + test.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if string(body) != test.body {
			t.Errorf("%s: the body is %q after the check, want %q", test.path, body, test.body)
		}
		if len(r.failures) != test.failures {
			t.Errorf("%s: %d failures, want %d: %q", test.path, len(r.failures), test.failures, r.failures)
		}
	}
}
