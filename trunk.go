package tollkeeper

import (
	"net/netip"
	"time"
)

// Trunk is a way by which a customer's calls reach the carrier's switches. The switch
// knows it by its name, by the digest user that signed in, or by where its calls come
// from.
type Trunk struct {
	ID       ID
	Customer ID
	Name     string // unique, whatever the case
	Active   bool
	Network  netip.Prefix // where its calls come from; not valid: anywhere
	Port     uint16       // the port they come from; 0: any
	CallerID string       // the calling number of its outbound calls, in E.164; "" leaves it to the caller
	Digest   Digest

	MaxConcurrentCalls  int64 // in both directions; 0: no limit of its own
	MaxOutboundCallRate int32 // new outbound calls per second; 0: no limit of its own

	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int64 // rises with every write
}

// Digest is what a switch needs to challenge a trunk (RFC 7616, RFC 8760). The
// password itself is not kept.
type Digest struct {
	User      string // unique, whatever the case; "": the trunk does not sign in
	Realm     string
	HA1       string // MD5 of user:realm:password, in hex
	HA1SHA256 string // SHA-256 of the same
}

// TrunkKey is what a switch knows of where a call came from.
type TrunkKey struct {
	Name   string         // of the trunk
	User   string         // who signed in
	Source netip.AddrPort // port 0: not known
}

// IsZero reports whether nothing is known.
func (k TrunkKey) IsZero() bool { return k.Name == "" && k.User == "" && !k.Source.Addr().IsValid() }

// Limited reports whether the trunk has a limit of its own, so that its calls are
// counted.
func (t *Trunk) Limited() bool { return t.MaxConcurrentCalls > 0 || t.MaxOutboundCallRate > 0 }

// Host is the address or network that the trunk's calls come from, or "".
func (t *Trunk) Host() string {
	switch {
	case !t.Network.IsValid():
		return ""
	case t.Network.IsSingleIP():
		return t.Network.Addr().String()
	}
	return t.Network.String()
}

// Changes lists the fields in which a trunk differs from an older state. Of the
// password it says only that there is another.
func (t Trunk) Changes(older Trunk) []Change {
	var c changes
	c.text("name", older.Name, t.Name)
	c.id("customer", older.Customer, t.Customer)
	c.text("status", older.Status(), t.Status())
	c.text("host", older.Host(), t.Host())
	c.json("port", countText(older.Port), countText(t.Port))
	c.text("callerId", older.CallerID, t.CallerID)
	c.text("digestUser", older.Digest.User, t.Digest.User)
	c.secret("digestPassword", older.Digest.HA1, t.Digest.HA1)
	c.json("maxConcurrentCalls", countText(older.MaxConcurrentCalls), countText(t.MaxConcurrentCalls))
	c.json("maxOutboundCallRate", countText(older.MaxOutboundCallRate), countText(t.MaxOutboundCallRate))
	return c
}

// Status is "active", or "inactive" when no call comes by the trunk.
func (t *Trunk) Status() string {
	switch {
	case t.ID.IsZero():
		return ""
	case t.Active:
		return "active"
	}
	return "inactive"
}

// DirectoryChanges is what has changed of trunks and numbers since a generation.
type DirectoryChanges struct {
	Generation int64    // the newest
	All        bool     // more than is remembered
	AllNumbers bool     // more numbers than are named
	Numbers    []string // in E.164
	Trunks     []ID
}
