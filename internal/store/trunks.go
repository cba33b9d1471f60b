package store

import (
	"context"
	"net/netip"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const trunkColumns = `id, customer, name, active, network, port, caller_id, digest_user, digest_realm, ha1, ha1_sha256,
 max_concurrent_calls, max_outbound_call_rate, created_at, updated_at, revision`

var trunkSource = &source{
	table: "trunks", columns: trunkColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "name": {expr: "name"}, "status": {expr: "active", enum: []string{"inactive", "active"}},
		"host": {expr: "network", normal: networkText}, "port": {expr: "port", absent: int64(0)}, "callerId": {expr: "caller_id", absent: ""},
		"digestUser": {expr: "digest_user", absent: ""}, "digestRealm": {expr: "digest_realm", absent: ""},
		"maxConcurrentCalls": {expr: "max_concurrent_calls"}, "maxOutboundCallRate": {expr: "max_outbound_call_rate"},
		"createdAt": {expr: "created_at"}, "updatedAt": {expr: "updated_at"},
	},
}

// networkText puts an address or network into the form in which it is stored.
func networkText(text string) string {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()).String()
	}
	return text
}

func scanTrunk(r row) (trunk tollkeeper.Trunk, err error) {
	trunk = tollkeeper.Trunk{
		ID: r.id(0), Customer: r.id(1), Name: r.text(2), Active: r.int(3) == 1, Port: uint16(r.int(5)), CallerID: r.text(6),
		Digest:             tollkeeper.Digest{User: r.text(7), Realm: r.text(8), HA1: r.text(9), HA1SHA256: r.text(10)},
		MaxConcurrentCalls: r.int(11), MaxOutboundCallRate: int32(r.int(12)),
		CreatedAt: fromMillis(r.int(13)), UpdatedAt: fromMillis(r.int(14)), Revision: r.int(15),
	}
	if !r.null(4) {
		trunk.Network, err = netip.ParsePrefix(r.text(4))
	}
	return trunk, err
}

// CreateTrunk stores a new trunk.
func (s *Store) CreateTrunk(ctx context.Context, w tollkeeper.Write, trunk tollkeeper.Trunk) (tollkeeper.Trunk, error) {
	err := s.write(ctx, w, func(t tx) (any, error) {
		trunk.ID, trunk.CreatedAt, trunk.Revision = s.NewID(), s.now(), 1
		trunk.UpdatedAt = trunk.CreatedAt
		if err := checkTrunk(t, &trunk); err != nil {
			return nil, err
		}
		_, err := t.exec("INSERT INTO trunks ("+trunkColumns+", name_key, digest_key) VALUES ("+marks(18)+")",
			trunk.ID, trunk.Customer, trunk.Name, trunk.Active, networkOrNull(&trunk), int(trunk.Port), trunk.CallerID,
			trunk.Digest.User, trunk.Digest.Realm, trunk.Digest.HA1, trunk.Digest.HA1SHA256,
			trunk.MaxConcurrentCalls, trunk.MaxOutboundCallRate, millis(trunk.CreatedAt), millis(trunk.UpdatedAt), trunk.Revision,
			query.Fold(trunk.Name), digestKey(&trunk))
		if err != nil {
			return nil, err
		}
		return trunk, s.trunkChanged(t, w, "server.create", &trunk, tollkeeper.Trunk{})
	})
	return trunk, err
}

// checkTrunk makes sure that a trunk's customer exists, whose account it locks, and
// that no other trunk can be taken for it.
func checkTrunk(t tx, trunk *tollkeeper.Trunk) error {
	var a tollkeeper.Account
	if found, err := loadAccount(t, trunk.Customer, &a); err != nil || !found {
		if err == nil {
			err = tollkeeper.Invalid("customer: must be the id of an existing customer")
		}
		return err
	}
	for _, unique := range []struct {
		condition string
		values    []any
		message   string
	}{
		{"name_key = ?", []any{query.Fold(trunk.Name)}, "name: another server has this name"},
		{"digest_key = ?", []any{digestKey(trunk)}, "digestUser: another server has this user"},
		{"network = ? AND port = ?", []any{networkOrNull(trunk), int(trunk.Port)}, "host: another server has this host and port"},
	} {
		taken, err := exists(t, "SELECT 1 FROM trunks WHERE "+unique.condition+" AND id <> ?", append(unique.values, trunk.ID)...)
		if err != nil {
			return err
		}
		if taken {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "%s", unique.message)
		}
	}
	return nil
}

// trunkChanged writes down what follows from a write to a trunk.
func (s *Store) trunkChanged(t tx, w tollkeeper.Write, action string, trunk *tollkeeper.Trunk, before tollkeeper.Trunk) error {
	if err := limitTrunk(t, trunk); err != nil {
		return err
	}
	if err := directoryChanged(t, trunk.ID.String()); err != nil {
		return err
	}
	return s.audited(t, w, tollkeeper.AuditEntry{Customer: trunk.Customer, Subject: trunk.ID.String(), Action: action, Changes: trunk.Changes(before)})
}

