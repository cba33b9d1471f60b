package cnam_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"tollkeeper/internal/cnam"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/outbound"
)

// fake is a provider over HTTP that answers by the path.
func fake(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/text":
		io.WriteString(w, " Acme, Inc.\r\n")
	case "/json":
		io.WriteString(w, `{"caller":{"names":[null,{"name":"Acme, Inc."}],"kind":7,"nothing":null}}`)
	case "/echo/+12125550100/2125550100":
		io.WriteString(w, r.Method+" "+r.URL.RawQuery+" "+string(body)+" "+r.Header.Get("X-Key")+" "+r.Header.Get("Content-Type"))
	case "/latin":
		w.Header().Set("Content-Type", "text/plain; charset=ISO-8859-1")
		io.WriteString(w, "M\xfcller & S\xf6hne")
	case "/latin-json":
		io.WriteString(w, "{\"name\":\"Caf\xe9 Zo\xeb\"}")
	case "/marked":
		io.WriteString(w, "\uFEFF{\"name\":\"Zoë\"}")
	case "/unknown":
		http.NotFound(w, r)
	case "/nothing":
		w.WriteHeader(http.StatusNoContent)
	case "/page":
		io.WriteString(w, "<html>Sign in</html>")
	case "/broken":
		w.WriteHeader(http.StatusBadGateway)
	case "/away":
		http.Redirect(w, r, "/text", http.StatusFound)
	case "/huge":
		for range 10 << 10 { // 10 MiB, of which hardly more than 64 KiB are read
			if _, err := io.WriteString(w, strings.Repeat("A", 1024)); err != nil {
				return
			}
		}
	case "/cut":
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "Acm")
	case "/slow":
		<-r.Context().Done()
	case "/drip":
		for r.Context().Err() == nil {
			io.WriteString(w, "A")
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(fake))
	defer server.Close()
	client := outbound.NewClient(netip.MustParsePrefix("127.0.0.0/8"))
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	echo := "/echo/{e164}/{national}?n={digits}&k={secret}"
	for _, row := range []struct {
		path, method, body, pointer string
		name, fault                 string
	}{
		{path: "/text", name: "Acme, Inc."},
		{path: "/unknown"}, {path: "/nothing"}, {path: "/empty"}, {path: "/empty", pointer: "/name"},
		{path: "/latin", name: "Müller & Söhne"}, {path: "/latin-json", pointer: "/name", name: "Café Zoë"}, {path: "/marked", pointer: "/name", name: "Zoë"},
		{path: "/json", pointer: "/caller/names/1/name", name: "Acme, Inc."},
		{path: "/json", pointer: "/caller/nothing"}, {path: "/json", pointer: "/caller/names/0"}, {path: "/json", pointer: "/caller/names/9/name"},
		{path: "/json", pointer: "/caller/names/-1"}, {path: "/json", pointer: "/caller/kind/name"},
		{path: "/json", pointer: "/caller/kind", fault: "no text"}, {path: "/json", pointer: "/caller", fault: "no text"},
		{path: "/text", pointer: "/name", fault: "not JSON"}, {path: "/cut", fault: "EOF"},
		{path: "/page", fault: "a page"}, {path: "/broken", fault: "502"}, {path: "/away", fault: "302"}, {path: "/huge", fault: "more than 65536 bytes"},
		{path: "/slow", fault: "deadline"}, {path: "/drip", fault: "deadline"},
		{path: echo, name: "GET n=12125550100&k=s%22%26+x  s\"& x"},
		{path: echo, method: "POST", body: `{"key":"{secret}","n":"{e164}"}`, name: `POST n=12125550100&k=s%22%26+x {"key":"s\"& x","n":"+12125550100"} s"& x application/json`},
		{path: echo, method: "POST", body: `k={secret}&n={e164}`, name: `POST n=12125550100&k=s%22%26+x k=s%22%26+x&n=%2B12125550100 s"& x application/x-www-form-urlencoded`},
	} {
		method := row.method
		if method == "" {
			method = "GET"
		}
		h := &cnam.HTTP{URL: server.URL + row.path, Method: method, Body: row.body, Headers: []string{"X-Key: {secret}"}, Secret: `s"& x`,
			Pointer: jsontext.Pointer(row.pointer), National: numbering.National, Client: client}
		ctx, cancel := context.WithCancel(t.Context())
		if row.fault == "deadline" {
			ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
		}
		name, err := h.Name(ctx, caller)
		cancel()
		if row.fault == "" && (err != nil || strings.TrimSpace(name) != row.name) || row.fault != "" && (err == nil || !strings.Contains(err.Error(), row.fault)) {
			t.Errorf("%s %s: %q, %v", row.path, row.pointer, name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "2125550100") || strings.Contains(err.Error(), "s\"")) {
			t.Errorf("%s: the error tells too much: %v", row.path, err)
		}
	}
}

// TestPrivateProvider refuses an address of the carrier's own networks.
func TestPrivateProvider(t *testing.T) {
	t.Parallel()
	h := &cnam.HTTP{URL: "http://127.0.0.1:9/{e164}?key={secret}", Method: "GET", Secret: "sesame", National: numbering.National, Client: outbound.NewClient()}
	if _, err := h.Name(t.Context(), caller); err == nil || !strings.Contains(err.Error(), "not a public address") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("%v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		of   cnam.HTTP
		want string
	}{
		{cnam.HTTP{URL: "https://names.example/{e164}", Headers: []string{"X-Api-Key: {secret}"}, Pointer: "/name"}, ""},
		{cnam.HTTP{URL: "https://names.example/", Body: "n={digits}"}, ""},
		{cnam.HTTP{URL: "https://names.example/{number}"}, "url: must have a place for the number"},
		{cnam.HTTP{URL: "ftp://names.example/{e164}"}, "url: must be http"},
		{cnam.HTTP{URL: "names.example/{e164}"}, "url: must be http"},
		{cnam.HTTP{URL: "https://joe:secret@names.example/{e164}"}, "without a user"},
		{cnam.HTTP{URL: "https://names.example/{e164}", Headers: []string{"X-Api-Key"}}, "headers: must be such as"},
		{cnam.HTTP{URL: "https://names.example/{e164}", Headers: []string{"X Key: a"}}, "headers: must be such as"},
		{cnam.HTTP{URL: "https://names.example/{e164}", Headers: []string{"X-Key: a\r\nHost: b"}}, "headers: must be such as"},
		{cnam.HTTP{URL: "https://names.example/{e164}", Pointer: "name"}, "pointer: must be a JSON Pointer"},
	} {
		row.of.National = numbering.National
		if got := strings.Join(row.of.Faults(), "; "); (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("%+v: %q", row.of, got)
		}
	}
}
