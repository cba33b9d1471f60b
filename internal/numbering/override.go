package numbering

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Override says what numbers with a prefix are, whatever the numbering plan says.
type Override struct {
	Prefix string // "+1900"
	Region string // ISO 3166-1 alpha-2 or RegionWorld; "" leaves it to the plan
	Class  Class  // "" leaves it to the plan; never Emergency
}

// overrideClasses are the classes an override may give. Emergency numbers are
// not found by prefix.
var overrideClasses = []Class{Ordinary, TollFree, SharedCost, Premium, Personal}

// ParseOverride reads an override such as "+1900=premium", "+599=CW" or
// "+4470=GB/personal". NewPlan checks what it says.
func ParseOverride(s string) (Override, error) {
	prefix, meaning, ok := strings.Cut(strings.TrimSpace(s), "=")
	if !ok || meaning == "" {
		return Override{}, errors.New("must be +PREFIX=REGION, +PREFIX=class or +PREFIX=REGION/class")
	}
	region, class, both := strings.Cut(meaning, "/")
	if !both && region != strings.ToUpper(region) {
		region, class = "", region
	}
	return Override{Prefix: prefix, Region: region, Class: Class(class)}, nil
}

func (o Override) fault() string {
	digits, plus := strings.CutPrefix(o.Prefix, "+")
	_, known := diallingRules[o.Region]
	switch {
	case !plus || !allDigits(digits) || len(digits) > mostDigits || strings.HasPrefix(digits, "0"):
		return fmt.Sprintf("override %q: the prefix must be + and 1 to %d digits, the first not 0", o.Prefix, mostDigits)
	case o.Region == "" && o.Class == "":
		return fmt.Sprintf("override %s: must give a region, a class or both", o.Prefix)
	case o.Region != "" && o.Region != RegionWorld && !known:
		return fmt.Sprintf("override %s: %q is not a region with a numbering plan", o.Prefix, o.Region)
	case o.Class != "" && !slices.Contains(overrideClasses, o.Class):
		return fmt.Sprintf("override %s: %q is not one of the classes %v", o.Prefix, o.Class, overrideClasses)
	}
	return ""
}

// overrides finds the longest prefix of a number with one look-up per length
// that occurs.
type overrides struct {
	byPrefix map[string]Override
	lengths  []int // of the prefixes, the longest first
}

func newOverrides(list []Override) (overrides, []string) {
	found := overrides{byPrefix: make(map[string]Override, len(list))}
	var faults []string
	for _, o := range list {
		if fault := o.fault(); fault != "" {
			faults = append(faults, fault)
		}
		if _, twice := found.byPrefix[o.Prefix]; twice {
			faults = append(faults, fmt.Sprintf("override %s: is given twice", o.Prefix))
		}
		found.byPrefix[o.Prefix] = o
		found.lengths = append(found.lengths, len(o.Prefix))
	}
	slices.Sort(found.lengths)
	found.lengths = slices.Compact(found.lengths)
	slices.Reverse(found.lengths)
	return found, faults
}

// apply returns the result as the operator wants it.
func (os *overrides) apply(e164 string, r result) result {
	for _, length := range os.lengths {
		if length > len(e164) {
			continue
		}
		if o, ok := os.byPrefix[e164[:length]]; ok {
			if o.Region != "" {
				r.region = o.Region
			}
			if o.Class != "" {
				r.class = o.Class
			}
			return r
		}
	}
	return r
}