// PatchTrunk applies change to a trunk.
func (s *Store) PatchTrunk(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Trunk) error) (trunk tollkeeper.Trunk, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		before, err := mustLoadTrunk(t, id)
		if err != nil {
			return nil, err
		}
		trunk = before
		if err := change(&trunk); err != nil {
			return nil, err
		}
		if trunk == before {
			return trunk, nil
		}
		trunk.UpdatedAt, trunk.Revision = s.now(), before.Revision+1
		if err := checkTrunk(t, &trunk); err != nil {
			return nil, err
		}
		_, err = t.exec(`UPDATE trunks SET name = ?, name_key = ?, active = ?, network = ?, port = ?, caller_id = ?, digest_user = ?, digest_key = ?,
 digest_realm = ?, ha1 = ?, ha1_sha256 = ?, max_concurrent_calls = ?, max_outbound_call_rate = ?, updated_at = ?, revision = ? WHERE id = ?`,
			trunk.Name, query.Fold(trunk.Name), trunk.Active, networkOrNull(&trunk), int(trunk.Port), trunk.CallerID,
			trunk.Digest.User, digestKey(&trunk), trunk.Digest.Realm, trunk.Digest.HA1, trunk.Digest.HA1SHA256,
			trunk.MaxConcurrentCalls, trunk.MaxOutboundCallRate, millis(trunk.UpdatedAt), trunk.Revision, id)
		if err != nil {
			return nil, err
		}
		return trunk, s.trunkChanged(t, w, "server.patch", &trunk, before)
	})
	return trunk, err
}

// DeleteTrunk removes a trunk, if expect finds it as it should be, and returns it.
// Calls that came by it go on.
func (s *Store) DeleteTrunk(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(*tollkeeper.Trunk) error) (trunk tollkeeper.Trunk, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if trunk, err = mustLoadTrunk(t, id); err != nil {
			return nil, err
		}
		if err := expect(&trunk); err != nil {
			return nil, err
		}
		return trunk, s.removeTrunk(t, w, &trunk)
	})
	return trunk, err
}

func (s *Store) removeTrunk(t tx, w tollkeeper.Write, trunk *tollkeeper.Trunk) error {
	if _, err := t.exec("DELETE FROM trunks WHERE id = ?", trunk.ID); err != nil {
		return err
	}
	gone := tollkeeper.Trunk{ID: trunk.ID, Customer: trunk.Customer}
	return s.trunkChanged(t, w, "server.remove", &gone, *trunk)
}

// removeTrunks removes all trunks of a customer who is deleted.
func (s *Store) removeTrunks(t tx, w tollkeeper.Write, customer tollkeeper.ID) error {
	trunks, err := trunksWhere(t, "customer = ?", customer)
	for i := 0; i < len(trunks) && err == nil; i++ {
		err = s.removeTrunk(t, w, &trunks[i])
	}
	return err
}

// Trunk returns one trunk.
func (s *Store) Trunk(ctx context.Context, id tollkeeper.ID) (trunk tollkeeper.Trunk, err error) {
	err = s.engine.look(ctx, func(t tx) (err error) {
		trunk, err = mustLoadTrunk(t, id)
		return err
	})
	return trunk, err
}

// Trunks returns all trunks.
func (s *Store) Trunks(ctx context.Context) (trunks []tollkeeper.Trunk, err error) {
	err = s.engine.read(ctx, func(t tx) (err error) {
		trunks, err = trunksWhere(t, "1 = 1")
		return err
	})
	return trunks, err
}

// FindTrunks returns a page of trunks.
func (s *Store) FindTrunks(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Trunk], error) {
	return find(ctx, s, trunkSource, f, "", nil, scanTrunk)
}

func mustLoadTrunk(t tx, id tollkeeper.ID) (tollkeeper.Trunk, error) {
	trunks, err := trunksWhere(t, "id = ?", id)
	if err == nil && trunks == nil {
		err = notFound("server", id.String())
	}
	if err != nil {
		return tollkeeper.Trunk{}, err
	}
	return trunks[0], nil
}

func trunksWhere(t tx, condition string, args ...any) (trunks []tollkeeper.Trunk, err error) {
	err = t.query(func(r row) error {
		trunk, err := scanTrunk(r)
		trunks = append(trunks, trunk)
		return err
	}, "SELECT "+trunkColumns+" FROM trunks WHERE "+condition, args...)
	return trunks, err
}

func networkOrNull(trunk *tollkeeper.Trunk) any {
	if !trunk.Network.IsValid() {
		return nil
	}
	return trunk.Network.String()
}

func digestKey(trunk *tollkeeper.Trunk) any {
	if trunk.Digest.User == "" {
		return nil
	}
	return strings.ToLower(trunk.Digest.User)
}
