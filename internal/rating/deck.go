package rating

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"tollkeeper"
)

// Deck is a set of rates compiled for lookups. It never changes, so any number
// of goroutines may use it. The zero Deck is empty.
//
// The rates are sorted by prefix and begin. Names, terms and periods, which
// repeat over many prefixes, are kept once.
type Deck struct {
	keys  []prefixKey
	rows  []row
	index prefixIndex

	destinations []string
	terms        []terms
	periods      []period
}

// none is the position of a rate that is not there.
const none = -1

// row refers to the tables of a deck.
type row struct{ destination, terms, period uint32 }

// terms are all that decides a charge.
type terms struct {
	pricePerMinute, connectFee       tollkeeper.Micros
	minimumSeconds, incrementSeconds int32
}

// Compile makes a deck of rates in any order. Where two rates of one prefix are
// in force at once, which ParseCSV refuses, the one that began later applies,
// then the later in the slice. Compile panics on a prefix that Rate.Validate
// refuses: rates are checked where they enter the program.
func Compile(rates []Rate) *Deck {
	for i := range rates {
		if err := checkPrefix(rates[i].Prefix); err != nil {
			panic(fmt.Sprintf("rating: compile prefix %q: %v", rates[i].Prefix, err))
		}
	}
	rows, destinations, terms, periods := tabulate(rates)
	d := &Deck{keys: make([]prefixKey, len(rates)), rows: make([]row, len(rates))}
	var inDestinations, inTerms, inPeriods renumbering
	for i, o := range prefixOrder(rates) {
		row := rows[o.index]
		d.keys[i] = o.key
		d.rows[i].destination = inDestinations.id(row.destination, len(destinations))
		d.rows[i].terms = inTerms.id(row.terms, len(terms))
		d.rows[i].period = inPeriods.id(row.period, len(periods))
	}
	d.destinations = permute(destinations, inDestinations)
	d.terms = permute(terms, inTerms)
	d.periods = permute(periods, inPeriods)
	d.index = indexKeys(d.keys)
	return d
}

// Lookup returns the rate of the longest prefix that a number begins with and
// that has a rate in force at a time. The number is E.164, with or without "+";
// what is not (other characters, more than 15 digits) has no rate. It allocates
// nothing: Prefix of the rate is a part of number.
func (d *Deck) Lookup(number string, at time.Time) (Rate, bool) {
	digits := strings.TrimPrefix(number, "+")
	key, ok := packNumber(digits)
	if !ok {
		return Rate{}, false
	}
	for n := d.index.longest(len(digits)); n > 0; n = d.index.longest(n - 1) {
		last := d.index.last(d.keys, key.first(n))
		if last == none {
			continue
		}
		if i := d.inForce(last, at); i != none {
			return d.rate(i, digits[:n]), true
		}
	}
	return Rate{}, false
}

// inForce finds the rate in force among those of one prefix, given its last one,
// or none.
func (d *Deck) inForce(last int32, at time.Time) int32 {
	for i := last; i >= 0 && d.keys[i] == d.keys[last]; i-- {
		if d.periods[d.rows[i].period].covers(at) {
			return i
		}
	}
	return none
}

func (d *Deck) rate(i int32, prefix string) Rate {
	row := d.rows[i]
	terms, period := &d.terms[row.terms], &d.periods[row.period]
	return Rate{
		Prefix:           prefix,
		Destination:      d.destinations[row.destination],
		PricePerMinute:   terms.pricePerMinute,
		ConnectFee:       terms.connectFee,
		MinimumSeconds:   terms.minimumSeconds,
		IncrementSeconds: terms.incrementSeconds,
		EffectiveFrom:    period.from,
		EffectiveTo:      period.to,
	}
}

// Len counts the rates; a prefix with rates of several periods counts as often.
func (d *Deck) Len() int { return len(d.keys) }

// All yields the rates by prefix ("1", "12", "2") and begin, times in UTC.
func (d *Deck) All() iter.Seq[Rate] {
	return func(yield func(Rate) bool) {
		for i, key := range d.keys {
			if !yield(d.rate(int32(i), key.String())) {
				return
			}
		}
	}
}
