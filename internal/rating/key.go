package rating

import "math/bits"

// prefixKey packs up to 15 digits into one word that sorts as the digits do:
// four bits a digit from the top, each digit plus one, so that 0 ends the
// prefix and a prefix sorts before everything that begins with it.
type prefixKey uint64

const (
	digitBits = 4
	keyBits   = 64
)

// packDigit packs one digit at a position, from 0.
func packDigit(digit byte, position int) prefixKey {
	return prefixKey(digit+1) << (keyBits - digitBits*(position+1))
}

// packPrefix packs a valid prefix.
func packPrefix(prefix string) prefixKey {
	var key prefixKey
	for i := range len(prefix) {
		key |= packDigit(prefix[i]-'0', i)
	}
	return key
}

// packNumber packs an E.164 number; ok is false for anything else.
func packNumber(digits string) (key prefixKey, ok bool) {
	if len(digits) == 0 || len(digits) > MaxPrefixDigits {
		return 0, false
	}
	for i := range len(digits) {
		digit := digits[i] - '0'
		if digit > 9 {
			return 0, false
		}
		key |= packDigit(digit, i)
	}
	return key, true
}

// digits counts the digits.
func (k prefixKey) digits() int {
	return (keyBits - bits.TrailingZeros64(uint64(k)) + digitBits - 1) / digitBits
}

// first keeps the first n digits.
func (k prefixKey) first(n int) prefixKey {
	return k & ^(^prefixKey(0) >> (digitBits * n))
}

// digit returns the digit at a position, from 0.
func (k prefixKey) digit(position int) byte {
	return byte(k>>(keyBits-digitBits*(position+1)))&0xF - 1
}

// String writes the digits.
func (k prefixKey) String() string {
	digits := make([]byte, k.digits())
	for i := range digits {
		digits[i] = '0' + k.digit(i)
	}
	return string(digits)
}
