package tollkeeper

import (
	"net/netip"
	"time"
)

// User is a person, or a program, that signs in.
type User struct {
	ID        ID
	Email     string // unique, whatever the case
	First     string
	Last      string
	Customer  ID // zero: the carrier's own staff
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Token is a long-lived credential. Only a hash of its secret is stored.
type Token struct {
	ID        ID
	Name      string
	User      ID // zero: a program of the carrier's own
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
}

// Principal is who makes a request, and from where.
type Principal struct {
	User      ID // zero: a token without a user
	Token     ID // zero: none
	Customer  ID // zero: the carrier's own staff
	Name      string
	Address   netip.Addr
	UserAgent string
}

// Actor names the principal in the audit trail and the ledger.
func (p Principal) Actor() string {
	switch {
	case !p.User.IsZero():
		return "user:" + p.User.String()
	case !p.Token.IsZero():
		return "token:" + p.Token.String()
	default:
		return "server"
	}
}

// Changes lists the fields in which a user differs from an older state.
func (u User) Changes(older User) (changes []Change) {
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{Field: field, From: JSONText(from), To: JSONText(to)})
		}
	}
	add("email", older.Email, u.Email)
	add("first", older.First, u.First)
	add("last", older.Last, u.Last)
	add("customer", textOf(older.Customer), textOf(u.Customer))
	return changes
}

func textOf(id ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// JSONText writes a text as a JSON string, and an absent one as "".
func JSONText(s string) string {
	if s == "" {
		return ""
	}
	return string(appendText(nil, s))
}
