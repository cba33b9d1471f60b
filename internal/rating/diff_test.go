package rating_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"tollkeeper/internal/rating"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	old := []rating.Rate{
		rate("1", open, open), rate("33", open, open), rate("34", open, open), rate("39", open, open), rate("44", open, june),
		rate("49", open, open), rate("55", june, open), rate("61", open, open), rate("7", open, open),
	}
	new := slices.Clone(old)
	new[1].PricePerMinute--
	new[2].PricePerMinute++
	new[2].ConnectFee = 0
	new[3].ConnectFee = 1
	new[4].EffectiveTo = may // no longer in force
	new[5].Destination = "Germany"
	new[6].EffectiveFrom = may
	new[7].IncrementSeconds = 60
	new = append(new[:8], rate("81", may, open))
	d := rating.Diff(rating.Compile(old), rating.Compile(new), may)
	for _, row := range []struct {
		kind     string
		changes  rating.Changes
		prefixes []string
	}{
		{"new", d.New, []string{"55", "81"}},
		{"dearer", d.Dearer, []string{"34", "39"}},
		{"cheaper", d.Cheaper, []string{"33"}},
		{"changed", d.Changed, []string{"49", "61"}},
		{"gone", d.Gone, []string{"44", "7"}},
	} {
		var prefixes []string
		for _, change := range row.changes.Examples {
			prefixes = append(prefixes, change.Prefix)
			if (change.Old == nil) != (row.kind == "new") || (change.New == nil) != (row.kind == "gone") {
				t.Errorf("%s: %+v", row.kind, change)
			}
		}
		if !slices.Equal(prefixes, row.prefixes) || row.changes.Count != len(row.prefixes) {
			t.Errorf("%s: got %v of %d, want %v", row.kind, prefixes, row.changes.Count, row.prefixes)
		}
	}
	if d.Unchanged != 1 {
		t.Errorf("%d unchanged, want 1", d.Unchanged)
	}
	if got := d.Changed.Examples[0]; got.Destination != "Germany" || got.Old.Destination != "to 49" || got.New.Destination != "Germany" {
		t.Errorf("got %+v", got)
	}
}

func TestDiffLimitsItsExamples(t *testing.T) {
	t.Parallel()
	deck := rating.Compile(benchRates(100))
	if d := rating.Diff(nil, deck, may); d.New.Count != 100 || len(d.New.Examples) != rating.MaxExamples {
		t.Errorf("got %d, %d examples", d.New.Count, len(d.New.Examples))
	}
	if d := rating.Diff(deck, nil, may); d.Gone.Count != 100 {
		t.Errorf("got %d gone", d.Gone.Count)
	}
	if d := rating.Diff(deck, deck, may); d.Unchanged != 100 {
		t.Errorf("got %d unchanged", d.Unchanged)
	}
}

func TestDiffCountsEveryPrefixOnce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	old, new := randomRates(random, 300), randomRates(random, 300)
	union := make(map[string]bool)
	for _, r := range slices.Concat(old, new) {
		if r.InForce(june) {
			union[r.Prefix] = true
		}
	}
	d := rating.Diff(rating.Compile(old), rating.Compile(new), june)
	if sum := d.New.Count + d.Dearer.Count + d.Cheaper.Count + d.Changed.Count + d.Gone.Count + d.Unchanged; sum != len(union) {
		t.Errorf("got %d, want %d", sum, len(union))
	}
}

func TestDifferenceAsJSON(t *testing.T) {
	t.Parallel()
	const want = `{"new":{"count":1,"examples":[{"prefix":"44","destination":"to 44","new":{"destination":"to 44",` +
		`"pricePerMinuteMicros":10000,"connectFeeMicros":0,"minimumSeconds":1,"incrementSeconds":1}}]},` +
		`"dearer":{"count":0,"examples":[]},"cheaper":{"count":0,"examples":[]},"changed":{"count":0,"examples":[]},` +
		`"gone":{"count":0,"examples":[]},"unchanged":0}`
	got, err := json.Marshal(rating.Diff(nil, rating.Compile([]rating.Rate{rate("44", open, open)}), may))
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}
