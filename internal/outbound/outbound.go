// Package outbound makes the one HTTP client by which the server talks to
// addresses that others have chosen, such as those of webhooks. It never reaches
// the carrier's own networks by them.
package outbound

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Limits of a request.
const (
	dialTimeout   = 5 * time.Second
	answerTimeout = 15 * time.Second
	maxRedirects  = 3
	// MaxBody is the most that is read of an answer.
	MaxBody = 1 << 20
)

// NewClient makes a client that refuses addresses that are not public, unless they
// are in one of the allowed networks. It looks at the address that it is about to
// connect to, after names are resolved and on every redirect, so that no name can
// point elsewhere than it was seen to.
func NewClient(allowed ...netip.Prefix) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		return check(address, allowed)
	}}
	return &http.Client{
		Timeout:       answerTimeout,
		Transport:     bounded{transport(dialer)},
		CheckRedirect: redirect,
	}
}

// transport bounds how long an answer is waited for, and how large its header is.
func transport(dialer *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: answerTimeout,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute, MaxIdleConns: 100, MaxIdleConnsPerHost: 32,
	}
}

// redirect bounds the redirects that are followed.
func redirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return fmt.Errorf("a redirect from https to %s", r.URL.Scheme)
	}
	return nil
}

// ErrRefused is the reason why an address was not connected to.
type ErrRefused struct{ Address netip.Addr }

func (e ErrRefused) Error() string { return e.Address.String() + " is not a public address" }

func check(address string, allowed []netip.Prefix) error {
	end, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := end.Addr().Unmap().WithZone("")
	inside := func(n netip.Prefix) bool { return n.Contains(ip) }
	if slices.ContainsFunc(allowed, inside) {
		return nil
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || slices.ContainsFunc(special, inside) {
		return ErrRefused{ip}
	}
	return nil
}

// special are networks that are not the public internet, beside those that
// net/netip knows (RFC 6890 and the IANA registries of special-purpose addresses).
var special = func() (networks []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "fec0::/10",
	} {
		networks = append(networks, netip.MustParsePrefix(text))
	}
	return networks
}()

// bounded cuts answers off.
type bounded struct{ http.RoundTripper }

// RoundTrip makes a request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, MaxBody), answer.Body}
	}
	return answer, err
}
