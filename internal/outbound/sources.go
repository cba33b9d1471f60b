package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Sources are the beginnings of the addresses that large things are fetched from. Who
// runs the server names them, so that they may be in the carrier's own networks.
type Sources []*url.URL

// ParseSource reads the beginning of addresses: http:// or https:// and a host, perhaps
// with the beginning of a path.
func ParseSource(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !tidy(u) {
		return nil, errors.New("must be http:// or https:// and a host, perhaps with the beginning of a path")
	}
	return u, nil
}

// tidy reports whether a path has no way up, nor anything that a server could read as one
// after it has decoded the path again (%2e), taken parameters off (..;) or guessed at what
// is not ASCII. Recordings are not called so.
func tidy(u *url.URL) bool {
	return u.Path == "" || u.Path[0] == '/' && strings.TrimSuffix(path.Clean(u.Path), "/") == strings.TrimSuffix(u.Path, "/") &&
		!strings.ContainsFunc(u.Path, func(c rune) bool { return c < ' ' || c > '~' || strings.ContainsRune(`\%;`, c) })
}

// Allow returns nil for an address that begins like one of the sources, and otherwise
// an error that may be shown.
func (s Sources) Allow(u *url.URL) error {
	for _, source := range s {
		if u.Scheme == source.Scheme && strings.EqualFold(hostPort(u), hostPort(source)) && tidy(u) && within(u.Path, source.Path) {
			return nil
		}
	}
	return fmt.Errorf("%s://%s is not among the sources, or not with this path", u.Scheme, u.Host)
}

// within reports whether a path is a folder's or in it.
func within(name, folder string) bool {
	rest, below := strings.CutPrefix(name, folder)
	return below && (rest == "" || folder == "" || strings.HasSuffix(folder, "/") || rest[0] == '/')
}

// hostPort is where an address leads, with the port that is meant where none is said.
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(strings.TrimSuffix(u.Hostname(), "."), port)
}

// Client makes a client that asks these sources and nobody else, whatever redirects
// say. How much is read, and for how long, is for its user to bound.
func (s Sources) Client() *http.Client {
	plain := transport(&net.Dialer{Timeout: dialTimeout})
	plain.DisableCompression = true
	return &http.Client{
		Transport: plain,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			r.Header.Del("Referer") // its query may be secret
			if err := redirect(r, via); err != nil {
				return err
			}
			return s.Allow(r.URL)
		},
	}
}
