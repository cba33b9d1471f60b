package tollkeeper

import "time"

// Role is one of the people whom a customer's record names.
type Role uint8

// The roles.
const (
	RoleAdmin Role = iota
	RoleBilling
	RoleRecording
	RoleSupport
)

// Contact is who has a role of a customer's; the admin user when nobody else is named.
// Zero is nobody.
func (c *Customer) Contact(role Role) ID {
	named := ID{}
	switch role {
	case RoleBilling:
		named = c.BillingUserID
	case RoleRecording:
		named = c.CallRecordingUserID
	case RoleSupport:
		named = c.SupportUserID
	}
	if named.IsZero() {
		return c.AdminUserID
	}
	return named
}

// Notice is a letter to some of a customer's people about events of a type; to the
// carrier's staff about events that concern no customer.
type Notice struct {
	Kind  string // of the mail
	To    []Role
	Every time.Duration // at most one letter in this time; what happens meanwhile is told at its end. 0: one for each event
	Write func(Event, Customer, User) Mail
	// Digest tells at the end of that time of all that happened meanwhile; nil: of the
	// first only.
	Digest *NoticeDigest
}

// NoticeDigest is how one letter tells of several events about recordings.
type NoticeDigest struct {
	Kind      string         // of the mail
	Recording func(Event) ID // when it is gone by then, the event is not told of
	// Write is given the first of the events, and how many there were in all.
	Write func(events []Event, all int64, c Customer, to User) Mail
}

// Backlog is what waits to be told to people and webhooks.
type Backlog struct {
	Events     int64         // for those who are to be told to be found
	Oldest     time.Duration // how long the oldest of them has waited
	Mails      int64
	Deliveries int64
	Disabled   int64 // webhooks that were disabled by themselves
}
