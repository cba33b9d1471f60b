package tollkeeper

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"sync"
	"time"
)

// ID is a MongoDB ObjectId: 12 bytes, written as 24 lower-case hex digits. The
// first four bytes are the time of its making in seconds, so ids sort by age.
type ID [12]byte

var errID = errors.New("must be an ObjectId of 24 hex digits")

// ParseID reads 24 hex digits in either case.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 24 {
		return ID{}, errID
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, errID
	}
	return id, nil
}

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the id is absent.
func (id ID) IsZero() bool { return id == ID{} }

// Time returns when the id was made, to the second.
func (id ID) Time() time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(id[:4])), 0).UTC()
}

// Generator makes ids that strictly rise, whatever the clock does: a clock that
// stands still or steps back only moves the counter on. The counter stands before
// the part that tells nodes apart, so that After can pass another node's id within
// the same second.
type Generator struct {
	now func() time.Time

	mu      sync.Mutex // guards all below
	seconds uint32
	counter uint32 // 24 bits
	node    [5]byte
}

// NewGenerator makes a generator with a random node part. No id it makes is
// older than the second after floor, so that ids keep rising over restarts;
// the zero ID sets no floor.
func NewGenerator(now func() time.Time, floor ID) *Generator {
	g := &Generator{now: now}
	rand.Read(g.node[:]) // never fails, by its documentation
	if !floor.IsZero() {
		g.seconds = binary.BigEndian.Uint32(floor[:4]) + 1
	}
	return g
}

// New makes the next id.
func (g *Generator) New() ID { return g.After(ID{}) }

// After makes the next id, and sees to it that it is higher than another, which
// may be of a node whose clock is ahead.
func (g *Generator) After(other ID) ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if seconds := uint32(g.now().Unix()); seconds > g.seconds {
		g.seconds, g.counter = seconds, 0
	} else {
		g.count(g.counter)
	}
	seconds, counter := binary.BigEndian.Uint32(other[:4]), binary.BigEndian.Uint32(other[3:7])&0xFFFFFF
	if seconds > g.seconds || seconds == g.seconds && counter >= g.counter {
		g.seconds = seconds
		g.count(counter)
	}
	var id ID
	binary.BigEndian.PutUint32(id[3:7], g.counter)
	binary.BigEndian.PutUint32(id[:4], g.seconds)
	copy(id[7:], g.node[:])
	return id
}

// count moves the counter to the number after n. Called with the lock held.
func (g *Generator) count(n uint32) {
	if g.counter = n + 1; g.counter == 1<<24 {
		g.seconds, g.counter = g.seconds+1, 0
	}
}

// IDAt returns the lowest id of a time, to find what is older or younger.
func IDAt(t time.Time) ID {
	var id ID
	binary.BigEndian.PutUint32(id[:4], uint32(t.Unix()))
	return id
}
