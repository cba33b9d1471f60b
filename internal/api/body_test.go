package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// post is a create request with this whole body.
func post(name, body, want string) row {
	r := row{name: name, request: "POST /customers", body: body, want: want}
	if strings.Contains(want, `"BadRequest"`) {
		r.status = http.StatusBadRequest
	}
	return r
}

const good = `{"name":"Acme","defaultBillMethod":"credit"}`

func TestBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const notObject = "body: must be a JSON object"
	notJSON := func(at int) string {
		return invalid(fmt.Sprintf("body: must be JSON in UTF-8; it is not at byte %d", at))
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	full := `{"name":"Acme","defaultBillMethod":"credit"` + strings.Repeat(" ", 1<<20-len(good)) + `}`
	s.run(t, []row{
		post("space around", " \t\r\n"+good+" \n", record("")),
		post("escaped keys", `{"n\u0061me":"Acme","defaultBillMethod":"cr\u0065dit"}`, record("")),
		post("empty", "", invalid(notObject)),
		post("array", "["+good+"]", invalid(notObject)),
		post("string", `"x"`, invalid(notObject)),
		post("number", `7`, invalid(notObject)),
		post("null", `null`, invalid(notObject)),
		post("twice", good+good, invalid("body: must end after the JSON object")),
		post("trailing comma", good+",", invalid("body: must end after the JSON object")),
		post("trailing text", good+"x", invalid("body: must end after the JSON object")),
		post("trailing NUL", good+"\x00", invalid("body: must end after the JSON object")),
		post("cut short", `{"name":"Acme"`, invalid("body: must be JSON; it ends too early")),
		post("cut in a string", `{"name":"Ac`, invalid("body: must be JSON; it ends too early")),
		post("not JSON", `name=Acme`, notJSON(1)),
		post("comment", `{/**/}`, notJSON(1)),
		post("single quotes", `{'name':"x"}`, notJSON(1)),
		post("comma at the end", `{"name":"x",}`, notJSON(11)),
		post("byte order mark", "\ufeff"+good, notJSON(0)),
		post("invalid UTF-8", "{\"name\":\"a\xffb\"}", notJSON(10)),
		post("overlong UTF-8", "{\"name\":\"\xc0\x80\"}", notJSON(9)),
		post("invalid UTF-8 in a key", "{\"\xff\":1}", notJSON(2)),
		post("raw control character", "{\"name\":\"a\x01\"}", notJSON(10)),
		post("lone high surrogate", `{"name":"\ud83d"}`, notJSON(9)),
		post("lone low surrogate", `{"name":"\ude00"}`, notJSON(9)),
		post("surrogates in the wrong order", `{"name":"\ude00\ud83d"}`, notJSON(9)),
		post("bad escape", `{"name":"\x41"}`, notJSON(9)),
		post("leading zero", `{"credit":01}`, notJSON(11)),
		post("plus sign", `{"credit":+1}`, notJSON(10)),
		post("NaN", `{"credit":NaN}`, notJSON(10)),
		post("hexadecimal", `{"credit":0x1}`, notJSON(11)),
		post("no fraction after the point", `{"credit":1.}`, notJSON(12)),
		post("a key twice", `{"name":"x","name":"x","defaultBillMethod":"credit"}`, invalid("name: must not be given twice")),
		post("a key twice, once escaped", `{"name":"x","n\u0061me":"y"}`, invalid("name: must not be given twice")),
		post("an unknown key twice", `{"x":1,"x":2}`, invalid("x: must not be given twice")),
		post("a nested key twice", `{"name":{"a":1,"a":1}}`, invalid("a: must not be given twice")),
		post("deep arrays", `{"name":`+strings.Repeat("[", 100_000), notJSON(10_007)),
		post("deep objects", strings.Repeat(`{"a":`, 100_000), notJSON(50_000)),
		post("deep but closed", `{"credit":`+strings.Repeat("[", 5_000)+strings.Repeat("]", 5_000)+"}",
			invalid("credit: must be an integer", "name: is required", "defaultBillMethod: is required")),
		post("too many keys", "{"+strings.Join(many, ",")+"}", invalid("body: must have at most 100 keys")),
		post("1 MiB", full, record("")),
		post("1 MiB and a byte", full+" ", invalid("body: must have at most 1 MiB")),
		post("20 MiB", strings.Repeat(" ", 20<<20), invalid("body: must have at most 1 MiB")),
	})
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	with := func(header string) row {
		return row{name: header, request: "POST /customers", body: good, headers: []string{header}, want: record("")}
	}
	const notJSON, compressed = "Content-Type: must be application/json", "Content-Encoding: must be absent; compressed bodies are not read"
	s.run(t, []row{
		with("Content-Type:"),
		with("Content-Type: application/json"),
		with("Content-Type: application/json;charset=utf-8"),
		with(`Content-Type: application/json; charset="UTF-8"`),
		with("Content-Type: Application/JSON; Charset=UTF-8"),
		with("Content-Type: application/json; version=1"),
		with("Content-Encoding: identity"),
		with("Content-Type: text/plain").but("text", 400, invalid(notJSON)),
		with("Content-Type: application/x-www-form-urlencoded").but("a form", 400, invalid(notJSON)),
		with("Content-Type: application/json; charset=iso-8859-1").but("Latin-1", 400, invalid(notJSON)),
		with("Content-Type: application/json; charset=utf-16").but("UTF-16", 400, invalid(notJSON)),
		with("Content-Type: application/jsonp").but("a longer type", 400, invalid(notJSON)),
		with("Content-Type: json").but("no type", 400, invalid(notJSON)),
		with("Content-Type: ;;").but("no type at all", 400, invalid(notJSON)),
		with("Content-Encoding: gzip").but("gzip", 400, invalid(compressed)),
		with("Content-Encoding: br").but("br", 400, invalid(compressed)),
		{name: "a type on GET", request: "GET /customers/" + id, headers: []string{"Content-Type: text/plain"}, want: record("")},
		{name: "a charset on GET", request: "GET /customers?$limit=0", headers: []string{"Content-Type: application/json; charset=latin1"},
			want: `{"total":"{any}","limit":0,"skip":0,"data":[]}`},
		{name: "a type on DELETE", request: "DELETE /customers/" + id, headers: []string{"Content-Type: text/plain"}, want: record("")},
		{name: "Accept everything", request: "GET /healthz", headers: []string{"Accept: */*"}, want: `{"status":"ok"}`},
		{name: "Accept application", request: "GET /healthz", headers: []string{"Accept: application/*;q=0.1"}, want: `{"status":"ok"}`},
		{name: "Accept with others", request: "GET /healthz", headers: []string{"Accept: text/html, application/json;q=0.9"}, want: `{"status":"ok"}`},
		{name: "Accept HTML only", request: "GET /healthz", headers: []string{"Accept: text/html"}, status: 406, want: failure(406, "this path answers in application/json")},
		{name: "Accept JSON never", request: "GET /customers", headers: []string{"Accept: application/json;q=0"}, status: 406, want: failure(406, "this path answers in application/json")},
		{name: "Accept XML only on a write", request: "POST /customers", body: good, headers: []string{"Accept: application/xml"}, status: 406,
			want: failure(406, "this path answers in application/json")},
	})
	if total := member(t, s.ask(t, "GET /customers?$limit=0", ""), "total"); total != member(t, `{"n":7}`, "n") {
		t.Errorf("%v customers exist, want the 7 that were accepted", total)
	}
}

