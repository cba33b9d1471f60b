package main_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"

	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

const acmeName = "accounts.carrier.example"

// TestACME gets a certificate from Pebble, the ACME server that Let's Encrypt tests
// clients with. It looks the name up and connects to the server for the challenge
// tls-alpn-01, as a public one does.
func TestACME(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()
	listener.Close()
	_, port, _ := net.SplitHostPort(address)
	directory, trust := startPebble(t, port)
	s := launch(t, filepath.Join(t.TempDir(), "data"), []string{"TOLLKEEPER_ADMIN_PASSWORD=" + password, "SSL_CERT_FILE=" + trust},
		"--listen", address, "--acme-domains", acmeName, "--acme-directory", directory, "--acme-email", "noc@carrier.example")
	s.serving()
	dial := func(name string) (*tls.Conn, error) {
		return tls.DialWithDialer(&net.Dialer{Timeout: 20 * time.Second}, "tcp", address,
			&tls.Config{ServerName: name, InsecureSkipVerify: true}) // of a root that is made anew each time; the name is looked at below
	}
	connection, err := dial(acmeName)
	if err != nil {
		t.Fatalf("%v: %s", err, s.log.String())
	}
	defer connection.Close()
	chain := connection.ConnectionState().PeerCertificates
	if err := chain[0].VerifyHostname(acmeName); err != nil || !strings.Contains(chain[0].Issuer.CommonName, "Pebble") {
		t.Errorf("%v, issued by %s", err, chain[0].Issuer)
	}
	if other, err := dial("other.example"); err == nil {
		other.Close()
		t.Error("a certificate for a name that is not served")
	}
	if kept, err := os.ReadDir(filepath.Join(s.data, "certificates")); err != nil || len(kept) < 2 {
		t.Errorf("%d files are kept, %v", len(kept), err)
	}
}

// startPebble starts an ACME server that validates at a port of this machine, and
// returns its directory and a file with the certificate it serves with.
func startPebble(t *testing.T, port string) (directory, trust string) {
	t.Helper()
	questions, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	names := &dns.Server{Listener: questions, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, asked *dns.Msg) {
		answer := new(dns.Msg).SetReply(asked)
		if q := asked.Question[0]; q.Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)}}
		}
		w.WriteMsg(answer)
	})}
	go names.ActivateAndServe()
	t.Cleanup(func() { names.Shutdown() })
	must(t, os.Setenv("PEBBLE_VA_NOSLEEP", "1")) // it waits at random otherwise
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "for tests"}})
	tlsPort, err := strconv.Atoi(port)
	must(t, err)
	validator := va.New(quiet, 9, tlsPort, true, questions.Addr().String(), store)
	front := wfe.New(quiet, store, validator, authority, []string{"pebble.letsencrypt.org"}, true, false, 1, 1)
	handler := front.Handler()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	trust = filepath.Join(t.TempDir(), "pebble.pem")
	must(t, os.WriteFile(trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	return server.URL + wfe.DirectoryPath, trust
}
