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

// Contact is who has a role; the admin user when nobody else is named. Zero is
// nobody.
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

// Notice is a letter to some of a customer's people about events of a type.
type Notice struct {
	Kind  string // of the mail
	To    []Role
	Every time.Duration // at most one letter in this time; what happens meanwhile is told at its end. 0: one for each event
	Write func(Event, Customer, User) Mail
}
