package numbering_test

import (
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/numbering"
)

func newPlan(t testing.TB, options numbering.Options) *numbering.Plan {
	t.Helper()
	plan, err := numbering.NewPlan(options)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// The numbers here are looked up in the published plans, not in the library.
func TestParseWellKnown(t *testing.T) {
	t.Parallel()
	plan := newPlan(t, numbering.Options{})
	for _, row := range []struct {
		number, region string
		class          numbering.Class
		domestic       bool
	}{
		{"+12125550100", "US", numbering.Ordinary, true},
		{"+14165550100", "CA", numbering.Ordinary, true},
		{"+17875550100", "PR", numbering.Ordinary, true},
		{"+19395550100", "PR", numbering.Ordinary, true},
		{"+16713001234", "GU", numbering.Ordinary, true},
		{"+13406421234", "VI", numbering.Ordinary, true},
		{"+16702345678", "MP", numbering.Ordinary, true},
		{"+16846221234", "AS", numbering.Ordinary, true},
		{"+18765230123", "JM", numbering.Ordinary, false},
		{"+18761230123", "JM", numbering.Ordinary, false}, // no such exchange
		{"+16582101234", "JM", numbering.Ordinary, false},
		{"+18092345678", "DO", numbering.Ordinary, false},
		{"+18292345678", "DO", numbering.Ordinary, false},
		{"+18492345678", "DO", numbering.Ordinary, false},
		{"+12423456789", "BS", numbering.Ordinary, false},
		{"+12462501234", "BB", numbering.Ordinary, false},
		{"+12642351234", "AI", numbering.Ordinary, false},
		{"+12684641234", "AG", numbering.Ordinary, false},
		{"+12842291234", "VG", numbering.Ordinary, false},
		{"+13459491234", "KY", numbering.Ordinary, false},
		{"+14412921234", "BM", numbering.Ordinary, false},
		{"+14734401234", "GD", numbering.Ordinary, false},
		{"+16499461234", "TC", numbering.Ordinary, false},
		{"+16644911234", "MS", numbering.Ordinary, false},
		{"+17215425678", "SX", numbering.Ordinary, false},
		{"+17584501234", "LC", numbering.Ordinary, false},
		{"+17674481234", "DM", numbering.Ordinary, false},
		{"+17844561234", "VC", numbering.Ordinary, false},
		{"+18686251234", "TT", numbering.Ordinary, false},
		{"+18694651234", "KN", numbering.Ordinary, false},
		{"+12995550100", "", numbering.Ordinary, false}, // unassigned area codes
		{"+19745550100", "", numbering.Ordinary, false},
		{"+11235550100", "", numbering.Ordinary, false},
		{"+18005550100", "US", numbering.TollFree, true},
		{"+18001550100", "DO", numbering.TollFree, false}, // 800-1XX is not of the whole plan
		{"+18881550100", "US", numbering.TollFree, true},  // no such exchange
		{"+18225550100", "US", numbering.TollFree, true},
		{"+18335550100", "US", numbering.TollFree, true},
		{"+18445550100", "US", numbering.TollFree, true},
		{"+18555550100", "US", numbering.TollFree, true},
		{"+18665550100", "US", numbering.TollFree, true},
		{"+18775550100", "US", numbering.TollFree, true},
		{"+18885550100", "US", numbering.TollFree, true},
		{"+19005550100", "US", numbering.Premium, true},
		{"+12129761234", "US", numbering.Premium, true},
		{"+14169761234", "CA", numbering.Premium, true},
		{"+18769761234", "JM", numbering.Premium, false},
		{"+18009761234", "US", numbering.TollFree, true},
		{"+17005550100", "US", numbering.Premium, true},
		{"+17105550100", "US", numbering.Ordinary, true},
		{"+15005550100", "US", numbering.Personal, true},
		{"+15335550100", "US", numbering.Personal, true},
		{"+16005550100", "CA", numbering.Ordinary, true},

		{"+442071838750", "GB", numbering.Ordinary, false},
		{"+441481256789", "GG", numbering.Ordinary, false},
		{"+441534456789", "JE", numbering.Ordinary, false},
		{"+441624756789", "IM", numbering.Ordinary, false},
		{"+449012345678", "GB", numbering.Premium, false},
		{"+448001111111", "GB", numbering.TollFree, false},
		{"+447012345678", "GB", numbering.Personal, false},
		{"+491801234567", "DE", numbering.SharedCost, false},
		{"+33810123456", "FR", numbering.SharedCost, false},
		{"+74951234567", "RU", numbering.Ordinary, false},
		{"+77271234567", "KZ", numbering.Ordinary, false},
		{"+77710009998", "KZ", numbering.Ordinary, false},
		{"+390669812345", "VA", numbering.Ordinary, false},
		{"+390612345678", "IT", numbering.Ordinary, false},
		{"+390266981234", "IT", numbering.Ordinary, false},
		{"+38328012345", "XK", numbering.Ordinary, false},
		{"+59994151234", "CW", numbering.Ordinary, false},
		{"+5997151234", "BQ", numbering.Ordinary, false},
		{"+262262161234", "RE", numbering.Ordinary, false},
		{"+262269601234", "YT", numbering.Ordinary, false},
		{"+4721234567", "NO", numbering.Ordinary, false},
		{"+4779123456", "SJ", numbering.Ordinary, false},
		{"+35818123456", "AX", numbering.Ordinary, false},
		{"+358131234567", "FI", numbering.Ordinary, false},
		{"+61212345678", "AU", numbering.Ordinary, false},
		{"+61891621234", "CC", numbering.Ordinary, false},
		{"+61891641234", "CX", numbering.Ordinary, false},
		{"+29022158", "SH", numbering.Ordinary, false},
		{"+2908999", "TA", numbering.Ordinary, false},
		{"+49900110000", "DE", numbering.Premium, false}, // too short, but 0900 holds nothing else
		{"+499001234567", "DE", numbering.Premium, false},
		{"+33891123456", "FR", numbering.Premium, false},
		{"+33899123456", "FR", numbering.Premium, false},
		{"+39899123456", "IT", numbering.Premium, false},
		{"+611900123456", "AU", numbering.Premium, false},
		{"+870773111632", "001", numbering.Ordinary, false},
		{"+881612345678", "001", numbering.Ordinary, false},
		{"+88213123456", "001", numbering.Ordinary, false},
		{"+883510012345", "001", numbering.Ordinary, false},
		{"+80012345678", "001", numbering.TollFree, false},
		{"+979123456789", "001", numbering.Premium, false},
		{"+2101234567", "", numbering.Ordinary, false}, // spare calling codes
		{"+9991234567890", "", numbering.Ordinary, false},
	} {
		got, err := plan.Parse(row.number)
		want := numbering.Number{E164: row.number, Region: row.region, Class: row.class, Domestic: row.domestic}
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", row.number, got, err, want)
		}
	}
}

