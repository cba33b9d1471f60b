package directory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/directory"
)

// changing is a store whose trunks and numbers change, and which tells of it. Each change
// is a generation.
type changing struct {
	trunks  map[tollkeeper.ID]tollkeeper.Trunk
	numbers map[string]tollkeeper.Number
	changes []tollkeeper.DirectoryChanges // one of each generation
	kept    int                           // how many of them are still known
	asked   int                           // how often a number was looked up
}

func (s *changing) DirectoryChanges(_ context.Context, after int64) (c tollkeeper.DirectoryChanges, err error) {
	c.Generation = int64(len(s.changes))
	forgotten := max(0, c.Generation-int64(s.kept))
	c.All = after < forgotten
	for _, one := range s.changes[max(after, forgotten):] {
		c.Trunks, c.Numbers, c.AllNumbers = append(c.Trunks, one.Trunks...), append(c.Numbers, one.Numbers...), c.AllNumbers || one.AllNumbers
	}
	return c, nil
}

func (s *changing) Trunks(context.Context) (list []tollkeeper.Trunk, err error) {
	for _, t := range s.trunks {
		list = append(list, t)
	}
	return list, nil
}

func (s *changing) Trunk(_ context.Context, id tollkeeper.ID) (tollkeeper.Trunk, error) {
	t, found := s.trunks[id]
	if !found {
		return t, tollkeeper.Errorf(tollkeeper.CodeNotFound, "no such trunk")
	}
	return t, nil
}

func (s *changing) NumberByE164(_ context.Context, e164 string) (tollkeeper.Number, error) {
	s.asked++
	return s.numbers[e164], nil
}

// find is what the directory is to find, the slow way.
func (s *changing) find(key tollkeeper.TrunkKey) (best tollkeeper.Trunk) {
	for _, by := range []func(t *tollkeeper.Trunk) bool{
		func(t *tollkeeper.Trunk) bool { return key.Name != "" && strings.EqualFold(t.Name, key.Name) },
		func(t *tollkeeper.Trunk) bool { return key.User != "" && strings.EqualFold(t.Digest.User, key.User) },
		func(t *tollkeeper.Trunk) bool {
			return t.Network.IsValid() && t.Network.Contains(key.Source.Addr().Unmap()) && (t.Port == 0 || t.Port == key.Source.Port()) &&
				(best.ID.IsZero() || t.Network.Bits() > best.Network.Bits() || t.Network.Bits() == best.Network.Bits() && t.Port > 0)
		},
	} {
		for _, t := range s.trunks {
			if t.Active && by(&t) {
				best = t
			}
		}
		if !best.ID.IsZero() {
			return best
		}
	}
	return best
}

// TestTrunksAreFound lets trunks come, change and go, and compares what is found with what
// looking at all of them finds.
func TestTrunksAreFound(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	s := &changing{trunks: map[tollkeeper.ID]tollkeeper.Trunk{}, kept: 3}
	now := time.Now()
	d := directory.New(s, func() time.Time { return now })
	address := func() netip.Addr {
		if r.IntN(3) == 0 {
			return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(r.IntN(2)), 15: byte(r.IntN(4))})
		}
		return netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(8))})
	}
	found := 0
	for step := range 3000 {
		for range r.IntN(5) { // changes, more than the store remembers now and then
			id := tollkeeper.ID{byte(1 + r.IntN(12))}
			trunk := tollkeeper.Trunk{ID: id, Customer: tollkeeper.ID{99, id[0]}, Active: r.IntN(8) > 0, Name: fmt.Sprint("Trunk ", r.IntN(20))}
			if r.IntN(3) == 0 {
				trunk.Digest.User = fmt.Sprint("user", r.IntN(20))
			}
			if from := address(); r.IntN(3) > 0 {
				trunk.Network, _ = from.Prefix(from.BitLen() - []int{0, 1, 3, 16}[r.IntN(4)])
				trunk.Port = []uint16{0, 0, 5060, 5061}[r.IntN(4)]
			}
			delete(s.trunks, id)
			if r.IntN(5) > 0 && s.unique(&trunk) {
				s.trunks[id] = trunk
			}
			s.changes = append(s.changes, tollkeeper.DirectoryChanges{Trunks: []tollkeeper.ID{id}})
		}
		now = now.Add(time.Second)
		for range 10 {
			key := tollkeeper.TrunkKey{Source: netip.AddrPortFrom(address(), []uint16{0, 5060, 5061, 9}[r.IntN(4)])}
			if r.IntN(3) == 0 {
				key.Name = fmt.Sprint("TRUNK ", r.IntN(20))
			}
			if r.IntN(3) == 0 {
				key.User = fmt.Sprint("User", r.IntN(20))
			}
			if r.IntN(4) == 0 && key.Source.Addr().Is4() {
				key.Source = netip.AddrPortFrom(netip.AddrFrom16(key.Source.Addr().As16()), key.Source.Port())
			}
			want := s.find(key)
			got, known, err := d.Trunk(t.Context(), key)
			if err != nil || known == want.ID.IsZero() || got != want {
				t.Fatalf("seed %d, step %d: by %+v the directory finds %+v (%v, %v), not %+v", seed, step, key, got, known, err, want)
			}
			if known {
				found++
			}
		}
	}
	if found < 3000 {
		t.Errorf("seed %d: only %d keys belonged to a trunk", seed, found)
	}
}

