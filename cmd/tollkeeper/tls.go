package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// tlsConfig is what TLS is served with; nil when it is not.
func (s *settings) tlsConfig() (*tls.Config, error) {
	switch {
	case s.TLSCert != "":
		files := &certificateFiles{certificate: s.TLSCert, key: s.TLSKey}
		if _, err := files.current(nil); err != nil {
			return nil, err
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: files.current}, nil
	case len(s.AcmeDomains) > 0:
		manager := &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(s.Data, "certificates")),
			HostPolicy: autocert.HostWhitelist(s.AcmeDomains...), Email: s.AcmeEmail, Client: &acme.Client{DirectoryURL: s.AcmeDirectory},
		}
		config := manager.TLSConfig() // answers the challenge tls-alpn-01 (RFC 8737)
		config.MinVersion = tls.VersionTLS12
		return config, nil
	}
	return nil, nil
}

// certificateFiles serve a certificate, and read it again when its files change.
// A pair that does not fit, as while one file is new and the other still old, is
// passed over: the one before is served on.
type certificateFiles struct {
	certificate, key string

	mu      sync.Mutex // guards all below
	loaded  *tls.Certificate
	version [2]time.Time
	looked  time.Time
}

// lookEvery spares the file system a question for every connection.
const lookEvery = time.Second

func (f *certificateFiles) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded != nil && time.Since(f.looked) < lookEvery {
		return f.loaded, nil
	}
	f.looked = time.Now()
	version, err := f.modified()
	if err == nil && (f.loaded == nil || version != f.version) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(f.certificate, f.key); err == nil {
			f.loaded, f.version = &pair, version
		}
	}
	if f.loaded == nil {
		return nil, fmt.Errorf("tls-cert: %w", err)
	}
	return f.loaded, nil
}

func (f *certificateFiles) modified() (version [2]time.Time, err error) {
	for i, name := range []string{f.certificate, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return version, err
		}
		version[i] = info.ModTime()
	}
	return version, nil
}
