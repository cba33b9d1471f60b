package demo_test

import (
	"bytes"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/rating/demo"
)

func parse(t *testing.T) []rating.Rate {
	t.Helper()
	rates, err := rating.ParseCSV(bytes.NewReader(demo.Deck), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rates
}

func TestDeckIsBroadAndPlausible(t *testing.T) {
	t.Parallel()
	rates := parse(t)
	destinations := make(map[string]bool)
	for _, r := range rates {
		destinations[r.Destination] = true
		if r.PricePerMinute < 3_000 || r.PricePerMinute > 5*tollkeeper.Unit {
			t.Errorf("%s %s costs %s a minute", r.Prefix, r.Destination, r.PricePerMinute)
		}
		if r.Prefix == "1900" || r.Prefix == "979" || r.Prefix == "44909" {
			t.Errorf("%s is a premium-rate prefix", r.Prefix)
		}
	}
	if len(rates) < 1000 || len(destinations) < 600 {
		t.Errorf("%d rates of %d destinations; want 1000 of 600", len(rates), len(destinations))
	}
}

func TestDeckRatesWellKnownNumbers(t *testing.T) {
	t.Parallel()
	deck := rating.Compile(parse(t))
	for _, row := range []struct {
		number, prefix, destination string
		price                       tollkeeper.Micros
		minimum, increment          int32
	}{
		{"+442071838750", "4420", "United Kingdom, London", 12_000, 1, 1},
		{"+441624660000", "441624", "Isle of Man", 18_500, 1, 1},
		{"+12125550100", "1212", "United States, New York", 4_000, 6, 6},
		{"+14165550100", "1416", "Canada, Ontario", 6_800, 6, 6},
		{"+18765550100", "1876", "Jamaica", 165_000, 1, 1},
		{"+16585550100", "1658", "Jamaica", 165_000, 1, 1},
		{"+18095550100", "1809", "Dominican Republic", 26_500, 1, 1},
		{"+17875550100", "1787", "Puerto Rico", 9_200, 6, 6},
		{"+525512345678", "5255", "Mexico, Mexico City", 7_600, 60, 60},
		{"+881612345678", "8816", "Iridium", 3_950_000, 60, 60},
		{"+5511912345678", "55119", "Brazil, Mobile", 19_500, 1, 1},
	} {
		rate, ok := deck.Lookup(row.number, time.Now())
		want := rating.Rate{Prefix: row.prefix, Destination: row.destination, PricePerMinute: row.price,
			MinimumSeconds: row.minimum, IncrementSeconds: row.increment}
		if !ok || rate != want {
			t.Errorf("%s: got %+v, %t; want %+v", row.number, rate, ok, want)
		}
	}
}
