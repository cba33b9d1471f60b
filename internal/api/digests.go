package api

import (
	"context"

	"tollkeeper"
)

// trunkFinder knows trunks by what a switch knows of them.
type trunkFinder interface {
	Trunk(ctx context.Context, key tollkeeper.TrunkKey) (t tollkeeper.Trunk, found bool, err error)
}

// getDigest tells a switch by what to check the password of a trunk's digest user. It
// takes the place of the password in that realm, so it is for switches and for those
// who may set it.
func (a *API) getDigest(x *exchange) error {
	user := x.r.PathValue("user")
	t, found, err := a.Trunks.Trunk(x.r.Context(), tollkeeper.TrunkKey{User: user})
	if err != nil {
		return err
	}
	if !found || !x.mine(t.Customer) {
		return noSuch("digest user", user)
	}
	w := newWire(nil)
	w.text("user", t.Digest.User)
	w.text("realm", t.Digest.Realm)
	w.text("ha1", t.Digest.HA1)
	w.text("ha1Sha256", t.Digest.HA1SHA256)
	return x.answer(w.end())
}
