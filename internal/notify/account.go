package notify

import (
	"net/netip"
	"strconv"
	"time"

	"tollkeeper"
)

// PasswordReset is the letter with the link by which a user sets a new password
// within a time.
func (l *Letters) PasswordReset(to tollkeeper.User, link string, within time.Duration, now time.Time) tollkeeper.Mail {
	m := l.letter("password-reset", to, page{data: map[string]any{"link": tollkeeper.MailSecret, "minutes": strconv.Itoa(int(within.Minutes()))}})
	m.Secret, m.ExpiresAt = link, now.Add(within)
	return m
}

// PasswordChanged tells a user that the password was changed.
func (l *Letters) PasswordChanged(to tollkeeper.User, address netip.Addr, now time.Time) tollkeeper.Mail {
	return l.changed("password-changed", to, address, now)
}

// SecondFactor tells a user that the second factor was added or removed.
func (l *Letters) SecondFactor(to tollkeeper.User, added bool, address netip.Addr, now time.Time) tollkeeper.Mail {
	if added {
		return l.changed("second-factor-added", to, address, now)
	}
	return l.changed("second-factor-removed", to, address, now)
}

// changed says when, and from where.
func (l *Letters) changed(kind string, to tollkeeper.User, address netip.Addr, now time.Time) tollkeeper.Mail {
	data := map[string]any{}
	if address.IsValid() {
		data["address"] = address.String()
	}
	return l.letter(kind, to, page{at: now, data: data})
}
