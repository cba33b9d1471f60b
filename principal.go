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
func (t Token) Changes(older Token) (changes []Change) {
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{Field: field, From: from, To: to})
		}
	}
	add("name", JSONText(older.Name), JSONText(t.Name))
	add("kind", JSONText(string(older.Kind)), JSONText(string(t.Kind)))
	add("user", JSONText(textOf(older.User)), JSONText(textOf(t.User)))
	add("customer", JSONText(textOf(older.Customer)), JSONText(textOf(t.Customer)))
	add("networks", JSONText(NetworksText(older.Networks)), JSONText(NetworksText(t.Networks)))
	add("status", statusText(older.Active), statusText(t.Active))
	return changes
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
func (u User) Changes(older User) (changes []Change) {
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{Field: field, From: JSONText(from), To: JSONText(to)})
		}
	}
	add("email", older.Email, u.Email)
	add("first", older.First, u.First)
	add("last", older.Last, u.Last)
	add("jobTitle", older.JobTitle, u.JobTitle)
	add("mobilePhone", older.MobilePhone, u.MobilePhone)
	add("businessPhone", older.BusinessPhone, u.BusinessPhone)
	add("language", older.Language, u.Language)
	add("timezone", older.Timezone, u.Timezone)
	add("adminPermission", string(older.AdminPermission), string(u.AdminPermission))
	add("billingPermission", string(older.BillingPermission), string(u.BillingPermission))
	add("phonePermission", string(older.PhonePermission), string(u.PhonePermission))
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
