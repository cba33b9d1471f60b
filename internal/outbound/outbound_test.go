package outbound_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"tollkeeper/internal/outbound"
)

func TestPrivateNetworksAreRefused(t *testing.T) {
	t.Parallel()
	client := outbound.NewClient()
	for _, host := range []string{
		"127.0.0.1", "localhost", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "224.0.0.1",
		"255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]", "2130706433", "0x7f.1",
	} {
		answer, err := client.Get("http://" + host + ":9/")
		if err == nil {
			answer.Body.Close()
			t.Errorf("%s was reached", host)
			continue
		}
		var refused outbound.ErrRefused
		if !errors.As(err, &refused) && !strings.Contains(err.Error(), "lookup") && !strings.Contains(err.Error(), "no such host") {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestAllowedNetworksAreReached(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			io.CopyN(w, endless{}, 2*outbound.MaxBody)
		case "/away":
			http.Redirect(w, r, "http://10.0.0.1:9/", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		}
	}))
	defer server.Close()
	client := outbound.NewClient(netip.MustParsePrefix("127.0.0.0/8"))
	answer, err := client.Get(server.URL + "/long")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, answer.Body); err != nil || n != outbound.MaxBody {
		t.Errorf("%d bytes, %v", n, err)
	}
	answer.Body.Close()
	var refused outbound.ErrRefused
	if _, err := client.Get(server.URL + "/away"); !errors.As(err, &refused) {
		t.Errorf("a redirect into a private network: %v", err)
	}
	if _, err := client.Get(server.URL + "/round"); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("redirects without end: %v", err)
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
