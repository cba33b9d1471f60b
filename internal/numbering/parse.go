package numbering

import (
	"fmt"
	"strings"

	"tollkeeper"
)

// The length of a number with its calling code. The longest is of ITU-T E.164
// section 6; the shortest is for calling codes that no plan is known of.
const (
	mostDigits   = 15
	fewestDigits = 7
)

// Parse says what a dialled or a calling number is. It reads E.164 with its plus
// sign, with 00 or the home region's own international prefix instead, and
// numbers as they are dialled in the home region, with or without a trunk
// prefix; spaces and visual separators; and the user part of sip, sips and tel
// URIs (RFC 3261, RFC 3966). Emergency numbers and the emergency service URNs of
// RFC 5031 come before anything else.
//
// The error is a tollkeeper.CodeInvalid error that says why this is no number;
// it does not repeat the number. A canonical number costs no allocation.
func (p *Plan) Parse(dialled string) (Number, error) {
	if strings.HasPrefix(dialled, "+") && allDigits(dialled[1:]) {
		return p.international(dialled)
	}
	if urn, ok := emergencyURN(dialled); ok {
		return p.emergencyNumber(urn), nil
	}
	user, err := userPart(dialled)
	if err != nil {
		return Number{}, err
	}
	digits, plus, err := readDigits(user.number)
	switch {
	case err != nil:
		return Number{}, err
	case plus:
		return p.international("+" + digits)
	case p.emergency[digits]:
		return p.emergencyNumber(digits), nil
	case user.context != "" && user.context != p.home.code.code:
		return p.international("+" + user.context + digits)
	}
	for _, idd := range p.home.idd {
		if rest, ok := strings.CutPrefix(digits, idd); ok {
			return p.international("+" + rest)
		}
	}
	return p.national(digits)
}

func (p *Plan) emergencyNumber(dialled string) Number {
	return Number{E164: dialled, Region: p.home.region, Class: Emergency, Domestic: true}
}

// international reads a plus sign and digits.
func (p *Plan) international(e164 string) (Number, error) {
	digits := e164[1:]
	if digits == "" || digits[0] == '0' {
		return Number{}, tollkeeper.Invalid("number: an international number must begin with a country calling code")
	}
	code := callingCodeOf(digits)
	if code == nil {
		if len(digits) < fewestDigits || len(digits) > mostDigits {
			return Number{}, invalidf("an international number has %d to %d digits, this has %d", fewestDigits, mostDigits, len(digits))
		}
		return p.describe(e164, result{RegionUnknown, Ordinary}), nil
	}
	national := digits[len(code.code):]
	r, valid := code.find(national)
	if !valid && code.trunk != "" && strings.HasPrefix(national, code.trunk) {
		if rest, ok := code.find(national[len(code.trunk):]); ok {
			r, valid, national = rest, true, national[len(code.trunk):]
			e164 = "+" + code.code + national
		}
	}
	if !valid && !code.possible(len(national)) {
		return Number{}, impossible(code, len(national))
	}
	if code.code == nanpCode {
		r = northAmerican(national, r, p.nanpHome)
	}
	return p.describe(e164, r), nil
}

func (p *Plan) describe(e164 string, r result) Number {
	r = p.overrides.apply(e164, r)
	return Number{E164: e164, Region: r.region, Class: r.class, Domestic: p.domestic[r.region]}
}

// National is a number in E.164 without its country calling code: the national
// (significant) number of ITU-T E.164, section 6. Without a known code all digits are
// left.
func National(e164 string) string {
	digits := strings.TrimPrefix(e164, "+")
	if code := callingCodeOf(digits); code != nil {
		return digits[len(code.code):]
	}
	return digits
}

// national reads a number as it is dialled in the home region. A reading that
// makes it a valid number wins over one that only makes its length possible, and
// a trunk prefix is a prefix rather than a part of the number.
func (p *Plan) national(digits string) (Number, error) {
	code := p.home.code
	stripped := p.home.withoutTrunk(digits)
	bare, _ := strings.CutPrefix(digits, code.code) // E.164 without the plus
	for _, reading := range []string{stripped, digits, bare} {
		if _, valid := code.find(reading); valid {
			return p.international("+" + code.code + reading)
		}
	}
	for _, reading := range []string{stripped, digits} {
		if code.possible(len(reading)) {
			return p.international("+" + code.code + reading)
		}
	}
	return Number{}, impossible(code, len(stripped))
}

func impossible(code *callingCode, digits int) error {
	if code.shortest == code.longest {
		return invalidf("after +%s come %d digits, here are %d", code.code, code.shortest, digits)
	}
	return invalidf("after +%s come %d to %d digits, here are %d", code.code, code.shortest, code.longest, digits)
}

func invalidf(format string, args ...any) error {
	return tollkeeper.Invalid("number: " + fmt.Sprintf(format, args...))
}
