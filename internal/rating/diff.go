package rating

import (
	"cmp"
	"time"

	"tollkeeper"
)

// MaxExamples is how many prefixes of each kind a Difference lists: enough to
// see what a file does, little enough to read.
const MaxExamples = 20

// Difference says what a new deck would change for calls at one time.
type Difference struct {
	New       Changes `json:"new"`       // prefixes that had no rate of their own
	Dearer    Changes `json:"dearer"`    // by price per minute or, where that is equal, by connect fee
	Cheaper   Changes `json:"cheaper"`   // likewise
	Changed   Changes `json:"changed"`   // the same price, but another minimum, increment or name
	Gone      Changes `json:"gone"`      // prefixes that have no rate of their own any more
	Unchanged int     `json:"unchanged"` // prefixes
}

// Changes counts prefixes of one kind and shows the first of them by prefix.
type Changes struct {
	Count    int      `json:"count"`
	Examples []Change `json:"examples"` // at most MaxExamples, never null
}

// Change is one prefix before and after.
type Change struct {
	Prefix      string `json:"prefix"`
	Destination string `json:"destination"`   // of the new deck, or of the old one where the prefix is gone
	Old         *Terms `json:"old,omitempty"` // absent: the prefix is new
	New         *Terms `json:"new,omitempty"` // absent: the prefix is gone
}

// Terms are what one deck says of a prefix.
type Terms struct {
	Destination          string            `json:"destination"`
	PricePerMinuteMicros tollkeeper.Micros `json:"pricePerMinuteMicros"`
	ConnectFeeMicros     tollkeeper.Micros `json:"connectFeeMicros"`
	MinimumSeconds       int32             `json:"minimumSeconds"`
	IncrementSeconds     int32             `json:"incrementSeconds"`
}

// Diff compares the rates in force at a time, prefix by prefix. A nil deck is
// empty: everything in the first deck of a carrier is new.
func Diff(old, new *Deck, at time.Time) Difference {
	before, after := cursor{deck: old, at: at}, cursor{deck: new, at: at}
	d := Difference{New: noChanges(), Dearer: noChanges(), Cheaper: noChanges(), Changed: noChanges(), Gone: noChanges()}
	before.step()
	after.step()
	for before.valid || after.valid {
		switch order := before.compare(&after); {
		case order < 0:
			d.Gone.add(before.key(), before.terms(), nil)
			before.step()
		case order > 0:
			d.New.add(after.key(), nil, after.terms())
			after.step()
		default:
			d.compare(before.key(), before.terms(), after.terms())
			before.step()
			after.step()
		}
	}
	return d
}

func (d *Difference) compare(key prefixKey, old, new *Terms) {
	dearer := cmp.Or(cmp.Compare(new.PricePerMinuteMicros, old.PricePerMinuteMicros),
		cmp.Compare(new.ConnectFeeMicros, old.ConnectFeeMicros))
	switch {
	case dearer > 0:
		d.Dearer.add(key, old, new)
	case dearer < 0:
		d.Cheaper.add(key, old, new)
	case *old != *new:
		d.Changed.add(key, old, new)
	default:
		d.Unchanged++
	}
}

func noChanges() Changes { return Changes{Examples: []Change{}} }

func (c *Changes) add(key prefixKey, old, new *Terms) {
	c.Count++
	if len(c.Examples) < MaxExamples {
		c.Examples = append(c.Examples, Change{key.String(), cmp.Or(new, old).Destination, old, new})
	}
}

// cursor walks the prefixes of a deck that have a rate in force.
type cursor struct {
	deck  *Deck
	at    time.Time
	next  int32 // first rate of the next prefix
	row   int32 // the rate in force
	valid bool  // whether there is one
}

func (c *cursor) step() {
	c.valid = false
	for c.deck != nil && !c.valid && int(c.next) < len(c.deck.keys) {
		last := c.next
		for int(last)+1 < len(c.deck.keys) && c.deck.keys[last+1] == c.deck.keys[last] {
			last++
		}
		c.next = last + 1
		c.row = c.deck.inForce(last, c.at)
		c.valid = c.row != none
	}
}

// compare orders two cursors by prefix; one at its end comes last.
func (c *cursor) compare(other *cursor) int {
	switch {
	case !other.valid:
		return -1
	case !c.valid:
		return 1
	}
	return cmp.Compare(c.key(), other.key())
}

func (c *cursor) key() prefixKey { return c.deck.keys[c.row] }

func (c *cursor) terms() *Terms {
	r := c.deck.rate(c.row, "")
	return &Terms{r.Destination, r.PricePerMinute, r.ConnectFee, r.MinimumSeconds, r.IncrementSeconds}
}
