// Package guard protects the API on the open internet: it finds out where a
// request really comes from, bounds how many a caller may make, and slows down
// those who guess passwords.
package guard

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose word about a client's address is taken.
type Proxies []netip.Prefix

// ClientAddress is where a request comes from. The forwarding headers are a list
// to which each proxy adds whom it got the request from, so it is read from its
// end: the last address that is not a trusted proxy's is the client's. Whatever
// stands before it, the client may have made up. Without trusted proxies no
// header is believed.
func (p Proxies) ClientAddress(r *http.Request) netip.Addr {
	client := remoteAddress(r.RemoteAddr)
	if len(p) == 0 || !p.trust(client) {
		return client
	}
	hops := forwardedHops(r.Header)
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := hopAddress(hops[i])
		if !ok {
			return client // a proxy that tells nothing: it is the nearest known
		}
		if client = hop; !p.trust(hop) {
			break
		}
	}
	return client
}

func (p Proxies) trust(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(address) })
}

// forwardedHops lists what the proxies say, oldest first. X-Forwarded-For, which nearly all
// proxies write, is preferred to Forwarded (RFC 7239): most of them pass on what a client
// wrote into the other.
func forwardedHops(h http.Header) (hops []string) {
	if forwarded := h.Values("X-Forwarded-For"); len(forwarded) > 0 {
		return strings.Split(strings.Join(forwarded, ","), ",")
	}
	for element := range strings.SplitSeq(strings.Join(h.Values("Forwarded"), ","), ",") {
		hop := ""
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if strings.EqualFold(name, "for") {
				hop = strings.Trim(value, `"`)
			}
		}
		hops = append(hops, hop)
	}
	return hops
}

// hopAddress reads an address with or without a port; IPv6 may stand in brackets.
func hopAddress(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if host, _, err := net.SplitHostPort(hop); err == nil {
		hop = host
	}
	address, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

func remoteAddress(text string) netip.Addr {
	address, _ := hopAddress(text)
	return address
}

// Neighbourhood is the network that one client has to itself: an IPv4 address, or
// 64 bits of an IPv6 one (RFC 6177).
func Neighbourhood(address netip.Addr) netip.Addr {
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return address
}
