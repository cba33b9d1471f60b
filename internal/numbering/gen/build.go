package main

import (
	"slices"

	"github.com/nyaruka/phonenumbers"
)

// mostDigits is the length of the longest number, ITU-T E.164 section 6.
const mostDigits = 15

// denseChildren is how many digits must lead on from a place in the plan before
// a number that leaves the plan there is taken to be of the kind found there. A
// new range in a thinly filled place may be of any kind.
const denseChildren = 5

// result is what the plan says of a number: names of the numbering package's
// constants for the class.
type result struct{ region, class string }

// results numbers the distinct results from 1.
type results struct{ list []result }

func (rs *results) id(r result) uint16 {
	if i := slices.Index(rs.list, r); i >= 0 {
		return uint16(i + 1)
	}
	rs.list = append(rs.list, r)
	return uint16(len(rs.list))
}

// kind is one kind of number of a region, in the order in which the library
// tries them.
type kind struct {
	class    string
	lengths  []int32
	national *pattern
}

// region is the numbering plan of one region within its calling code.
type region struct {
	name    string
	leading *pattern // nil: the region is found by a full match
	general *kind
	kinds   []kind
}

// callingCode is everything one country calling code needs at run time.
type callingCode struct {
	code              string
	root              uint16
	shortest, longest int // national digits
	trunk             string
	common            uint16 // what all its numbers share
}

// builder makes the rows of one calling code.
type builder struct {
	*automaton
	matcher matcher
	regions []region
	lengths []int32 // possible lengths of national numbers
	memo    map[string]node
}

// node is a state of the automaton with what all numbers through it share.
type node struct {
	id     uint16
	common result
}

// build makes the automaton's part for one calling code from the metadata of
// its regions, the main one first.
func build(a *automaton, code string, territories []*phonenumbers.PhoneMetadata) callingCode {
	b := &builder{automaton: a, memo: map[string]node{}}
	for _, t := range territories {
		b.addRegion(t)
		b.lengths = append(b.lengths, possibleLengths(code, t)...)
	}
	root := b.node(b.matcher.start(), 0)
	return callingCode{
		code: code, root: root.id, common: a.results.id(root.common),
		shortest: int(slices.Min(b.lengths)), longest: int(slices.Max(b.lengths)),
		trunk: territories[0].GetNationalPrefix(),
	}
}

// possibleLengths leaves out what is longer than E.164 allows, and of the North
// American plan the seven digits of Canada's 310 numbers, which can only be
// dialled within an area.
func possibleLengths(code string, t *phonenumbers.PhoneMetadata) []int32 {
	if code == "1" {
		return []int32{10}
	}
	return slices.DeleteFunc(slices.Clone(t.GetGeneralDesc().GetPossibleLength()), func(n int32) bool {
		return int(n)+len(code) > mostDigits
	})
}

func (b *builder) addRegion(t *phonenumbers.PhoneMetadata) {
	r := region{name: t.GetId()}
	if leading := t.GetLeadingDigits(); leading != "" {
		r.leading = b.matcher.add(leading, true)
	}
	r.general = b.kind("Ordinary", t.GetGeneralDesc())
	for _, k := range []struct {
		class string
		desc  *phonenumbers.PhoneNumberDesc
	}{
		{"Premium", t.GetPremiumRate()}, {"TollFree", t.GetTollFree()}, {"SharedCost", t.GetSharedCost()},
		{"Ordinary", t.GetVoip()}, {"Personal", t.GetPersonalNumber()}, {"Ordinary", t.GetPager()},
		{"Ordinary", t.GetUan()}, {"Ordinary", t.GetVoicemail()},
		{"Ordinary", t.GetFixedLine()}, {"Ordinary", t.GetMobile()},
	} {
		if kind := b.kind(k.class, k.desc); kind != nil {
			r.kinds = append(r.kinds, *kind)
		}
	}
	b.regions = append(b.regions, r)
}

// kind returns nil for a kind the region has no numbers of.
func (b *builder) kind(class string, desc *phonenumbers.PhoneNumberDesc) *kind {
	national := desc.GetNationalNumberPattern()
	if national == "" || national == "NA" {
		return nil
	}
	return &kind{class: class, lengths: desc.GetPossibleLength(), national: b.matcher.add(national, false)}
}

// node makes the row for the matcher's state after depth digits, and all rows
// below it.
func (b *builder) node(state []uint16, depth int) node {
	if len(state) == 0 || depth > int(slices.Max(b.lengths)) {
		return node{}
	}
	key := stateKey(state, depth)
	if n, ok := b.memo[key]; ok {
		return n
	}
	var r row
	valid, ok := b.verdict(state, depth)
	var shared []result
	if ok {
		r.valid = b.results.id(valid)
		shared = append(shared, valid)
	}
	for digit := range r.next {
		if child := b.node(b.matcher.step(state, rune('0'+digit)), depth+1); child.id != 0 {
			r.next[digit] = child.id
			shared = append(shared, child.common)
		}
	}
	n := node{}
	if len(shared) > 0 {
		n.common = common(shared)
		r.unfinished = b.results.id(n.common)
		r.strays = b.strays(state, r, n.common)
		n.id = b.intern(r)
	}
	b.memo[key] = n
	return n
}

// strays is the result of a number that leaves the plan in the state. Leading
// digits that are a region's own settle the region.
func (b *builder) strays(state []uint16, r row, shared result) uint16 {
	children := r.children()
	dense := children == 0 || children >= denseChildren
	for _, region := range b.regions {
		if region.leading == nil || !b.matcher.matched(state, region.leading) {
			continue
		}
		stray := result{region.name, "Ordinary"}
		if dense {
			stray.class = shared.class
		}
		return b.results.id(stray)
	}
	if dense {
		return r.unfinished
	}
	return 0
}

// verdict says what a number that ends in the state is, if it is valid: the
// first region that claims it, and the first kind there that matches.
func (b *builder) verdict(state []uint16, length int) (result, bool) {
	if !slices.Contains(b.lengths, int32(length)) {
		return result{}, false
	}
	for _, r := range b.regions {
		if r.leading != nil && !b.matcher.matched(state, r.leading) {
			continue
		}
		class, ok := b.class(state, length, r)
		if ok || r.leading != nil {
			return result{r.name, class}, ok
		}
	}
	return result{}, false
}

func (b *builder) class(state []uint16, length int, r region) (string, bool) {
	if r.general == nil || !b.is(state, length, *r.general) {
		return "", false
	}
	for _, k := range r.kinds {
		if b.is(state, length, k) {
			return k.class, true
		}
	}
	return "", false
}

func (b *builder) is(state []uint16, length int, k kind) bool {
	return (len(k.lengths) == 0 || slices.Contains(k.lengths, int32(length))) && b.matcher.matched(state, k.national)
}

// common keeps what all results agree on: no region where they differ, and an
// ordinary number where the classes do.
func common(rs []result) result {
	shared := rs[0]
	for _, r := range rs[1:] {
		if r.region != shared.region {
			shared.region = ""
		}
		if r.class != shared.class {
			shared.class = "Ordinary"
		}
	}
	return shared
}

func stateKey(state []uint16, depth int) string {
	key := make([]byte, 0, 2*len(state)+1)
	for _, at := range state {
		key = append(key, byte(at>>8), byte(at))
	}
	return string(append(key, byte(depth)))
}
