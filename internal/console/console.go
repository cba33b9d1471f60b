// Package console is the web console: pages for the carrier's staff and for its
// customers, at /console/.
//
// It is a presenter over the public REST API. Every page and every form becomes
// requests to the API with the session of whoever looks at it, by the Go client, in
// the same process. What somebody may see or do, which input is right and what is
// wrong with it is therefore decided in one place only, and the console has no way
// around it.
//
// Pages are whole and need no script to be read. Script makes them quicker: a part
// of the page is replaced by the same part of the page that would have come.
package console

import (
	"io/fs"
	"log/slog"
	"net/http"
	"time"
)

// Config is what a Console is made of.
type Config struct {
	API      http.Handler // the REST door
	Secret   []byte       // seals cookies; 32 bytes, the same on all nodes
	Secure   bool         // browsers come by TLS
	Idle     time.Duration
	Currency string            // ISO 4217
	Address  string            // where programs reach the API
	Switches map[string]string // configurations of switches by the names of their files
	Now      func() time.Time
	Log      *slog.Logger
}

// Console serves /console/.
type Console struct {
	Config
	mux     *http.ServeMux
	guarded http.Handler // mux behind the defence against forged requests
	seal    seal
	pages   *pages
	files   *files
	feed    feed
}

// New makes a console.
func New(config Config) (*Console, error) {
	c := &Console{Config: config, mux: http.NewServeMux(), feed: feed{made: map[reader]*message{}}}
	var err error
	if c.seal, err = newSeal(config.Secret); err != nil {
		return nil, err
	}
	static, err := fs.Sub(assets, "static")
	if err != nil {
		return nil, err
	}
	if c.files, err = readFiles(static); err != nil {
		return nil, err
	}
	if c.pages, err = parsePages(c.files); err != nil {
		return nil, err
	}
	c.routes()
	c.guarded = http.NewCrossOriginProtection().Handler(c.mux)
	return c, nil
}

// ServeHTTP answers one request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.protect(w.Header())
	c.guarded.ServeHTTP(w, r)
}

// policy lets pages load what this server has, and nothing else: no script or style
// within a page, nothing from another host, no frames (CSP Level 3).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (c *Console) protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if c.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
