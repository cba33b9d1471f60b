package main

import (
	"encoding/binary"
	"fmt"
	"regexp/syntax"
	"slices"
)

// row is one state of the automaton: where each digit leads (0 is nowhere), and
// which result holds when the number ends here as a valid number, when it ends
// here unfinished, and when it goes on with a digit that leads nowhere. A zero
// result means none.
type row struct {
	next                      [10]uint16
	valid, unfinished, strays uint16
}

// rowWords is the length of a row in the file, in 16-bit words.
const rowWords = 13

func (r row) words() [rowWords]uint16 {
	var words [rowWords]uint16
	copy(words[:], r.next[:])
	words[10], words[11], words[12] = r.valid, r.unfinished, r.strays
	return words
}

func (r row) children() int {
	n := 0
	for _, next := range r.next {
		if next != 0 {
			n++
		}
	}
	return n
}

// automaton is the minimal acyclic automaton of all national numbers of all
// calling codes. State 0 is the dead state.
type automaton struct {
	rows    []row
	ids     map[row]uint16
	results *results
}

func newAutomaton(rs *results) *automaton {
	return &automaton{rows: []row{{}}, ids: map[row]uint16{{}: 0}, results: rs}
}

func (a *automaton) intern(r row) uint16 {
	if id, ok := a.ids[r]; ok {
		return id
	}
	if len(a.rows) > 1<<16-1 {
		panic("the automaton has outgrown 16-bit states")
	}
	id := uint16(len(a.rows))
	a.rows, a.ids[r] = append(a.rows, r), id
	return id
}

// binary is the file form: rows of little-endian words.
func (a *automaton) binary() []byte {
	var out []byte
	for _, r := range a.rows {
		for _, word := range r.words() {
			out = binary.LittleEndian.AppendUint16(out, word)
		}
	}
	return out
}

// pattern is one regular expression over the national number. A prefix pattern
// is satisfied, for good, as soon as a beginning of the number matches.
type pattern struct {
	prog   *syntax.Prog
	base   uint16 // added to the program's instruction numbers to make them unique
	prefix bool
}

// matcher runs all patterns of one calling code side by side. A state is the
// sorted set of instructions waiting for a digit, plus the ends reached.
type matcher struct {
	patterns []*pattern
	owner    []*pattern // of each instruction
}

func (m *matcher) add(expression string, prefix bool) *pattern {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		panic(err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		panic(err)
	}
	p := &pattern{prog: prog, base: uint16(len(m.owner)), prefix: prefix}
	for range prog.Inst {
		m.owner = append(m.owner, p)
	}
	if len(m.owner) > 1<<16-1 {
		panic("too many instructions for one calling code")
	}
	m.patterns = append(m.patterns, p)
	return p
}

func (m *matcher) start() []uint16 {
	var set []uint16
	for _, p := range m.patterns {
		set = follow(set, p, uint32(p.prog.Start))
	}
	return normal(set)
}

// step is the state after one more digit.
func (m *matcher) step(state []uint16, digit rune) []uint16 {
	var set []uint16
	for _, at := range state {
		p := m.owner[at]
		inst := &p.prog.Inst[at-p.base]
		switch {
		case inst.Op == syntax.InstMatch && p.prefix:
			set = append(set, at)
		case inst.Op != syntax.InstMatch && inst.MatchRune(digit):
			set = follow(set, p, inst.Out)
		}
	}
	return normal(set)
}

// follow adds to set what is reached from instruction pc without a digit.
func follow(set []uint16, p *pattern, pc uint32) []uint16 {
	inst := &p.prog.Inst[pc]
	switch inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return follow(follow(set, p, inst.Out), p, inst.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return follow(set, p, inst.Out)
	case syntax.InstFail:
		return set
	case syntax.InstEmptyWidth:
		panic(fmt.Sprintf("assertions are not supported: %v", p.prog))
	}
	return append(set, p.base+uint16(pc))
}

func normal(set []uint16) []uint16 {
	slices.Sort(set)
	return slices.Compact(set)
}

// matched reports whether the pattern is satisfied in the state.
func (m *matcher) matched(state []uint16, p *pattern) bool {
	for _, at := range state {
		if m.owner[at] == p && p.prog.Inst[at-p.base].Op == syntax.InstMatch {
			return true
		}
	}
	return false
}
