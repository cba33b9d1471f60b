package guard

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Logins slows down those who guess passwords. What it counts belongs to where
// the guesses come from: those of one address for one account, and all of one
// address. An account as such is never closed, so that nobody can lock another
// out; its owner, who comes from elsewhere, notices nothing.
type Logins struct {
	mu     sync.Mutex // guards misses
	misses map[loginKey]*miss
}

type loginKey struct {
	from    netip.Addr
	account string // "" for all accounts together
}

type miss struct {
	count int
	until time.Time // no attempt is looked at before
	last  time.Time
}

// After so many free guesses each further one must wait twice as long as the one
// before.
const (
	freeGuesses        = 5
	freeGuessesOverall = 20 // an office behind one address has several forgetful people
	firstWait          = time.Second
	longestWait        = 15 * time.Minute
	forgetAfter        = time.Hour
	maxMisses          = 100_000 // beyond it those that make nobody wait are forgotten
)

// NewLogins makes an empty memory.
func NewLogins() *Logins { return &Logins{misses: map[loginKey]*miss{}} }

func keysOf(from netip.Addr, account string) [2]loginKey {
	from = Neighbourhood(from)
	return [2]loginKey{{from, strings.ToLower(account)}, {from, ""}}
}

// Wait is how long an attempt must wait; 0 when it may be made. Whether there is
// such an account plays no part.
func (l *Logins) Wait(from netip.Addr, account string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keysOf(from, account) {
		if m := l.misses[key]; m != nil {
			wait = max(wait, m.until.Sub(now))
		}
	}
	return wait
}

// Failed counts a wrong password.
func (l *Logins) Failed(from netip.Addr, account string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, key := range keysOf(from, account) {
		m := l.misses[key]
		if m == nil || now.Sub(m.last) > forgetAfter {
			l.makeRoom(now)
			m = &miss{}
			l.misses[key] = m
		}
		m.count++
		m.last = now
		free := freeGuesses
		if i == 1 {
			free = freeGuessesOverall
		}
		if over := m.count - free; over >= 0 {
			m.until = now.Add(min(longestWait, firstWait<<min(over, 20)))
		}
	}
}

// Succeeded forgets the wrong passwords of an address for an account. Those for
// other accounts still count: an attacker has an account too.
func (l *Logins) Succeeded(from netip.Addr, account string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.misses, keysOf(from, account)[0])
}

// makeRoom forgets what no longer counts when the memory is full, and if nothing
// is, everything that makes nobody wait.
func (l *Logins) makeRoom(now time.Time) {
	if len(l.misses) < maxMisses {
		return
	}
	for key, m := range l.misses {
		if now.After(m.until) {
			delete(l.misses, key)
		}
	}
	if len(l.misses) >= maxMisses {
		clear(l.misses)
	}
}
