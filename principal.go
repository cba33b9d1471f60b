package tollkeeper

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// User is a person, or a program, that signs in.
type User struct {
	ID            ID
	Email         string // unique, whatever the case
	First         string
	Last          string
	JobTitle      string
	MobilePhone   string
	BusinessPhone string
	Language      string // a tag of RFC 5646; "" is not known
	Timezone      string // a name of the IANA time zone database
	Customer      ID     // zero: the carrier's own staff
	CreatedAt     time.Time
	UpdatedAt     time.Time

	AdminPermission, BillingPermission, PhonePermission Permission

	Epoch int64 // rises when all of the user's sessions end
}

// ErrOperatorExists is the answer to who would make the first user of a database that
// has users.
var ErrOperatorExists = Errorf(CodeConflict, "there are users already; sign in, or let one of them make another")

// SecondFactor is what is to be known of a user's second factor.
type SecondFactor struct {
	Enabled       bool  // signing in needs it
	RecoveryCodes int64 // that are left
}

// CodeCheck finds the time step of a code by the secret of a second factor; ok is
// false where there is none.
type CodeCheck func(secret string) (step int64, ok bool)

// DefaultTimezone is that of a user who names none.
const DefaultTimezone = "America/New_York"

// TokenKind says what a token is for.
type TokenKind string

// The kinds of token.
const (
	TokenUser   TokenKind = "user"   // a user's own, with the user's permissions
	TokenSwitch TokenKind = "switch" // opens the operations of calls and no others
	TokenServer TokenKind = "server" // made on the server's command line; opens everything
)

// TokenKinds lists every kind.
var TokenKinds = []TokenKind{TokenUser, TokenSwitch, TokenServer}

// Token is a long-lived credential. Only a hash of its secret is stored.
type Token struct {
	ID        ID
	Name      string
	Kind      TokenKind
	User      ID             // whose it is; zero: a switch's or a program's
	Customer  ID             // of a switch's token: the only customer it may speak of; zero: all
	Networks  []netip.Prefix // of a switch's token: where it may be used from; none: everywhere
	Active    bool
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
}

// Rights are those that a token gives, with those of its user.
func (t *Token) Rights(u *User) Rights {
	switch t.Kind {
	case TokenSwitch:
		return SwitchOnly
	case TokenServer:
		return AllRights
	}
	return u.Rights()
}

// OpensFrom reports whether a token may be used from an address.
func (t *Token) OpensFrom(address netip.Addr) bool {
	return len(t.Networks) == 0 || slices.ContainsFunc(t.Networks, func(n netip.Prefix) bool { return n.Contains(address.Unmap()) })
}

// Changes lists the fields in which a token differs from an older state.
func (t Token) Changes(older Token) []Change {
	var c changes
	c.text("name", older.Name, t.Name)
	c.text("kind", string(older.Kind), string(t.Kind))
	c.id("user", older.User, t.User)
	c.id("customer", older.Customer, t.Customer)
	c.text("networks", NetworksText(older.Networks), NetworksText(t.Networks))
	c.json("status", statusText(older.Active), statusText(t.Active))
	return c
}

func statusText(active bool) string {
	if active {
		return "1"
	}
	return "0"
}

// NetworksText writes networks one after the other.
func NetworksText(networks []netip.Prefix) string {
	texts := make([]string, len(networks))
	for i, n := range networks {
		texts[i] = n.String()
	}
	return strings.Join(texts, " ")
}

// Principal is who makes a request, and from where.
type Principal struct {
	User      ID // zero: a token without a user
	Token     ID // zero: none
	Customer  ID // zero: the carrier's own staff
	Name      string
	Rights    Rights
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
func (u User) Changes(older User) []Change {
	var c changes
	c.text("email", older.Email, u.Email)
	c.text("first", older.First, u.First)
	c.text("last", older.Last, u.Last)
	c.text("jobTitle", older.JobTitle, u.JobTitle)
	c.text("mobilePhone", older.MobilePhone, u.MobilePhone)
	c.text("businessPhone", older.BusinessPhone, u.BusinessPhone)
	c.text("language", older.Language, u.Language)
	c.text("timezone", older.Timezone, u.Timezone)
	c.text("adminPermission", string(older.AdminPermission), string(u.AdminPermission))
	c.text("billingPermission", string(older.BillingPermission), string(u.BillingPermission))
	c.text("phonePermission", string(older.PhonePermission), string(u.PhonePermission))
	c.id("customer", older.Customer, u.Customer)
	return c
}
