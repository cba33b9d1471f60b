package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

const noToken = "the token is missing, unknown or expired"

func TestAuthorization(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	list := func(name, header string) row {
		return row{name: name, request: "GET /customers", headers: []string{header}, want: `{"total":0,"limit":25,"skip":0,"data":[]}`}
	}
	expired := credential.NewToken()
	_, err := s.store.CreateToken(t.Context(), tollkeeper.Write{}, tollkeeper.Token{Name: "old", Kind: tollkeeper.TokenUser, User: s.operator.ID,
		ExpiresAt: s.clock.now()}, credential.HashToken(expired))
	must(t, err)
	s.run(t, []row{
		list("bare", "Authorization: "+s.token),
		list("Bearer", "Authorization: Bearer "+s.token),
		list("bearer", "Authorization: bearer "+s.token),
		list("BEARER", "Authorization: BEARER "+s.token),
		list("two spaces", "Authorization: Bearer  "+s.token),
		list("none", "Authorization:").but("none", 401, failure(401, noToken)),
		list("empty", "Authorization: ").but("empty", 401, failure(401, noToken)),
		list("only the scheme", "Authorization: Bearer").but("only the scheme", 401, failure(401, noToken)),
		list("Basic", "Authorization: Basic "+s.token).but("Basic", 401, failure(401, noToken)),
		list("unknown", "Authorization: Bearer tk_x").but("unknown", 401, failure(401, noToken)),
		list("two tokens", "Authorization: Bearer "+s.token+" "+s.token).but("two tokens", 401, failure(401, noToken)),
		list("expired", "Authorization: "+expired).but("expired", 401, failure(401, noToken)),
	})
	for _, request := range []string{
		"GET /customers", "POST /customers", "GET /customers/x", "PATCH /customers/x", "DELETE /customers/x", "GET /customers/x/balance",
		"GET /customers/x/ledger", "POST /customers/x/ledger", "PATCH /customers/x/status", "PATCH /customers/x/limits", "PUT /customers/x/ratedeck",
		"GET /customers/x/audit", "GET /audit", "GET /audit/export", "GET /mails", "GET /users", "POST /users", "GET /users/x", "PATCH /users/x", "DELETE /users/x", "GET /ratedecks", "PUT /ratedecks/x",
		"GET /ratedecks/x", "DELETE /ratedecks/x", "GET /ratedecks/x/rates", "POST /ratedecks/x/rollback", "GET /ratedecks/x/versions/1",
		"GET /calls", "POST /calls", "POST /calls/x/answer", "POST /calls/x/extend", "POST /calls/x/end", "GET /cdrs", "GET /cdrs/x", "GET /events", "GET /metrics",
	} {
		accept := "Accept: */*"
		a := s.do(t, request, "", "Authorization:", accept)
		a.expect(t, 401, failure(401, noToken))
		if a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s answered WWW-Authenticate %q (RFC 9110, section 15.5.2)", request, a.header.Get("WWW-Authenticate"))
		}
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	login := func(members string) string {
		return merge(`{"strategy":"local","email":"`+operatorEmail+`","password":"`+operatorPassword+`"}`, members)
	}
	const answered = `{"_id":"{id}","strategy":"local","username":"operator@example.com","password":"","accessToken":"{any}"}`
	const wrong = "the login is wrong"
	s.run(t, []row{
		{name: "e-mail", request: "POST /authentication", body: login(""), want: answered},
		{name: "another case", request: "POST /authentication", body: login(`"email":"OPERATOR@example.com"`), want: answered},
		{name: "username", request: "POST /authentication", body: login(`"email":null,"username":"operator@example.com"`), want: answered},
		{name: "with a stale token", request: "POST /authentication", body: login(""), headers: []string{"Authorization: tk_stale"}, want: answered},
		{name: "minimal", request: "POST /authentication", body: login(""), headers: []string{"Prefer: respond-async, return=minimal"}, want: merge(answered, `"accessToken":null`)},
		{name: "wrong password", request: "POST /authentication", body: login(`"password":"x"`), status: 401, want: failure(401, wrong)},
		{name: "unknown address", request: "POST /authentication", body: login(`"email":"nobody@example.com"`), status: 401, want: failure(401, wrong)},
		{name: "nothing", request: "POST /authentication", body: `{}`, status: 400,
			want: invalid(`strategy: is required`, "password: is required", "email: is required")},
		{name: "everything wrong", request: "POST /authentication", body: `{"strategy":"jwt","email":1,"password":null,"x":1}`, status: 400,
			want: invalid(`strategy: must be "local"`, "email: must be a string", "password: must be a string", "email: is required", "x: is not known here")},
		{name: "two names", request: "POST /authentication", body: login(`"username":"x@example.com"`), status: 400, want: invalid("username: must be equal to email, or absent")},
	})
	a := s.do(t, "POST /authentication", login(""), "Authorization:", "Prefer: return=minimal")
	token := a.header.Get("Authorization")
	if token == "" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Preference-Applied") != "return=minimal" {
		t.Errorf("the answer has the headers %v", a.header)
	}
	s.ask(t, "GET /customers", "", "Authorization: Bearer "+token)
	s.clock.advance(12 * time.Hour)
	s.do(t, "GET /customers", "", "Authorization: Bearer "+token).expect(t, 401, failure(401, noToken))
}

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	for path, allow := range map[string]string{
		"/customers": "GET, HEAD, POST", "/customers/" + id: "DELETE, GET, HEAD, PATCH", "/customers/" + id + "/balance": "GET, HEAD",
		"/customers/" + id + "/ledger": "GET, HEAD, POST", "/customers/" + id + "/status": "GET, HEAD, PATCH", "/customers/" + id + "/limits": "GET, HEAD, PATCH",
		"/customers/" + id + "/ratedeck": "DELETE, GET, HEAD, PUT", "/customers/" + id + "/audit": "GET, HEAD", "/audit": "GET, HEAD", "/audit/export": "GET, HEAD", "/mails": "GET, HEAD", "/users/" + id + "/totp": "DELETE, GET, HEAD, POST", "/users/" + id + "/totp/confirm": "POST", "/users/" + id + "/totp/disable": "POST", "/authentication/reset": "POST", "/authentication/password": "POST", "/password": "GET, HEAD", "/users": "GET, HEAD, POST",
		"/users/" + id: "DELETE, GET, HEAD, PATCH", "/ratedecks": "GET, HEAD", "/ratedecks/x": "DELETE, GET, HEAD, PUT", "/ratedecks/x/rates": "GET, HEAD",
		"/ratedecks/x/rollback": "POST", "/ratedecks/x/versions/1": "GET, HEAD", "/calls": "GET, HEAD, POST", "/calls/x/answer": "POST", "/calls/x/extend": "POST",
		"/calls/x/end": "POST", "/cdrs": "GET, HEAD", "/events": "GET, HEAD", "/cdrs/" + id: "DELETE, GET, HEAD", "/healthz": "GET, HEAD", "/readyz": "GET, HEAD", "/version": "GET, HEAD",
		"/openapi.json": "GET, HEAD", "/docs": "GET, HEAD", "/metrics": "GET, HEAD", "/authentication": "DELETE, POST",
	} {
		a := s.do(t, "OPTIONS "+path, "", "Authorization:")
		a.expect(t, 405, failure(405, "this path takes "+allow))
		if got := a.header.Get("Allow"); got != allow {
			t.Errorf("%s allows %q, want %q", path, got, allow)
		}
	}
	var rows []row
	for _, request := range []string{
		"GET /", "GET /nowhere", "POST /nowhere", "GET /customers/", "GET //customers", "GET /customers/" + id + "/", "GET /customers/" + id + "/nothing",
		"GET /Customers", "GET /customers/../customers", "GET /customers/./" + id, "DELETE /calls/x", "GET /customers%2F" + id, "POST /calls//end",
	} {
		rows = append(rows, row{name: request, request: request, headers: []string{"Authorization:"}, status: 404, want: failure(404, "there is no such path")})
	}
	for _, wrong := range []string{"x", "69a555184b1f8c3a5e00000", "69a555184b1f8c3a5e0000033", "zzzzzzzzzzzzzzzzzzzzzzzz", "69a555184b1f8c3a5e000003"} {
		for _, request := range []string{"GET /customers/X", "DELETE /customers/X", "GET /customers/X/balance", "GET /customers/X/status", "GET /customers/X/audit",
			"GET /customers/X/ledger", "GET /customers/X/limits", "GET /customers/X/ratedeck"} {
			rows = append(rows, row{request: strings.Replace(request, "X", wrong, 1), status: 404, want: failure(404, "no customer "+wrong+" exists")})
		}
		rows = append(rows,
			row{request: "PATCH /customers/" + wrong, body: `{}`, status: 404, want: failure(404, "no customer "+wrong+" exists")},
			row{request: "GET /users/" + wrong, status: 404, want: failure(404, "no user "+wrong+" exists")},
			row{request: "GET /cdrs/" + wrong, status: 404, want: failure(404, "no call record "+wrong+" exists")})
	}
	rows = append(rows,
		row{name: "the id in upper case", request: "GET /customers/" + strings.ToUpper(id), want: record("")},
		row{name: "an id with odd bytes", request: "GET /customers/%00%FF%22", status: 404, want: failure(404, `no customer ??" exists`)})
	s.run(t, rows)
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	for _, path := range []string{"/customers", "/customers/" + id, "/customers/69a555184b1f8c3a5e000003", "/healthz", "/version", "/nowhere", "/calls", "/openapi.json"} {
		get, head := s.do(t, "GET "+path, ""), s.do(t, "HEAD "+path, "")
		if head.status != get.status || head.body != "" || head.header.Get("Content-Length") != get.header.Get("Content-Length") ||
			head.header.Get("Content-Type") != "application/json" {
			t.Errorf("HEAD %s answered %d %v, GET answered %d %v", path, head.status, head.header, get.status, get.header)
		}
	}
}

