package rating_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
)

func rate(prefix string, from, to time.Time) rating.Rate {
	return rating.Rate{Prefix: prefix, Destination: "to " + prefix, PricePerMinute: 10_000, MinimumSeconds: 1, IncrementSeconds: 1,
		EffectiveFrom: from, EffectiveTo: to}
}

var (
	open = time.Time{}
	may  = day(2026, 5, 1)
	june = day(2026, 6, 1)
)

func TestLookupTakesTheLongestPrefixInForce(t *testing.T) {
	t.Parallel()
	deck := rating.Compile([]rating.Rate{
		rate("44", open, open), rate("4420", may, june), rate("4420", june, open), rate("44207", june, open), rate("1", open, may),
		rate("123456789012345", open, open),
	})
	for _, row := range []struct {
		number string
		at     time.Time
		prefix string // "": no rate
		from   time.Time
	}{
		{"+442071838750", may, "4420", may},
		{"442071838750", may, "4420", may},
		{"+442071838750", may.Add(-1), "44", open},
		{"+442071838750", june.Add(-1), "4420", may},
		{"+442071838750", june, "44207", june},
		{"+442081838750", june, "4420", june},
		{"+4420", june, "4420", june},
		{"+442", june, "44", open},
		{"+4", june, "", open},
		{"+12125550100", may.Add(-1), "1", open},
		{"+12125550100", may, "", open},
		{"+123456789012345", june, "123456789012345", open},
		{"+1234567890123456", june, "", open},
		{"+49301234", june, "", open},
		{"+44 20 7183", june, "", open},
		{"++44", june, "", open},
		{"+", june, "", open},
		{"", june, "", open},
	} {
		got, ok := deck.Lookup(row.number, row.at)
		if ok != (row.prefix != "") || got.Prefix != row.prefix || !got.EffectiveFrom.Equal(row.from) {
			t.Errorf("%s at %s: got %+v, %t; want %q", row.number, row.at, got, ok, row.prefix)
		}
	}
}

func TestLookupPrefersTheLaterOfTwoInForce(t *testing.T) {
	t.Parallel()
	deck := rating.Compile([]rating.Rate{rate("44", june, open), rate("44", open, open)})
	if got, ok := deck.Lookup("+4420", june); !ok || !got.EffectiveFrom.Equal(june) {
		t.Errorf("got %+v, %t", got, ok)
	}
}

func TestEmptyDeck(t *testing.T) {
	t.Parallel()
	for _, deck := range []*rating.Deck{{}, rating.Compile(nil)} {
		if _, ok := deck.Lookup("+4420", june); ok || deck.Len() != 0 || len(slices.Collect(deck.All())) != 0 {
			t.Error("an empty deck has rates")
		}
	}
}

func TestCompilePanicsOnAnInvalidPrefix(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("did not panic")
		}
	}()
	rating.Compile([]rating.Rate{rate("+44", open, open)})
}

// randomRates makes distinct rates over few digits, so that prefixes nest, some
// in two periods that touch.
func randomRates(random *rand.Rand, n int) []rating.Rate {
	seen := make(map[string]bool)
	var rates []rating.Rate
	for range n {
		prefix := strconv.Itoa(1 + random.IntN(3))
		for range random.IntN(14) {
			prefix += strconv.Itoa(random.IntN(3) * 4)
		}
		if seen[prefix] {
			continue
		}
		seen[prefix] = true
		r := randomTerms(random)
		r.Prefix, r.Destination = prefix, "Zone "+strconv.Itoa(random.IntN(20))
		switch random.IntN(3) {
		case 0:
			before := r
			before.EffectiveTo, r.EffectiveFrom = june, june
			rates = append(rates, before)
		case 1:
			r.EffectiveFrom, r.EffectiveTo = may, june.Add(time.Nanosecond)
		}
		rates = append(rates, r)
	}
	return rates
}

// slowLookup is the definition of a lookup.
func slowLookup(rates []rating.Rate, number string, at time.Time) (found rating.Rate, ok bool) {
	for _, r := range rates {
		if strings.HasPrefix(number, r.Prefix) && r.InForce(at) && len(r.Prefix) > len(found.Prefix) {
			found, ok = r, true
		}
	}
	return found, ok
}

func TestLookupAgreesWithItsDefinition(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	rates := randomRates(random, 400)
	deck := rating.Compile(rates)
	for range 20_000 {
		number := strconv.Itoa(1 + random.IntN(3))
		for range random.IntN(15) {
			number += strconv.Itoa(random.IntN(3) * 4)
		}
		at := []time.Time{may.Add(-1), may, june, june.Add(1)}[random.IntN(4)]
		want, wantOK := slowLookup(rates, number, at)
		if got, ok := deck.Lookup(number, at); got != want || ok != wantOK {
			t.Fatalf("seed %d: %s at %s: got %+v, want %+v", seed, number, at, got, want)
		}
	}
}

func TestAllIsSortedAndComplete(t *testing.T) {
	t.Parallel()
	rates := randomRates(rand.New(rand.NewPCG(5, 6)), 300)
	want := slices.Clone(rates)
	slices.SortFunc(want, func(a, b rating.Rate) int {
		if a.Prefix != b.Prefix {
			return strings.Compare(a.Prefix, b.Prefix)
		}
		return a.EffectiveFrom.Compare(b.EffectiveFrom)
	})
	deck := rating.Compile(rates)
	if got := slices.Collect(deck.All()); !slices.Equal(got, want) || deck.Len() != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for range deck.All() {
		break // must not panic
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	deck := rating.Compile(benchRates(10_000))
	numbers := benchNumbers(100)
	i := 0
	if allocations := testing.AllocsPerRun(1000, func() {
		if _, ok := deck.Lookup(numbers[i%len(numbers)], may); !ok {
			t.Fatal("no rate")
		}
		i++
	}); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// TestDeckIsCompact holds a deck to 60 bytes a prefix beside the names, which
// keeps a hundred decks of a carrier in the memory of a small server.
func TestDeckIsCompact(t *testing.T) {
	const prefixes, limit = 250_000, 60
	rates := benchRates(prefixes)
	for i := range rates {
		rates[i].Destination = "one name"
		rates[i].PricePerMinute += tollkeeper.Micros(i % 1000)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	deck := rating.Compile(rates)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := int(after.HeapAlloc-before.HeapAlloc) / prefixes
	t.Logf("%d bytes a prefix", each)
	if each > limit {
		t.Errorf("%d bytes a prefix, want at most %d", each, limit)
	}
	runtime.KeepAlive(deck)
	runtime.KeepAlive(rates)
}
