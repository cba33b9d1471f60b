package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// mostShortDigits bounds the search for international prefixes and emergency
// numbers; the longest known is New Zealand's, Australia's and China's at 8.
const mostShortDigits = 8

// rule is how numbers are dialled within a region.
type rule struct {
	region, callingCode string
	idd                 []string // international prefixes, longest first
	trunk               string   // regular expression of what precedes a national number
	transform           string   // replaces the trunk where its last group matched
	emergency           []string
}

func dialling(c *phonenumbers.PhoneMetadataCollection) ([]rule, error) {
	short, err := phonenumbers.ShortNumberMetadataCollection()
	if err != nil {
		return nil, fmt.Errorf("read the short number metadata: %w", err)
	}
	emergency := map[string][]string{}
	for _, t := range short.GetMetadata() {
		emergency[t.GetId()] = enumerate(t.GetEmergency().GetNationalNumberPattern())
	}
	var rules []rule
	for _, t := range c.GetMetadata() {
		if t.GetId() == "001" {
			continue
		}
		rules = append(rules, rule{
			region: t.GetId(), callingCode: strconv.Itoa(int(t.GetCountryCode())),
			idd:   enumerate(t.GetInternationalPrefix()),
			trunk: t.GetNationalPrefixForParsing(), transform: goTemplate(t.GetNationalPrefixTransformRule()),
			emergency: emergency[t.GetId()],
		})
	}
	slices.SortFunc(rules, func(x, y rule) int { return cmp.Compare(x.region, y.region) })
	return rules, nil
}

var group = regexp.MustCompile(`\$(\d)`)

// goTemplate writes a replacement's groups as package regexp wants them: "$1"
// followed by a digit must be "${1}".
func goTemplate(rule string) string { return group.ReplaceAllString(rule, "$${$1}") }

// enumerate lists all strings of digits that the expression matches, the longest
// first.
func enumerate(expression string) []string {
	if expression == "" || expression == "NA" {
		return nil
	}
	var m matcher
	p := m.add(expression, false)
	var found []string
	var search func(state []uint16, digits string)
	search = func(state []uint16, digits string) {
		if m.matched(state, p) {
			found = append(found, digits)
		}
		if len(state) == 0 || len(digits) == mostShortDigits {
			return
		}
		for digit := '0'; digit <= '9'; digit++ {
			search(m.step(state, digit), digits+string(digit))
		}
	}
	search(m.start(), "")
	slices.SortFunc(found, func(x, y string) int { return cmp.Or(cmp.Compare(len(y), len(x)), cmp.Compare(x, y)) })
	return found
}