func TestPublicPaths(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.run(t, []row{
		{request: "GET /healthz", headers: []string{"Authorization:"}, want: `{"status":"ok"}`},
		{request: "GET /readyz", headers: []string{"Authorization:"}, want: `{"status":"ok"}`},
		{request: "GET /version", headers: []string{"Authorization:"}, want: `{"name":"tollkeeper","version":"1.2.3","go":"go1.26"}`},
	})
	if a := s.do(t, "GET /openapi.json", "", "Authorization:"); member(t, a.body, "openapi") != "3.0.3" {
		t.Errorf("GET /openapi.json answered %d", a.status)
	}
	if a := s.do(t, "GET /docs", "", "Authorization:", "Accept: text/html"); a.status != 200 || strings.Contains(a.body, "<script") ||
		!strings.HasPrefix(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("GET /docs answered %d %v", a.status, a.header)
	}
	if a := s.do(t, "GET /metrics", ""); a.status != 200 || !strings.Contains(a.body, "tollkeeper_http_requests_total{") {
		t.Errorf("GET /metrics answered %d %s", a.status, a.body[:min(200, len(a.body))])
	}
}

// TestContentType wants the header to be exactly the media type, because clients
// compare it as a string.
func TestContentType(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, request := range []string{"GET /customers", "GET /nowhere", "PUT /customers", "GET /customers/x", "GET /healthz", "GET /openapi.json"} {
		a := s.do(t, request, "")
		if got := a.header.Values("Content-Type"); len(got) != 1 || got[0] != "application/json" {
			t.Errorf("%s answered Content-Type %q", request, got)
		}
	}
	if a := s.do(t, "POST /customers", good); a.status != http.StatusOK || a.header.Get("Location") != "" {
		t.Errorf("a create answered %d with Location %q, want plain 200", a.status, a.header.Get("Location"))
	}
}
