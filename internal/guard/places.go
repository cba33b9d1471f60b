package guard

import (
	"net/netip"
	"sync"
)

// Places bounds how many connections there are at once: of all, and of one address, so
// that whoever opens many keeps nobody else out.
type Places struct {
	all, ofAddress int

	mu     sync.Mutex // guards all below
	taken  int
	byAddr map[netip.Addr]int
}

// NewPlaces makes so many places in all, of which one address gets some at most.
func NewPlaces(all, ofAddress int) *Places {
	return &Places{all: all, ofAddress: ofAddress, byAddr: map[netip.Addr]int{}}
}

// Take takes a place for an address; false when there is none.
func (p *Places) Take(address netip.Addr) bool {
	address = address.Unmap()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= p.all || p.byAddr[address] >= p.ofAddress {
		return false
	}
	p.taken++
	p.byAddr[address]++
	return true
}

// Leave gives a place back that was taken.
func (p *Places) Leave(address netip.Addr) {
	address = address.Unmap()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.byAddr[address]--; p.byAddr[address] == 0 {
		delete(p.byAddr, address)
	}
}
