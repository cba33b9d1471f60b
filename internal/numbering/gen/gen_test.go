package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The committed files are what the pinned library gives.
func TestCommittedFilesAreUpToDate(t *testing.T) {
	t.Parallel()
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the library gives: run go generate ./internal/numbering", name)
		}
	}
}

func TestEnumerate(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string][]string{
		"":                   nil,
		"NA":                 nil,
		"011":                {"011"},
		"00(?:1[45]|[29]?)":  {"0014", "0015", "002", "009", "00"},
		"112|9(?:11|99)":     {"112", "911", "999"},
		"0(?:0|1[3-5])|81?0": {"013", "014", "015", "810", "00", "80"},
	} {
		if got := enumerate(expression); !slices.Equal(got, want) {
			t.Errorf("enumerate(%q) = %q, want %q", expression, got, want)
		}
	}
}

// A thinly filled place in the plan says nothing of a number that leaves it
// there, a well filled one does.
func TestStrays(t *testing.T) {
	t.Parallel()
	var m matcher
	m.add("7[0-4]1|81", false)
	a := newAutomaton(&results{})
	b := builder{automaton: a, matcher: m, memo: map[string]node{}, lengths: []int32{2, 3}}
	k := kind{class: "Premium", national: m.patterns[0]}
	b.regions = []region{{name: "XX", general: &k, kinds: []kind{k}}}
	root := a.rows[b.node(m.start(), 0).id]
	if got := a.rows[root.next[7]].strays; got == 0 {
		t.Error("five digits lead on after 7, but a stray there is of no kind")
	}
	if got := a.rows[root.next[8]].strays; got != 0 {
		t.Error("one digit leads on after 8, but a stray there has a kind")
	}
}
