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
// stands still or steps back only moves the counter on.
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
func (g *Generator) New() ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if seconds := uint32(g.now().Unix()); seconds > g.seconds {
		g.seconds, g.counter = seconds, 0
	} else if g.counter++; g.counter == 1<<24 {
		g.seconds, g.counter = g.seconds+1, 0
	}
	var id ID
	binary.BigEndian.PutUint32(id[:4], g.seconds)
	copy(id[4:9], g.node[:])
	id[9], id[10], id[11] = byte(g.counter>>16), byte(g.counter>>8), byte(g.counter)
	return id
}

// IDAt returns the lowest id of a time, to find what is older or younger.
func IDAt(t time.Time) ID {
	var id ID
	binary.BigEndian.PutUint32(id[:4], uint32(t.Unix()))
	return id
}
