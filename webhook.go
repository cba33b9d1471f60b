package tollkeeper

import (
	"slices"
	"strings"
	"time"
)

// Webhook is an address that events are sent to, signed as Standard Webhooks say.
type Webhook struct {
	ID             ID
	Customer       ID // whose events it gets; zero: it is the carrier's own, and gets those of all
	URL            string
	Description    string
	EventTypes     []EventType // none: every type but EventCallEnded
	Enabled        bool
	DisabledReason string // "" where people disabled it
	Secret         string
	OldSecret      string // signs too until its time, so that receivers can change over
	OldSecretUntil time.Time
	Failures       int64     // attempts in a row
	FailingSince   time.Time // zero: the last attempt succeeded
	Waiting        int64     // deliveries that are not done with
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Limits of webhooks.
const (
	// MaxWaiting bounds the deliveries that wait for one webhook, which is disabled when
	// there are more.
	MaxWaiting = 100_000
	// OldSecretLife is how long a secret that was replaced signs too.
	OldSecretLife = 24 * time.Hour
)

// Wants reports whether the webhook gets events of a type.
func (w *Webhook) Wants(kind EventType) bool {
	if len(w.EventTypes) == 0 {
		return kind != EventCallEnded
	}
	return slices.Contains(w.EventTypes, kind)
}

// Disable stops deliveries, and returns the event that tells of it. An endpoint that
// is disabled by itself is always told of so.
func (w *Webhook) Disable(reason string, now time.Time) Event {
	w.Enabled, w.DisabledReason = false, reason
	return NewEvent(EventWebhookDisabled, w.Customer, now, "webhook", w.ID, "url", w.URL, "reason", reason)
}

// Enable lets deliveries go on as if nothing had failed.
func (w *Webhook) Enable() {
	w.Enabled, w.DisabledReason, w.Failures, w.FailingSince = true, "", 0, time.Time{}
}

// Secrets are those that sign at a time, the newest first.
func (w *Webhook) Secrets(now time.Time) []string {
	if w.OldSecret != "" && now.Before(w.OldSecretUntil) {
		return []string{w.Secret, w.OldSecret}
	}
	return []string{w.Secret}
}

// Changes lists the fields in which a webhook differs from an older state. A secret is
// only said to be another.
func (w Webhook) Changes(older Webhook) []Change {
	var c changes
	c.id("customer", older.Customer, w.Customer)
	c.text("url", older.URL, w.URL)
	c.text("description", older.Description, w.Description)
	c.text("eventTypes", EventTypesText(older.EventTypes), EventTypesText(w.EventTypes))
	c.flag("enabled", older.Enabled, w.Enabled)
	c.text("disabledReason", older.DisabledReason, w.DisabledReason)
	c.secret("secret", older.Secret, w.Secret)
	return c
}

// EventTypesText writes types one after the other.
func EventTypesText(types []EventType) string {
	texts := make([]string, len(types))
	for i, kind := range types {
		texts[i] = string(kind)
	}
	return strings.Join(texts, " ")
}