// unique reports whether no other trunk can be taken for one.
func (s *changing) unique(t *tollkeeper.Trunk) bool {
	for _, other := range s.trunks {
		if strings.EqualFold(other.Name, t.Name) || t.Digest.User != "" && strings.EqualFold(other.Digest.User, t.Digest.User) ||
			t.Network.IsValid() && other.Network == t.Network && other.Port == t.Port {
			return false
		}
	}
	return true
}

// TestNumbersAreRemembered asks the store for a number once, until it changes.
func TestNumbersAreRemembered(t *testing.T) {
	t.Parallel()
	const e164 = "+12125550101"
	owned := func(by byte, status tollkeeper.NumberStatus) tollkeeper.Number {
		return tollkeeper.Number{ID: tollkeeper.ID{1}, E164: e164, Customer: tollkeeper.ID{by}, Status: status, Inbound: tollkeeper.InboundPrice{PricePerMinute: tollkeeper.Micros(by)}}
	}
	s := &changing{numbers: map[string]tollkeeper.Number{}, kept: 2}
	now := time.Now()
	d := directory.New(s, func() time.Time { return now })
	for i, step := range []struct {
		number tollkeeper.Number
		change tollkeeper.DirectoryChanges
		later  time.Duration
		owner  byte
		asked  int
	}{
		{later: time.Second, owner: 0, asked: 1}, // nobody's is remembered too
		{later: time.Second, owner: 0, asked: 1},
		{owned(1, tollkeeper.NumberActive), tollkeeper.DirectoryChanges{Numbers: []string{e164}}, time.Second, 1, 2},
		{owned(2, tollkeeper.NumberActive), tollkeeper.DirectoryChanges{Numbers: []string{e164}}, 100 * time.Millisecond, 1, 2}, // it counts within a second
		{owned(2, tollkeeper.NumberActive), tollkeeper.DirectoryChanges{Numbers: []string{"+12125550199"}}, time.Second, 2, 3},
		{owned(2, tollkeeper.NumberActive), tollkeeper.DirectoryChanges{Numbers: []string{"+12125550199"}}, time.Second, 2, 3},
		{owned(2, tollkeeper.NumberInactive), tollkeeper.DirectoryChanges{AllNumbers: true}, time.Second, 0, 4},
		{owned(2, tollkeeper.NumberPorted), tollkeeper.DirectoryChanges{Numbers: []string{e164}}, time.Second, 0, 5},
	} {
		s.numbers[e164] = step.number
		if step.change.Numbers != nil || step.change.AllNumbers {
			s.changes = append(s.changes, step.change)
		}
		now = now.Add(step.later)
		owner, price, err := d.Number(t.Context(), e164)
		want := tollkeeper.ID{step.owner}
		if step.owner == 0 {
			want = tollkeeper.ID{}
		}
		if err != nil || owner != want || price.PricePerMinute != tollkeeper.Micros(step.owner) || s.asked != step.asked {
			t.Errorf("step %d: it is %v's at %v (%v), after %d look-ups; want %d, %d", i, owner, price, err, s.asked, step.owner, step.asked)
		}
	}
}
