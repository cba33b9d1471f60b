package numbering

import "strings"

// The North American Numbering Plan: one calling code, some 25 regions, and area
// codes that belong to no region at all.
const (
	nanpCode       = "1"
	areaCodeDigits = 3

	// youngAreaCodes are those of the United States that the library does not know yet
	// (https://www.nanpa.com/area-codes).
	youngAreaCodes = "357 436 457 471 621 624 679 729 837 861 924"
)

// northAmerican completes what the automaton says of a national number of the
// North American plan with rules the library does not know. home is the region
// that services of the whole plan count as.
func northAmerican(national string, r result, home string) result {
	switch national[:areaCodeDigits] {
	case "800", "822", "833", "844", "855", "866", "877", "888":
		r.class = TollFree
		if r.region == RegionUnknown { // not so 800-1XX, which is the Dominican Republic's own
			r.region = "US"
		}
	case "700": // the carrier that is dialled through sets the price, which may be anything
		r = result{"US", Premium}
	case "710": // the government of the United States; free of surcharge
		return result{"US", Ordinary}
	}
	if r.region == RegionUnknown && strings.Contains(youngAreaCodes, national[:areaCodeDigits]) && national[areaCodeDigits] >= '2' {
		r.region = "US"
	}
	if r.region == "US" && r.class != Ordinary { // a service of the whole plan, under the main region's name
		r.region = home
	}
	if r.class == Ordinary && national[3:6] == "976" { // pay-per-call in every area code
		r.class = Premium
	}
	return r
}
