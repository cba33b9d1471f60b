package notify

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"tollkeeper"
)

// SMTP sends by a mail server (RFC 5321), over TLS unless it was told otherwise.
type SMTP struct {
	host    string
	options []mail.Option
	from    netmail.Address
}

// sendTimeout bounds one mail, from the connection on. The claim of a mail is longer
// than what may be left of an attempt that was given up.
const sendTimeout = 30 * time.Second

// Ports for submission (RFC 8314, section 3.3).
const (
	startTLSPort    = 587
	implicitTLSPort = 465
)

var errAddress = errors.New("smtp-url: must be smtp://user:password@host:587, smtps://user:password@host:465 or smtp://host:25?tls=off; " +
	"special characters in user and password must be percent-encoded")

// NewSMTP reads the address of a mail server: smtp://user:password@host:587 for
// STARTTLS, smtps://... for TLS from the first byte, and smtp://host?tls=off for a
// server that speaks no TLS, without a password. Its errors do not repeat the
// address, which may hold one.
func NewSMTP(address, from string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errAddress
	}
	sender, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New(`mail-from: must be an e-mail address such as "Carrier <billing@carrier.example>"`)
	}
	s := &SMTP{host: u.Hostname(), from: *sender, options: []mail.Option{mail.WithTimeout(sendTimeout)}}
	password, hasPassword := u.User.Password()
	if err := s.secure(u, hasPassword); err != nil {
		return nil, err
	}
	if hasPassword {
		s.options = append(s.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	return s, nil
}

// secure reads port and TLS.
func (s *SMTP) secure(u *url.URL, hasPassword bool) error {
	port := startTLSPort
	parameters := u.Query()
	tls := parameters.Get("tls")
	parameters.Del("tls")
	plain := u.Scheme == "smtp" && tls == "off"
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps", u.Hostname() == "", u.Path != "" && u.Path != "/", len(parameters) > 0, tls != "" && !plain:
		return errAddress
	case plain && hasPassword:
		return errors.New("smtp-url: must not hold a password together with tls=off, which would show it to everybody on the way")
	case plain:
		s.options = append(s.options, mail.WithTLSPolicy(mail.NoTLS))
	case u.Scheme == "smtps":
		s.options = append(s.options, mail.WithSSL())
		port = implicitTLSPort
	default:
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if text := u.Port(); text != "" {
		var err error
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return errors.New("smtp-url: the port must be from 1 to 65535")
		}
	}
	s.options = append(s.options, mail.WithPort(port))
	return nil
}

// Send returns MailSent when the mail server has taken the mail over. A mail that it
// refuses for good is Permanent.
func (s *SMTP) Send(ctx context.Context, m tollkeeper.Mail) (tollkeeper.MailState, error) {
	letter, err := s.compose(m)
	if err != nil {
		return "", Permanent{err}
	}
	client, err := mail.NewClient(s.host, s.options...)
	if err != nil {
		return "", err
	}
	err = inTime(ctx, func(ctx context.Context) error { return client.DialAndSendWithContext(ctx, letter) })
	if refusal := (*mail.SendError)(nil); errors.As(err, &refusal) && refusal.ErrorCode() >= 500 {
		return "", Permanent{err}
	}
	if err != nil {
		return "", err
	}
	return tollkeeper.MailSent, nil
}

// Probe signs in to the mail server, and leaves it.
func (s *SMTP) Probe(ctx context.Context) error {
	client, err := mail.NewClient(s.host, s.options...)
	if err != nil {
		return err
	}
	return inTime(ctx, func(ctx context.Context) error {
		if err := client.DialWithContext(ctx); err != nil {
			return err
		}
		return client.Close()
	})
}

// inTime talks to the mail server for as long as a letter may take. Once connected, the
// library heeds its own timeout and no context: a server that falls silent would hold
// up the letters to all others, and the program's end.
func inTime(ctx context.Context, talk func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- talk(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the mail server does not answer: %w", ctx.Err())
	}
}

func (s *SMTP) compose(m tollkeeper.Mail) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	letter.FromMailAddress(&s.from)
	if err := letter.To(m.To); err != nil {
		return nil, err
	}
	letter.Subject(m.Subject)
	letter.SetDateWithValue(m.CreatedAt)
	// The same at each attempt, so that a mail that was sent twice is shown once.
	letter.SetMessageIDWithValue(m.ID.String() + "@" + domain(s.from.Address))
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834, section 5: nobody is on holiday for it
	letter.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		letter.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	return letter, nil
}

// domain is what follows the last @ of an address.
func domain(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return address[i+1:]
		}
	}
	return address
}
