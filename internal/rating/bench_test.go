package rating_test

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
)

// benchRates makes distinct prefixes of 3 to 9 digits spread as in a deck sold:
// a few countries hold most of them, and neighbours often share their terms.
func benchRates(n int) []rating.Rate {
	random := rand.New(rand.NewPCG(1, 2))
	countries := []string{"1", "44", "49", "52", "55", "62", "86", "91", "234", "380", "7", "33", "39", "998"}
	seen := make(map[string]bool, n)
	rates := make([]rating.Rate, 0, n)
	for len(rates) < n {
		prefix := countries[random.IntN(len(countries))]
		for range 2 + random.IntN(5) {
			prefix += strconv.Itoa(random.IntN(10))
		}
		if seen[prefix] {
			continue
		}
		seen[prefix] = true
		zone := random.IntN(n/10 + 1)
		rates = append(rates, rating.Rate{
			Prefix: prefix, Destination: "Destination number " + strconv.Itoa(zone),
			PricePerMinute: tollkeeper.Micros(4000 + zone%5000*10), MinimumSeconds: 1, IncrementSeconds: 1,
		})
	}
	return rates
}

func benchNumbers(n int) []string {
	random := rand.New(rand.NewPCG(3, 4))
	rates := benchRates(10_000)
	numbers := make([]string, n)
	for i := range numbers {
		numbers[i] = "+" + rates[random.IntN(len(rates))].Prefix + strconv.Itoa(100_000+random.IntN(900_000))
	}
	return numbers
}

func BenchmarkLookup250k(b *testing.B) {
	deck := rating.Compile(benchRates(250_000))
	numbers := benchNumbers(1 << 16)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		deck.Lookup(numbers[i&(1<<16-1)], at)
	}
}

func BenchmarkCompile100k(b *testing.B) {
	rates := benchRates(100_000)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		rating.Compile(rates)
	}
}

func BenchmarkParseCSV250k(b *testing.B) {
	var text bytes.Buffer
	if err := rating.WriteCSV(&text, benchRates(250_000)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := rating.ParseCSV(strings.NewReader(text.String()), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeBinary100k(b *testing.B) {
	stored, err := rating.Compile(benchRates(100_000)).AppendBinary(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(stored))/100_000, "B/rate")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rating.DecodeBinary(stored); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiff250k(b *testing.B) {
	rates := benchRates(250_000)
	old, new := rating.Compile(rates[:240_000]), rating.Compile(rates[10_000:])
	b.ReportAllocs()
	for b.Loop() {
		rating.Diff(old, new, time.Unix(0, 0))
	}
}

func BenchmarkPrice(b *testing.B) {
	rate := rating.Rate{PricePerMinute: 12_345, ConnectFee: 100, MinimumSeconds: 30, IncrementSeconds: 6}
	for b.Loop() {
		rate.Price(187 * time.Second)
	}
}
