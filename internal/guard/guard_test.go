package guard_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"tollkeeper/internal/guard"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := guard.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, row := range []struct {
		name, remote, header, value, want string
		proxies                           guard.Proxies
	}{
		{"direct", "192.0.2.1:5060", "", "", "192.0.2.1", proxies},
		{"no proxies", "10.1.1.1:5060", "X-Forwarded-For", "192.0.2.9", "10.1.1.1", nil},
		{"a stranger's word", "192.0.2.1:5060", "X-Forwarded-For", "198.51.100.1", "192.0.2.1", proxies},
		{"one proxy", "10.1.1.1:5060", "X-Forwarded-For", "192.0.2.9", "192.0.2.9", proxies},
		{"what the client made up", "10.1.1.1:5060", "X-Forwarded-For", "127.0.0.1, 192.0.2.9", "192.0.2.9", proxies},
		{"two proxies", "10.1.1.1:5060", "X-Forwarded-For", "127.0.0.1, 192.0.2.9, 10.2.2.2", "192.0.2.9", proxies},
		{"only proxies", "10.1.1.1:5060", "X-Forwarded-For", "10.3.3.3, 10.2.2.2", "10.3.3.3", proxies},
		{"with a port", "10.1.1.1:5060", "X-Forwarded-For", "192.0.2.9:1234", "192.0.2.9", proxies},
		{"nonsense", "10.1.1.1:5060", "X-Forwarded-For", "unknown", "10.1.1.1", proxies},
		{"nonsense behind a proxy", "10.1.1.1:5060", "X-Forwarded-For", "x, 10.2.2.2", "10.2.2.2", proxies},
		{"forwarded", "10.1.1.1:5060", "Forwarded", `for=1.2.3.4;proto=http, For="[2a00::1]:4711";by=10.1.1.1`, "2a00::1", proxies},
		{"forwarded without for", "10.1.1.1:5060", "Forwarded", "proto=https", "10.1.1.1", proxies},
		{"IPv6", "[2001:db8::1]:5060", "X-Forwarded-For", "2a00::7", "2a00::7", proxies},
		{"IPv4 in IPv6", "[::ffff:10.1.1.1]:5060", "X-Forwarded-For", "::ffff:192.0.2.9", "192.0.2.9", proxies},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: row.remote, Header: http.Header{}}
			if row.header != "" {
				r.Header.Set(row.header, row.value)
			}
			if got := row.proxies.ClientAddress(r); got.String() != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

// TestForwardedByAClient takes the word of a proxy that writes X-Forwarded-For, and passes on
// what its client wrote into the other header.
func TestForwardedByAClient(t *testing.T) {
	t.Parallel()
	proxies := guard.Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	r := &http.Request{RemoteAddr: "10.1.1.1:5060", Header: http.Header{"Forwarded": {"for=198.51.100.1"}, "X-Forwarded-For": {"192.0.2.9"}}}
	if got := proxies.ClientAddress(r); got.String() != "192.0.2.9" {
		t.Errorf("the client is %s", got)
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	l := guard.NewLimiter("user", 10)
	for i := range 20 {
		if v := l.Allow("a", now); !v.Allowed || !v.Limited {
			t.Fatalf("request %d of a burst of 20: %+v", i, v)
		}
	}
	v := l.Allow("a", now)
	if rateLimit, retry := v.Headers(); v.Allowed || rateLimit != `"user";r=0;t=1` || retry != "1" || v.Wait != 100*time.Millisecond {
		t.Errorf("the 21st: %+v %s %s", v, rateLimit, retry)
	}
	if !l.Allow("b", now).Allowed {
		t.Error("another caller waits too")
	}
	allowed := 0
	for ms := range 2000 {
		if l.Allow("a", now.Add(time.Duration(ms)*time.Millisecond)).Allowed {
			allowed++
		}
	}
	if allowed != 19 {
		t.Errorf("%d in two seconds, want 19", allowed)
	}
	for _, none := range []*guard.Limiter{nil, guard.NewLimiter("token", 0)} {
		if v := none.Allow("a", now); !v.Allowed || v.Limited {
			t.Errorf("no limit: %+v", v)
		}
	}
}

func TestManyCallersNeedNoMoreMemory(t *testing.T) {
	t.Parallel()
	l, now := guard.NewLimiter("anonymous", 1), time.Unix(1_800_000_000, 0)
	for i := range 250_000 {
		l.Allow(fmt.Sprint(i), now)
	}
	if n := l.Callers(); n > 100_000 {
		t.Errorf("%d callers are remembered", n)
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	attacker, owner := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1")
	now := time.Unix(1_800_000_000, 0)
	l := guard.NewLogins()
	for range 4 {
		l.Failed(attacker, "ann@example.com", now)
	}
	if wait := l.Wait(attacker, "ann@example.com", now); wait != 0 {
		t.Fatalf("after four: %v", wait)
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16} {
		l.Failed(attacker, "Ann@Example.com", now)
		if wait := l.Wait(attacker, "ann@example.com", now); wait != want*time.Second {
			t.Errorf("wait %d: %v", i, wait)
		}
		now = now.Add(want * time.Second)
		if wait := l.Wait(attacker, "ann@example.com", now); wait != 0 {
			t.Errorf("after wait %d: %v", i, wait)
		}
	}
	for range 10 {
		l.Failed(attacker, "ann@example.com", now)
	}
	if wait := l.Wait(attacker, "ann@example.com", now); wait != 15*time.Minute {
		t.Errorf("the longest: %v", wait)
	}
	if wait := l.Wait(owner, "ann@example.com", now); wait != 0 {
		t.Errorf("the owner waits %v", wait)
	}
	// Right passwords of the attacker's own do not help against all of an address.
	for i := range 30 {
		l.Failed(attacker, fmt.Sprintf("user%d@example.com", i), now)
		l.Succeeded(attacker, "attacker@example.com")
	}
	if wait := l.Wait(attacker, "new@example.com", now); wait < time.Minute {
		t.Errorf("guessing at many accounts: %v", wait)
	}
	if wait := l.Wait(attacker, "new@example.com", now.Add(16*time.Minute)); wait != 0 {
		t.Errorf("much later: %v", wait)
	}
	// One client has 64 bits of IPv6 addresses to guess from.
	for i := range 10 {
		l.Failed(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1)), "bob@example.com", now)
	}
	if wait := l.Wait(netip.MustParseAddr("2001:db8::ffff"), "bob@example.com", now); wait == 0 {
		t.Error("another address of the same network is free")
	}
	l.Succeeded(netip.MustParseAddr("2001:db8::1"), "bob@example.com")
	if wait := l.Wait(netip.MustParseAddr("2001:db8::1"), "bob@example.com", now); wait != 0 {
		t.Errorf("after the right password: %v", wait)
	}
}

func BenchmarkAllow(b *testing.B) {
	l, now := guard.NewLimiter("user", 1000), time.Now()
	for b.Loop() {
		l.Allow("0123456789ab", now)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	places := guard.NewPlaces(3, 2)
	one, two, three := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	for i, row := range []struct {
		address netip.Addr
		want    bool
	}{{one, true}, {netip.MustParseAddr("::ffff:192.0.2.1"), true}, {one, false}, {two, true}, {two, false}, {three, false}} {
		if got := places.Take(row.address); got != row.want {
			t.Errorf("place %d for %s: %v", i, row.address, got)
		}
	}
	places.Leave(one)
	if !places.Take(three) || places.Take(one) {
		t.Error("a place that was given back is not there for another, or is there twice")
	}
}
