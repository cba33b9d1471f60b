package numbering

import _ "embed" // plan.bin

// plan holds the automaton's states, 13 little-endian 16-bit words each: the
// next state for each of the ten digits (0: the digit leads nowhere) and three
// results.
//
//go:embed plan.bin
var plan string

// The words of a state that are not its next states; each is an index of
// results, and 0 means none.
const (
	validColumn      = 10 // the number ends here and is valid
	unfinishedColumn = 11 // the number ends here; what all longer ones have in common
	strayColumn      = 12 // the next digit leads nowhere, but what is known here holds
	columns          = 13
)

// result is what the automaton says of a number.
type result struct {
	region string
	class  Class
}

// callingCode is the plan of one country calling code.
type callingCode struct {
	code              string
	trunk             string // national prefix, which some people leave in: +44 (0)20
	root              uint16 // where the national number starts
	common            uint16 // the result that all its numbers share
	shortest, longest uint8  // possible digits of a national number
}

var codeByValue = indexCodes()

// indexCodes works because no calling code begins with another.
func indexCodes() (index [1000]uint8) {
	for i, c := range callingCodes[1:] {
		value := 0
		for _, digit := range []byte(c.code) {
			value = value*10 + int(digit-'0')
		}
		index[value] = uint8(i + 1)
	}
	return index
}

// callingCodeOf finds the calling code that the digits begin with, or nil.
func callingCodeOf(digits string) *callingCode {
	if digits == "" || digits[0] == '0' {
		return nil
	}
	value := 0
	for i := range min(3, len(digits)) {
		value = value*10 + int(digits[i]-'0')
		if c := codeByValue[value]; c != 0 {
			return &callingCodes[c]
		}
	}
	return nil
}

// find looks the national number up. The result of a number that is not valid
// is that of the nearest known range.
func (c *callingCode) find(national string) (r result, valid bool) {
	state := c.root
	for i := range len(national) {
		next := word(state, int(national[i]-'0'))
		if next == 0 {
			return c.stray(state, i), false
		}
		state = next
	}
	if id := word(state, validColumn); id != 0 {
		return results[id], true
	}
	return results[word(state, unfinishedColumn)], false
}

// stray is the result of a number that leaves the plan in a state, after depth
// national digits.
func (c *callingCode) stray(state uint16, depth int) result {
	id := word(state, strayColumn)
	if c.code == nanpCode && depth < areaCodeDigits || id == 0 {
		id = c.common
	}
	return results[id]
}

// possible reports whether a national number can have so many digits.
func (c *callingCode) possible(digits int) bool {
	return int(c.shortest) <= digits && digits <= int(c.longest)
}

func word(state uint16, column int) uint16 {
	at := 2 * (int(state)*columns + column)
	return uint16(plan[at]) | uint16(plan[at+1])<<8
}
