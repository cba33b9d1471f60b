package radius_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/radius"
	"tollkeeper/internal/radius/probe"
)

const short300 = 300 * time.Millisecond

func TestWhoIsNotAnswered(t *testing.T) {
	t.Parallel()
	ask := probe.Request{Code: probe.AccessRequest, Attributes: []probe.Attribute{to, id}}
	for _, row := range []struct {
		name, entry string
		send        func(w *world) error
		want        radius.Outcome
	}{
		{"a wrong secret", "", func(w *world) error { _, err := w.dial("another secret").Ask(ask, short300); return err }, radius.Forged},
		{"accounting by a wrong secret", "", func(w *world) error {
			_, err := w.dial("another secret").Ask(probe.Request{Code: probe.AccountingRequest, Unsigned: true, Attributes: []probe.Attribute{id}}, short300)
			return err
		}, radius.Forged},
		{"no Message-Authenticator", "", func(w *world) error {
			q := ask
			q.Unsigned = true
			_, err := w.probe.Ask(q, short300)
			return err
		}, radius.Unsigned},
		{"a status without one", "unsigned: true", func(w *world) error {
			_, err := w.probe.Ask(probe.Request{Code: probe.StatusServer, Unsigned: true}, short300)
			return err
		}, radius.Unsigned},
		{"a code that is none of ours", "", func(w *world) error {
			_, err := w.probe.Ask(probe.Request{Code: 40}, short300)
			return err
		}, radius.Malformed},
	} {
		w := open(t, row.entry)
		if err := row.send(w); !errors.Is(err, probe.ErrSilent) {
			t.Errorf("%s: is answered: %v", row.name, err)
		}
		waitFor(t, row.name, func() bool { return w.counted(row.want) == 1 })
		if heard := w.calls.take(); heard != nil {
			t.Errorf("%s: the ledger heard %q", row.name, heard)
		}
		if w.door.Close(); strings.Contains(w.log.String(), secret) {
			t.Errorf("%s: the log shows the secret", row.name)
		}
	}
	w := open(t, "unsigned: true")
	w.calls.say(allowed(60, true), nil)
	ask.Unsigned = true
	if a, err := w.probe.Ask(ask, patience); err != nil || a.Code != probe.AccessAccept || !a.Signed {
		t.Errorf("the client that may: %+v, %v", a, err)
	}
	if a, err := w.probe.Ask(probe.Request{Code: probe.StatusServer}, patience); err != nil || a.Code != probe.AccessAccept {
		t.Errorf("a status: %+v, %v", a, err)
	}
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	local, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Skip("no second address on loopback:", err)
	}
	defer local.Close()
	server, _ := net.ResolveUDPAddr("udp", w.address)
	q := probe.Request{Code: probe.AccessRequest, Attributes: []probe.Attribute{to, id}}
	local.WriteToUDP(q.Pack(secret), server)
	waitFor(t, "the stranger", func() bool { return w.counted(radius.Unknown) == 1 })
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

