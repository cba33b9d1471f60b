package tollkeeper

import (
	"strconv"
	"strings"
	"time"
)

// MailState says how far a mail has come.
type MailState string

// The states of a mail.
const (
	MailQueued MailState = "queued" // will be sent, perhaps again
	MailSent   MailState = "sent"   // a mail server has taken it over
	MailKept   MailState = "kept"   // there is no mail server; it can only be read here
	MailFailed MailState = "failed" // was given up
)

// MailStates lists every state.
var MailStates = []MailState{MailQueued, MailSent, MailKept, MailFailed}

// MailSecret stands in the text of a mail for its secret, so that the mail can be
// shown.
const MailSecret = "[hidden]"

// CallLetters are the kinds of mail that have the numbers of calls. They go with the
// calls' records.
var CallLetters = []string{"recording-ready", "recording-digest", "transcript-ready", "transcript-digest"}

// HiddenSecret is what stands for the n-th of several secrets, from 0.
func HiddenSecret(n int) string {
	if n == 0 {
		return MailSecret
	}
	return "[hidden " + strconv.Itoa(n+1) + "]"
}

// Secrets are what HiddenSecret stands for in the text.
func (m *Mail) Secrets() []string {
	if m.Secret == "" {
		return nil
	}
	return strings.Split(m.Secret, "\n")
}

// Mail is one letter to one person. It is stored with what causes it, in one
// transaction, and sent afterwards.
type Mail struct {
	ID        ID
	Customer  ID // whom it is about; zero: the carrier's own staff
	User      ID
	To        string // e-mail address
	Kind      string // names the template: "password-reset"
	Subject   string
	Text      string
	HTML      string // the same as a page; "" for none
	Secret    string // what MailSecret stands for, or several of them by lines; forgotten once the mail is sent or given up
	State     MailState
	Attempts  int64
	Error     string // why the last attempt failed
	CreatedAt time.Time
	DueAt     time.Time // when it is tried first; zero: at once
	ExpiresAt time.Time // after this it is of no use; zero: never
	NextAt    time.Time // when it is tried again; only while queued
	SentAt    time.Time // zero: not sent
}

// Reset is a request for a new password: a secret that is mailed, of which only the
// hash is stored.
type Reset struct {
	SecretHash []byte
	ExpiresAt  time.Time
	Letter     func(User) Mail // carries the secret
}

// NewPassword takes the place of a user's password.
type NewPassword struct {
	Hash   string
	Letter func(User) Mail // tells the user, at the address before the change
}
