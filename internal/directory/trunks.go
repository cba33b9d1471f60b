package directory

import (
	"net/netip"
	"strings"

	"tollkeeper"
)

// trunks are the active trunks, to be found by all that a switch may know of them.
type trunks struct {
	all      map[tollkeeper.ID]tollkeeper.Trunk
	byName   map[string]tollkeeper.ID
	byUser   map[string]tollkeeper.ID
	bySource map[source]tollkeeper.ID
	lengths  [2][129]int // how many networks of IPv4 and IPv6 have each length
}

// source is where a trunk's calls come from; port 0 is any.
type source struct {
	network netip.Prefix
	port    uint16
}

func newTrunks() trunks {
	return trunks{all: map[tollkeeper.ID]tollkeeper.Trunk{}, byName: map[string]tollkeeper.ID{}, byUser: map[string]tollkeeper.ID{},
		bySource: map[source]tollkeeper.ID{}}
}

// set puts a trunk in the place of what was known of it. One that is not active is
// only forgotten. What another trunk has taken over meanwhile stays with that one.
func (ts *trunks) set(t *tollkeeper.Trunk) {
	if old, known := ts.all[t.ID]; known {
		ts.forget(&old)
	}
	if !t.Active {
		return
	}
	ts.all[t.ID] = *t
	ts.byName[strings.ToLower(t.Name)] = t.ID
	if t.Digest.User != "" {
		ts.byUser[strings.ToLower(t.Digest.User)] = t.ID
	}
	if t.Network.IsValid() {
		ts.bySource[source{t.Network, t.Port}] = t.ID
		ts.lengths[family(t.Network.Addr())][t.Network.Bits()]++
	}
}

func (ts *trunks) forget(t *tollkeeper.Trunk) {
	delete(ts.all, t.ID)
	if name := strings.ToLower(t.Name); ts.byName[name] == t.ID {
		delete(ts.byName, name)
	}
	if user := strings.ToLower(t.Digest.User); ts.byUser[user] == t.ID {
		delete(ts.byUser, user)
	}
	if t.Network.IsValid() {
		if at := (source{t.Network, t.Port}); ts.bySource[at] == t.ID {
			delete(ts.bySource, at)
		}
		ts.lengths[family(t.Network.Addr())][t.Network.Bits()]--
	}
}

func (ts *trunks) find(key tollkeeper.TrunkKey) (t tollkeeper.Trunk, found bool) {
	id, found := ts.byName[strings.ToLower(key.Name)]
	if !found && key.User != "" {
		id, found = ts.byUser[strings.ToLower(key.User)]
	}
	if !found && key.Source.Addr().IsValid() {
		id, found = ts.findSource(key.Source.Addr().Unmap().WithZone(""), key.Source.Port())
	}
	return ts.all[id], found
}

// findSource tries the lengths that occur, the longest first.
func (ts *trunks) findSource(address netip.Addr, port uint16) (id tollkeeper.ID, found bool) {
	lengths := &ts.lengths[family(address)]
	for bits := address.BitLen(); bits >= 0; bits-- {
		if lengths[bits] == 0 {
			continue
		}
		network, _ := address.Prefix(bits) // its only error is about the number of bits
		if id, found = ts.bySource[source{network, port}]; found {
			return id, true
		}
		if id, found = ts.bySource[source{network, 0}]; found {
			return id, true
		}
	}
	return id, false
}

func family(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}