func TestParseForms(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ home, dialled, want string }{
		{"US", "2125550100", "+12125550100"},
		{"US", "12125550100", "+12125550100"},
		{"US", "1 (212) 555-0100", "+12125550100"},
		{"US", "+1.212.555.0100", "+12125550100"},
		{"US", "(+1) 212/555 0100", "+12125550100"},
		{"US", "+1\u00a0212\u2011555\u20130100", "+12125550100"},
		{"US", "+1 1 212 555 0100", "+12125550100"},
		{"US", "2995550100", "+12995550100"},
		{"US", "011 44 20 7183 8750", "+442071838750"},
		{"US", "00442071838750", "+442071838750"},
		{"US", "+44 (0)20 7183 8750", "+442071838750"},
		{"US", "+36 06 1 234 5678", "+3612345678"},
		{"US", "+39 06 1234 5678", "+390612345678"},
		{"US", "sip:+12125550100@sbc.example.com;user=phone", "+12125550100"},
		{"US", "SIPS:2125550100@10.0.0.1:5061;transport=tls", "+12125550100"},
		{"US", "sip:+1-212-555-0100;npdi;rn=+12125550199@example.com", "+12125550100"},
		{"US", "sip:%2B12125550100:secret@example.com", "+12125550100"},
		{"US", "+12125550100@example.com", "+12125550100"},
		{"US", "tel:+1-212-555-0100", "+12125550100"},
		{"US", "TEL:+1(212)555-0100;ext=42", "+12125550100"},
		{"US", "tel:212-555-0100;phone-context=+1", "+12125550100"},
		{"US", "tel:555-0100;phone-context=+1-212", "+12125550100"},
		{"US", "tel:011442071838750;phone-context=+1", "+442071838750"},
		{"US", "tel:020-7183-8750;phone-context=+44", "+442071838750"},
		{"US", "tel:2125550100;phone-context=example.com", "+12125550100"},
		{"GB", "020 7183 8750", "+442071838750"},
		{"GB", "442071838750", "+442071838750"},
		{"GB", "0012125550100", "+12125550100"},
		{"GB", "0115 496 0123", "+441154960123"},
		{"IT", "06 1234 5678", "+390612345678"},
		{"HU", "06 1 234 5678", "+3612345678"},
		{"RU", "8 495 123-45-67", "+74951234567"},
		{"RU", "8~10 1 212 555 0100", ""},
		{"RU", "81012125550100", "+12125550100"},
		{"JP", "01012125550100", "+12125550100"},
		{"HK", "00112125550100", "+12125550100"},
		{"GU", "300 1234", "+16713001234"},
		{"GG", "256789", "+441481256789"},
		{"AR", "011 15 2345 6789", "+5491123456789"},
		{"BR", "0 15 11 2345 6789", "+551123456789"},
		{"MX", "55 1234 5678", "+525512345678"},
	} {
		plan := newPlan(t, numbering.Options{DomesticRegions: []string{row.home}})
		got, err := plan.Parse(row.dialled)
		if got.E164 != row.want || (err == nil) != (row.want != "") {
			t.Errorf("in %s Parse(%q) = %+v, %v; want %s", row.home, row.dialled, got, err, row.want)
		}
	}
}

