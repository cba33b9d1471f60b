package link

import (
	"strings"
	"time"

	"tollkeeper"
)

// DecidePortout lets one user decide about one port-out.
func DecidePortout(portout, user tollkeeper.ID) Grant {
	return Grant{Verb: "decide", Object: "portout/" + portout.String() + "/" + user.String()}
}

// SignPortout returns what a mailed link carries to let a user decide about a port-out
// until a time.
func (k Key) SignPortout(portout, user tollkeeper.ID, until time.Time) string {
	return portout.String() + "." + user.String() + "." + k.Sign(DecidePortout(portout, user), until)
}

// CheckPortout returns who may decide about which port-out by what a link carries, or an
// error that may be shown.
func (k Key) CheckPortout(carried string, now time.Time) (portout, user tollkeeper.ID, err error) {
	first, rest, _ := strings.Cut(carried, ".")
	second, signature, _ := strings.Cut(rest, ".")
	portout, portoutErr := tollkeeper.ParseID(first)
	user, userErr := tollkeeper.ParseID(second)
	if portoutErr != nil || userErr != nil || first != portout.String() || second != user.String() {
		return portout, user, tollkeeper.Errorf(tollkeeper.CodeForbidden, "the link is not valid for this")
	}
	return portout, user, k.Check(signature, DecidePortout(portout, user), now)
}
