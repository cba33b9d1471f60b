package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate makes a certificate for 127.0.0.1 with a serial number.
func writeCertificate(t *testing.T, folder string, serial int64) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "tollkeeper.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	must(t, os.WriteFile(filepath.Join(folder, "cert.pem"), certificate, 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return pool
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTLS serves a certificate, and another when its files change, without a
// restart.
func TestTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	pool := writeCertificate(t, folder, 1)
	s := launch(t, filepath.Join(t.TempDir(), "data"), []string{"TOLLKEEPER_ADMIN_PASSWORD=" + password},
		"--tls-cert", filepath.Join(folder, "cert.pem"), "--tls-key", filepath.Join(folder, "key.pem"))
	s.serving()
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("it serves on %s", s.url)
	}
	ask := func(pool *x509.CertPool) (*http.Response, error) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		answer, err := (&http.Client{Transport: transport}).Get(s.url + "/healthz")
		if err == nil {
			answer.Body.Close()
		}
		return answer, err
	}
	answer, err := ask(pool)
	must(t, err)
	if answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" || answer.TLS.PeerCertificates[0].SerialNumber.Int64() != 1 {
		t.Errorf("%s, %v", answer.Proto, answer.Header)
	}
	if _, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	must(t, os.WriteFile(filepath.Join(folder, "cert.pem"), []byte("half of a file"), 0o600))
	time.Sleep(1100 * time.Millisecond)
	if _, err := ask(pool); err != nil {
		t.Errorf("while the files do not fit: %v", err)
	}
	pool = writeCertificate(t, folder, 2)
	until(t, "the files that changed are used", func() bool {
		answer, err = ask(pool)
		return err == nil && answer.TLS.PeerCertificates[0].SerialNumber.Int64() == 2
	})
}

// TestPagesOfOtherOrigins lets the origins that are named use the API in a browser,
// and no others.
func TestPagesOfOtherOrigins(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"), "--cors-origins", "https://portal.example")
	for origin, want := range map[string]string{"https://portal.example": "https://portal.example", "https://evil.example": ""} {
		r, err := http.NewRequest("OPTIONS", s.url+"/customers", nil)
		must(t, err)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		answer, err := http.DefaultClient.Do(r)
		must(t, err)
		answer.Body.Close()
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("a page of %s: Access-Control-Allow-Origin %q", origin, got)
		}
	}
}

func TestWrongTLSSettings(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeCertificate(t, folder, 1)
	for want, arguments := range map[string][]string{
		"tls-cert: must be given together with tls-key": {"--tls-cert", filepath.Join(folder, "cert.pem")},
		"acme-domains: must be absent":                  {"--tls-cert", "c", "--tls-key", "k", "--acme-domains", "a.example"},
		"tls-cert: stat":                                {"--tls-cert", filepath.Join(folder, "none.pem"), "--tls-key", filepath.Join(folder, "key.pem")},
		"cors-origins: must be origins":                 {"--cors-origins", "portal.example"},
		"anonymous-rate: must be from 0":                {"--anonymous-rate=-1"},
		"trusted-proxies":                               {"--trusted-proxies", "10.0.0.0/99"},
	} {
		output, code := tool(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "d")}, arguments...)...)
		if code != 2 || !strings.Contains(output, want) {
			t.Errorf("%v: %d %s", arguments, code, output)
		}
	}
}
