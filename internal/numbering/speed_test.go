package numbering_test

import (
	"testing"

	"github.com/nyaruka/phonenumbers"

	"tollkeeper/internal/numbering"
)

// Parse is on the path of every call.
func TestParseAllocations(t *testing.T) {
	plan := newPlan(t, numbering.Options{Overrides: []numbering.Override{{Prefix: "+1900", Class: numbering.Premium}}})
	for dialled, most := range map[string]float64{
		"+442071838750": 0, "+12125550100": 0, "+12995550100": 0, "+2101234567": 0,
		"911": 1, "2125550100": 2, "12125550100": 2, "011442071838750": 2, "sip:+12125550100@example.com": 2,
	} {
		if got := testing.AllocsPerRun(100, func() { plan.Parse(dialled) }); got > most {
			t.Errorf("Parse(%q) allocates %v times, want at most %v", dialled, got, most)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	plan := newPlan(b, numbering.Options{})
	for _, dialled := range []string{"+442071838750", "+12125550100", "12125550100", "011442071838750", "911", "sip:+12125550100@sbc.example.com;user=phone", "+44 (0)20 7183 8750"} {
		b.Run(dialled, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan.Parse(dialled)
			}
		})
	}
}

// BenchmarkLibrary is what the automaton is measured against.
func BenchmarkLibrary(b *testing.B) {
	for b.Loop() {
		number, err := phonenumbers.Parse("+442071838750", "US")
		if err != nil {
			b.Fatal(err)
		}
		phonenumbers.GetRegionCodeForNumber(number)
		phonenumbers.GetNumberType(number)
	}
}

func BenchmarkNewPlan(b *testing.B) {
	for b.Loop() {
		newPlan(b, numbering.Options{})
	}
}
