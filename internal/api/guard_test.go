package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tollkeeper/internal/api"
	"tollkeeper/internal/guard"
)

// TestLinksAreNotLimited lets a switch bring any number of recordings at once, and nobody
// guess links.
func TestLinksAreNotLimited(t *testing.T) {
	t.Parallel()
	s := newGuarded(t, api.Guard{Anonymous: guard.NewLimiter("anonymous", 2)})
	s.deck(t, "default", callDeck)
	_, upload := s.recorded(t, s.customer(t, `"credit":100000,"callRecording":1`), "one")
	audio := sound(10)
	for range 20 {
		a := s.do(t, "PUT "+upload, audio[:20], bytesHeader, "Authorization:", fmt.Sprintf("Content-Range: bytes 0-19/%d", len(audio)))
		a.expect(t, 200, `"{any}"`)
	}
	wrong := strings.Replace(upload, "signature=", "signature=x", 1)
	for range 4 {
		s.do(t, "PUT "+wrong, audio, bytesHeader, "Authorization:").expect(t, 403, `"{any}"`)
	}
	s.do(t, "PUT "+wrong, audio, bytesHeader, "Authorization:").expect(t, 429, failure(429, "too many requests; try again in 1 s"))
	s.do(t, "PUT "+upload, audio[20:], bytesHeader, "Authorization:", fmt.Sprintf("Content-Range: bytes 20-%d/%d", len(audio)-1, len(audio))).expect(t, 200, `"{any}"`)
}

func TestRequestsAreLimited(t *testing.T) {
	t.Parallel()
	s := newGuarded(t, api.Guard{Anonymous: guard.NewLimiter("anonymous", 2), Users: guard.NewLimiter("user", 5)})
	for i := range 10 {
		if a := s.do(t, "GET /customers", ""); a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("RateLimit"), `"user";r=`) {
			t.Fatalf("request %d of a user: %d, RateLimit %q", i, a.status, a.header.Get("RateLimit"))
		}
	}
	a := s.do(t, "GET /customers", "")
	a.expect(t, 429, failure(429, "too many requests; try again in 1 s"))
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	for range 4 {
		s.do(t, "GET /customers", "", "Authorization: tk_wrong").expect(t, 401, `"{any}"`)
	}
	s.do(t, "GET /customers", "", "Authorization: tk_wrong").expect(t, 429, failure(429, "too many requests; try again in 1 s"))
	s.do(t, "GET /healthz", "", "Authorization:").expect(t, 429, failure(429, "too many requests; try again in 1 s"))
	s.clock.advance(time.Second)
	s.do(t, "GET /healthz", "", "Authorization:").expect(t, 200, `"{any}"`)
	s.do(t, "GET /customers", "").expect(t, 200, `"{any}"`)
}

func TestGuessersWait(t *testing.T) {
	t.Parallel()
	s := newGuarded(t, api.Guard{Logins: guard.NewLogins(), Proxies: guard.Proxies{netip.MustParsePrefix("127.0.0.0/8")}})
	try := func(password, from string) answer {
		return s.do(t, "POST /authentication", `{"strategy":"local","email":"`+operatorEmail+`","password":"`+password+`"}`, "X-Forwarded-For: "+from)
	}
	for range 5 {
		try("wrong-password", "192.0.2.1").expect(t, 401, failure(401, "the login is wrong"))
	}
	a := try(operatorPassword, "192.0.2.1")
	a.expect(t, 429, failure(429, "too many wrong passwords; try again in 1 s"))
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	try(operatorPassword, "198.51.100.1").expect(t, 200, `"{any}"`)
	s.clock.advance(time.Second)
	try(operatorPassword, "192.0.2.1").expect(t, 200, `"{any}"`)
}

// The address of a client behind a trusted proxy is what is written down.
func TestAddressBehindAProxy(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		proxies guard.Proxies
		want    string
	}{{guard.Proxies{netip.MustParsePrefix("127.0.0.0/8")}, "192.0.2.9"}, {nil, "127.0.0.1"}} {
		s := newGuarded(t, api.Guard{Proxies: row.proxies})
		made := s.ask(t, "POST /customers", good, "X-Forwarded-For: 203.0.113.5, 192.0.2.9")
		if got := member(t, made, "createdByIP"); got != row.want {
			t.Errorf("createdByIP is %v, want %s", got, row.want)
		}
	}
}

func TestHeadersForBrowsers(t *testing.T) {
	t.Parallel()
	s := newGuarded(t, api.Guard{TLS: true})
	for request, want := range map[string]map[string]string{
		"GET /customers": {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"Strict-Transport-Security": "max-age=31536000", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"},
		"GET /nowhere": {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
	} {
		a := s.do(t, request, "")
		for name, value := range want {
			if a.header.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", request, name, a.header.Get(name), value)
			}
		}
	}
	if got := newServer(t).do(t, "GET /customers", "").header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("without TLS: %s", got)
	}
}
