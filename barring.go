package tollkeeper

import (
	"slices"
	"strings"
	"time"
)

// Barring is a row of the barring table: what it means for a call that a number has a
// prefix or lies in a region.
type Barring struct {
	ID        ID
	Customer  ID     // whose calls it is about; zero: everybody's
	Prefix    string // of E.164, with its plus sign; "" for a region
	Region    string // ISO 3166-1 alpha-2; "" for a prefix
	Effect    BarringEffect
	Note      string
	CreatedAt time.Time
	CreatedBy string // the actor
}

// MaxBarrings bounds the barring table, which every node keeps in memory.
const MaxBarrings = 100_000

// Subject is what a row is about: its prefix or its region.
func (b *Barring) Subject() string { return b.Prefix + b.Region }

// BarringEffect is what a row does to a call.
type BarringEffect string

// The effects.
const (
	BarringAllow         BarringEffect = "allow"         // as to a domestic number
	BarringInternational BarringEffect = "international" // as abroad: only with internationalCalling 1
	BarringPremium       BarringEffect = "premium"       // as premium rate: only with internationalCalling 1
	BarringDeny          BarringEffect = "deny"          // never
)

// BarringEffects lists every effect.
var BarringEffects = []BarringEffect{BarringAllow, BarringInternational, BarringPremium, BarringDeny}

// CustomerBarringEffects are those of rows about one customer: an allow list and a deny
// list.
var CustomerBarringEffects = []BarringEffect{BarringAllow, BarringDeny}

// PlanEffect is what the numbering plan says of a number that no row is about.
func (n *CalledNumber) PlanEffect() BarringEffect {
	switch {
	case !n.Domestic:
		return BarringInternational
	case n.Premium:
		return BarringPremium
	}
	return BarringAllow
}

// Barrings is the whole table, ready for use. It never changes.
type Barrings struct {
	of      map[ID]map[string]*Barring // by customer, zero for everybody, and subject
	lengths []int                      // of the prefixes, the longest first
}

// NewBarrings makes a table of its rows.
func NewBarrings(rows []Barring) *Barrings {
	table := &Barrings{of: map[ID]map[string]*Barring{}}
	for i := range rows {
		row := &rows[i]
		if table.of[row.Customer] == nil {
			table.of[row.Customer] = map[string]*Barring{}
		}
		table.of[row.Customer][row.Subject()] = row
		if row.Prefix != "" {
			table.lengths = append(table.lengths, len(row.Prefix))
		}
	}
	slices.Sort(table.lengths)
	table.lengths = slices.Compact(table.lengths)
	slices.Reverse(table.lengths)
	return table
}

// Same returns the row that another one takes the place of, or nil. Of a nil table there
// are no rows.
func (t *Barrings) Same(b *Barring) *Barring {
	if t == nil {
		return nil
	}
	return t.of[b.Customer][b.Subject()]
}

// Find returns the row that decides about a customer's call to a number, or nil. The
// customer's own rows come before everybody's, a longer prefix before a shorter one, and
// any prefix before the region. A row that allows a region does not allow its
// premium-rate numbers. Of a nil table there are no rows.
func (t *Barrings) Find(customer ID, n CalledNumber) *Barring {
	if t == nil {
		return nil
	}
	if row := t.find(t.of[customer], n); row != nil {
		return row
	}
	return t.find(t.of[ID{}], n)
}

func (t *Barrings) find(rows map[string]*Barring, n CalledNumber) *Barring {
	if len(rows) == 0 {
		return nil
	}
	for _, length := range t.lengths {
		if length <= len(n.E164) && strings.HasPrefix(n.E164, "+") {
			if row := rows[n.E164[:length]]; row != nil {
				return row
			}
		}
	}
	row := rows[n.Region]
	if n.Region == "" || row == nil || n.Premium && row.Effect != BarringDeny {
		return nil
	}
	return row
}

// Changed is the event of a row that was written; with effect "" it was deleted.
func (b *Barring) Changed(effect BarringEffect, at time.Time) Event {
	key := "prefix"
	if b.Region != "" {
		key = "region"
	}
	return NewEvent(EventBarringChanged, b.Customer, at, key, b.Subject(), "effect", string(effect))
}

// Changes lists the fields in which a row differs from an older state.
func (b Barring) Changes(older Barring) []Change {
	var c changes
	c.id("customer", older.Customer, b.Customer)
	c.text("prefix", older.Prefix, b.Prefix)
	c.text("region", older.Region, b.Region)
	c.text("effect", string(older.Effect), string(b.Effect))
	c.text("note", older.Note, b.Note)
	return c
}
