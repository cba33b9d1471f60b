package diameter_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"
)

// TestTLS: a call over TLS; who speaks no TLS, or begins it and falls silent, stops nobody.
func TestTLS(t *testing.T) {
	t.Parallel()
	w := open(t, "127.0.0.0/8")
	w.calls.say(allowed(60, false), nil)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"ocs.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	at, err := w.door.Listen("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	must(t, err)
	plain, err := net.Dial("tcp", at.String())
	must(t, err)
	defer plain.Close()
	_, err = hello("scscf.example.com", 4).WriteTo(plain)
	must(t, err)
	silent, err := net.Dial("tcp", at.String())
	must(t, err)
	defer silent.Close()
	silent.Write([]byte{22, 3, 1, 0, 200, 1}) // the beginning of a ClientHello

	trusted := x509.NewCertPool()
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	trusted.AddCert(certificate)
	conn, err := tls.Dial("tcp", at.String(), &tls.Config{RootCAs: trusted, ServerName: "ocs.example.com"})
	must(t, err)
	defer conn.Close()
	c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	c.expect(c.ask(hello("scscf.example.com", 4)), 2001)
	c.expect(c.ask(credit("s", 1, 0)), 2001)
	c.expect(c.ask(credit("s", 3, 1, consumed(7))), 2001)
	if said := w.calls.said(); said != "authorize s outbound +12125550100->+442071838750 trunk=trunk7; end s 7s" {
		t.Errorf("the ledger heard %s", said)
	}
	(&client{t: t, conn: plain, in: bufio.NewReader(plain)}).refused()
}

// refused waits until nothing but an alert has come, and the end.
func (c *client) refused() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	if first, err := c.in.Peek(1); err == nil && first[0] != 21 {
		c.t.Errorf("without TLS the answer begins with %d, which is no alert", first[0])
	}
}
