package api

import (
	"context"
	"net/netip"
	"strconv"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/query"
)

// trunkStore keeps trunks, which the API calls servers.
type trunkStore interface {
	CreateTrunk(context.Context, tollkeeper.Write, tollkeeper.Trunk) (tollkeeper.Trunk, error)
	Trunk(context.Context, tollkeeper.ID) (tollkeeper.Trunk, error)
	FindTrunks(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Trunk], error)
	PatchTrunk(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Trunk) error) (tollkeeper.Trunk, error)
	DeleteTrunk(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(*tollkeeper.Trunk) error) (tollkeeper.Trunk, error)
}

func revisionTag(revision int64) string { return `"` + strconv.FormatInt(revision, 36) + `"` }

func trunkAnswer(t tollkeeper.Trunk) *tollkeeper.Answer {
	return tagged(trunkBody(t, nil), revisionTag(t.Revision))
}

// trunkBody shows a trunk. What proves its password has no place here.
func trunkBody(t tollkeeper.Trunk, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", t.ID)
	w.text("name", t.Name)
	w.id("customer", t.Customer)
	w.text("status", t.Status())
	w.optional("host", t.Host())
	if t.Port > 0 {
		w.int("port", int64(t.Port))
	}
	w.optional("callerId", t.CallerID)
	w.optional("digestUser", t.Digest.User)
	w.optional("digestRealm", t.Digest.Realm)
	w.int("maxConcurrentCalls", t.MaxConcurrentCalls)
	w.int("maxOutboundCallRate", int64(t.MaxOutboundCallRate))
	w.time("createdAt", t.CreatedAt)
	w.time("updatedAt", t.UpdatedAt)
	return w.end()
}

func (a *API) findServers(x *exchange) error {
	return list(x, query.Servers, a.Store.FindTrunks, trunkBody)
}

// server reads the trunk that the path names, if it is the caller's to see.
func (a *API) server(x *exchange) (tollkeeper.Trunk, error) {
	id, err := x.pathID("server")
	if err != nil {
		return tollkeeper.Trunk{}, err
	}
	t, err := a.Store.Trunk(x.r.Context(), id)
	if err == nil && !x.mine(t.Customer) {
		err = noSuch("server", id.String())
	}
	return t, err
}

func (a *API) getServer(x *exchange) error {
	t, err := a.server(x)
	if err == nil {
		x.sendTagged(trunkAnswer(t))
	}
	return err
}

func (a *API) createServer(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	if _, given := o.value("name"); !given {
		o.fault("name", "is required")
	}
	customer, _ := o.id("customer")
	if customer.IsZero() {
		o.fault("customer", "is required")
	}
	change := a.readTrunk(o)
	if err := o.done(); err != nil {
		return err
	}
	t := tollkeeper.Trunk{Customer: customer, Active: true}
	if err := change(&t); err != nil {
		return err
	}
	return perform(x, trunkAnswer, func(w tollkeeper.Write) (tollkeeper.Trunk, error) { return a.Store.CreateTrunk(x.r.Context(), w, t) })
}

func (a *API) patchServer(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	change := a.readTrunk(o)
	if err := o.done(); err != nil {
		return err
	}
	t, err := a.server(x)
	if err != nil {
		return err
	}
	return perform(x, trunkAnswer, func(w tollkeeper.Write) (tollkeeper.Trunk, error) {
		return a.Store.PatchTrunk(x.r.Context(), w, t.ID, func(t *tollkeeper.Trunk) error {
			if err := x.expectTrunk(t); err != nil {
				return err
			}
			return change(t)
		})
	})
}

func (x *exchange) expectTrunk(t *tollkeeper.Trunk) error {
	if !matches(x.r, revisionTag(t.Revision)) {
		return errChanged
	}
	return nil
}

func (a *API) removeServer(x *exchange) error {
	t, err := a.server(x)
	if err != nil {
		return err
	}
	return perform(x, untagged(trunkBody), func(w tollkeeper.Write) (tollkeeper.Trunk, error) {
		return a.Store.DeleteTrunk(x.r.Context(), w, t.ID, x.expectTrunk)
	})
}

// readTrunk reads what a request says of a trunk, and returns what makes it so.
func (a *API) readTrunk(o *object) func(*tollkeeper.Trunk) error {
	name, renamed := "", false
	if _, renamed = o.value("name"); renamed {
		name = o.text("name", 1, 45)
	}
	status, restated := optionalOneOf(o, "status", "active", "inactive")
	host, rehosted := o.network("host")
	port, reported := o.optionalInteger("port", 1, 65535)
	callerID, recalled := o.number("callerId", a.Plan)
	channels := o.integer("maxConcurrentCalls", 0, 1<<31-1)
	rate := o.integer("maxOutboundCallRate", 0, 1<<31-1)
	sign := a.readDigest(o)
	return func(t *tollkeeper.Trunk) error {
		set(&t.Name, name, renamed)
		set(&t.Active, status == "active", restated)
		set(&t.Network, host, rehosted)
		set(&t.Port, uint16(port), reported)
		set(&t.CallerID, callerID, recalled)
		if channels != nil {
			t.MaxConcurrentCalls = *channels
		}
		if rate != nil {
			t.MaxOutboundCallRate = int32(*rate)
		}
		if err := sign(&t.Digest); err != nil {
			return err
		}
		if t.Port > 0 && !t.Network.IsValid() {
			return tollkeeper.Invalid("port: must be absent without a host")
		}
		return nil
	}
}

// readDigest reads the digest user and password. The hashes cover both, so another
// user needs the password anew.
func (a *API) readDigest(o *object) func(*tollkeeper.Digest) error {
	user, given := o.optionalText("digestUser", 1, 64)
	if !admission.Visible(user) || strings.ContainsAny(user, `:"`) {
		o.fault("digestUser", `must consist of visible ASCII characters, without : and "`)
	}
	password := ""
	if _, given := o.value("digestPassword"); given {
		password = o.text("digestPassword", 8, 255)
	}
	return func(d *tollkeeper.Digest) error {
		renamed := given && user != d.User
		set(&d.User, user, given)
		switch {
		case d.User == "" && password != "":
			return tollkeeper.Invalid("digestUser: is required with digestPassword")
		case d.User == "":
			*d = tollkeeper.Digest{}
		case password != "":
			d.Realm = a.DigestRealm
			d.HA1, d.HA1SHA256 = credential.DigestHashes(d.User, d.Realm, password)
		case renamed:
			return tollkeeper.Invalid("digestPassword: is required with another digestUser")
		}
		return nil
	}
}

// network reads an address or a network in CIDR notation (RFC 4632) that null clears.
func (o *object) network(key string) (network netip.Prefix, set bool) {
	text, set := o.optionalText(key, 1, 64)
	if text == "" {
		return network, set
	}
	network, err := netip.ParsePrefix(text)
	if address, addressErr := netip.ParseAddr(text); addressErr == nil {
		network, err = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	if err != nil || network != network.Masked() || network.Addr().Zone() != "" || network.Addr().Is4In6() {
		o.fault(key, "must be an address or a network such as 192.0.2.0/24")
	}
	return network, set
}