// TestAnswersDoNotShareBuffers reads a constant answer before and after requests
// with bodies of its size.
func TestAnswersDoNotShareBuffers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for range 20 {
		if got := s.ask(t, "GET /healthz", ""); got != `{"status":"ok"}` {
			t.Fatalf("GET /healthz answered %s", got)
		}
		s.do(t, "POST /customers", `{"x":"1234567"}`)
	}
}

// TestChunkedBodies sends bodies whose length is not known beforehand.
func TestChunkedBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":100`)
	s.deck(t, "default", callDeck)
	s.call(t, id, "c", domestic)
	send := func(method, path, body string) answer {
		r, err := http.NewRequest(method, s.url+path, io.MultiReader(strings.NewReader(body)))
		must(t, err)
		r.Header.Set("Authorization", s.token)
		return s.send(t, r)
	}
	send("POST", "/customers", good).expect(t, 200, record(""))
	send("POST", "/customers", "").expect(t, 400, invalid("body: must be a JSON object"))
	send("POST", "/calls/c/answer", "").expect(t, 200, strings.ReplaceAll(permission("c", `"from":null`), "{customer}", id))
	send("POST", "/calls/c/extend", "[]").expect(t, 400, invalid("body: must be a JSON object"))
	send("POST", "/calls/c/end", `{"durationSeconds":0}`).expect(t, 200, strings.ReplaceAll(ended("c", `"from":"","answeredAt":"{time}"`), "{customer}", id))
	send("PUT", "/ratedecks/default", strings.Repeat("x", 64<<20+1)).expect(t, 400, invalid("body: must have at most 64 MiB"))
}
