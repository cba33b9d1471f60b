package numbering_test

import (
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/numbering"
)

// Whatever is dialled, Parse answers with a number that is its own canonical
// form, or with a reason.
func FuzzParse(f *testing.F) {
	for _, dialled := range []string{
		"", "+", "911", "+911", "+12125550100", "12125550100", "2125550100", "011442071838750", "+44 (0)20 7183 8750",
		"+2101234567", "+11234567890", "+44000000000", "+4400207183875", "+390669812345", "0044 0 20 7183 8750",
		"sip:+12125550100@sbc.example.com;user=phone", "tel:555-0100;phone-context=+1-212", "tel:1;phone-context=+", "sip:%2B1@",
		"urn:service:sos.police", "urn:service:sos..", "sip:@", ":", "%", "\xff+1", "+1\u00a0212\u2011555\u20130100",
	} {
		f.Add(dialled)
	}
	var plans []*numbering.Plan
	for _, home := range []string{"US", "GB", "AR", "JP", "IT"} {
		plans = append(plans, newPlan(f, numbering.Options{DomesticRegions: []string{home}}))
	}
	f.Fuzz(func(t *testing.T, dialled string) {
		for _, plan := range plans {
			got, err := plan.Parse(dialled)
			if err != nil {
				if tollkeeper.ErrorCode(err) != tollkeeper.CodeInvalid || got != (numbering.Number{}) {
					t.Fatalf("Parse(%q) = %+v, %v", dialled, got, err)
				}
				continue
			}
			if got.Class != numbering.Emergency && (!strings.HasPrefix(got.E164, "+") || len(got.E164) > 16) {
				t.Fatalf("Parse(%q) = %+v, which is not E.164", dialled, got)
			}
			if again, err := plan.Parse(got.E164); err != nil || again != got {
				t.Fatalf("Parse(%q) = %+v, and of that %+v, %v", dialled, got, again, err)
			}
		}
	})
}

func FuzzParseOverride(f *testing.F) {
	for _, s := range []string{"+1900=premium", "+599=CW", "+4470=GB/personal", "", "=", "+=/", "+881=001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		override, err := numbering.ParseOverride(s)
		if err != nil {
			return
		}
		if plan, err := numbering.NewPlan(numbering.Options{Overrides: []numbering.Override{override}}); (plan == nil) == (err == nil) {
			t.Fatalf("NewPlan with %+v: %v, %v", override, plan, err)
		}
	})
}
