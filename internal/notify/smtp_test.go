package notify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"tollkeeper"
	"tollkeeper/internal/notify"
)

// postOffice is a real mail server that keeps what it is given.
type postOffice struct {
	address string
	roots   *x509.CertPool

	mu      sync.Mutex // guards all below
	letters []delivered
	refuse  error // to answer RCPT with
}

type delivered struct{ from, to, text string }

const mailUser, mailPassword = "tollkeeper@carrier.example", "p@ss/w:rd"

// open starts the post office. With a certificate it offers STARTTLS, or speaks TLS
// from the first byte, and wants a password.
func open(t *testing.T, secure, fromFirstByte bool) *postOffice {
	t.Helper()
	p := &postOffice{}
	server := smtp.NewServer(p)
	server.Domain, server.ErrorLog = "mail.example", quiet{}
	server.AllowInsecureAuth = true
	if secure {
		server.TLSConfig = p.certificate(t)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	if fromFirstByte {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return p
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (p *postOffice) certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{{127, 0, 0, 1}},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p.roots = x509.NewCertPool()
	p.roots.AddCert(own)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{office: p}, nil }

// counter serves one connection.
type counter struct {
	office *postOffice
	signed bool
	letter delivered
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if c.signed = user == mailUser && password == mailPassword; !c.signed {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	if c.office.roots != nil && !c.signed {
		return smtp.ErrAuthRequired
	}
	c.letter.from = from
	return nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.letter.to = to
	return c.office.refuse
}

func (c *counter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	c.letter.text = string(text)
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.letters = append(c.office.letters, c.letter)
	return err
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

var letter = tollkeeper.Mail{
	ID: tollkeeper.ID{1}, To: "ada@acme.example", Subject: "Grüße", Text: "Hello Ada,\n\nhttps://example.com/#" + strings.Repeat("x", 100) + "\n",
	CreatedAt: time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC),
}

const sender = "The Carrier <billing@carrier.example>"

func TestSMTP(t *testing.T) {
	t.Parallel()
	const login = "tollkeeper%40carrier.example:p%40ss%2Fw%3Ard@"
	for _, row := range []struct {
		name                  string
		secure, fromFirstByte bool
		before, after         string // the address in the URL
		want                  string // of the error; "" is success
	}{
		{name: "STARTTLS", secure: true, before: "smtp://" + login},
		{name: "TLS", secure: true, fromFirstByte: true, before: "smtps://" + login},
		{name: "no TLS", before: "smtp://", after: "?tls=off"},
		{name: "a server without TLS", before: "smtp://", want: "STARTTLS"},
		{name: "a wrong password", secure: true, before: "smtp://tollkeeper%40carrier.example:wrong@", want: "535"},
		{name: "no password", secure: true, before: "smtp://", want: "502"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			office := open(t, row.secure, row.fromFirstByte)
			s, err := notify.NewSMTP(row.before+office.address+row.after, sender)
			if err != nil {
				t.Fatal(err)
			}
			if row.secure {
				s.Trust(office.roots)
			}
			state, err := s.Send(t.Context(), letter)
			if row.want != "" {
				if err == nil || !strings.Contains(err.Error(), row.want) || len(office.letters) > 0 {
					t.Errorf("sent with %v, want an error with %q", err, row.want)
				}
				return
			}
			if err != nil || state != tollkeeper.MailSent {
				t.Fatalf("%s, %v", state, err)
			}
			office.checkLetter(t)
		})
	}
}

func (p *postOffice) checkLetter(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.letters) != 1 || p.letters[0].from != "billing@carrier.example" || p.letters[0].to != letter.To {
		t.Fatalf("delivered: %+v", p.letters)
	}
	m, err := netmail.ReadMessage(strings.NewReader(p.letters[0].text))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"From": `"The Carrier" <billing@carrier.example>`, "To": "<ada@acme.example>", "Subject": "=?UTF-8?q?Gr=C3=BC=C3=9Fe?=",
		"Message-Id": "<010000000000000000000000@carrier.example>", "Auto-Submitted": "auto-generated",
		"Date": "Mon, 02 Mar 2026 09:15:04 +0000", "Content-Type": "text/plain; charset=UTF-8",
	} {
		if got := m.Header.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if body := decodedBody(t, m); body != letter.Text {
		t.Errorf("the body is %q, want %q", body, letter.Text)
	}
}

// TestRefusals tells a mail that will never be sent from one that is refused for now.
func TestRefusals(t *testing.T) {
	t.Parallel()
	office := open(t, false, false)
	s, err := notify.NewSMTP("smtp://"+office.address+"?tls=off", sender)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		answer    error
		to        string
		permanent bool
	}{
		{&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}, letter.To, true},
		{&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}, letter.To, false},
		{nil, "no address", true},
	} {
		office.mu.Lock()
		office.refuse = row.answer
		office.mu.Unlock()
		m := letter
		m.To = row.to
		_, err := s.Send(t.Context(), m)
		if err == nil || errors.As(err, &notify.Permanent{}) != row.permanent {
			t.Errorf("%v to %q: %v, want permanent %t", row.answer, row.to, err, row.permanent)
		}
	}
	gone, err := notify.NewSMTP("smtp://127.0.0.1:1?tls=off", sender)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gone.Send(context.Background(), letter); err == nil || errors.As(err, &notify.Permanent{}) {
		t.Errorf("a server that is gone: %v, want an error that may pass", err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"mail.example", "http://mail.example", "smtp://", "smtp://mail.example/path", "smtp://mail.example?tls=on", "smtps://mail.example?tls=off",
		"smtp://mail.example:0", "smtp://mail.example:70000", "smtp://mail.example?x=y", "smtp://user:hunter2/x@mail.example", "smtp://u:hunter2@mail.example?tls=off",
	} {
		if _, err := notify.NewSMTP(address, sender); err == nil || !strings.HasPrefix(err.Error(), "smtp-url: ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, from := range []string{"", "carrier", "a@b, c@d"} {
		if _, err := notify.NewSMTP("smtp://mail.example", from); err == nil || !strings.HasPrefix(err.Error(), "mail-from: ") {
			t.Errorf("from %q: %v", from, err)
		}
	}
}