func TestParseEmergency(t *testing.T) {
	t.Parallel()
	plan := newPlan(t, numbering.Options{DomesticRegions: []string{"US", "FR"}, EmergencyNumbers: []string{"4911"}})
	for dialled, want := range map[string]string{
		"911": "911", "9-1-1": "911", "933": "933", "112": "112", "999": "999", "988": "988", "4911": "4911",
		"15": "15", "18": "18", // ambulance and fire brigade in France
		"sip:911@example.com": "911", "sip:911@example.com;user=phone": "911", "tel:911;phone-context=+1": "911",
		"tel:112;phone-context=+33": "112",
		"urn:service:sos":           "urn:service:sos", "urn:service:sos.police": "urn:service:sos.police",
		"URN:Service:SOS.Ecall.automatic": "urn:service:sos.ecall.automatic", "urn:service:test.sos": "urn:service:test.sos",
	} {
		got, err := plan.Parse(dialled)
		if expected := (numbering.Number{E164: want, Region: "US", Class: numbering.Emergency, Domestic: true}); err != nil || got != expected {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", dialled, got, err, expected)
		}
	}
	for _, dialled := range []string{"+911", "1911", "00911", "011911", "urn:service:counseling", "urn:service:sos.", "urn:service:sosx", "urn:sos", "17 1"} {
		if got, err := plan.Parse(dialled); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", dialled, got)
		}
	}
}

func TestParseInvalid(t *testing.T) {
	t.Parallel()
	plan := newPlan(t, numbering.Options{})
	for _, row := range []struct{ dialled, reason string }{
		{"", "no digits"},
		{"+", "no digits"},
		{"anonymous", "'a' is neither"},
		{"1-800-FLOWERS", "'F' is neither"},
		{"*67", "'*' is neither"},
		{"212#", "'#' is neither"},
		{"5550100", "after +1 come 10 digits, here are 7"},
		{"+1212555010", "after +1 come 10 digits, here are 9"},
		{"+121255501000", "after +1 come 10 digits, here are 11"},
		{"+13101234", "after +1 come 10 digits, here are 7"},
		{"442071838750", "after +1 come 10 digits, here are 12"},
		{"+44207183875000", "after +44 come 7 to 10 digits, here are 12"},
		{"+0123456789", "must begin with a country calling code"},
		{"+210123", "7 to 15 digits, this has 6"},
		{"+2101234567890123", "7 to 15 digits, this has 16"},
		{"1+2125550100", "'+' is neither"},
		{"++12125550100", "'+' is neither"},
		{"011+442071838750", "'+' is neither"},
		{strings.Repeat("1", 33), "more than 32 digits"},
		{strings.Repeat(" ", 513), "longer than 512 bytes"},
		{"sip:example.com", "no user part"},
		{"sip:@example.com", "no digits"},
		{"sip:%zz@example.com", "malformed escape"},
		{"mailto:someone@example.com", "only sip, sips and tel"},
		{"\xff", "neither a digit"},
	} {
		got, err := plan.Parse(row.dialled)
		if tollkeeper.ErrorCode(err) != tollkeeper.CodeInvalid || got != (numbering.Number{}) {
			t.Errorf("Parse(%q) = %+v, %v; want an invalid number", row.dialled, got, err)
			continue
		}
		if !strings.Contains(err.Error(), row.reason) {
			t.Errorf("Parse(%q) says %q, want %q", row.dialled, err, row.reason)
		}
	}
}

// Elsewhere in the North American plan its services belong to that home.
func TestParseServicesOfThePlan(t *testing.T) {
	t.Parallel()
	for home, want := range map[string]string{"US": "US", "CA": "CA", "JM": "JM", "GB": "US"} {
		plan := newPlan(t, numbering.Options{DomesticRegions: []string{home}})
		for _, number := range []string{"+18005550100", "+19005550100", "+17005550100", "+15005550100"} {
			got, err := plan.Parse(number)
			if err != nil || got.Region != want || got.Domestic != (home == want) {
				t.Errorf("in %s Parse(%q) = %+v, %v; want region %s", home, number, got, err, want)
			}
		}
	}
}
