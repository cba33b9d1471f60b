// Package notify writes letters to people and sends them. Letters about events are
// written by the Dispatcher, which takes the events from their queue; others are stored
// with what causes them. The Courier takes letters from there, so that a mail server
// which is slow or gone keeps nobody waiting and loses nothing.
package notify

import (
	"context"
	"errors"
	"html"
	"strings"
	"time"

	"tollkeeper"
)

// Sender hands mails over.
type Sender interface {
	// Send returns the state that a mail then has.
	Send(context.Context, tollkeeper.Mail) (tollkeeper.MailState, error)
}

// Outbox keeps the mails that Courier sends.
type Outbox interface {
	ClaimMail(context.Context) (m tollkeeper.Mail, found bool, err error)
	SettleMail(context.Context, tollkeeper.Mail) error
}

// Keep is the Sender of a server without a mail server: staff can read the mails, all
// but their secrets.
type Keep struct{}

// Send does nothing.
func (Keep) Send(context.Context, tollkeeper.Mail) (tollkeeper.MailState, error) {
	return tollkeeper.MailKept, nil
}

// Permanent is the error of a mail that no repeat will send.
type Permanent struct{ Err error }

func (p Permanent) Error() string { return p.Err.Error() }

func (p Permanent) Unwrap() error { return p.Err }

// Courier sends what is in the outbox.
type Courier struct {
	Outbox Outbox
	Sender Sender
	Now    func() time.Time
}

const (
	// maxRun bounds the mails of one run, so that it ends.
	maxRun = 1000
	// maxAttempts and the delays give a mail server about ten hours to come back.
	maxAttempts  = 16
	firstDelay   = 30 * time.Second
	longestDelay = time.Hour
	// maxError bounds what is kept of a mail server's words, in bytes.
	maxError = 255
)

// RunOnce sends the mails that are due, and returns how many were done with. A mail
// server that cannot take one now is left alone until the next run.
func (c *Courier) RunOnce(ctx context.Context) (done int, err error) {
	for n := 0; n < maxRun && ctx.Err() == nil; n++ {
		m, found, err := c.Outbox.ClaimMail(ctx)
		if err != nil || !found {
			return done, err
		}
		failure := c.attempt(ctx, &m)
		if m.Error != "" && ctx.Err() != nil { // stopping; the claim runs out and the mail is tried again
			return done, nil
		}
		if err := c.Outbox.SettleMail(context.WithoutCancel(ctx), m); err != nil {
			return done, err
		}
		if m.State == tollkeeper.MailQueued {
			return done, failure
		}
		done++
	}
	return done, nil
}

// attempt tries to send a mail once and notes in it how that went.
func (c *Courier) attempt(ctx context.Context, m *tollkeeper.Mail) error {
	now := c.Now()
	m.NextAt = time.Time{}
	if !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt) {
		m.State, m.Error = tollkeeper.MailFailed, "it could not be sent while it was of use"+after(m.Error)
		return nil
	}
	letter := *m
	for i, secret := range m.Secrets() {
		letter.Text = strings.ReplaceAll(letter.Text, tollkeeper.HiddenSecret(i), secret)
		letter.HTML = strings.ReplaceAll(letter.HTML, tollkeeper.HiddenSecret(i), html.EscapeString(secret))
	}
	state, err := c.Sender.Send(ctx, letter)
	if err == nil {
		m.State, m.Error = state, ""
		if state == tollkeeper.MailSent {
			m.SentAt = now
		}
		return nil
	}
	m.Error = tollkeeper.Shortened(hidden(err.Error(), m.Secrets()), maxError)
	if errors.As(err, &Permanent{}) || m.Attempts >= maxAttempts {
		m.State = tollkeeper.MailFailed
		return nil
	}
	m.NextAt = now.Add(delay(m.Attempts))
	return err
}

// delay is the time until the next attempt: it doubles.
func delay(attempts int64) time.Duration {
	return min(firstDelay<<min(attempts-1, 16), longestDelay)
}

func after(earlier string) string {
	if earlier == "" {
		return ""
	}
	return tollkeeper.Shortened(": "+earlier, maxError)
}

// hidden takes secrets out of what a mail server said.
func hidden(text string, secrets []string) string {
	for i, secret := range secrets {
		text = strings.ReplaceAll(text, secret, tollkeeper.HiddenSecret(i))
	}
	return text
}
