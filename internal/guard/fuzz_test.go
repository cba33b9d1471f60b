package guard_test

import (
	"net/http"
	"net/netip"
	"testing"

	"tollkeeper/internal/guard"
)

// FuzzClientAddress checks that nothing that a client sends changes what the proxy behind it
// says of the client.
func FuzzClientAddress(f *testing.F) {
	for _, sent := range []string{"", "192.0.2.1", "for=192.0.2.1;by=x", `for="[2001:db8::1]:80`, "10.0.0.2, 10.0.0.3", "unknown, ,", `"`, ";;=,"} {
		f.Add(sent)
	}
	client := netip.MustParseAddr("203.0.113.9")
	proxies := guard.Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, sent string) {
		for name, said := range map[string]string{"Forwarded": "for=203.0.113.9", "X-Forwarded-For": "203.0.113.9"} {
			for _, values := range [][]string{{sent + ", " + said}, {sent, said}} {
				r := &http.Request{RemoteAddr: "10.0.0.1:1234", Header: http.Header{name: values}}
				if got := proxies.ClientAddress(r); got != client {
					t.Errorf("%s %q is of %s", name, values, got)
				}
			}
			r := &http.Request{RemoteAddr: "203.0.113.9:1234", Header: http.Header{name: {sent}}}
			if got := proxies.ClientAddress(r); got != client {
				t.Errorf("%s %q, of nobody who is trusted, is of %s", name, sent, got)
			}
		}
	})
}
