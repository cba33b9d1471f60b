package numbering

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tollkeeper"
)

// DefaultDomesticRegions are the United States with their territories, and
// Canada.
var DefaultDomesticRegions = []string{"US", "CA", "PR", "VI", "GU", "MP", "AS"}

// everywhereEmergency pass in every plan: North America's emergency number and
// its test number, the numbers of GSM and of Britain, and the 988 crisis line.
var everywhereEmergency = []string{"911", "933", "112", "999", "988"}

// mostEmergencyDigits bounds an emergency number that is added; a full national
// number of a dispatch centre fits.
const mostEmergencyDigits = 15

// Options are how a carrier stands in the world.
type Options struct {
	// DomesticRegions are ISO 3166-1 alpha-2 codes; nil means
	// DefaultDomesticRegions. The first is the home region: numbers without an
	// international prefix are read as they are dialled there.
	DomesticRegions []string
	// EmergencyNumbers are dialled exactly so, in digits. They add to 911, 933,
	// 112, 999, 988 and the emergency numbers of every domestic region.
	EmergencyNumbers []string
	// Overrides correct the plan; the one with the longest prefix wins.
	Overrides []Override
}

// Plan reads numbers as one carrier sees them. It never changes once made and is
// safe for concurrent use.
type Plan struct {
	home      home
	nanpHome  string // the region of services of the whole North American plan
	domestic  map[string]bool
	emergency map[string]bool
	overrides overrides
}

// diallingRule says how numbers are dialled within a region.
type diallingRule struct {
	callingCode string
	idd         string // international prefixes, the longest first, separated by spaces
	trunk       string // regular expression of what precedes a national number
	transform   string // replaces the trunk where its last group took part in the match
	emergency   string // emergency numbers separated by spaces
}

// NewPlan checks the options and makes the plan. Its error is a
// tollkeeper.CodeInvalid error with a fault for everything wrong.
func NewPlan(options Options) (*Plan, error) {
	regions := options.DomesticRegions
	if regions == nil {
		regions = DefaultDomesticRegions
	}
	p := &Plan{domestic: map[string]bool{}, emergency: map[string]bool{}, nanpHome: "US"}
	faults := slices.Concat(p.addRegions(regions), p.addEmergency(options.EmergencyNumbers))
	var overrideFaults []string
	p.overrides, overrideFaults = newOverrides(options.Overrides)
	if faults = append(faults, overrideFaults...); len(faults) > 0 {
		return nil, tollkeeper.Invalid(faults...)
	}
	p.home = newHome(regions[0])
	if p.home.code.code == nanpCode {
		p.nanpHome = regions[0]
	}
	return p, nil
}

func (p *Plan) addRegions(regions []string) (faults []string) {
	if len(regions) == 0 {
		return []string{"domestic-regions: must name at least the home region"}
	}
	for _, region := range regions {
		rule, ok := diallingRules[region]
		if !ok {
			faults = append(faults, fmt.Sprintf("domestic-regions: %q is not a region with a numbering plan (ISO 3166-1 alpha-2, such as US)", region))
			continue
		}
		p.domestic[region] = true
		for number := range strings.FieldsSeq(rule.emergency) {
			p.emergency[number] = true
		}
	}
	return faults
}

func (p *Plan) addEmergency(extra []string) (faults []string) {
	for _, number := range slices.Concat(everywhereEmergency, extra) {
		if !allDigits(number) || len(number) < 2 || len(number) > mostEmergencyDigits {
			faults = append(faults, fmt.Sprintf("emergency-numbers: %q must be 2 to %d digits", number, mostEmergencyDigits))
		}
		p.emergency[number] = true
	}
	return faults
}

// Regions lists every region that can be domestic, sorted.
func Regions() []string { return slices.Sorted(maps.Keys(diallingRules)) }

// home is the dialling rule of the home region, ready for use.
type home struct {
	region    string
	code      *callingCode
	idd       []string
	literal   string         // the trunk prefix where it is plain digits
	trunk     *regexp.Regexp // the trunk prefix where it is not
	transform string
}

func newHome(region string) home {
	rule := diallingRules[region]
	h := home{
		region: region, code: callingCodeOf(rule.callingCode), transform: rule.transform,
		idd: append(strings.Fields(rule.idd), "00"), // 00 as most of the world, and most switches, write it
	}
	slices.SortStableFunc(h.idd, func(x, y string) int { return len(y) - len(x) })
	if allDigits(rule.trunk) {
		h.literal = rule.trunk
	} else if rule.trunk != "" {
		h.trunk = regexp.MustCompile("^(?:" + rule.trunk + ")")
	}
	return h
}

// withoutTrunk takes the trunk prefix off a number dialled at home, and adds the
// area code to a local number where the region has but one.
func (h *home) withoutTrunk(digits string) string {
	if h.trunk == nil {
		return strings.TrimPrefix(digits, h.literal)
	}
	match := h.trunk.FindStringSubmatchIndex(digits)
	if match == nil {
		return digits
	}
	rest := digits[match[1]:]
	if last := len(match) - 2; h.transform != "" && last > 0 && match[last] != match[last+1] {
		return string(h.trunk.ExpandString(nil, h.transform, digits, match)) + rest
	}
	return rest
}

// Domestic reports whether a region is domestic.
func (p *Plan) Domestic(region string) bool { return p.domestic[region] }
