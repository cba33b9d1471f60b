package deck_test

import (
	"bytes"
	"strings"
	"testing"

	"tollkeeper/internal/bench/deck"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	routes := deck.Routes()
	if len(routes) != 100_000 {
		t.Errorf("%d routes", len(routes))
	}
	prefixes := make(map[string]bool, len(routes))
	for _, r := range routes {
		prefixes[r.Prefix] = true
	}
	if len(prefixes) != len(routes) {
		t.Errorf("%d of them with the prefix of another", len(routes)-len(prefixes))
	}
	for _, r := range routes {
		if len(r.Number) != len(routes[0].Number) || !strings.HasPrefix(r.Number, "+"+r.Prefix) {
			t.Fatalf("number %s of prefix %s", r.Number, r.Prefix)
		}
		for length := len(r.Prefix) + 1; length < len(r.Number); length++ {
			if prefixes[r.Number[1:length+1]] {
				t.Fatalf("number %s of prefix %s has a longer prefix", r.Number, r.Prefix)
			}
		}
		if r.PricePerMinute <= 0 || r.PricePerMinute >= 1_000_000 {
			t.Fatalf("price %d does not fit six decimals", r.PricePerMinute)
		}
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	got := deck.CSV([]deck.Route{
		{Prefix: "1212555", Destination: "United States, 212", PricePerMinute: 9_000},
		{Prefix: "33142000", Destination: "France, Paris", PricePerMinute: 93_999},
	})
	const want = "prefix,destination,price,connect_fee,increment\n" +
		"1212555,\"United States, 212\",0.009000,0,60/60\n" +
		"33142000,\"France, Paris\",0.093999,0,60/60\n"
	if !bytes.Equal(got, []byte(want)) {
		t.Errorf("%s", got)
	}
}

func TestRoutesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(deck.CSV(deck.Routes()), deck.CSV(deck.Routes())) {
		t.Error("they differ")
	}
}
