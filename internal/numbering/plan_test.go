package numbering_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/numbering"
)

func TestNewPlanNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := numbering.NewPlan(numbering.Options{
		DomesticRegions:  []string{"US", "UK", "001"},
		EmergencyNumbers: []string{"911", "9", "9a1"},
		Overrides: []numbering.Override{
			{Prefix: "1900", Class: numbering.Premium},
			{Prefix: "+", Class: numbering.Premium},
			{Prefix: "+01", Class: numbering.Premium},
			{Prefix: "+1900"},
			{Prefix: "+1901", Region: "UK"},
			{Prefix: "+1902", Class: "dear"},
			{Prefix: "+1903", Class: numbering.Emergency},
			{Prefix: "+1904", Region: "CA"},
			{Prefix: "+1904", Region: "US"},
		},
	})
	invalid, ok := errors.AsType[*tollkeeper.Error](err)
	if !ok || invalid.Code != tollkeeper.CodeInvalid {
		t.Fatalf("NewPlan: %v, want an invalid error", err)
	}
	wants := []string{
		`"UK" is not a region`, `"001" is not a region`, `"9" must be`, `"9a1" must be`,
		`"1900": the prefix`, `"+": the prefix`, `"+01": the prefix`, "+1900: must give",
		`+1901: "UK" is not a region`, `+1902: "dear" is not one`, `+1903: "emergency" is not one`, "+1904: is given twice",
	}
	if len(invalid.Faults) != len(wants) {
		t.Fatalf("faults: %q", invalid.Faults)
	}
	for i, want := range wants {
		if !strings.Contains(invalid.Faults[i], want) {
			t.Errorf("fault %q, want %q", invalid.Faults[i], want)
		}
	}
	if _, err := numbering.NewPlan(numbering.Options{DomesticRegions: []string{}}); err == nil {
		t.Error("a plan without a home region was made")
	}
}

func TestEveryRegionCanBeHome(t *testing.T) {
	t.Parallel()
	regions := numbering.Regions()
	if len(regions) < 240 || !slices.IsSorted(regions) {
		t.Fatalf("regions: %v", regions)
	}
	carriers := map[string]bool{"KH": true, "SG": true, "TH": true} // where 004 selects a carrier
	for _, region := range regions {
		plan := newPlan(t, numbering.Options{DomesticRegions: []string{region}})
		got, err := plan.Parse("00442071838750")
		if read := err == nil && got.E164 == "+442071838750"; read == carriers[region] {
			t.Errorf("in %s: %+v, %v", region, got, err)
		}
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	var overrides []numbering.Override
	for _, s := range []string{"+1876=premium", "+18765=US", "+876=001/shared_cost", " +2101=GB "} {
		override, err := numbering.ParseOverride(s)
		if err != nil {
			t.Fatalf("ParseOverride(%q): %v", s, err)
		}
		overrides = append(overrides, override)
	}
	plan := newPlan(t, numbering.Options{Overrides: overrides})
	for number, want := range map[string]numbering.Number{
		"+18762101234": {Region: "JM", Class: numbering.Premium},
		"+18765230123": {Region: "US", Class: numbering.Ordinary, Domestic: true},
		"+8761234567":  {Region: "001", Class: numbering.SharedCost},
		"+2101234567":  {Region: "GB", Class: numbering.Ordinary},
		"+2102345678":  {Class: numbering.Ordinary},
	} {
		want.E164 = number
		if got, err := plan.Parse(number); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", number, got, err, want)
		}
	}
	for _, s := range []string{"", "+1900", "+1900="} {
		if _, err := numbering.ParseOverride(s); err == nil {
			t.Errorf("ParseOverride(%q) gives no error", s)
		}
	}
}
