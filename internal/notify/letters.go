package notify

import (
	"embed"
	"net/netip"
	"strings"
	"text/template"
	"time"

	"tollkeeper"
)

//go:embed letters
var letterFiles embed.FS

var letters = template.Must(template.ParseFS(letterFiles, "letters/*.txt"))

// PasswordReset is the letter with the link by which a user sets a new password
// within a time.
func PasswordReset(to tollkeeper.User, link string, within time.Duration, now time.Time) tollkeeper.Mail {
	m := letter("password-reset", to, struct {
		Name, Link string
		Minutes    int
	}{name(to), tollkeeper.MailSecret, int(within.Minutes())})
	m.Secret, m.ExpiresAt = link, now.Add(within)
	return m
}

// PasswordChanged tells a user that the password was changed.
func PasswordChanged(to tollkeeper.User, address netip.Addr, now time.Time) tollkeeper.Mail {
	return changeLetter("password-changed", to, address, now)
}

// SecondFactor tells a user that the second factor was added or removed.
func SecondFactor(to tollkeeper.User, added bool, address netip.Addr, now time.Time) tollkeeper.Mail {
	if added {
		return changeLetter("second-factor-added", to, address, now)
	}
	return changeLetter("second-factor-removed", to, address, now)
}

// changeLetter says when, in the user's time zone, and from where.
func changeLetter(kind string, to tollkeeper.User, address netip.Addr, now time.Time) tollkeeper.Mail {
	if zone, err := time.LoadLocation(to.Timezone); err == nil {
		now = now.In(zone)
	}
	return letter(kind, to, struct {
		Name, Time string
		Address    netip.Addr
	}{name(to), now.Format("2 January 2006, 15:04 MST"), address})
}

// letter fills in a template: the subject is its first line, and a blank one follows.
// A template that fails is a mistake in the program, which the tests find.
func letter(kind string, to tollkeeper.User, data any) tollkeeper.Mail {
	var b strings.Builder
	if err := letters.ExecuteTemplate(&b, kind+".txt", data); err != nil {
		panic(err)
	}
	subject, text, _ := strings.Cut(b.String(), "\n\n")
	return tollkeeper.Mail{Customer: to.Customer, User: to.ID, To: to.Email, Kind: kind, Subject: subject, Text: text}
}

// name is how a letter addresses somebody.
func name(u tollkeeper.User) string {
	if full := strings.TrimSpace(u.First + " " + u.Last); full != "" {
		return full
	}
	return u.Email
}