// TestRepeats sends a request again: while it is being answered, and afterwards.
func TestRepeats(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	gate := w.calls.hold(allowed(60, true))
	conn, err := net.Dial("udp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	q := probe.Request{Code: probe.AccessRequest, ID: 9, Attributes: []probe.Attribute{to, id}}
	raw := q.Pack(secret)
	for range 3 {
		conn.Write(raw)
	}
	waitFor(t, "the repeats", func() bool { return w.counted(radius.Repeated) == 2 })
	close(gate)
	conn.Write(raw)
	conn.SetReadDeadline(time.Now().Add(patience))
	var replies [2][]byte
	for i := range replies {
		buffer := make([]byte, 4096)
		n, err := conn.Read(buffer)
		if err != nil {
			if i == 1 {
				conn.SetReadDeadline(time.Now().Add(patience))
				conn.Write(raw) // the first repeat came before the answer was there
				n, err = conn.Read(buffer)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		replies[i] = buffer[:n]
		if i == 0 {
			conn.Write(raw)
		}
	}
	if !bytes.Equal(replies[0], replies[1]) {
		t.Error("a repeat is answered otherwise")
	}
	if heard := w.calls.take(); len(heard) != 1 {
		t.Errorf("the ledger heard %q", heard)
	}
	if a, err := q.Unpack(replies[0], secret); err != nil || a.Code != probe.AccessAccept {
		t.Errorf("the answer: %+v, %v", a, err)
	}
	// What could not be answered is tried again.
	w.calls.say(tollkeeper.Decision{}, errors.New("the disk is full"))
	other := probe.Request{Code: probe.AccessRequest, ID: 10, Attributes: []probe.Attribute{to, id}}
	raw = other.Pack(secret)
	for n := 1; n <= 2; n++ {
		conn.Write(raw)
		waitFor(t, "an attempt", func() bool { return w.counted(radius.Unanswered) == n })
	}
}

// TestFlood has one client ask for more than it may, of a ledger that stands still.
func TestFlood(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	gate := w.calls.hold(allowed(60, true))
	conn, err := net.Dial("udp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	rubbish := bytes.Repeat([]byte{1}, 4096)
	turned := func() bool { return w.counted(radius.Crowded) > 0 && w.counted(radius.Malformed) > 0 }
	for i, end := 0, time.Now().Add(patience); i < 20_000 || !turned() && time.Now().Before(end); i++ {
		q := probe.Request{Code: probe.AccessRequest, ID: byte(i), Attributes: []probe.Attribute{to, id}}
		conn.Write(q.Pack(secret))
		conn.Write(rubbish[:i%len(rubbish)])
		if i%500 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	waitFor(t, "the flood to be turned away", turned)
	if n := len(w.calls.take()); n > 1024 {
		t.Errorf("%d requests are under way", n)
	}
	if n := runtime.NumGoroutine(); n > 2500 {
		t.Errorf("%d goroutines", n)
	}
	close(gate)
	w.mu.Lock()
	answered := w.outcomes
	w.mu.Unlock()
	a, err := w.dial(secret).Ask(probe.Request{Code: probe.StatusServer}, patience)
	if err != nil || a.Code != probe.AccessAccept {
		t.Errorf("after the flood: %v, %v", err, answered)
	}
}

// authority makes a certificate that signs others, and one that it has signed.
func authority(t *testing.T) (pool *x509.CertPool, leaf tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return pool, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestRadSec(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.calls.say(allowed(60, true), nil)
	pool, leaf := authority(t)
	at, err := w.door.ListenTLS("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{leaf}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	for range 300 { // that say nothing
		idle, err := elsewhere.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
	}
	waitFor(t, "the crowd to be turned away", func() bool { return w.counted(radius.Crowded) > 0 })
	conn, err := tls.Dial("tcp", at.String(), &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{leaf}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	for i := range 3 {
		q := probe.Request{Code: probe.AccessRequest, ID: byte(i), Attributes: []probe.Attribute{to, id}}
		raw := q.Pack("radsec")
		conn.Write(raw[:10]) // a packet comes as TCP cuts it
		conn.Write(raw[10:])
		buffer := make([]byte, 4096)
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := q.Unpack(buffer[:n], "radsec"); err != nil || a.Code != probe.AccessAccept {
			t.Errorf("packet %d: %+v, %v", i, a, err)
		}
	}
	conn.Write([]byte{1, 2, 0, 3}) // no packet is so short
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("rubbish does not end the connection")
	}
	_, strange := authority(t)
	other, err := tls.Dial("tcp", at.String(), &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{strange}})
	if err == nil {
		defer other.Close()
		other.SetDeadline(time.Now().Add(patience))
		if _, err := other.Read(make([]byte, 1)); err == nil {
			t.Error("a certificate that nobody knows is let in")
		}
	}
}
